//! What was left out of an import.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// The most items; a document with more is best looked at itself.
const MAX_ITEMS: usize = 5000;

/// An element of a document that has no counterpart in the definition.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Skipped {
    /// JSON pointer into the document; behind the address of another document and `#` if it is there.
    pub pointer: String,
    /// Why, and what to do.
    pub reason: String,
}

/// The report while it is written.
#[derive(Debug, Default)]
pub struct Report {
    items: Vec<Skipped>,
    known: HashSet<Skipped>,
    more: usize,
}

impl Report {
    /// Adds an item, unless it is there already.
    pub fn skip(&mut self, pointer: impl Into<String>, reason: impl Into<String>) {
        let item = Skipped {
            pointer: pointer.into(),
            reason: reason.into(),
        };
        if self.known.contains(&item) {
            return;
        }
        if self.items.len() >= MAX_ITEMS {
            self.more += 1;
            return;
        }
        self.known.insert(item.clone());
        self.items.push(item);
    }

    /// All items in the order they were met.
    pub fn into_items(mut self) -> Vec<Skipped> {
        if self.more > 0 {
            self.items.push(Skipped {
                pointer: String::new(),
                reason: format!(
                    "{} more elements were left out and are not listed",
                    self.more
                ),
            });
        }
        self.items
    }
}
