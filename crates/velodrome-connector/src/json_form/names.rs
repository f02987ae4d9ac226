//! Which member of the JSON form is which key of a definition.

use crate::catalogue::shape::Shape;

/// A member that is not simply the key in PascalCase.
struct Exception {
    /// The part of the schema that it stands in.
    shape: &'static str,
    json: &'static str,
    /// The key, inside others if there are several.
    yaml: &'static [&'static str],
    /// Whether it is written; the others are older or laxer spellings that are only read.
    written: bool,
}

const fn both(shape: &'static str, json: &'static str, yaml: &'static [&'static str]) -> Exception {
    Exception {
        shape,
        json,
        yaml,
        written: true,
    }
}

const fn read(shape: &'static str, json: &'static str, yaml: &'static [&'static str]) -> Exception {
    Exception {
        shape,
        json,
        yaml,
        written: false,
    }
}

const EXCEPTIONS: &[Exception] = &[
    both("", "Authentication", &["authentications"]),
    both("", "ReleaseStatus", &["release", "status"]),
    both(
        "",
        "PostInstallPropertyValueLookupMethod",
        &["postInstallPropertyLookup"],
    ),
    both("", "PostInstallTestAuthMethod", &["postInstallTestAuth"]),
    both("", "PagedInbound", &["paging", "inbound"]),
    both("", "PageSizeInbound", &["paging", "inboundPageSize"]),
    both("", "PagedOutbound", &["paging", "outbound"]),
    both("", "PageSizeOutbound", &["paging", "outboundPageSize"]),
    both("", "PagedOutboundLocation", &["paging", "outboundLocation"]),
    both("authentication", "AuthName", &["name"]),
    both("authentication", "AuthDescription", &["description"]),
    both("authentication", "AuthType", &["type"]),
    both("authentication", "IsDefault", &["default"]),
    both("authentication", "OAuth2Type", &["oauth2", "type"]),
    // `Key` is that of the authentication.
    both("authentication", "OAuth1Key", &["oauth1", "key"]),
    both("credentialField", "IsOptional", &["optional"]),
    both("credentialField", "IsSensitive", &["sensitive"]),
    both("parameter", "TriggerName", &["trigger"]),
    both("parameter", "IsOptional", &["optional"]),
    both("parameter", "IsSensitive", &["sensitive"]),
    both(
        "parameter",
        "IsAccountConnectorProperty",
        &["accountConnectorProperty"],
    ),
    both(
        "parameter",
        "IsPartnerConnectorProperty",
        &["partnerConnectorProperty"],
    ),
    both("field", "TriggerName", &["trigger"]),
    both("field", "IsOptional", &["optional"]),
    read("field", "DisplayFieldName", &["displayField"]),
    both("method", "MethodType", &["type"]),
    both("method", "RequestFormat", &["request"]),
    both("method", "ResponseFormat", &["response"]),
    both("method", "PagedInbound", &["paging", "inbound"]),
    both("method", "PageSizeInbound", &["paging", "inboundPageSize"]),
    both("method", "PagedOutbound", &["paging", "outbound"]),
    both(
        "method",
        "PageSizeOutbound",
        &["paging", "outboundPageSize"],
    ),
    both(
        "method",
        "PagedOutboundLocation",
        &["paging", "outboundLocation"],
    ),
    both("method", "CreateWebhookMethod", &["webhook", "create"]),
    both("method", "DeleteWebhookMethod", &["webhook", "delete"]),
    both("method", "UpdateWebhookMethod", &["webhook", "update"]),
    // Of the two bodies, custom fields are looked up for what comes back.
    read(
        "method",
        "CustomFieldsLookupMethod",
        &["response", "customFieldsLookup"],
    ),
    both(
        "message",
        "CustomFieldsLookupMethod",
        &["customFieldsLookup"],
    ),
    both("trigger", "MethodName", &["method"]),
];

/// The members of an authentication that hold the settings of its kind, which the form keeps flat.
pub const FLAT: [&str; 2] = ["oauth1", "oauth2"];

/// The key that a member of the JSON form stands for, inside others if there are several.
///
/// `flat` names the key whose members stand beside this part's own.
pub fn key_of(shape: Shape, flat: Option<&'static str>, member: &str) -> Option<Vec<&'static str>> {
    let exception = EXCEPTIONS.iter().find(|exception| {
        exception.shape == shape.name() && exception.json.eq_ignore_ascii_case(member)
    });
    if let Some(exception) = exception {
        // The settings of another kind of authentication mean nothing.
        let foreign = FLAT.contains(&exception.yaml[0]) && flat != Some(exception.yaml[0]);
        return (!foreign).then(|| exception.yaml.to_vec());
    }
    if let Some(key) = spelled(shape, member) {
        return Some(vec![key]);
    }
    let flat = flat?;
    let key = spelled(shape.member(flat)?, member)?;
    Some(vec![flat, key])
}

fn spelled(shape: Shape, member: &str) -> Option<&'static str> {
    let keys = shape.members()?.keys();
    keys.map(String::as_str)
        .find(|key| key.eq_ignore_ascii_case(member))
}

/// The member of the JSON form that a key is written as: beside `path`'s own part, if it has a place there.
pub fn member_of(shape: Shape, path: &[&str]) -> Option<String> {
    let exception = EXCEPTIONS.iter().find(|exception| {
        exception.written && exception.shape == shape.name() && exception.yaml == path
    });
    match (exception, path) {
        (Some(exception), _) => Some(exception.json.to_owned()),
        (None, [key]) => Some(pascal(key)),
        (None, [owner, key]) if FLAT.contains(owner) => Some(pascal(key)),
        _ => None,
    }
}

/// `connectorField` as `ConnectorField`.
fn pascal(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_ascii_uppercase(), letters.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exception_names_keys_that_the_schema_has() {
        let root = Shape::root();
        let list = |key: &str| root.member(key).and_then(Shape::element).unwrap();
        let method = list("methods");
        let authentication = list("authentications");
        let shapes = [
            root,
            method,
            authentication,
            list("parameters"),
            list("triggers"),
            method.member("request").unwrap(),
            method
                .member("request")
                .and_then(|message| message.member("fields"))
                .and_then(Shape::element)
                .unwrap(),
            authentication
                .member("fields")
                .and_then(|fields| fields.member("ApiKey"))
                .unwrap(),
        ];
        for exception in EXCEPTIONS {
            let shape = shapes
                .iter()
                .find(|shape| shape.name() == exception.shape)
                .unwrap_or_else(|| panic!("{}", exception.json));
            let end = exception.yaml.iter().try_fold(*shape, |inner, key| {
                inner.members()?.get(*key)?;
                inner.member(key)
            });
            assert!(end.is_some(), "{}", exception.json);
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same_key() {
        let method = Shape::root()
            .member("methods")
            .and_then(Shape::element)
            .unwrap();
        for key in method.members().unwrap().keys() {
            let member = member_of(method, &[key]).unwrap();
            assert_eq!(key_of(method, None, &member), Some(vec![key.as_str()]));
            assert_eq!(
                key_of(method, None, &member.to_uppercase()),
                Some(vec![key.as_str()])
            );
        }
    }
}
