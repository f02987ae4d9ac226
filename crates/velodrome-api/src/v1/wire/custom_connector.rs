//! Custom connectors as the wire shows and takes them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;
use velodrome_model::{
    CustomRelease, Fault, Outline, Severity,
    definition::{self, ReleaseLevel},
    difference::{Alteration, Difference},
};
use velodrome_service::custom_connectors::{
    Compared, ImportRemark, ImportSource, Imported, ListedCustom, ShownCustom, ShownRelease,
    Validation,
};

use super::{ConnectorStatus, ReleaseStatus};
use crate::{
    WireTime,
    lenient::{Keep, wire_words},
};

/// A custom connector.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CustomConnectorSummary {
    /// Connector id, usable with /connectors/{connector}.
    pub id: i32,
    /// Stable id.
    pub unique_identifier: Uuid,
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// API version.
    pub version: Option<String>,
    /// Publication state.
    pub status: ConnectorStatus,
    /// State of the newest release.
    pub release_status: ReleaseStatus,
    /// Major number of the release.
    #[schema(required = false)]
    pub release_version_major: i32,
    /// Minor number of the release.
    #[schema(required = false)]
    pub release_version_minor: i32,
    /// Time of creation, UTC.
    #[schema(required = false, value_type = chrono::DateTime<chrono::Utc>)]
    pub created_on_utc: WireTime,
    /// Last change, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub updated_on_utc: Option<WireTime>,
}

impl From<&ListedCustom> for CustomConnectorSummary {
    fn from(one: &ListedCustom) -> Self {
        let version = one.release.version;
        Self {
            id: one.connector.number.0,
            unique_identifier: one.connector.uid.0,
            name: one.outline.name.clone(),
            description: one.outline.description.clone(),
            version: one.outline.version.clone(),
            status: one.outline.status.into(),
            release_status: one.release.status.into(),
            release_version_major: version.major.cast_signed(),
            release_version_minor: version.minor.cast_signed(),
            created_on_utc: one.connector.created_at.into(),
            updated_on_utc: Some(one.connector.updated_at.into()),
        }
    }
}

impl From<&ShownCustom> for CustomConnectorSummary {
    fn from(one: &ShownCustom) -> Self {
        let outline = std::sync::Arc::new(Outline::from(&one.definition));
        Self::from(&ListedCustom {
            connector: one.connector.clone(),
            release: one.release.clone(),
            outline,
        })
    }
}

/// A stored custom connector.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CustomConnector {
    /// Connector id.
    pub id: i32,
    /// Stable id, a well-formed GUID (empty text is not); generated when absent.
    pub unique_identifier: Uuid,
    /// Name; required.
    #[schema(min_length = 1)]
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// API version.
    pub version: Option<String>,
    /// data: URI, 400 x 400 pixel PNG or SVG.
    pub icon: Option<String>,
    /// Publication state.
    #[schema(required = false)]
    pub status: ConnectorStatus,
    /// State of the release.
    #[schema(required = false)]
    pub release_status: ReleaseStatus,
    /// Major number.
    pub release_version_major: Option<i32>,
    /// Minor number.
    pub release_version_minor: Option<i32>,
    /// Counts as a used connector.
    #[schema(required = false)]
    pub billable: bool,
    /// Authentications: AuthType, OAuth2Type, AuthoriseUrl, AccessTokenUrl, RequestTokenUrl, Scopes, IsDefault and fields.
    #[schema(required = false, value_type = Vec<Object>)]
    pub authentication: Value,
    /// Connector-level parameters.
    #[schema(required = false, value_type = Vec<Object>)]
    pub parameters: Value,
    /// Lookups.
    #[schema(required = false, value_type = Vec<Object>)]
    pub triggers: Value,
    /// Categories with customisation flags.
    #[schema(required = false, value_type = Vec<Object>)]
    pub method_categories: Value,
    /// Methods with request and response formats, parameters, paging and script.
    #[schema(required = false, value_type = Vec<Object>)]
    pub methods: Value,
    /// Requests per second, or seconds between requests.
    #[schema(required = false, value_type = Vec<Object>)]
    pub rate_limits: Value,
    /// Announced changes.
    #[schema(required = false, value_type = Vec<Object>)]
    pub deprecations: Value,
    /// Page through responses.
    pub paged_inbound: Option<bool>,
    /// Page requests.
    pub paged_outbound: Option<bool>,
    /// Items per response page.
    pub page_size_inbound: Option<i64>,
    /// Items per request page.
    pub page_size_outbound: Option<i64>,
    /// Connector-level JavaScript.
    pub script: Option<String>,
    /// Kept and returned, otherwise unused.
    #[schema(value_type = Option<Object>)]
    pub product_addon: Value,
    /// Time of creation, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub created_on_utc: Option<WireTime>,
    /// Last change, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub updated_on_utc: Option<WireTime>,
    /// Everything else of the definition, and members that mean nothing to us.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

impl From<ShownCustom> for CustomConnector {
    fn from(shown: ShownCustom) -> Self {
        let mut other = match shown.form {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let mut take = |name: &str| other.shift_remove(name).filter(|value| !value.is_null());
        // What stands in members of our own.
        for own in [
            "UniqueIdentifier",
            "Name",
            "Description",
            "Version",
            "Icon",
            "Status",
            "ReleaseStatus",
            "Release",
            "Billable",
            "IsBillable",
        ] {
            take(own);
        }
        let mut list = |name: &str| take(name).unwrap_or_else(|| Value::Array(Vec::new()));
        let authentication = list("Authentication");
        let parameters = list("Parameters");
        let triggers = list("Triggers");
        let method_categories = list("MethodCategories");
        let methods = list("Methods");
        let rate_limits = list("RateLimits");
        let deprecations = list("Deprecations");
        let number = |value: Option<Value>| value.and_then(|value| value.as_i64());
        let truth = |value: Option<Value>| value.and_then(|value| value.as_bool());
        let paged_inbound = truth(take("PagedInbound"));
        let paged_outbound = truth(take("PagedOutbound"));
        let page_size_inbound = number(take("PageSizeInbound"));
        let page_size_outbound = number(take("PageSizeOutbound"));
        take("Script");
        let product_addon = take("ProductAddon").unwrap_or(Value::Null);
        let definition = shown.definition;
        Self {
            id: shown.connector.number.0,
            unique_identifier: shown.connector.uid.0,
            name: definition.name,
            description: definition.description,
            version: definition.version,
            icon: shown.icon.map(|icon| icon.to_string()),
            status: definition.status.into(),
            release_status: shown.release.status.into(),
            release_version_major: Some(shown.release.version.major.cast_signed()),
            release_version_minor: Some(shown.release.version.minor.cast_signed()),
            billable: definition.billable,
            authentication,
            parameters,
            triggers,
            method_categories,
            methods,
            rate_limits,
            deprecations,
            paged_inbound,
            paged_outbound,
            page_size_inbound,
            page_size_outbound,
            script: definition.script,
            product_addon,
            created_on_utc: Some(shown.connector.created_at.into()),
            updated_on_utc: Some(shown.connector.updated_at.into()),
            other,
        }
    }
}

/// Full definition of a custom connector. Unknown properties are kept and returned.
#[derive(ToSchema)]
#[serde(rename_all = "PascalCase")]
#[expect(
    dead_code,
    reason = "the API document's picture of a body that the service reads as a whole"
)]
pub struct ConnectorDefinition {
    /// Stable id, a well-formed GUID (empty text is not); generated when absent.
    #[schema(required = false)]
    unique_identifier: Uuid,
    /// Name; required.
    #[schema(min_length = 1)]
    name: String,
    /// Description.
    description: Option<String>,
    /// API version.
    version: Option<String>,
    /// data: URI, 400 x 400 pixel PNG or SVG.
    icon: Option<String>,
    /// Publication state.
    #[schema(required = false)]
    status: ConnectorStatus,
    /// State of the release.
    #[schema(required = false)]
    release_status: ReleaseStatus,
    /// Major number.
    release_version_major: Option<i32>,
    /// Minor number.
    release_version_minor: Option<i32>,
    /// Counts as a used connector.
    #[schema(required = false)]
    billable: bool,
    /// Authentications: AuthType, OAuth2Type, AuthoriseUrl, AccessTokenUrl, RequestTokenUrl, Scopes, IsDefault and fields.
    #[schema(required = false, value_type = Vec<Object>)]
    authentication: Value,
    /// Connector-level parameters.
    #[schema(required = false, value_type = Vec<Object>)]
    parameters: Value,
    /// Lookups.
    #[schema(required = false, value_type = Vec<Object>)]
    triggers: Value,
    /// Categories with customisation flags.
    #[schema(required = false, value_type = Vec<Object>)]
    method_categories: Value,
    /// Methods with request and response formats, parameters, paging and script.
    #[schema(required = false, value_type = Vec<Object>)]
    methods: Value,
    /// Requests per second, or seconds between requests.
    #[schema(required = false, value_type = Vec<Object>)]
    rate_limits: Value,
    /// Announced changes.
    #[schema(required = false, value_type = Vec<Object>)]
    deprecations: Value,
    /// Page through responses.
    paged_inbound: Option<bool>,
    /// Page requests.
    paged_outbound: Option<bool>,
    /// Items per response page.
    page_size_inbound: Option<i64>,
    /// Items per request page.
    page_size_outbound: Option<i64>,
    /// Connector-level JavaScript.
    script: Option<String>,
    /// Kept and returned, otherwise unused.
    #[schema(value_type = Option<Object>)]
    product_addon: Value,
    /// Time of creation, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    created_on_utc: Option<WireTime>,
    /// Last change, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    updated_on_utc: Option<WireTime>,
}

wire_words! {
    /// Whether installed connectors move to a release at once.
    pub enum ReleaseType {
        /// They stay and are told of it.
        Major,
        /// They move where everything that may be in use still exists.
        Minor,
    }
}

impl From<ReleaseType> for ReleaseLevel {
    fn from(word: ReleaseType) -> Self {
        match word {
            ReleaseType::Major => Self::Major,
            ReleaseType::Minor => Self::Minor,
        }
    }
}

impl From<ReleaseLevel> for ReleaseType {
    fn from(level: ReleaseLevel) -> Self {
        match level {
            ReleaseLevel::Major => Self::Major,
            ReleaseLevel::Minor => Self::Minor,
        }
    }
}

/// How to make a draft live.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PublishRequest {
    /// Major shows an update notice on every step that uses the connector.
    pub release_type: ReleaseType,
    /// Release notes.
    pub notes: Option<String>,
}

/// A release of a custom connector.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CustomConnectorRelease {
    /// Grows with every release.
    pub number: i32,
    /// Id of this release as account connectors show it; that of the connector for the live one.
    pub connector_id: i32,
    /// State of the release.
    pub release_status: ReleaseStatus,
    /// How it went live; null while it did not.
    pub release_type: Option<ReleaseType>,
    /// Major number.
    pub release_version_major: i32,
    /// Minor number.
    pub release_version_minor: i32,
    /// Release notes.
    pub notes: Option<String>,
    /// Account connectors of this release, of all accounts.
    pub installed_count: i64,
    /// Time of creation, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_on_utc: WireTime,
    /// Last change, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub updated_on_utc: WireTime,
    /// When it went live, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub published_on_utc: Option<WireTime>,
}

impl From<ShownRelease> for CustomConnectorRelease {
    fn from(shown: ShownRelease) -> Self {
        let release = shown.release;
        Self {
            number: release.number.cast_signed(),
            connector_id: shown.shown.0,
            release_status: release.status.into(),
            release_type: release.level.map(ReleaseType::from),
            release_version_major: release.version.major.cast_signed(),
            release_version_minor: release.version.minor.cast_signed(),
            notes: release.notes,
            installed_count: i64::try_from(shown.installed).unwrap_or(i64::MAX),
            created_on_utc: release.created_at.into(),
            updated_on_utc: release.updated_at.into(),
            published_on_utc: release.published_at.map(Into::into),
        }
    }
}

/// What is different between two releases of a custom connector.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ReleaseDifference {
    /// The former release.
    pub from: ComparedRelease,
    /// The other release.
    pub to: ComparedRelease,
    /// Whether a minor release moves installed connectors: no method, field or authentication is gone.
    pub is_compatible: bool,
    /// Everything that is different.
    pub changes: Vec<DefinitionChange>,
}

/// A release that was compared.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ComparedRelease {
    /// Number of the release.
    pub number: i32,
    /// State of the release.
    pub release_status: ReleaseStatus,
}

wire_words! {
    /// What became of a part of a definition.
    pub enum ChangeKind {
        /// It is new.
        Added,
        /// It is gone.
        Removed,
        /// It is another.
        Changed,
    }
}

/// One difference between two definitions.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct DefinitionChange {
    /// Connector, Authentication, Parameter, Trigger, Category, Method, MethodParameter, RequestField or ResponseField.
    pub kind: &'static str,
    /// What became of it.
    pub change: ChangeKind,
    /// Method that the part belongs to.
    pub method: Option<String>,
    /// Name of the part.
    pub name: String,
    /// What of it changed, as a path of the definition's keys.
    pub property: Option<String>,
    /// Former value, shortened; null for scripts.
    pub old: Option<String>,
    /// New value, shortened; null for scripts.
    pub new: Option<String>,
    /// The same as a sentence.
    pub text: String,
}

impl From<&CustomRelease> for ComparedRelease {
    fn from(release: &CustomRelease) -> Self {
        Self {
            number: release.number.cast_signed(),
            release_status: release.status.into(),
        }
    }
}

impl From<&definition::Release> for ComparedRelease {
    fn from(release: &definition::Release) -> Self {
        Self {
            number: release.number.cast_signed(),
            release_status: release.status.into(),
        }
    }
}

impl From<&Difference> for DefinitionChange {
    fn from(one: &Difference) -> Self {
        let (change, property, old, new) = match one.alteration.clone() {
            Alteration::Added => (ChangeKind::Added, None, None, None),
            Alteration::Removed => (ChangeKind::Removed, None, None, None),
            Alteration::Changed { property, old, new } => {
                (ChangeKind::Changed, Some(property), old, new)
            }
        };
        Self {
            kind: one.kind.word(),
            change,
            method: one.method.clone(),
            name: one.name.clone(),
            property,
            old,
            new,
            text: one.to_string(),
        }
    }
}

impl From<Compared> for ReleaseDifference {
    fn from(compared: Compared) -> Self {
        Self {
            from: (&compared.from).into(),
            to: (&compared.to).into(),
            is_compatible: compared.is_compatible,
            changes: compared.differences.iter().map(Into::into).collect(),
        }
    }
}

/// An OpenAPI document to build a connector from.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OpenApiImport {
    /// Name of the new connector.
    pub name: String,
    /// URL of an OpenAPI 2.0, 3.0 or 3.1 document (JSON or YAML).
    pub url: Option<String>,
    /// The document itself, instead of Url.
    pub document: Option<String>,
    /// Switch paging on for methods whose parameters look like it; off when absent.
    #[serde(default)]
    #[schema(required = false, value_type = bool)]
    pub confirm_paging: Keep<bool>,
}

/// An OpenAPI document to bring a connector up to date with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OpenApiUpdate {
    /// URL of an OpenAPI 2.0, 3.0 or 3.1 document (JSON or YAML).
    pub url: Option<String>,
    /// The document itself, instead of Url.
    pub document: Option<String>,
    /// Switch paging on for methods whose parameters look like it; off when absent.
    #[serde(default)]
    #[schema(required = false, value_type = bool)]
    pub confirm_paging: Keep<bool>,
}

impl OpenApiImport {
    /// The name, and the document.
    pub fn into_parts(self) -> (String, ImportSource) {
        let source = ImportSource {
            url: self.url,
            document: self.document,
            confirm_paging: self.confirm_paging.0.unwrap_or_default(),
        };
        (self.name, source)
    }
}

impl From<OpenApiUpdate> for ImportSource {
    fn from(update: OpenApiUpdate) -> Self {
        Self {
            url: update.url,
            document: update.document,
            confirm_paging: update.confirm_paging.0.unwrap_or_default(),
        }
    }
}

/// Something the import could not use.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ImportReportItem {
    /// JSON pointer into the document.
    pub pointer: String,
    /// Why.
    pub reason: String,
}

impl From<ImportRemark> for ImportReportItem {
    fn from(remark: ImportRemark) -> Self {
        Self {
            pointer: remark.pointer,
            reason: remark.reason,
        }
    }
}

/// Outcome of an import.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OpenApiImportResult {
    /// The draft.
    pub connector: CustomConnectorSummary,
    /// What was left out.
    pub report: Vec<ImportReportItem>,
}

impl From<Imported> for OpenApiImportResult {
    fn from(imported: Imported) -> Self {
        Self {
            connector: (&imported.draft).into(),
            report: imported.report.into_iter().map(Into::into).collect(),
        }
    }
}

/// A definition to be checked; exactly one of the two.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct DefinitionCheck {
    /// The definition as it is created.
    #[schema(value_type = Option<Object>)]
    pub definition: Option<Value>,
    /// The text of a definition file, YAML or JSON.
    pub text: Option<String>,
}

/// What there is to say about a definition.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct DefinitionVerdict {
    /// It could be stored.
    pub is_valid: bool,
    /// What is wrong or could be better, errors first.
    pub faults: Vec<DefinitionFault>,
    /// The definition as it is created; null when it is wrong.
    #[schema(value_type = Option<Object>)]
    pub definition: Option<Value>,
    /// The definition as a file; null when it is wrong.
    pub yaml: Option<String>,
}

wire_words! {
    /// How bad a fault is.
    pub enum FaultSeverity {
        /// The definition can't be used.
        Error,
        /// The definition works, and could be better.
        Warning,
    }
}

/// One thing that is wrong with a definition or could be better.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct DefinitionFault {
    /// JSON pointer into what was sent.
    pub pointer: String,
    /// Line of the text, from 1; null for a definition that is no text.
    pub line: Option<i32>,
    /// Column of the text, from 1.
    pub column: Option<i32>,
    /// V001 to V015, or W001 and following for advice.
    pub code: String,
    /// How bad it is.
    pub severity: FaultSeverity,
    /// What is wrong and what to do.
    pub message: String,
}

impl From<&Fault> for DefinitionFault {
    fn from(fault: &Fault) -> Self {
        // Without a file there is no text to point into.
        let place = |number: u32| (!fault.file.is_empty()).then(|| number.cast_signed());
        Self {
            pointer: fault.pointer.clone(),
            line: place(fault.line),
            column: place(fault.column),
            code: fault.code.to_string(),
            severity: match fault.severity {
                Severity::Error => FaultSeverity::Error,
                Severity::Warning => FaultSeverity::Warning,
            },
            message: fault.message.clone(),
        }
    }
}

impl From<Validation> for DefinitionVerdict {
    fn from(validation: Validation) -> Self {
        Self {
            is_valid: !validation.faults.iter().any(Fault::is_error),
            faults: validation.faults.iter().map(Into::into).collect(),
            definition: validation.form,
            yaml: validation.yaml,
        }
    }
}
