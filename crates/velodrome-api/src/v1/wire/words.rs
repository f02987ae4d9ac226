//! Enumerations of the wire about connectors.

use velodrome_model::definition;

use crate::lenient::wire_words;

/// Maps a model enumeration onto its wire words, variant by variant.
macro_rules! from_model {
    ($wire:ident, $model:path, [$($variant:ident),+ $(,)?]) => {
        impl From<$model> for $wire {
            fn from(value: $model) -> Self {
                match value { $(<$model>::$variant => Self::$variant),+ }
            }
        }
    };
}

wire_words! {
    /// How a connector authenticates against the third-party API.
    pub enum AuthType {
        /// No credentials are sent.
        None = 0,
        /// One key, sent as an HTTP header.
        ApiKey = 1,
        /// HTTP Basic; AuthValue is base64 of user:password.
        Basic = 2,
        /// Fields injected into the body of the request.
        AuthFields = 3,
        /// OAuth 2.0, see OAuth2Type.
        OAuth2 = 4,
        /// OAuth 1.0a.
        OAuth1 = 5,
    }
}
from_model!(
    AuthType,
    definition::AuthType,
    [None, ApiKey, Basic, AuthFields, OAuth2, OAuth1]
);

wire_words! {
    /// OAuth 2.0 grant; Unknown when AuthType is not OAuth2. The British spelling is part of the wire format.
    pub enum OAuth2Type {
        /// Not an OAuth 2.0 connector.
        Unknown = 0,
        /// The user is redirected, signs in and approves.
        AuthorisationCode = 1,
        /// Token obtained without the user.
        ClientCredentials = 2,
        /// Token obtained with user name and password.
        PasswordCredentials = 3,
    }
}
from_model!(
    OAuth2Type,
    definition::OAuth2Type,
    [AuthorisationCode, ClientCredentials, PasswordCredentials]
);

wire_words! {
    /// Type of a field or parameter.
    pub enum DataType {
        /// Passed on unformatted.
        Undefined = 0,
        /// String.
        Text = 1,
        /// Whole number.
        Integer = 2,
        /// Number rounded to 14 decimal places.
        Float = 3,
        /// true or false.
        Boolean = 4,
        /// Date and time, see DataTypeFormat.
        DateTime = 5,
        /// Content of a file.
        File = 6,
        /// Number rounded to 12 decimal places.
        Decimal = 7,
    }
}
from_model!(
    DataType,
    definition::DataType,
    [
        Undefined, Text, Integer, Float, Boolean, DateTime, File, Decimal
    ]
);

impl From<DataType> for definition::DataType {
    fn from(value: DataType) -> Self {
        match value {
            DataType::Undefined => Self::Undefined,
            DataType::Text => Self::Text,
            DataType::Integer => Self::Integer,
            DataType::Float => Self::Float,
            DataType::Boolean => Self::Boolean,
            DataType::DateTime => Self::DateTime,
            DataType::File => Self::File,
            DataType::Decimal => Self::Decimal,
        }
    }
}

wire_words! {
    /// Format of a whole request or response body of a connector method.
    pub enum BodyDataType {
        /// No Content-Type or Accept header.
        Unknown = 0,
        /// application/xml.
        Xml = 1,
        /// application/json.
        Json = 2,
        /// application/x-www-form-urlencoded.
        Form = 3,
        /// multipart/form-data upload.
        File = 4,
        /// Unformatted text.
        PlainText = 5,
        /// File in the body, up or down.
        SimpleFile = 6,
        /// multipart/related, requests only.
        MultipartRelated = 7,
    }
}
from_model!(
    BodyDataType,
    definition::BodyType,
    [
        Unknown,
        Xml,
        Json,
        Form,
        File,
        PlainText,
        SimpleFile,
        MultipartRelated
    ]
);

wire_words! {
    /// Where the value of a parameter goes.
    pub enum TargetType {
        /// HTTP request header.
        HttpHeader,
        /// Merged into the endpoint or body as {{name}}.
        MergeField,
        /// Query-string parameter.
        QueryString,
        /// Filters the returned items.
        FilterField,
        /// Location in the response (paging).
        ResponseField,
        /// Visible to scripts only.
        Script,
        /// Index of a list item.
        Index,
    }
}
from_model!(
    TargetType,
    definition::TargetType,
    [
        HttpHeader,
        MergeField,
        QueryString,
        FilterField,
        ResponseField,
        Script,
        Index
    ]
);

wire_words! {
    /// Kind of a connector method.
    pub enum MethodType {
        /// Calls the third-party API.
        Action,
        /// Receives requests from it.
        Webhook,
        /// Runs a script, no request.
        Script,
    }
}
from_model!(
    MethodType,
    definition::MethodType,
    [Action, Webhook, Script]
);

wire_words! {
    /// HTTP verb of a connector method.
    #[expect(clippy::upper_case_acronyms, reason = "the words of the wire")]
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
}
from_model!(
    HttpMethod,
    definition::HttpMethod,
    [GET, POST, PATCH, PUT, DELETE]
);

wire_words! {
    /// Publication state of a connector.
    pub enum ConnectorStatus {
        /// Not stated.
        Unknown,
        /// Listed for everybody.
        Approved,
        /// Listed when the partner shows beta connectors.
        Beta,
        /// Announced only, cannot be installed.
        Planned,
    }
}
from_model!(
    ConnectorStatus,
    definition::ConnectorStatus,
    [Unknown, Approved, Beta, Planned]
);

wire_words! {
    /// Publication state of a method.
    pub enum MethodStatus {
        /// Not stated.
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
}
from_model!(
    MethodStatus,
    definition::MethodStatus,
    [Unknown, Approved, Beta, Planned, Deprecated]
);

wire_words! {
    /// State of a release of a connector or template.
    pub enum ReleaseStatus {
        /// Editable; a connector in this state cannot be installed.
        Draft,
        /// The one release offered for installation; locked.
        Live,
        /// A former live release; locked, can be copied.
        Deprecated,
    }
}
from_model!(
    ReleaseStatus,
    definition::ReleaseStatus,
    [Draft, Live, Deprecated]
);

wire_words! {
    /// Whether an account connector can be used.
    pub enum AuthenticationState {
        /// No credentials yet.
        NotAuthenticated,
        /// Usable.
        Authenticated,
        /// The third party no longer accepts the credentials.
        NeedsReauthentication,
    }
}
from_model!(
    AuthenticationState,
    velodrome_model::AuthenticationState,
    [NotAuthenticated, Authenticated, NeedsReauthentication]
);
