//! What lists of connectors show: everything of a definition but its methods.
//!
//! A catalogue of a thousand connectors keeps outlines in memory and reads methods when one is used.

use std::{ops::Deref, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    AuthenticationId, ConnectorId, ConnectorUid, MethodId, ParameterId, TriggerId,
    definition::{
        Authentication, ConnectorDefinition, ConnectorStatus, Method, Parameter, Release, Trigger,
    },
    numbered::NumberedConnector,
};

/// A definition without its methods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outline {
    /// Stable id of the connector.
    pub uid: ConnectorUid,
    /// The folder's name.
    pub slug: String,
    /// Name without a version.
    pub name: String,
    /// The remote API's version.
    pub version: Option<String>,
    /// One paragraph.
    pub description: Option<String>,
    /// Library categories.
    pub categories: Vec<String>,
    /// Publication state.
    pub status: ConnectorStatus,
    /// Which release it is.
    pub release: Release,
    /// The application's own address.
    pub homepage: Option<String>,
    /// Whether its steps count as tasks.
    pub billable: bool,
    /// Listed among the utility connectors.
    pub utility: bool,
    /// The remote side needs this instance's egress addresses.
    pub requires_ip_allowlist: bool,
    /// Path of the icon beside the definition, where it is not the usual one.
    pub icon: Option<String>,
    /// Path of the guide beside the definition, where it is not the usual one.
    pub guide: Option<String>,
    /// The ways to authenticate.
    pub authentications: Vec<Authentication>,
    /// The connector's own parameters.
    pub parameters: Vec<Parameter>,
    /// Lookups.
    pub triggers: Vec<Trigger>,
    /// How many methods there are.
    pub methods: u32,
    /// How many integers the release takes.
    pub ids: u32,
    trigger_offset: u32,
    /// Position of each lookup's method.
    trigger_methods: Vec<i32>,
}

impl From<&ConnectorDefinition> for Outline {
    fn from(definition: &ConnectorDefinition) -> Self {
        Self {
            uid: definition.uid(),
            slug: definition.slug.clone(),
            name: definition.name.clone(),
            version: definition.version.clone(),
            description: definition.description.clone(),
            categories: definition.categories.clone(),
            status: definition.status,
            release: definition.release.clone(),
            homepage: definition.homepage.clone(),
            billable: definition.billable,
            utility: definition.utility,
            requires_ip_allowlist: definition.requires_ip_allowlist,
            icon: definition.icon.clone(),
            guide: definition.guide.clone(),
            authentications: definition.authentications.clone(),
            parameters: definition.parameters.clone(),
            triggers: definition.triggers.clone(),
            methods: definition.methods.len() as u32,
            ids: NumberedConnector::count(definition),
            trigger_offset: NumberedConnector::trigger_offset(definition),
            trigger_methods: definition
                .triggers
                .iter()
                .map(|trigger| {
                    let same = |method: &Method| method.key == trigger.method;
                    definition
                        .methods
                        .iter()
                        .position(same)
                        .map_or(-1, |at| at as i32)
                })
                .collect(),
        }
    }
}

impl Outline {
    /// The authentication that is used when none is chosen: the one marked `default`, else the first.
    pub fn default_authentication(&self) -> Option<&Authentication> {
        self.authentications
            .iter()
            .find(|a| a.default)
            .or_else(|| self.authentications.first())
    }
}

/// A connector release as lists show it, with its integers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ListedConnector {
    /// This release's integer.
    pub id: ConnectorId,
    /// The integer that people are shown for it: that of the custom connector for the release that stands
    /// for it, else the release's.
    pub shown: ConnectorId,
    /// Made by the partner or one of its accounts.
    pub is_custom: bool,
    /// The rest.
    pub outline: Arc<Outline>,
}

impl Deref for ListedConnector {
    type Target = Outline;

    fn deref(&self) -> &Outline {
        &self.outline
    }
}

impl ListedConnector {
    /// The ways to authenticate, with their stable ids.
    pub fn authentications(&self) -> impl Iterator<Item = (AuthenticationId, &Authentication)> {
        self.outline
            .authentications
            .iter()
            .map(|one| (one.uid(self.outline.uid), one))
    }

    /// The connector's own parameters, with the integers they have in [`NumberedConnector`].
    pub fn parameters(&self) -> impl Iterator<Item = (ParameterId, &Parameter)> {
        let first = self.id.0 + 1 + self.outline.methods as i32;
        self.outline
            .parameters
            .iter()
            .enumerate()
            .map(move |(at, one)| (ParameterId(first + at as i32), one))
    }

    /// The lookups and their methods, with the integers they have in [`NumberedConnector`].
    pub fn triggers(&self) -> impl Iterator<Item = (TriggerId, MethodId, &Trigger)> {
        let first = self.id.0 + self.outline.trigger_offset as i32;
        let first_method = self.id.0 + 1;
        let methods = self.outline.trigger_methods.iter();
        let all = self.outline.triggers.iter().zip(methods).enumerate();
        all.map(move |(at, (one, method))| {
            (
                TriggerId(first + at as i32),
                MethodId(first_method + method),
                one,
            )
        })
    }
}
