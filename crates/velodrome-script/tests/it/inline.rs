//! Scripts in mappings (scripting.md §6).

use std::time::Duration;

use serde_json::{Value, json};
use velodrome_script::{FaultKind, Level, Limits, Run, ScriptError, inline};

use crate::world::{POOL, World};

async fn run(text: &str, field: Option<&str>) -> Result<Value, ScriptError> {
    let merged = inline::merge(text, |name| {
        (name == "Name" || name == "Age").then(|| field.map(Value::from).unwrap_or_default())
    });
    run_all(vec![merged])
        .await
        .map(|results| results[0].clone())
}

/// What the texts of a mapping give, in a list.
async fn run_all(texts: Vec<String>) -> Result<Value, ScriptError> {
    POOL.run(Run::mapping(1, texts), &World::default())
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

#[tokio::test]
async fn a_mapping_that_is_no_script_says_where() {
    for text in ["[1", "1 +\n+ ]", "a\0"] {
        let error = run_all(vec!["1".into(), text.into()]).await.unwrap_err();
        let shown = error.to_string();
        assert!(shown.starts_with("Script error: inline"), "{shown}");
        if text != "a\0" {
            assert!(
                error.line.is_some() && shown.contains("SyntaxError"),
                "{shown}"
            );
        }
    }
}

#[tokio::test]
async fn no_text_of_a_mapping_finds_what_another_left_behind() {
    for text in [
        "var seen; const once = 1; let twice = 2; function helper() {} typeof lost + typeof kept + String(seen) + (seen = lost = kept = once)",
        "'use strict'; var kept = typeof kept + twice; function twice() {} kept",
        "typeof moment + typeof globalThis.extra + (globalThis.extra = 1)",
        "globalThis[Symbol.for('extra')] = (globalThis[Symbol.for('extra')] || 0) + 1",
        "Object.keys(globalThis).length",
    ] {
        let results = run_all(vec![text.to_owned(); 3]).await.unwrap();
        let alone = run_all(vec![text.to_owned()]).await.unwrap();
        assert_eq!(results, json!([alone[0], alone[0], alone[0]]), "{text}");
    }
}

#[tokio::test]
async fn each_text_of_a_mapping_has_its_own_time_and_one_that_fails_ends_the_rest() {
    let limits = Limits {
        time: Duration::from_millis(400),
        ..Limits::default()
    };
    let busy = "var end = Date.now() + 150; while (Date.now() < end); 1";
    let mapping = |texts: &[&str]| Run {
        limits,
        ..Run::mapping(1, texts.iter().map(|text| (*text).to_owned()).collect())
    };
    let world = World::default();

    let all = POOL.run(mapping(&[busy; 5]), &world).await.unwrap();
    assert_eq!(all.result, json!([1, 1, 1, 1, 1]));
    let late = POOL.run(mapping(&["1", "while (true);", "3"]), &world);
    assert_eq!(late.await.unwrap_err().kind, FaultKind::Timeout);
    let threw = POOL.run(mapping(&["1", "\n null.x", "3"]), &world);
    let threw = threw.await.unwrap_err();
    assert_eq!((threw.line, threw.level), (Some(2), Some(Level::Inline)));
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
