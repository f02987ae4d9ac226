//! Replays the example exchanges of every connector in `connectors/`: the calls must send exactly the
//! requests that are written there and bring back the records of all answers (connectors/README.md).

use std::path::Path;

use velodrome_connector::{
    catalogue::{DirectoryFiles, Source, load},
    exchanges::replay,
};
use velodrome_model::definition::MethodType;

#[tokio::test]
async fn every_method_sends_and_returns_what_its_example_exchange_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors");
    let loaded = load(&[Source::built_in(DirectoryFiles::new(&root))]);
    assert!(loaded.invalid.is_empty(), "{:?}", loaded.invalid);
    assert!(loaded.packages.len() >= 5);
    let mut faults = Vec::new();
    for package in &loaded.packages {
        let definition = package.definition();
        for method in definition
            .methods
            .iter()
            .filter(|method| method.kind == MethodType::Action)
        {
            let path = root
                .join(&definition.slug)
                .join(format!("exchanges/{}.json", method.key));
            let outcome = match std::fs::read_to_string(&path) {
                Ok(text) => replay(&definition, method, &text).await,
                Err(error) => Err(error.to_string()),
            };
            if let Err(fault) = outcome {
                faults.push(format!("{}/{}: {fault}", definition.slug, method.key));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}
