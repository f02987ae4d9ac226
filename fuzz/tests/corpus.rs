//! Every target with its whole corpus and with changes of it, the same ones on every run.
#![expect(clippy::unwrap_used, reason = "a test that meets an error ends there")]

use std::{fs, path::Path};

use proptest::{
    collection::vec,
    prelude::*,
    sample::Index,
    test_runner::{RngSeed, TestRunner},
};

/// One change of an input.
#[derive(Clone, Debug)]
enum Edit {
    /// Bytes put in the place of others.
    Replace(Index, usize, Vec<u8>),
    /// A piece, several times.
    Repeat(Index, usize, usize),
    /// A piece of another input, put in here.
    Splice(Index, Index, usize, Index),
    /// Everything behind here left out.
    Cut(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let place = any::<Index>;
    let piece = prop_oneof![
        vec(any::<u8>(), 0..4),
        "[-\\[\\]{}():,;.&*!?|<>=\"'`#%@\\\\/ \n\t0-9a-z]{0,6}".prop_map(String::into_bytes),
        "\\PC{1,3}".prop_map(String::into_bytes),
    ];
    prop_oneof![
        4 => (place(), 0_usize..8, piece).prop_map(|(at, length, with)| Edit::Replace(at, length, with)),
        1 => (place(), 1_usize..24, 1_usize..40).prop_map(|(at, length, times)| Edit::Repeat(at, length, times)),
        1 => (place(), place(), 1_usize..120, place()).prop_map(|(of, from, length, to)| Edit::Splice(of, from, length, to)),
        1 => place().prop_map(Edit::Cut),
    ]
}

fn position(index: Index, bytes: &[u8]) -> usize {
    index.index(bytes.len() + 1)
}

fn apply(edit: &Edit, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    match edit {
        Edit::Replace(at, length, with) => {
            let from = position(*at, bytes);
            let to = (from + length).min(bytes.len());
            bytes.splice(from..to, with.iter().copied());
        }
        Edit::Repeat(at, length, times) => {
            let from = position(*at, bytes);
            let to = (from + length).min(bytes.len());
            let piece = bytes[from..to].repeat(*times);
            bytes.splice(from..from, piece);
        }
        Edit::Splice(of, from, length, to) => {
            let other = &corpus[of.index(corpus.len())];
            let from = position(*from, other);
            let piece = &other[from..(from + length).min(other.len())];
            let to = position(*to, bytes);
            bytes.splice(to..to, piece.iter().copied());
        }
        Edit::Cut(at) => bytes.truncate(position(*at, bytes)),
    }
}

/// All files below a folder.
fn read(folder: &Path, found: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read(&path, found);
        } else {
            found.push(fs::read(&path).unwrap());
        }
    }
}

/// Runs a target with its corpus, with the files of other folders, and with changes of both.
fn try_out(name: &str, others: &[&str], changes: u32, target: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut corpus = Vec::new();
    read(&root.join("corpus").join(name), &mut corpus);
    assert!(corpus.len() >= 3, "{name} has a corpus of {}", corpus.len());
    for other in others {
        read(&root.join("..").join(other), &mut corpus);
    }
    for bytes in &corpus {
        target(bytes);
    }
    let config = ProptestConfig {
        cases: changes,
        rng_seed: RngSeed::Fixed(20_260_101),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(&(any::<Index>(), vec(edit(), 1..5)), |(which, edits)| {
            let mut bytes = which.get(&corpus).clone();
            for edit in &edits {
                apply(edit, &mut bytes, &corpus);
            }
            target(&bytes);
            Ok(())
        })
        .unwrap();
}

const BROKEN: &str = "crates/velodrome-connector/tests/fixtures/broken";

#[test]
fn csv_of_any_kind_is_read_or_refused() {
    try_out("csv", &[], 4_000, velodrome_fuzz::csv::run);
}

#[test]
fn a_definition_of_any_kind_loads_or_is_told_its_faults() {
    let others = ["tests/definitions", BROKEN];
    try_out(
        "definition",
        &others,
        1_000,
        velodrome_fuzz::definition::run,
    );
}

#[test]
fn locations_of_any_kind_read_and_write_or_are_refused() {
    try_out("location", &[], 4_000, velodrome_fuzz::location::run);
}

#[test]
fn mergefields_of_any_kind_are_merged_or_refused() {
    try_out("mergefield", &[], 4_000, velodrome_fuzz::mergefield::run);
}

#[test]
fn an_openapi_document_of_any_kind_becomes_a_definition_or_is_refused() {
    let others = ["crates/velodrome-connector/tests/fixtures/openapi"];
    try_out("openapi", &others, 1_000, velodrome_fuzz::openapi::run);
}

#[test]
fn no_script_crashes_hangs_or_reaches_outside() {
    try_out("script", &[], 150, velodrome_fuzz::script::run);
}

#[test]
fn a_webhook_of_any_kind_is_checked() {
    try_out("webhook", &[], 1_500, velodrome_fuzz::webhook::run);
}

#[test]
fn xml_of_any_kind_is_read_or_refused() {
    try_out("xml", &[], 4_000, velodrome_fuzz::xml::run);
}
