//! Words for rules of the schema that their keyword alone does not explain.

use velodrome_model::FaultCode;

/// Sentences for rules whose failure can't be told from the keyword, by their place in the schema.
pub const SENTENCES: &[(&str, FaultCode, &str)] = &[
    (
        "/not",
        FaultCode::V002,
        "has both script and scriptFile; keep one",
    ),
    (
        "/$defs/method/allOf/3/not",
        FaultCode::V002,
        "has both script and scriptFile; keep one",
    ),
    (
        "/$defs/parameter/not",
        FaultCode::V007,
        "is either asked at installation or set by the partner, not both; remove accountConnectorProperty or partnerConnectorProperty",
    ),
    (
        "/$defs/methodRate/oneOf",
        FaultCode::V002,
        "must have either maxRequestsPerSecond or secondsBetweenRequests",
    ),
    (
        "/$defs/connectorRate/oneOf",
        FaultCode::V002,
        "must have either maxRequestsPerSecond or secondsBetweenRequests",
    ),
    (
        "/$defs/value/anyOf",
        FaultCode::V002,
        "must be text, a number, true, false, or {value: …, label: …}",
    ),
    (
        "/$defs/stringMap/additionalProperties/anyOf",
        FaultCode::V002,
        "must be text, a number, true, false, or a list of these",
    ),
    (
        "/$defs/oauth2/properties/resource/anyOf",
        FaultCode::V002,
        "must be text or a list of texts",
    ),
    (
        "/$defs/authentication/allOf/0/else/not",
        FaultCode::V002,
        "has the member oauth1 but not type OAuth1; remove it or change the type",
    ),
    (
        "/$defs/authentication/allOf/1/else/not",
        FaultCode::V002,
        "has the member oauth2 but not type OAuth2; remove it or change the type",
    ),
    (
        "/$defs/authentication/allOf/2/else/not",
        FaultCode::V002,
        "has the member authFields but not type AuthFields; remove it or change the type",
    ),
    (
        "/$defs/method/allOf/1/then/not",
        FaultCode::V002,
        "receives requests, so it has no endpoint, httpMethod or response; remove them or change the type",
    ),
    (
        "/$defs/method/allOf/1/else/not",
        FaultCode::V002,
        "has the member webhook but not type Webhook; remove it or change the type",
    ),
    (
        "/$defs/method/allOf/2/then/anyOf",
        FaultCode::V002,
        "is of type Script and needs script or scriptFile",
    ),
    (
        "/$defs/method/allOf/2/then/not",
        FaultCode::V002,
        "is of type Script and never calls HTTP; remove the endpoint or change the type",
    ),
    (
        "/$defs/key/pattern",
        FaultCode::V002,
        "must be 1 to 80 lower-case letters, digits and hyphens and start with a letter or digit",
    ),
    (
        "/$defs/message/properties/headerFields/pattern",
        FaultCode::V002,
        "must be a name of 1 to 100 letters, digits, hyphens and underscores and start with a letter or an underscore",
    ),
    (
        "/$defs/uuid/pattern",
        FaultCode::V002,
        "must be a UUID such as 6f1c2a30-8d0e-4a7b-9c55-2f3d5e1b7a90",
    ),
    (
        "/$defs/location/pattern",
        FaultCode::V009,
        r"is not a location; write names, [arrays] and \literal names\ joined by dots",
    ),
    (
        "/$defs/relativePath/pattern",
        FaultCode::V002,
        "must be a path inside the definition's folder, with / between its parts",
    ),
    (
        "/$defs/url/pattern",
        FaultCode::V002,
        "must be an address that starts with https:// or a mergefield",
    ),
    (
        "/$defs/endpoint/pattern",
        FaultCode::V002,
        "must be an address that starts with https:// or a mergefield",
    ),
    (
        "/$defs/authField/properties/name/pattern",
        FaultCode::V002,
        "must be letters, digits and underscores and start with a letter",
    ),
    (
        "/$defs/authentication/properties/fields/propertyNames/pattern",
        FaultCode::V002,
        "must be letters, digits and underscores and start with a letter",
    ),
    (
        "/$defs/field/properties/systemField/pattern",
        FaultCode::V002,
        "must be letters, digits and underscores and not start with a digit",
    ),
];
