//! Connectors as the wire shows them.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use velodrome_model::{
    ListedConnector, MethodId, ParameterId, TriggerId,
    definition::{self, scalar_text},
    numbered::{NumberedConnector, NumberedTrigger},
};
use velodrome_service::library::LibraryConnector;

use super::{AuthType, ConnectorStatus, DataType, OAuth2Type, ReleaseStatus, TargetType};

/// A connector of the library.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Connector {
    /// Id within this installation; may differ between installations.
    pub id: i32,
    /// Stable id, the same everywhere.
    pub unique_identifier: Uuid,
    /// Name, without a version.
    pub name: String,
    /// One-paragraph description.
    pub description: Option<String>,
    /// Publication state.
    pub status: ConnectorStatus,
    /// State of this release.
    #[schema(required = false)]
    pub release_status: ReleaseStatus,
    /// API version of the third party; null when it has none.
    pub version: Option<String>,
    /// data: URI of the icon; null when icons were not asked for.
    pub icon: Option<String>,
    /// Categories of the connector.
    pub categories: Vec<String>,
    /// Hint of the default authentication.
    pub auth_description: Option<String>,
    /// AuthType of the default authentication; kept for old clients.
    pub auth_type: AuthType,
    /// OAuth2Type of the default authentication; kept for old clients.
    #[serde(rename = "OAuth2Type")]
    pub oauth2_type: OAuth2Type,
    /// AuthScheme of the default authentication.
    pub auth_scheme: Option<String>,
    /// A utility connector that ships with the product.
    #[schema(required = false)]
    pub is_system_connector: bool,
    /// Made by the partner or an account.
    #[schema(required = false)]
    pub is_custom: bool,
    /// The partner has not filled in the setup yet.
    #[schema(required = false)]
    pub setup_required: bool,
    /// Connector-level parameters.
    pub parameters: Vec<Parameter>,
    /// Lookups of the connector.
    pub triggers: Vec<Trigger>,
    /// All ways to authenticate.
    pub authentication: Vec<Authentication>,
    /// Announced changes.
    #[schema(required = false)]
    pub deprecations: Vec<Deprecation>,
}

/// One way to authenticate a connector.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Authentication {
    /// Pass it as AuthenticationId.
    pub id: Uuid,
    /// Display name.
    pub auth_name: String,
    /// Hint for the user.
    pub auth_description: Option<String>,
    /// Kind of authentication.
    pub auth_type: AuthType,
    /// OAuth 2.0 grant.
    #[serde(rename = "OAuth2Type")]
    pub oauth2_type: OAuth2Type,
    /// Header scheme or header name for the key.
    pub auth_scheme: Option<String>,
    /// Used when no AuthenticationId is given.
    #[schema(required = false)]
    pub is_default: bool,
}

/// A parameter of a connector or method.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Parameter {
    /// Asked for when the connector is installed into an account.
    #[schema(required = false)]
    pub is_account_connector_property: bool,
    /// Set once for all accounts in the partner setup.
    #[schema(required = false)]
    pub is_partner_connector_property: bool,
    /// Where the value goes.
    pub target_type: TargetType,
    /// Technical name of the target.
    pub target_name: String,
    /// Shown masked.
    #[schema(required = false)]
    pub is_sensitive: bool,
    /// Shown as a text area.
    #[schema(required = false)]
    pub is_multiline: bool,
    /// Not shown to users.
    #[schema(required = false)]
    pub is_hidden: bool,
    /// Id of the parameter.
    pub id: i32,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// May stay empty.
    pub is_optional: bool,
    /// Type of the value.
    pub data_type: DataType,
    /// Value used when none is given.
    pub default_value: Option<String>,
    /// Name of the lookup, if any.
    pub trigger_name: Option<String>,
    /// Predefined values; empty when free.
    pub values: Option<Vec<String>>,
    /// Position, ascending, from 0.
    pub display_order: i32,
    /// Lookups for the value.
    pub triggers: Vec<Trigger>,
}

/// A lookup: a method whose answer offers values.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Trigger {
    /// Id of the trigger.
    pub trigger_id: i32,
    /// Account connector to call it on; null outside an account.
    pub account_connector_id: Option<i32>,
    /// Method that is called.
    pub method_id: i32,
    /// Name, unique within the connector.
    pub name: String,
    /// Location of the text to show.
    pub human_readable_key: String,
    /// Location of the value to store.
    pub identifier_key: String,
    /// Lookups that must be answered first.
    #[schema(no_recursion)]
    pub sub_triggers: Vec<Trigger>,
    /// Id of the parameter or field it belongs to.
    pub entity_id: Option<i32>,
}

/// An announced change.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Deprecation {
    /// Id.
    pub id: i32,
    /// What changes.
    pub title: String,
    /// Details and what to do.
    pub description: Option<String>,
    /// Method concerned; null for the whole connector.
    pub method_unique_identifier: Option<Uuid>,
    /// Deprecated since, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub deprecated_on_utc: crate::WireTime,
    /// Removed on, UTC; null when not planned.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub removed_on_utc: Option<crate::WireTime>,
    /// Name or version that replaces it.
    pub replaced_by: Option<String>,
}

/// A category.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CategoryCount {
    /// Name of the category.
    pub name: String,
    /// Number of listed connectors in it.
    pub connector_count: i32,
}

impl Connector {
    /// The connector, with its icon where that was asked for. Lookups name the account connector when
    /// shown inside an account.
    pub fn new(connector: &LibraryConnector, icon: bool, account_connector: Option<i32>) -> Self {
        let listed = &connector.listed;
        let default = listed.default_authentication();
        let default = default.map(|one| Authentication::new(listed, one));
        let triggers = OutlineTriggers {
            listed,
            account_connector,
        };
        Self {
            id: listed.shown.0,
            unique_identifier: listed.uid.0,
            name: listed.name.clone(),
            description: listed.description.clone(),
            status: listed.status.into(),
            release_status: listed.release.status.into(),
            version: listed.version.clone(),
            icon: connector
                .icon
                .as_ref()
                .filter(|_| icon)
                .map(ToString::to_string),
            categories: listed.categories.clone(),
            auth_description: default
                .as_ref()
                .and_then(|one| one.auth_description.clone()),
            auth_type: default.as_ref().map_or(AuthType::None, |one| one.auth_type),
            oauth2_type: default
                .as_ref()
                .map_or(OAuth2Type::Unknown, |one| one.oauth2_type),
            auth_scheme: default.as_ref().and_then(|one| one.auth_scheme.clone()),
            is_system_connector: listed.utility,
            is_custom: listed.is_custom,
            setup_required: connector.setup_required,
            parameters: listed
                .parameters()
                .enumerate()
                .map(|(order, (id, one))| {
                    Parameter::new(
                        id,
                        one,
                        order,
                        triggers.named(one.trigger.as_deref(), Some(id.0)),
                    )
                })
                .collect(),
            triggers: listed
                .outline
                .triggers
                .iter()
                .flat_map(|one| triggers.named(Some(&one.name), None))
                .collect(),
            authentication: Authentication::all(listed),
            deprecations: Vec::new(),
        }
    }
}

/// Lookups of a connector whose methods are not at hand; sub-lookups are shown with the methods.
struct OutlineTriggers<'a> {
    listed: &'a ListedConnector,
    account_connector: Option<i32>,
}

impl OutlineTriggers<'_> {
    fn named(&self, name: Option<&str>, entity: Option<i32>) -> Vec<Trigger> {
        let Some(name) = name else { return Vec::new() };
        let found = self.listed.triggers().find(|(_, _, one)| one.name == name);
        let as_wire = |(id, method, one): (TriggerId, MethodId, &definition::Trigger)| Trigger {
            trigger_id: id.0,
            account_connector_id: self.account_connector,
            method_id: method.0,
            name: one.name.clone(),
            human_readable_key: one.human_readable_key.clone(),
            identifier_key: one.identifier_key.clone(),
            sub_triggers: Vec::new(),
            entity_id: entity,
        };
        found.map(as_wire).into_iter().collect()
    }
}

impl Authentication {
    /// Those of a connector that people choose among.
    pub fn all(listed: &ListedConnector) -> Vec<Self> {
        let all = listed.outline.authentications.iter();
        all.filter(|one| !one.hide)
            .map(|one| Self::new(listed, one))
            .collect()
    }

    fn new(listed: &ListedConnector, one: &definition::Authentication) -> Self {
        let id = one.uid(listed.uid);
        let is_default = listed
            .default_authentication()
            .is_some_and(|default| default.key == one.key);
        let kind: AuthType = one.kind.into();
        Self {
            id: id.0,
            auth_name: one.name.clone().unwrap_or_else(|| default_name(one)),
            auth_description: one.description.clone(),
            auth_type: kind,
            oauth2_type: one
                .oauth2
                .as_ref()
                .map_or(OAuth2Type::Unknown, |oauth2| oauth2.kind.into()),
            auth_scheme: auth_scheme(one),
            is_default,
        }
    }
}

fn default_name(one: &definition::Authentication) -> String {
    let name = match one.kind {
        definition::AuthType::None => "None",
        definition::AuthType::ApiKey => "API key",
        definition::AuthType::Basic => "User name and password",
        definition::AuthType::AuthFields => "Credentials",
        definition::AuthType::OAuth2 => "OAuth 2.0",
        definition::AuthType::OAuth1 => "OAuth 1.0a",
    };
    name.to_owned()
}

/// For OAuth 2.0 the scheme of the Authorization header, or the header's name (connectors.md §10).
fn auth_scheme(one: &definition::Authentication) -> Option<String> {
    let Some(oauth2) = &one.oauth2 else {
        return one.auth_scheme.clone();
    };
    let placement = oauth2.placement.clone().unwrap_or_default();
    match (placement.name, placement.prefix) {
        (Some(name), _) => Some(name),
        (None, Some(prefix)) => Some(prefix.trim().to_owned()),
        (None, None) => Some("Bearer".to_owned()),
    }
}

impl Parameter {
    /// A parameter with its lookups.
    pub fn new(
        id: ParameterId,
        one: &definition::Parameter,
        order: usize,
        triggers: Vec<Trigger>,
    ) -> Self {
        Self {
            is_account_connector_property: one.account_connector_property,
            is_partner_connector_property: one.partner_connector_property,
            target_type: one.target_type.into(),
            target_name: one.target_name.clone(),
            is_sensitive: one.sensitive,
            is_multiline: one.multiline,
            is_hidden: one.hide,
            id: id.0,
            name: one.label().to_owned(),
            description: one.description.clone(),
            is_optional: one.optional,
            data_type: one.data_type.unwrap_or_default().into(),
            default_value: one.default_value.as_ref().map(scalar_text),
            trigger_name: one.trigger.clone(),
            values: Some(
                one.values
                    .iter()
                    .map(definition::ValueOption::text)
                    .collect(),
            ),
            display_order: order_of(one.display_order, order),
            triggers,
        }
    }
}

/// The definition's position, else the place in the list.
pub(super) fn order_of(given: Option<i64>, place: usize) -> i32 {
    given
        .and_then(|order| i32::try_from(order).ok())
        .unwrap_or_else(|| i32::try_from(place).unwrap_or(i32::MAX))
}

/// The lookup of this name, with those it depends on.
pub fn triggers_of(
    connector: &NumberedConnector,
    name: Option<&str>,
    entity: Option<i32>,
    account_connector: Option<i32>,
) -> Vec<Trigger> {
    let found = name.and_then(|name| connector.trigger_by_name(name));
    found
        .map(|one| Trigger::new(one, entity, account_connector, 0))
        .into_iter()
        .collect()
}

impl Trigger {
    /// How deep lookups that depend on lookups are followed.
    const DEPTH: usize = 4;

    /// A lookup with those that it depends on: parameters of its method that have a lookup themselves and
    /// no value yet.
    pub fn new(
        one: NumberedTrigger<'_>,
        entity: Option<i32>,
        account_connector: Option<i32>,
        depth: usize,
    ) -> Self {
        let mut sub_triggers = Vec::new();
        if let Some(method) = one.method.filter(|_| depth < Self::DEPTH) {
            for parameter in method.parameters() {
                let is_given = one
                    .trigger
                    .parameters
                    .contains_key(&parameter.parameter.target_name);
                let name = parameter
                    .parameter
                    .trigger
                    .as_deref()
                    .filter(|name| !is_given && *name != one.trigger.name);
                if let Some(sub) = name.and_then(|name| method.connector().trigger_by_name(name)) {
                    sub_triggers.push(Self::new(
                        sub,
                        Some(parameter.id.0),
                        account_connector,
                        depth + 1,
                    ));
                }
            }
        }
        Self {
            trigger_id: one.id.0,
            account_connector_id: account_connector,
            method_id: one.method.map_or(0, |method| method.id.0),
            name: one.trigger.name.clone(),
            human_readable_key: one.trigger.human_readable_key.clone(),
            identifier_key: one.trigger.identifier_key.clone(),
            sub_triggers,
            entity_id: entity,
        }
    }
}
