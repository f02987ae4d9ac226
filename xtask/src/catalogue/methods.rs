//! The methods that need no knowledge of records: calls of any path, a test of the credentials, a lookup
//! after the sign-in.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::auth::{Members, carried};
use super::facts::{Auth, PostConnect, Provider, Verification};
use super::paging;
use super::template::{Inexpressible, Names};

/// Category of the generic methods.
pub const CALL_API: &str = "Call API";
/// Category of what people don't see.
const CONNECTION: &str = "Connection";
/// Key of the method that proves the credentials.
pub const TEST: &str = "get-connection";
/// Why nothing can be called.
pub const NO_ADDRESS: &str = "the address of its API is not known";
/// Key of the lookup after the sign-in.
pub const LOOKUP: &str = "get-account-values";

/// A generic method.
struct Verb {
    http: &'static str,
    key: &'static str,
    does: &'static str,
    has_body: bool,
}

static VERBS: [Verb; 5] = [
    Verb {
        http: "GET",
        key: "call-api-get",
        does: "Reads what is at a path; mapped fields go into the query.",
        has_body: false,
    },
    Verb {
        http: "POST",
        key: "call-api-post",
        does: "Sends the mapped fields to a path, to create something there or to start it.",
        has_body: true,
    },
    Verb {
        http: "PUT",
        key: "call-api-put",
        does: "Puts the mapped fields in the place of what is at a path.",
        has_body: true,
    },
    Verb {
        http: "PATCH",
        key: "call-api-patch",
        does: "Changes what is at a path by the mapped fields.",
        has_body: true,
    },
    Verb {
        http: "DELETE",
        key: "call-api-delete",
        does: "Deletes what is at a path; mapped fields go into the query.",
        has_body: false,
    },
];

/// Where the generic methods call: the base without a slash at its end.
pub fn base(provider: &Provider, names: &Names) -> Result<String, Inexpressible> {
    let base = provider.base_url.as_deref();
    let base = base.ok_or_else(|| Inexpressible::new(NO_ADDRESS))?;
    let base = names.merged(base.trim_end_matches('/'))?;
    if !base.starts_with("https://") && !base.starts_with("{{") {
        return Err(Inexpressible::new(
            "it is reached by a protocol of its own, not by HTTP",
        ));
    }
    if base.contains('?') {
        return Err(Inexpressible::new("its address ends in a query"));
    }
    Ok(base)
}

/// The generic methods; what reads and deletes has no body that could carry credentials.
fn verbs(provider: &Provider) -> impl Iterator<Item = &'static Verb> {
    let needs_body = needs_body(provider);
    VERBS
        .iter()
        .filter(move |verb| verb.has_body || !needs_body)
}

/// Whether the credentials stand in the body of every call.
pub fn needs_body(provider: &Provider) -> bool {
    let in_body = |auth: &Auth| auth.api_key.as_ref().is_some_and(|key| key.place == "body");
    provider.auths.iter().any(in_body)
}

/// The generic methods at a base.
pub fn generic(provider: &Provider, base: &str) -> Vec<Value> {
    let endpoint = if takes_path(base) {
        format!("{base}/{{{{+Path}}}}")
    } else {
        base.to_owned()
    };
    let path: Vec<Value> = takes_path(base).then(path).into_iter().collect();
    let mut out = Vec::new();
    for verb in verbs(provider) {
        let mut method = Members::new();
        method.insert("key".into(), verb.key.into());
        method.insert("name".into(), format!("{CALL_API} ({})", verb.http).into());
        method.insert("description".into(), verb.does.into());
        method.insert("category".into(), CALL_API.into());
        method.insert("type".into(), "Action".into());
        method.insert("httpMethod".into(), verb.http.into());
        method.insert("endpoint".into(), endpoint.clone().into());
        if !path.is_empty() {
            method.insert("parameters".into(), json!(path));
        }
        let mut request = Members::new();
        if !verb.has_body {
            request.insert("in".into(), "Query".into());
        } else if let Some(format) = body_type(provider) {
            request.insert("dataType".into(), format.into());
        }
        if !request.is_empty() {
            method.insert("request".into(), request.into());
        }
        // Deleting often answers with nothing, or with a word.
        method.insert("response".into(), json!({"dataType": "Unknown"}));
        out.push(Value::Object(method));
        if verb.http == "GET"
            && let Some(list) = paging::method(provider, &endpoint, &path)
        {
            out.push(list);
        }
    }
    out
}

/// Whether calls go to paths below the base; some APIs have one address that a file name ends, and tell
/// calls apart by what they carry.
pub fn takes_path(base: &str) -> bool {
    ![".php", ".ashx", ".mvc", ".phtml", ".fcgi"]
        .iter()
        .any(|end| base.ends_with(end))
}

/// How bodies are sent, where that is not JSON.
pub fn body_type(provider: &Provider) -> Option<&'static str> {
    match provider.request_body_format.as_deref() {
        Some("form") => Some("Form"),
        Some("xml") => Some("Xml"),
        _ => None,
    }
}

/// The parameter of every generic method.
pub fn path() -> Value {
    json!({
        "targetType": "MergeField",
        "targetName": "Path",
        "description": "What follows the base address, without a slash in front; may end in a query.",
        "validation": {"pattern": r"^[^/\s][^\s]*$", "message": "Leave out the slash in front."},
    })
}

/// The method that proves the credentials, where a call is known that does.
pub fn test(
    verification: &Verification,
    base: &str,
    names: &Names,
) -> Result<Value, Inexpressible> {
    let base = match &verification.base_url {
        Some(own) => names.merged(own.trim_end_matches('/'))?,
        None => base.to_owned(),
    };
    let path = names.merged(verification.path.trim_start_matches('/'))?;
    let mut method = hidden(TEST, "Get Connection", "Proves that the credentials work.");
    method.insert("httpMethod".into(), verification.method.clone().into());
    if !matches!(verification.method.as_str(), "GET" | "POST" | "PUT") {
        return Err(Inexpressible::new(
            "the call that proves the credentials uses another verb",
        ));
    }
    let endpoint = if path.is_empty() {
        base
    } else {
        format!("{base}/{path}")
    };
    method.insert("endpoint".into(), endpoint.into());
    let mut headers = Vec::new();
    for (name, value) in &verification.headers {
        let usual =
            name.eq_ignore_ascii_case("content-type") || name.eq_ignore_ascii_case("accept");
        if let (false, Some(text)) = (usual, value.as_str()) {
            headers.push(Value::Object(carried(
                "HttpHeader",
                name,
                &names.merged(text)?,
                false,
            )));
        }
    }
    if !headers.is_empty() {
        method.insert("parameters".into(), headers.into());
    }
    if let Some(body) = &verification.body {
        method.insert("request".into(), request(body, names)?);
    }
    method.insert("response".into(), json!({"dataType": "Unknown"}));
    Ok(Value::Object(method))
}

/// A body of constants.
fn request(body: &Members, names: &Names) -> Result<Value, Inexpressible> {
    let mut fields = Vec::new();
    for (name, value) in body {
        let Some(text) = value.as_str() else {
            return Err(Inexpressible::new(
                "the call that proves the credentials has a nested body",
            ));
        };
        let text = names.merged(text)?;
        fields.push(json!({"connectorField": name, "hide": true, "defaultValue": text}));
    }
    Ok(json!({"fields": fields}))
}

/// The lookup after the sign-in, as far as what it finds is wanted; with the names that it fills.
pub fn lookup(
    steps: &[PostConnect],
    base: &str,
    names: &Names,
    wanted: &BTreeSet<String>,
) -> Option<(Value, BTreeSet<String>)> {
    for step in steps {
        let (Some(verb), Some(url)) = (step.method.as_deref(), step.url.as_deref()) else {
            continue;
        };
        let mut fields = Vec::new();
        let mut filled = BTreeSet::new();
        for (name, path) in &step.sets {
            let found = path.as_str().and_then(location);
            if let (Some(field), Some(location)) = (names.field(name), found)
                && wanted.contains(field)
            {
                fields.push(json!({"connectorField": location, "systemField": field}));
                filled.insert(name.clone());
            }
        }
        let body = match &step.body {
            None => Ok(None),
            Some(Value::Object(body)) => request(body, names).map(Some),
            Some(_) => continue,
        };
        let url = if url.starts_with("https://") {
            names.merged(url)
        } else {
            names
                .merged(url.trim_start_matches('/'))
                .map(|path| format!("{base}/{path}"))
        };
        if let (false, Ok(url), Ok(body)) = (fields.is_empty(), url, body) {
            let text = "Finds out what the account's calls need.";
            let mut method = hidden(LOOKUP, "Get Account Values", text);
            method.insert("httpMethod".into(), verb.into());
            method.insert("endpoint".into(), url.into());
            if let Some(body) = body {
                method.insert("request".into(), body);
            }
            method.insert("response".into(), json!({"fields": fields}));
            return Some((Value::Object(method), filled));
        }
    }
    None
}

fn hidden(key: &str, name: &str, description: &str) -> Members {
    let mut method = Members::new();
    method.insert("key".into(), key.into());
    method.insert("name".into(), name.into());
    method.insert("description".into(), description.into());
    method.insert("category".into(), CONNECTION.into());
    method.insert("type".into(), "Action".into());
    method.insert("hide".into(), true.into());
    method
}

/// `accounts[0].id` as a location, `[accounts].id`; none for what a location can't say.
pub fn location(path: &str) -> Option<String> {
    if path.contains(['=', '(', ' ']) {
        return None;
    }
    let mut segments = Vec::new();
    for segment in path.split('.') {
        match segment.split_once('[') {
            None => segments.push(segment.to_owned()),
            Some((name, "0]")) => segments.push(format!("[{name}]")),
            Some(_) => return None,
        }
    }
    Some(segments.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_answers_become_locations() {
        for (path, expected) in [
            ("id", Some("id")),
            ("data.account.id", Some("data.account.id")),
            ("accounts[0].id", Some("[accounts].id")),
            ("[0].tenantId", Some("[].tenantId")),
            ("data[0][0]", None),
            ("accounts[is_default=true].id", None),
        ] {
            assert_eq!(location(path).as_deref(), expected, "{path}");
        }
    }
}
