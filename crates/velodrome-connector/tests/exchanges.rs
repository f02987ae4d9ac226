//! Replays the example exchanges of every connector in `connectors/`: the calls must send exactly the
//! requests that are written there and bring back the records of all answers (connectors/README.md).
#![expect(clippy::unwrap_used, reason = "a test that meets an error ends there")]

use std::{path::Path, sync::Arc};

use velodrome_connector::{
    catalogue::{DirectoryFiles, Source, load},
    exchanges::Stage,
};
use velodrome_model::definition::{ConnectorDefinition, Method, MethodType};

/// An Action and its example; the text is missing where there is none.
struct Example {
    definition: Arc<ConnectorDefinition>,
    method: Method,
    text: Option<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_sends_and_returns_what_its_example_exchange_says() {
    let mut one = examples();
    assert!(one.len() > 100);
    // Two stages, for two processors.
    let other = one.split_off(one.len() / 2);
    let (one, other) = (tokio::spawn(replayed(one)), tokio::spawn(replayed(other)));
    let mut faults = one.await.unwrap();
    faults.extend(other.await.unwrap());
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[tokio::test]
async fn a_replay_that_fails_takes_nothing_from_the_next() {
    let examples = examples();
    let example = examples
        .iter()
        .find(|one| one.definition.slug == "netsuite-tba")
        .unwrap();
    let good = example.text.as_deref().unwrap();
    let bad = good.replace("\"AccountId\"", "\"Another\"");
    let mut stage = Stage::of([good]).await.unwrap();
    for _ in 0..3 {
        let fault = stage
            .replay(&example.definition, &example.method, &bad)
            .await;
        assert!(fault.unwrap_err().contains("{{AccountId}} has no value"));
    }

    let outcome = stage
        .replay(&example.definition, &example.method, good)
        .await;

    assert_eq!(outcome, Ok(()));
}

fn examples() -> Vec<Example> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors");
    let loaded = load(&[Source::built_in(DirectoryFiles::new(&root))]);
    assert!(loaded.invalid.is_empty(), "{:?}", loaded.invalid);
    let mut examples = Vec::new();
    for package in &loaded.packages {
        let definition = Arc::new(package.definition());
        let actions = definition
            .methods
            .iter()
            .filter(|method| method.kind == MethodType::Action);
        for method in actions {
            let path = format!("{}/exchanges/{}.json", definition.slug, method.key);
            examples.push(Example {
                definition: Arc::clone(&definition),
                method: method.clone(),
                text: std::fs::read_to_string(root.join(path)).ok(),
            });
        }
    }
    examples
}

/// What is wrong with examples.
async fn replayed(examples: Vec<Example>) -> Vec<String> {
    let texts = examples
        .iter()
        .filter_map(|example| example.text.as_deref());
    let mut stage = Stage::of(texts).await.unwrap();
    let mut faults = Vec::new();
    for example in &examples {
        let Example {
            definition,
            method,
            text,
        } = example;
        let outcome = match text {
            Some(text) => stage.replay(definition, method, text).await,
            None => Err("it has no example exchange".to_owned()),
        };
        if let Err(fault) = outcome {
            faults.push(format!("{}/{}: {fault}", definition.slug, method.key));
        }
    }
    faults
}
