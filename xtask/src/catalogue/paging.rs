//! The generic list: all pages of what is at a path, where it is known how pages are turned.

use serde_json::{Value, json};

use super::facts::{Pagination, Provider};
use super::methods::CALL_API;

/// Key of the method.
pub const LIST: &str = "call-api-list";
/// Records a page. Small, so that a provider with a low limit does not cut the pages of a numbered list
/// shorter than was asked for, which would end it too early.
const PAGE_SIZE: u32 = 25;

/// How pages are turned, as far as definitions can say it.
pub enum Turning<'a> {
    /// A parameter counts pages; another one says how long they are.
    Number(&'a str, &'a str),
    /// The same with records.
    Offset(&'a str, &'a str),
    /// What the answer holds at a location goes into a parameter.
    Token {
        from: String,
        to: &'a str,
        size: Option<&'a str>,
    },
    /// The answer holds the next address at a location.
    NextUrl { from: String, size: Option<&'a str> },
}

/// How a provider's pages are turned; none where that is unknown or can't be said.
pub fn turning(pagination: &Pagination) -> Option<Turning<'_>> {
    let named = |param: &'_ Option<String>| param.as_ref().is_some_and(|name| name.contains(' '));
    let params = [
        &pagination.cursor_param,
        &pagination.offset_param,
        &pagination.page_param,
        &pagination.limit_param,
    ];
    // Named with a remark: the parameter of a query language, not of a URL.
    if params.into_iter().any(named) {
        return None;
    }
    let size = pagination.limit_param.as_deref();
    match pagination.kind.as_str() {
        "page" => Some(Turning::Number(pagination.page_param.as_deref()?, size?)),
        "offset" if pagination.offset_start.unwrap_or(0) == 0 => {
            Some(Turning::Offset(pagination.offset_param.as_deref()?, size?))
        }
        "cursor" => {
            let to = pagination.cursor_param.as_deref()?;
            let from = match (&pagination.cursor_path, &pagination.cursor_from) {
                (Some(path), _) => place(path)?,
                (None, Some(from)) => {
                    let member = from.strip_prefix("last_item.")?;
                    format!("{}.{member}", records(pagination)?)
                }
                (None, None) => return None,
            };
            Some(Turning::Token { from, to, size })
        }
        "link_body" => Some(Turning::NextUrl {
            from: place(pagination.next_url_path.as_deref()?)?,
            size,
        }),
        _ => None,
    }
}

/// Where an answer holds its records.
pub fn records(pagination: &Pagination) -> Option<String> {
    let path = pagination.items_path.as_deref()?;
    if path == "$" {
        return Some("[]".to_owned());
    }
    let place = place(path)?;
    match place.rsplit_once('.') {
        Some((before, last)) if !place.contains('\\') => Some(format!("{before}.[{last}]")),
        _ if place.contains('\\') => None,
        _ => Some(format!("[{place}]")),
    }
}

/// A path of members as a location; names with dots of their own stand between backslashes.
fn place(path: &str) -> Option<String> {
    if path.contains("odata.") {
        return (path.matches('.').count() == 1).then(|| format!("\\{path}\\"));
    }
    (!path.contains(['[', ']', ' ', '\\'])).then(|| path.to_owned())
}

/// The method, where there is one.
pub fn method(provider: &Provider, endpoint: &str, path: &[Value]) -> Option<Value> {
    let pagination = provider.pagination.as_ref()?;
    let turning = turning(pagination)?;
    let hidden = |target: &str, name: &str, variable: &str| json!({"targetType": target, "targetName": name, "hide": true, "values": [variable]});
    let mut parameters = path.to_vec();
    let size = |name: &str| hidden("QueryString", name, "CYCLR_PAGE_SIZE");
    match &turning {
        Turning::Number(number, length) => {
            parameters.push(hidden("QueryString", number, "CYCLR_PAGE_NUMBER"));
            parameters.push(size(length));
        }
        Turning::Offset(offset, length) => {
            parameters.push(hidden("QueryString", offset, "CYCLR_PAGE_OFFSET"));
            parameters.push(size(length));
        }
        Turning::Token {
            from,
            to,
            size: length,
        } => {
            parameters.push(hidden("ResponseField", from, "CYCLR_PAGE_TOKEN"));
            parameters.push(hidden("QueryString", to, "CYCLR_PAGE_TOKEN"));
            parameters.extend(length.map(size));
        }
        Turning::NextUrl { from, size: length } => {
            parameters.push(hidden("ResponseField", from, "CYCLR_PAGE_NEXT_URL"));
            parameters.extend(length.map(size));
        }
    }
    let mut response = json!({});
    if let Some(place) = records(pagination) {
        response = json!({"fields": [{
            "connectorField": place, "systemField": "Records", "dataType": "Undefined", "optional": true,
        }]});
    }
    let mut method = json!({
        "key": LIST,
        "name": format!("{CALL_API} (GET, all pages)"),
        "description": "Reads the list at a path, page after page; mapped fields go into the query.",
        "category": CALL_API,
        "type": "Action",
        "httpMethod": "GET",
        "endpoint": endpoint,
        "parameters": parameters,
        "paging": {"inbound": true, "inboundPageSize": PAGE_SIZE},
        "request": {"in": "Query"},
    });
    if response != json!({}) {
        method["response"] = response;
    }
    Some(method)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Pagination {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn pages_are_turned_as_the_facts_say() {
        let cursor = read(
            json!({"type": "cursor", "cursor_param": "after", "cursor_from": "last_item.id",
            "items_path": "data"}),
        );
        assert!(
            matches!(turning(&cursor), Some(Turning::Token { from, to: "after", size: None }) if from == "[data].id")
        );
        let next = read(
            json!({"type": "link_body", "next_url_path": "@odata.nextLink", "items_path": "value"}),
        );
        assert!(
            matches!(turning(&next), Some(Turning::NextUrl { from, .. }) if from == "\\@odata.nextLink\\")
        );
        assert_eq!(records(&next).as_deref(), Some("[value]"));
        let language = read(
            json!({"type": "offset", "offset_param": "START (query language)", "limit_param": "MAX"}),
        );
        assert!(turning(&language).is_none());
        let header = read(json!({"type": "link_header"}));
        assert!(turning(&header).is_none());
        // Without a parameter for it the length of a page is unknown, and so is where the list ends.
        let endless = read(json!({"type": "page", "page_param": "page"}));
        assert!(turning(&endless).is_none());
    }

    #[test]
    fn records_are_arrays() {
        for (path, expected) in [("$", "[]"), ("items", "[items]"), ("a.b", "a.[b]")] {
            let pagination = read(json!({"type": "page", "items_path": path}));
            assert_eq!(records(&pagination).as_deref(), Some(expected));
        }
    }
}
