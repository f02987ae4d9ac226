//! Stable ids of connectors and their parts (connectors.md §1): the same on every node, at every start
//! and in every release, because they are derived from slugs and keys and from nothing else.

use uuid::Uuid;

use crate::{
    AuthenticationId, ConnectorUid, MethodUid,
    definition::{
        Authentication, ConnectorDefinition, Field, Method, Parameter, TargetType, Trigger,
    },
};

/// Namespace of connector ids. Never changes: every stored id depends on it.
pub const CONNECTOR_NAMESPACE: Uuid = Uuid::from_u128(0x3f5ca5b3444543cb84d27a1fe01a9b65);

/// Which body of a method a field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// What is sent; the posted payload of a Webhook.
    Request,
    /// What comes back.
    Response,
}

impl Direction {
    /// The key under which a definition keeps this body.
    pub fn key(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

impl ConnectorUid {
    /// The id of the connector with this slug, unless its definition states another one.
    pub fn of_slug(slug: &str) -> Self {
        Self(Uuid::new_v5(&CONNECTOR_NAMESPACE, slug.as_bytes()))
    }

    /// The id of something inside this connector.
    fn part(self, name: &str) -> Uuid {
        Uuid::new_v5(&self.0, name.as_bytes())
    }
}

impl ConnectorDefinition {
    /// The connector's stable id.
    pub fn uid(&self) -> ConnectorUid {
        self.unique_identifier
            .map_or_else(|| ConnectorUid::of_slug(&self.slug), ConnectorUid)
    }
}

impl Method {
    /// The method's stable id within its connector.
    pub fn uid(&self, connector: ConnectorUid) -> MethodUid {
        MethodUid(
            self.unique_identifier
                .unwrap_or_else(|| connector.part(&format!("method:{}", self.key))),
        )
    }
}

impl Authentication {
    /// The authentication's stable id within its connector.
    pub fn uid(&self, connector: ConnectorUid) -> AuthenticationId {
        AuthenticationId(
            self.unique_identifier
                .unwrap_or_else(|| connector.part(&format!("authentication:{}", self.key))),
        )
    }
}

impl Trigger {
    /// The lookup's stable id within its connector.
    pub fn uid(&self, connector: ConnectorUid) -> Uuid {
        connector.part(&format!("trigger:{}", self.name))
    }
}

impl Parameter {
    /// The parameter's stable id; `method` is the key of the method that declares it, if one does.
    ///
    /// Parameters of one target that serve different authentications differ by these.
    pub fn uid(&self, connector: ConnectorUid, method: Option<&str>) -> Uuid {
        self.unique_identifier.unwrap_or_else(|| {
            let owner = method.unwrap_or_default();
            let only = self.authentications.join(",");
            connector.part(&format!(
                "parameter:{owner}:{}:{}:{only}",
                self.target_type.name(),
                self.target_name
            ))
        })
    }

    /// Whether the two speak of the same target, so that a method's parameter replaces a connector's.
    pub fn same_target(&self, other: &Parameter) -> bool {
        self.target_type == other.target_type && self.target_name == other.target_name
    }
}

impl Field {
    /// The field's stable id; `occurrence` counts fields of the same location in the same body from 0.
    pub fn uid(
        &self,
        connector: ConnectorUid,
        method: &str,
        direction: Direction,
        occurrence: usize,
    ) -> Uuid {
        self.unique_identifier.unwrap_or_else(|| {
            let location = &self.connector_field;
            connector.part(&match occurrence {
                0 => format!("{}:{method}:{location}", direction.key()),
                more => format!("{}:{method}:{location}#{more}", direction.key()),
            })
        })
    }
}

impl TargetType {
    /// The word that definitions and the API use.
    pub fn name(self) -> &'static str {
        match self {
            Self::HttpHeader => "HttpHeader",
            Self::MergeField => "MergeField",
            Self::QueryString => "QueryString",
            Self::FilterField => "FilterField",
            Self::ResponseField => "ResponseField",
            Self::Script => "Script",
            Self::Index => "Index",
        }
    }
}
