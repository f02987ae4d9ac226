//! The importer of OpenAPI documents (connectors.md §11).

use std::collections::BTreeMap;

use futures::executor::block_on;
use velodrome_connector::{
    catalogue::{check_text, yaml_text},
    openapi_import::{Options, import},
};

/// What is made of a document is a definition that passes the check; references are not followed.
pub fn run(bytes: &[u8]) {
    let Ok(made) = block_on(import(bytes, Options::default(), None)) else {
        return;
    };
    let text = yaml_text(&made.definition);
    if let Err(faults) = check_text(&text, BTreeMap::new()) {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}\n{text}", told.join("\n"));
    }
}
