//! The corpus of broken definitions: each fault with its place and its words (connectors.md §13).
//!
//! Every folder below `fixtures/broken` is one definition; its snapshot is what `velodrome connector
//! check` would say of it. The whole definitions of `fixtures/connectors` are loaded before them, so
//! that slugs and identifiers can be taken.

use std::{collections::BTreeSet, path::Path};

use velodrome_connector::catalogue::{DirectoryFiles, Source, load};

/// The faults of every broken definition, one a line, with paths from the corpus on.
fn broken() -> Vec<(String, Vec<String>)> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let corpus = fixtures.join("broken");
    let loaded = load(&[
        Source::built_in(DirectoryFiles::new(fixtures.join("connectors"))),
        Source::built_in(DirectoryFiles::new(&corpus)),
    ]);
    let own = format!("{}/", corpus.display());
    let elsewhere = format!("{}/", fixtures.display());
    let told = loaded.invalid.into_iter().map(|invalid| {
        let errors = invalid.faults.iter().filter(|fault| fault.is_error());
        let lines = errors.map(|fault| {
            let line = fault.to_string();
            line.replace(&own, "").replace(&elsewhere, "")
        });
        (invalid.slug, lines.collect())
    });
    told.collect()
}

#[test]
fn every_broken_definition_is_told_its_faults_with_their_places() {
    let broken = broken();

    let folders =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/broken"));
    assert_eq!(broken.len(), folders.unwrap().count(), "one of them loads");
    assert!(broken.len() >= 50, "{}", broken.len());
    for (slug, faults) in broken {
        assert!(!faults.is_empty(), "{slug}");
        insta::assert_snapshot!(slug, faults.join("\n"));
    }
}

#[test]
fn every_code_of_the_specification_is_in_the_corpus() {
    let seen: BTreeSet<String> = broken()
        .iter()
        .flat_map(|(_, faults)| faults)
        .filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned))
        .collect();

    let all: BTreeSet<String> = (1..=15).map(|number| format!("V{number:03}")).collect();
    assert_eq!(seen, all);
}

#[test]
fn a_live_release_that_changed_is_told_the_number_to_take() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let good = DirectoryFiles::new(fixtures.join("connectors"));
    let loaded = load(&[Source::built_in(good)]);

    let told = loaded.packages[1].changed_without_new_number().to_string();

    let told = told.replace(&format!("{}/", fixtures.display()), "");
    insta::assert_snapshot!(told, @"connectors/harbor-crm/connector.yaml:8:19: V013 release 1 is Live and its content has changed; give the changed one the number 2");
}
