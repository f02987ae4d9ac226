//! What is written reads as what it was.

use std::{fs, path::Path};

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use velodrome_model::definition::ConnectorDefinition;

use super::super::{Extra, read, write};
use crate::catalogue::{check_text, open, yaml_text};

/// The first line of a definition that the catalogue's generator made.
const GENERATED: &str = "# Made by `cargo xtask connectors`";
/// Of the generated ones every so many is looked at: they are alike.
const STEP: usize = 24;

/// The definitions that ship with the product, and some of those that are generated.
fn seeds() -> Vec<ConnectorDefinition> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors");
    let mut folders: Vec<_> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|folder| folder.join("connector.yaml").is_file())
        .collect();
    folders.sort();
    let (generated, mut chosen): (Vec<_>, Vec<_>) = folders.into_iter().partition(|folder| {
        fs::read_to_string(folder.join("connector.yaml"))
            .unwrap()
            .starts_with(GENERATED)
    });
    chosen.extend(generated.into_iter().step_by(STEP));
    let all: Vec<_> = chosen
        .iter()
        .map(|folder| open(folder).unwrap().definition())
        .collect();
    assert!(all.len() >= 5);
    all
}

#[test]
fn every_seed_survives_the_json_form() {
    for definition in seeds() {
        let form = write(&definition, &Extra::default());
        let back = read(&form).unwrap_or_else(|faults| panic!("{}: {faults:#?}", definition.slug));
        assert_eq!(back.definition, definition);
        assert!(back.extra.is_empty());
    }
}

#[test]
fn every_seed_survives_being_written_as_yaml() {
    for definition in seeds() {
        let text = yaml_text(&definition);
        assert!(text.starts_with("format: velodrome.connector/1\nslug: "));
        let package =
            check_text(&text, Default::default()).unwrap_or_else(|faults| panic!("{faults:#?}"));
        assert_eq!(package.definition(), definition);
        assert_eq!(yaml_text(&package.definition()), text);
    }
}

#[test]
fn the_folder_of_a_seed_says_the_same_as_its_text() {
    for definition in seeds() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../connectors")
            .join(&definition.slug);
        let text = fs::read_to_string(folder.join("connector.yaml")).unwrap();
        let scripts = fs::read_dir(folder.join("scripts")).into_iter().flatten();
        let scripts = scripts.map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            (format!("scripts/{name}"), fs::read(&path).unwrap())
        });
        let package = check_text(&text, scripts.collect()).unwrap();
        assert_eq!(package.definition(), definition);
    }
}

/// Text of any kind, with the odd pieces that YAML and JSON pointers trip over.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,20}",
        "\\PC{1,12}",
        "[a-z :#'\"\\\\\n\t~/|>%@`&*!?{}\\[\\],-]{1,24}",
        Just("null".to_owned()),
        Just("yes".to_owned()),
        Just("1.0".to_owned()),
        Just("  leading\n\n  and trailing \n".to_owned()),
    ]
    .prop_filter("a name has something in it", |text| !text.is_empty())
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        words()
            .prop_filter("no mergefield", |text| !text.contains("{{"))
            .prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
    ]
}

prop_compose! {
    fn field()(
        location in "[a-z]{1,4}(\\.(\\[[a-z]{0,3}\\]|[a-z]{1,4})){0,3}",
        label in proptest::option::of(words()),
        flags in any::<[bool; 3]>(),
        default in proptest::option::of(scalar()),
        values in proptest::collection::vec(
            (scalar(), proptest::option::of(words())), 0..3),
    ) -> Value {
        let mut field = json!({"connectorField": location, "optional": flags[0], "hide": flags[1], "readOnly": flags[2]});
        if let Some(label) = label { field["displayField"] = json!(label); }
        if let Some(default) = default { field["defaultValue"] = default; }
        if !values.is_empty() {
            field["values"] = values.into_iter().map(|(value, label)| match label {
                Some(label) => json!({"value": value, "label": label}),
                None => value,
            }).collect();
        }
        field
    }
}

prop_compose! {
    fn method()(
        name in words(),
        category in words(),
        description in proptest::option::of(words()),
        script in proptest::option::of("function after_action\\(\\) \\{\n  (return|var) x[a-z]{0,7};\n\\}\n{0,3}"),
        request in proptest::collection::vec(field(), 0..3),
        response in proptest::collection::vec(field(), 0..3),
        paging in proptest::option::of((any::<bool>(), 1..500_u32)),
        timeout in proptest::option::of(1..600_u32),
    ) -> Value {
        let mut method = json!({
            "name": name, "category": category, "type": "Action", "httpMethod": "POST",
            "endpoint": "https://api.acme.example/", "request": {"fields": request},
            "response": {"fields": response},
        });
        if let Some(description) = description { method["description"] = json!(description); }
        if let Some(script) = script { method["script"] = json!(script); }
        if let Some(timeout) = timeout { method["timeoutSeconds"] = json!(timeout); }
        if let Some((inbound, pages)) = paging {
            method["paging"] = json!({"inbound": inbound, "maxPages": pages});
        }
        method
    }
}

prop_compose! {
    fn generated()(
        name in words(),
        mut methods in proptest::collection::vec(method(), 0..4),
        scopes in proptest::collection::vec("[a-z:./]{1,8}", 0..3),
        exclude in proptest::collection::vec("[a-z,]{1,6}", 0..3),
        params in proptest::collection::btree_map("[A-Za-z]{1,8}", scalar(), 0..3),
        rate in 0.01..100.0_f64,
        categories in any::<bool>(),
    ) -> ConnectorDefinition {
        for (at, method) in methods.iter_mut().enumerate() {
            method["key"] = json!(format!("method-{at}"));
        }
        let test = methods.first().map(|method| method["key"].clone());
        let mut named = Vec::new();
        if categories {
            for method in &methods {
                if !named.contains(&json!({"name": method["category"]})) {
                    named.push(json!({"name": method["category"]}));
                }
            }
        }
        let mut definition = json!({
            "format": "velodrome.connector/1", "slug": "acme", "name": name,
            "release": {"number": 2, "status": "Live"},
            "rateLimits": [{"scope": "AccountConnector", "maxRequestsPerSecond": rate}],
            "authentications": [
                {"key": "oauth", "type": "OAuth2", "oauth2": {"type": "AuthorisationCode",
                    "authoriseUrl": "https://acme.example/a", "accessTokenUrl": "https://acme.example/t",
                    "scopes": scopes, "authoriseExclude": exclude, "authoriseParams": params,
                    "refresh": {"on401": false}}},
                {"key": "none", "name": "Nothing", "type": "None"},
            ],
            "methodCategories": named,
            "methods": methods,
        });
        if let Some(test) = test { definition["postInstallTestAuth"] = test; }
        serde_json::from_value(definition).unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn generated_definitions_survive_both_forms(definition in generated(), unknown in scalar()) {
        let text = yaml_text(&definition);
        let again: ConnectorDefinition = match check_text(&text, Default::default()) {
            Ok(package) => package.definition(),
            // Names that the check refuses are refused in every form alike.
            Err(faults) => {
                let form = write(&definition, &Extra::default());
                let others = read(&form).map(|_| ()).unwrap_err();
                prop_assert_eq!(faults.len(), others.len(), "{:?} {:?}", faults, others);
                return Ok(());
            }
        };
        prop_assert_eq!(&again, &definition);

        let members = Map::from_iter([("Zusatz".to_owned(), unknown)]);
        let mut form = write(&definition, &Extra::default());
        for method in form["Methods"].as_array_mut().unwrap() {
            method.as_object_mut().unwrap().extend(members.clone());
        }
        let back = read(&form).unwrap();
        prop_assert_eq!(&back.definition, &definition);
        prop_assert_eq!(write(&back.definition, &back.extra), form);
    }

    #[test]
    fn any_json_is_read_without_harm(text in "[ -~]{0,30}", value in scalar()) {
        let odd = json!({
            "Name": value, "Methods": {"a": text.clone()}, "Release": text.clone(), "ReleaseStatus": value,
            "Authentication": [text.clone(), {"AuthType": text.clone(), "Fields": [1], "oauth2": value}],
            "Paging": [], "PagedInbound": value, text: [value],
        });
        let _ = read(&odd);
    }
}
