//! What was imported is held to the check of definitions, and to its size.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use velodrome_model::definition::{AuthType, ConnectorDefinition, Method};

use super::{report::Report, schema::MAX_DEPTH};
use crate::catalogue::{
    Origin, canonical, check_text,
    document::{Setting, examine_value},
    findings::Findings,
    semantic::Written,
    yaml, yaml_length, yaml_text,
};

/// Takes out whatever the check of definitions would refuse, and reports it.
pub fn verify(
    definition: &mut ConnectorDefinition,
    origins: &mut Vec<String>,
    report: &mut Report,
) {
    // Each round takes something out, so there is an end; the number only bounds the time.
    for _ in 0..64 {
        if !take_out(definition, origins, report) {
            break;
        }
    }
    shrink(definition, origins, report, yaml::MAX_BYTES);
    if check_text(&yaml_text(definition), BTreeMap::new()).is_err() {
        // What only shows in the text of a file: words across several values that look like a secret.
        report.skip(
            "",
            "the texts of the document can't stand in a definition; all descriptions are left out",
        );
        strip_descriptions(definition);
        if check_text(&yaml_text(definition), BTreeMap::new()).is_err() {
            report.skip("/paths", "no operation passes the check of definitions");
            definition.methods.clear();
            definition.method_categories.clear();
            origins.clear();
        }
    }
}

/// One round: checks and takes out; false when there was nothing.
fn take_out(
    definition: &mut ConnectorDefinition,
    origins: &mut Vec<String>,
    report: &mut Report,
) -> bool {
    let value = canonical(definition);
    let mut findings = Findings::new();
    let setting = Setting {
        folder: None,
        origin: Origin::Directory,
    };
    examine_value(&value, Written::Value(&value), setting, &mut findings);
    let errors = findings.errors();
    if errors.is_empty() {
        return false;
    }
    let mut methods = BTreeSet::new();
    let mut parameters = BTreeSet::new();
    let mut authentications = BTreeSet::new();
    let mut categories = BTreeSet::new();
    for (pointer, message) in errors {
        let mut segments = pointer.split('/').skip(1);
        let list = segments.next().unwrap_or_default().to_owned();
        let at = segments.next().and_then(|at| at.parse::<usize>().ok());
        match (list.as_str(), at) {
            ("methods", Some(at)) => {
                let origin = origins.get(at).cloned().unwrap_or_default();
                let inside = segments.collect::<Vec<_>>().join("/");
                if methods.insert(at) {
                    let key = definition
                        .methods
                        .get(at)
                        .map_or("", |method| method.key.as_str());
                    report.skip(
                        origin,
                        format!(
                            "the method {key:?} would not pass the check at {inside}: {message}"
                        ),
                    );
                }
            }
            ("parameters", Some(at)) => {
                parameters.insert(at);
                report.skip(
                    "",
                    format!("a property would not pass the check: {message}"),
                );
            }
            ("authentications", Some(at)) => {
                authentications.insert(at);
                report.skip(
                    "",
                    format!("an authentication would not pass the check: {message}"),
                );
            }
            ("methodCategories", Some(at)) => {
                categories.insert(at);
            }
            ("description", _) => definition.description = None,
            ("version", _) => definition.version = None,
            ("name", _) => "Imported API".clone_into(&mut definition.name),
            ("methods", None) => {
                let all = definition.methods.len();
                methods.extend(all / 2..all);
                report.skip("/paths", message);
            }
            _ => {
                report.skip("", message);
                definition.post_install_test_auth = None;
                definition.post_install_property_lookup = None;
                definition.partner_webhook = None;
                definition.triggers.clear();
            }
        }
    }
    remove(&mut definition.methods, &methods);
    remove(origins, &methods);
    remove(&mut definition.parameters, &parameters);
    remove(&mut definition.authentications, &authentications);
    remove(&mut definition.method_categories, &categories);
    repair(definition);
    true
}

/// References to what is gone.
fn repair(definition: &mut ConnectorDefinition) {
    if definition.authentications.is_empty() {
        let none = serde_json::json!({"key": "none", "type": AuthType::None});
        definition
            .authentications
            .extend(serde_json::from_value(none));
    }
    let keys: HashSet<&str> = definition
        .authentications
        .iter()
        .map(|one| one.key.as_str())
        .collect();
    for method in &mut definition.methods {
        method
            .authentications
            .retain(|key| keys.contains(key.as_str()));
    }
    let used: HashSet<&str> = definition
        .methods
        .iter()
        .map(|method| method.category.as_str())
        .collect();
    definition
        .method_categories
        .retain(|category| used.contains(category.name.as_str()));
}

fn remove<T>(list: &mut Vec<T>, places: &BTreeSet<usize>) {
    let mut at = 0;
    list.retain(|_| {
        at += 1;
        !places.contains(&(at - 1))
    });
}

/// Makes a definition small enough for a file: what lies deepest goes first, then descriptions of
/// fields, then methods from the end.
fn shrink(
    definition: &mut ConnectorDefinition,
    origins: &mut Vec<String>,
    report: &mut Report,
    most: usize,
) {
    let fits = |definition: &ConnectorDefinition| yaml_length(definition) <= most;
    if fits(definition) {
        return;
    }
    let limit = format!("a definition has at most {} MiB", yaml::MAX_BYTES >> 20);
    for depth in (2..MAX_DEPTH).rev() {
        for (method, origin) in definition.methods.iter_mut().zip(origins.iter()) {
            if trim(method, depth) {
                report.skip(
                    origin,
                    format!("{limit}; fields of more than {depth} levels are left out"),
                );
            }
        }
        if fits(definition) {
            return;
        }
    }
    report.skip("", format!("{limit}; descriptions of fields are left out"));
    for method in &mut definition.methods {
        for field in method
            .request
            .fields
            .iter_mut()
            .chain(&mut method.response.fields)
        {
            field.description = None;
        }
    }
    while !fits(definition) && !definition.methods.is_empty() {
        let keep = definition.methods.len() * 4 / 5;
        definition.methods.truncate(keep);
        for origin in origins.drain(keep.min(origins.len())..) {
            report.skip(origin, limit.clone());
        }
        repair(definition);
    }
}

/// Takes the fields out that lie deeper; true if there were some.
fn trim(method: &mut Method, depth: usize) -> bool {
    let before = method.request.fields.len() + method.response.fields.len();
    // Without a field that is required the request could not be made.
    method
        .request
        .fields
        .retain(|field| !field.optional || levels(&field.connector_field) <= depth);
    method
        .response
        .fields
        .retain(|field| levels(&field.connector_field) <= depth);
    before > method.request.fields.len() + method.response.fields.len()
}

fn levels(location: &str) -> usize {
    location.matches('.').count() + 1
}

fn strip_descriptions(definition: &mut ConnectorDefinition) {
    definition.description = None;
    for category in &mut definition.method_categories {
        category.description = None;
    }
    for one in &mut definition.authentications {
        one.description = None;
    }
    for method in &mut definition.methods {
        method.description = None;
        for parameter in &mut method.parameters {
            parameter.description = None;
        }
        for field in method
            .request
            .fields
            .iter_mut()
            .chain(&mut method.response.fields)
        {
            field.description = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::openapi_import::{Options, import};

    fn large() -> ConnectorDefinition {
        let mut paths = json!({});
        for at in 0..10 {
            let inner = json!({"type": "string", "description": "word ".repeat(30)});
            let schema = json!({"type": "object", "properties": {
                "id": inner, "a": {"type": "object", "properties": {
                    "b": {"type": "object", "properties": {"c": inner, "d": inner}}}}}});
            paths[format!("/things{at}")] = json!({"get": {"responses": {"200": {
                "content": {"application/json": {"schema": schema}}}}}});
        }
        let document = json!({"openapi": "3.0.0", "info": {"title": "Large"},
            "servers": [{"url": "https://api.large.example"}], "paths": paths});
        let text = document.to_string();
        let import = import(text.as_bytes(), Options::default(), None);
        futures::executor::block_on(import).unwrap().definition
    }

    #[test]
    fn what_lies_deepest_goes_first_then_descriptions_then_methods() {
        let whole = large();
        for (most, methods, fields) in [(100_000, 10, 3), (5_000, 10, 1), (1_500, 5, 1)] {
            let mut own = whole.clone();
            let mut origins = vec!["/paths/x".to_owned(); 10];
            let mut report = Report::default();

            shrink(&mut own, &mut origins, &mut report, most);

            assert!(yaml_length(&own) <= most);
            assert!(own.methods.len() <= methods && !own.methods.is_empty());
            assert_eq!(own.methods[0].response.fields.len(), fields, "{most}");
            assert_eq!(own.methods.len(), origins.len());
            assert_eq!(report.into_items().is_empty(), most == 100_000);
            assert!(check_text(&yaml_text(&own), BTreeMap::new()).is_ok());
        }
    }
}
