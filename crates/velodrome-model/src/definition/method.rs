//! Methods, paging and webhooks (connectors.md §2.3, §4, §6).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Field, Parameter, Rate};

/// One thing a connector can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Method {
    /// Stable key within the connector.
    pub key: String,
    /// Explicit stable id; derived from slug and key when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_identifier: Option<Uuid>,
    /// Verb and object.
    pub name: String,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Something the user must know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// Notes for maintainers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// Publication state.
    #[serde(default)]
    pub status: MethodStatus,
    /// Group.
    pub category: String,
    /// Group within the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subcategory: Option<String>,
    /// The kind.
    #[serde(rename = "type")]
    pub kind: MethodType,
    /// Verb of an Action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_method: Option<HttpMethod>,
    /// Absolute URL with mergefields, of an Action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Not offered to users.
    #[serde(default)]
    pub hide: bool,
    /// Format of both bodies; Json when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_type: Option<BodyType>,
    /// Element around an Xml request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xml_root_element: Option<String>,
    /// Whole call; 120 when absent, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Only with these authentications; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authentications: Vec<String>,
    /// Its response describes custom fields.
    #[serde(default)]
    pub for_enhanced_custom_fields: bool,
    /// A Script method that answers the caller of the webhook that the cycle began with (cycles.md §4.3): what
    /// its fields make is the body, and those below `Header` are headers.
    #[serde(default)]
    pub responds_to_webhook: bool,
    /// Method-level parameters; override connector-level ones of the same target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// Request body; payload of a Webhook.
    #[serde(default)]
    pub request: Message,
    /// Response body.
    #[serde(default)]
    pub response: Message,
    /// Overrides of the connector's paging, member by member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
    /// Limit of this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<Rate>,
    /// Registration of a Webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// Method-level script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Path of the method-level script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script_file: Option<String>,
}

impl Method {
    /// Format of the request body.
    pub fn request_type(&self) -> BodyType {
        self.request
            .data_type
            .or(self.data_type)
            .unwrap_or_default()
    }

    /// Format of the response body.
    pub fn response_type(&self) -> BodyType {
        self.response
            .data_type
            .or(self.data_type)
            .unwrap_or_default()
    }
}

/// Publication state of a method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MethodStatus {
    /// Not stated.
    #[default]
    Unknown,
    /// Offered.
    Approved,
    /// Offered when the partner shows beta connectors.
    Beta,
    /// Not callable yet.
    Planned,
    /// Callable, no longer offered.
    Deprecated,
}

/// Kind of method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MethodType {
    /// Calls the remote API.
    Action,
    /// Receives requests from it.
    Webhook,
    /// Runs a script, no request.
    Script,
}

/// Verb of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HttpMethod {
    /// GET.
    GET,
    /// POST.
    POST,
    /// PATCH.
    PATCH,
    /// PUT.
    PUT,
    /// DELETE.
    DELETE,
}

/// Format of a whole body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BodyType {
    /// Neither header sent; response sniffed.
    Unknown,
    /// application/json.
    #[default]
    Json,
    /// application/xml.
    Xml,
    /// application/x-www-form-urlencoded.
    Form,
    /// multipart/form-data.
    File,
    /// text/plain.
    PlainText,
    /// A file in the body.
    SimpleFile,
    /// multipart/related (RFC 2387), requests only.
    MultipartRelated,
}

/// One direction of a method.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Overrides the method's format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_type: Option<BodyType>,
    /// Key of the method that lists custom fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_fields_lookup: Option<String>,
    /// Where the fields of a request go.
    #[serde(rename = "in", default, skip_serializing_if = "FieldsIn::is_body")]
    pub placement: FieldsIn,
    /// The object whose members are headers, not part of the body: they are sent so in a request, and read so
    /// in a response where a mapping uses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_fields: Option<String>,
    /// The fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// Where the fields of a request go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FieldsIn {
    /// Into the body.
    #[default]
    Body,
    /// Into the query, each by its name; a list repeats it.
    Query,
}

impl FieldsIn {
    fn is_body(&self) -> bool {
        *self == Self::Body
    }
}

/// Paging (connectors.md §4). Method members override connector members one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Paging {
    /// Fetch all pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbound: Option<bool>,
    /// Records a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbound_page_size: Option<u32>,
    /// Split long requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbound: Option<bool>,
    /// Elements a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbound_page_size: Option<u32>,
    /// The array that is split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbound_location: Option<String>,
    /// More is an error; 10,000 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_pages: Option<u32>,
    /// Next-page URLs may leave the connector's hosts, then without credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_cross_origin: Option<bool>,
}

impl Paging {
    /// This paging where it speaks, the connector's elsewhere.
    pub fn over(self, connector: &Paging) -> Paging {
        Paging {
            inbound: self.inbound.or(connector.inbound),
            inbound_page_size: self.inbound_page_size.or(connector.inbound_page_size),
            outbound: self.outbound.or(connector.outbound),
            outbound_page_size: self.outbound_page_size.or(connector.outbound_page_size),
            outbound_location: self
                .outbound_location
                .or_else(|| connector.outbound_location.clone()),
            max_pages: self.max_pages.or(connector.max_pages),
            allow_cross_origin: self.allow_cross_origin.or(connector.allow_cross_origin),
        }
    }
}

/// How a Webhook method is registered with the provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Key of the registering method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<String>,
    /// Key of the method that takes it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<String>,
    /// Key of the renewing method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<String>,
    /// Signature check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<WebhookVerify>,
    /// Arrives at the partner webhook.
    #[serde(default)]
    pub partner: bool,
}

/// HMAC check of an incoming webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookVerify {
    /// HMAC-SHA1, HMAC-SHA256 or HMAC-SHA512.
    pub algorithm: String,
    /// Header with the signature.
    pub header: String,
    /// Key; a mergefield.
    pub secret: String,
    /// hex (default) or base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Text before the signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Header with the signed time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp_header: Option<String>,
    /// Greatest age, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance_seconds: Option<u32>,
}
