//! Custom fields: what an account's own set-up of a product adds to a method's fields, as a lookup of the
//! definition finds it (connectors.md §5).
//!
//! [`sampled`] looks at records and infers, [`described`] reads rows that say what there is.

mod described;
mod sampled;

use std::collections::HashSet;

pub use described::described;
pub use sampled::{MOST_RECORDS, sampled};

use crate::{
    definition::{DataType, Message, Method, ValueOption},
    location::Location,
};

/// A field that a lookup found.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundField {
    /// Where it sits in the body of the method that has it.
    pub location: String,
    /// Label.
    pub display_name: String,
    /// Help text.
    pub description: Option<String>,
    /// Type.
    pub data_type: DataType,
    /// Format of a DateTime.
    pub format: Option<String>,
    /// May stay empty.
    pub optional: bool,
    /// Never sent.
    pub read_only: bool,
    /// Not shown.
    pub hide: bool,
    /// Value when nobody gives one.
    pub default_value: Option<String>,
    /// Choices.
    pub values: Vec<ValueOption>,
}

/// What a lookup's answer holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The fields, in the order of the answer; each location once.
    pub fields: Vec<FoundField>,
    /// What was left out and why, in words that hold nothing of the answer.
    pub skipped: Vec<String>,
}

/// Fields that one lookup may find; more are left out and said.
pub const MOST_FOUND: usize = 1_000;

/// Longest location and label of a custom field, characters.
const MAX_LOCATION: usize = 500;
const MAX_LABEL: usize = 200;

impl Found {
    /// What a lookup's answer says about the fields of `target`, which is the request or the response of a
    /// method. Static fields win, and what is read only is in no request.
    pub fn of(
        lookup: &Method,
        body: &serde_json::Value,
        target: &Message,
        for_request: bool,
    ) -> Self {
        let found = if lookup.for_enhanced_custom_fields {
            described(&lookup.response, body)
        } else {
            sampled(&lookup.response, body, target, for_request)
        };
        found.beside(target, for_request)
    }

    fn beside(mut self, target: &Message, for_request: bool) -> Self {
        let mut taken: HashSet<Location> = target
            .fields
            .iter()
            .filter_map(|field| field.connector_field.parse().ok())
            .collect();
        self.fields.retain(|field| {
            let wanted = !(for_request && field.read_only);
            let location = field.location.parse::<Location>();
            wanted && location.is_ok_and(|location| taken.insert(location))
        });
        if self.fields.len() > MOST_FOUND {
            let more = self.fields.len() - MOST_FOUND;
            self.fields.truncate(MOST_FOUND);
            self.skipped.push(format!(
                "{more} fields more than {MOST_FOUND} were left out"
            ));
        }
        self
    }
}
