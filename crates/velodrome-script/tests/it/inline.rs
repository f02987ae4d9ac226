//! Scripts in mappings (scripting.md §6).

use serde_json::{Value, json};
use velodrome_script::{FaultKind, Level, Run, Script, inline};

use crate::world::{POOL, World, script};

async fn run(text: &str, field: Option<&str>) -> Result<Value, velodrome_script::ScriptError> {
    let merged = inline::merge(text, |name| {
        (name == "Name" || name == "Age").then(|| field.map(Value::from).unwrap_or_default())
    });
    let run = Run::inline(1, script(Level::Inline, &merged));
    POOL.run(run, &World::default())
        .await
        .map(|outcome| outcome.result)
}

#[tokio::test]
async fn the_last_expression_is_the_value() {
    for (text, field, expected) in [
        ("(100 * 2)", None, json!(200)),
        (
            "`[Name]` === '' ? 'none' : `[Name]`;",
            Some(""),
            json!("none"),
        ),
        ("`[Name]` === '' ? 'none' : `[Name]`;", None, json!("none")),
        (
            "`[Name]` === '' ? 'none' : `[Name]`;",
            Some("a`${x}\n"),
            json!("a`${x}\n"),
        ),
        (
            "'[Name]'",
            Some("it's \\ \"quoted\"\u{2028}"),
            json!("it's \\ \"quoted\"\u{2028}"),
        ),
        ("[Age]+1", Some("41"), json!(42)),
        ("[Age]+1", Some("alert()"), json!("alert()1")),
        ("![Age]", Some("true"), json!(false)),
        ("`${[Age]} years`", Some("41"), json!("41 years")),
        ("`${`[Name]`}`", Some("`"), json!("`")),
        ("[1, 2][0]", None, json!(1)),
        ("undefined", None, json!(null)),
        ("({a: 1})", None, json!({"a": 1})),
        ("// [Name]\n1", Some("\n2"), json!(1)),
        (
            "moment('2024-01-31').add(1,'M').format('YYYY-MM-DD')",
            None,
            json!("2024-02-29"),
        ),
        ("btoa('a')", None, json!("YQ==")),
        (
            "[typeof cyclr_storage_get, typeof http_request, typeof method_request, typeof cycle_variables]",
            None,
            json!(["undefined", "undefined", "undefined", "undefined"]),
        ),
    ] {
        assert_eq!(
            run(text, field).await,
            Ok(expected),
            "{text} with {field:?}"
        );
    }
}

#[test]
fn a_mapping_that_is_no_script_is_a_fault_of_syntax() {
    let error = Script::compile(Level::Inline, "[1").unwrap_err();
    assert_eq!(error.kind, FaultKind::Syntax);
    assert_eq!(error.line, Some(1));
}

#[tokio::test]
async fn exceptions_of_authentication_mean_nothing_in_a_mapping() {
    let error = run("throw new AuthRefreshException()", None)
        .await
        .unwrap_err();
    assert_eq!(
        error.kind,
        FaultKind::Thrown {
            name: "AuthRefreshException".into()
        }
    );
    assert!(
        error
            .to_string()
            .starts_with("Script error: inline line 1: "),
        "{error}"
    );
}

mod merging {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_field_is_itself_in_every_kind_of_quotes(field in "[\\PC\n\r\u{2028}`'\"\\\\$\\{\\}]{0,30}") {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            for text in ["'[Name]'", "\"[Name]\"", "`[Name]`", "String([Name])"] {
                let expected = json!(field);
                let result = runtime.block_on(run(text, Some(&field)));
                if text.starts_with("String") && serde_json::from_str::<f64>(&field).is_ok() {
                    continue;
                }
                prop_assert_eq!(result, Ok(expected), "{}", text);
            }
        }
    }
}
