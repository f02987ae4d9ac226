//! Partner setups and guides as the wire shows and takes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use velodrome_model::ExposeSecret;
use velodrome_service::library::{self, CLIENT_ID, CLIENT_SECRET, SCOPES};

use super::{Connector, PropertyValue, account_connector::named_values};
use crate::{WireTime, lenient::Patch};

/// What a partner sets for a connector once, for all accounts.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ConnectorSetup {
    /// Connector.
    #[schema(read_only)]
    pub connector_id: i32,
    /// Name of the connector.
    #[schema(read_only)]
    pub connector_name: String,
    /// OAuth client id (or consumer key); null when blank.
    pub client_id: Option<String>,
    /// Always null in responses.
    pub client_secret: Option<String>,
    /// Whether a secret is stored.
    #[schema(read_only)]
    pub has_client_secret: bool,
    /// Scopes, separated by blanks; the connector default when null.
    pub scopes: Option<String>,
    /// Partner connector properties; sensitive values are null.
    pub properties: Vec<PropertyValue>,
    /// Filled by default; register it with the third party.
    #[schema(read_only, format = "uri")]
    pub callback_url: String,
    /// Whether values are missing for a partner-level setup.
    #[schema(read_only)]
    pub setup_required: bool,
    /// The same values with labels, for a form.
    #[schema(read_only)]
    pub fields: Vec<SetupField>,
    /// Last change, UTC.
    #[schema(read_only, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub updated_on_utc: Option<WireTime>,
}

/// One value of a setup form.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct SetupField {
    /// Technical name.
    pub name: String,
    /// Label, in the words of the third party.
    pub label: String,
    /// Where to find it.
    pub description: Option<String>,
    /// Never returned.
    pub is_sensitive: bool,
    /// Filled by the product.
    pub is_read_only: bool,
    /// Has a value; when false it is asked for at installation.
    pub is_set: bool,
    /// Value; null when sensitive or not set.
    pub value: Option<String>,
}

/// Values to store. Left out keeps the stored value; null or empty text clears it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ConnectorSetupWrite {
    /// OAuth client id.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub client_id: Patch<String>,
    /// OAuth client secret.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub client_secret: Patch<String>,
    /// Scopes, separated by blanks.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub scopes: Patch<String>,
    /// Partner connector properties.
    #[schema(value_type = Vec<PropertyValue>)]
    #[serde(default)]
    pub properties: Option<Vec<PropertyValue>>,
}

/// A connector with setup state.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PartnerConnector {
    /// The connector.
    pub connector: Connector,
    /// Setup is incomplete.
    pub setup_required: bool,
    /// Has values that can be set for all accounts.
    pub supports_partner_setup: bool,
    /// Has a guide.
    pub has_guide: bool,
    /// Accounts that use it.
    #[schema(required = false)]
    pub account_count: i64,
}

/// The setup guide of a connector.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ConnectorGuide {
    /// Connector.
    pub connector_id: i32,
    /// Title.
    pub title: String,
    /// Guide as Markdown, merge fields resolved.
    pub markdown: String,
    /// The same as sanitised HTML.
    pub html: String,
    /// Changed by the partner.
    pub is_custom: bool,
    /// Last change, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub updated_on_utc: Option<WireTime>,
}

/// A guide of your own.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ConnectorGuideWrite {
    /// Title.
    #[schema(value_type = String)]
    #[serde(default)]
    pub title: Option<String>,
    /// Markdown; {{CallbackUrl}}, {{ServiceDomain}} and {{RegionTable}} are filled in.
    #[schema(required = true)]
    #[serde(default)]
    pub markdown: String,
}

impl From<library::SetupForm> for ConnectorSetup {
    fn from(form: library::SetupForm) -> Self {
        let shown = |name: &str| {
            form.setup
                .get(name)
                .map(|value| value.expose_secret().to_owned())
        };
        let is_client = |name: &str| [CLIENT_ID, CLIENT_SECRET, SCOPES].contains(&name);
        let properties = form.values.iter().filter(|one| !is_client(&one.input.name));
        let properties = properties.map(|one| PropertyValue {
            name: one.input.name.clone(),
            value: one.value.clone(),
            id: None,
            account_connector_id: None,
        });
        let callback = form.uses_callback.then(|| SetupField {
            name: "CallbackUrl".to_owned(),
            label: "Callback URL".to_owned(),
            description: Some("Register this address with the other application.".to_owned()),
            is_sensitive: false,
            is_read_only: true,
            is_set: true,
            value: Some(form.callback_url.clone()),
        });
        let fields = form.values.iter().map(|one| SetupField {
            name: one.input.name.clone(),
            label: one.input.label.clone(),
            description: one.input.description.clone(),
            is_sensitive: one.input.is_sensitive,
            is_read_only: false,
            is_set: one.is_set,
            value: one.value.clone(),
        });
        Self {
            connector_id: form.connector.0,
            client_id: shown(CLIENT_ID),
            client_secret: None,
            has_client_secret: form.setup.get(CLIENT_SECRET).is_some(),
            scopes: shown(SCOPES),
            properties: properties.collect(),
            setup_required: form.required,
            fields: fields.chain(callback).collect(),
            updated_on_utc: form.setup.updated_at.map(Into::into),
            callback_url: form.callback_url,
            connector_name: form.name,
        }
    }
}

impl From<ConnectorSetupWrite> for library::SetupChange {
    fn from(write: ConnectorSetupWrite) -> Self {
        Self {
            client_id: write.client_id.map(Into::into).into_change(),
            client_secret: write.client_secret.map(Into::into).into_change(),
            scopes: write.scopes.map(Into::into).into_change(),
            properties: named_values(write.properties.unwrap_or_default()),
        }
    }
}
