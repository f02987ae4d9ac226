//! A connector definition as data: what `connector.yaml` says (connectors.md §2), parsed and typed.
//!
//! These types mirror `connector.schema.json` one to one; a value of them has passed the schema.
//! Whether the parts fit together (references, mergefields, paging) is the catalogue's semantic
//! check, in `velodrome-connector`.

mod authentication;
mod field;
mod method;
mod parameter;

pub use authentication::*;
pub use field::*;
pub use method::*;
pub use parameter::*;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The value of the top-level key `format` that this release of Velodrome reads.
pub const FORMAT: &str = "velodrome.connector/1";

/// A connector: one remote application, how to authenticate with it and what it can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorDefinition {
    /// Always [`FORMAT`].
    pub format: String,
    /// The folder's name; never changes.
    pub slug: String,
    /// Explicit stable id; derived from the slug when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_identifier: Option<Uuid>,
    /// Name without a version.
    pub name: String,
    /// The remote API's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// One paragraph for the library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Library categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Publication state.
    #[serde(default)]
    pub status: ConnectorStatus,
    /// Which release this file is.
    pub release: Release,
    /// Path of the icon beside the definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// Path of the guide beside the definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<String>,
    /// The application's own address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// Whether its steps count as tasks.
    #[serde(default)]
    pub billable: bool,
    /// Listed among the utility connectors.
    #[serde(default)]
    pub utility: bool,
    /// The remote side needs this instance's egress addresses.
    #[serde(default)]
    pub requires_ip_allowlist: bool,
    /// Extra hosts that may receive credentials (connectors.md §14).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_hosts: Vec<String>,
    /// The ways to authenticate; at least one.
    pub authentications: Vec<Authentication>,
    /// Parameters of every method.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// Limits per account connector.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate_limits: Vec<ConnectorRate>,
    /// Paging that methods inherit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
    /// Method run once after authentication to fill properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_install_property_lookup: Option<String>,
    /// Method that proves that credentials work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_install_test_auth: Option<String>,
    /// One webhook URL for all accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_webhook: Option<PartnerWebhook>,
    /// Lookups, called triggers on the wire.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Trigger>,
    /// Order and customisation of method categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub method_categories: Vec<MethodCategory>,
    /// What the connector can do.
    pub methods: Vec<Method>,
    /// Connector-level script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Path of the connector-level script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script_file: Option<String>,
}

impl ConnectorDefinition {
    /// The authentication that is used when none is chosen: the one marked `default`, else the first.
    pub fn default_authentication(&self) -> Option<&Authentication> {
        self.authentications
            .iter()
            .find(|a| a.default)
            .or_else(|| self.authentications.first())
    }

    /// The method of this key.
    pub fn method(&self, key: &str) -> Option<&Method> {
        self.methods.iter().find(|m| m.key == key)
    }

    /// The lookup of this name.
    pub fn trigger(&self, name: &str) -> Option<&Trigger> {
        self.triggers.iter().find(|t| t.name == name)
    }
}

/// Publication state of a connector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConnectorStatus {
    /// Not stated.
    #[default]
    Unknown,
    /// Listed for everybody.
    Approved,
    /// Listed when the partner shows beta connectors.
    Beta,
    /// Announced; never installs.
    Planned,
}

/// Which release of a connector a definition is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// Grows with every release.
    pub number: u32,
    /// State of this release.
    pub status: ReleaseStatus,
    /// Whether steps move to it at once.
    #[serde(default)]
    pub level: ReleaseLevel,
    /// What changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
}

/// State of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReleaseStatus {
    /// Editable; cannot be installed.
    Draft,
    /// The one release that is installed; immutable.
    Live,
    /// A former Live release; still runs.
    Deprecated,
}

/// What a release means for steps that use the former one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReleaseLevel {
    /// Steps stay and show that an update is available.
    #[default]
    Major,
    /// Steps move at once where they can.
    Minor,
}

/// One webhook URL for all accounts (connectors.md §6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerWebhook {
    /// Where the payload names the remote account.
    pub id_location: String,
    /// The property whose value must equal it.
    pub property: String,
    /// Signature check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<WebhookVerify>,
}

/// A lookup: a method whose result is offered as values (connectors.md §2.6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// Unique within the connector.
    pub name: String,
    /// Key of the method to run.
    pub method: String,
    /// Location of the value to store.
    pub identifier_key: String,
    /// Location of the text to show.
    pub human_readable_key: String,
    /// Values for the method's parameters; dependent lookups.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub parameters: serde_json::Map<String, serde_json::Value>,
}

/// A group of methods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MethodCategory {
    /// The name that methods refer to.
    pub name: String,
    /// What the group is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Position in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_order: Option<i64>,
    /// Whether accounts may copy it for their own objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customisation: Option<Customisation>,
}

/// Enhanced objects of a category (connectors.md §5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Customisation {
    /// Copies are permitted.
    pub enabled: bool,
    /// Lookup that offers object names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_lookup_trigger: Option<String>,
}

/// A limit of the whole connector, counted per account connector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorRate {
    /// What the limit counts; only account connectors today.
    pub scope: RateScope,
    /// The limit.
    #[serde(flatten)]
    pub rate: Rate,
}

/// What a connector limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RateScope {
    /// Each account connector on its own.
    AccountConnector,
}

/// A rate limit; exactly one of the first two members is present.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    /// Requests a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_requests_per_second: Option<f64>,
    /// Seconds between two requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds_between_requests: Option<f64>,
    /// Requests that may go at once after a pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
}
