//! The loader of connector definitions.

use std::collections::BTreeMap;

use velodrome_connector::catalogue::{check_text, yaml_text};

/// The most faults that are told of one definition (connectors.md §13).
const MAX_FAULTS: usize = 200;

/// A definition passes and survives being written out, or is told its faults with their places.
pub fn run(bytes: &[u8]) {
    let text = crate::text(bytes);
    match check_text(&text, BTreeMap::new()) {
        Ok(package) => {
            let definition = package.definition();
            let written = yaml_text(&definition);
            let again = check_text(&written, BTreeMap::new())
                .unwrap_or_else(|faults| panic!("{faults:#?} in\n{written}"));
            assert_eq!(again.definition(), definition);
        }
        Err(faults) => {
            assert!(faults.iter().any(|fault| fault.is_error()));
            assert!(faults.len() <= MAX_FAULTS);
            assert!(
                faults
                    .iter()
                    .all(|fault| fault.line >= 1 && fault.column >= 1)
            );
        }
    }
}
