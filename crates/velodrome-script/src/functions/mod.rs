//! The functions that scripts call (scripting.md §4), each from JSON arguments to a JSON result.

mod base64;
mod charset;
mod csv;
mod http;
mod sign;
mod storage;
mod xml;

pub use csv::{csv_parse, csv_serialize};

use serde_json::Value;
use velodrome_model::definition::scalar_text;

use crate::{Fault, run::Outside};

/// A function: what it needs of the outside and its arguments.
pub(crate) type Function = fn(&Outside, &[Value]) -> Result<Value, Fault>;

/// Functions that are there in every script.
pub(crate) const PURE: [(&str, Function); 7] = [
    ("btoa", base64::btoa),
    ("atob", base64::atob),
    ("cyclr_sign", sign::sign),
    ("cyclr_csv_parse", csv::parse),
    ("cyclr_csv_serialize", csv::serialize),
    ("cyclr_xml_serialize", xml::serialize),
    ("cyclr_xml_deserialize", xml::deserialize),
];

/// Functions that reach outside, and so are missing in a mapping.
pub(crate) const REACHING: [(&str, Function); 19] = [
    ("http_request", http::request),
    ("cyclr_storage_set", storage::connector::set),
    ("cyclr_storage_get", storage::connector::get),
    ("cyclr_storage_append", storage::connector::append),
    ("cyclr_storage_increment", storage::connector::increment),
    ("cyclr_storage_decrement", storage::connector::decrement),
    ("cyclr_storage_delete", storage::connector::delete),
    ("cyclr_storage_delete_all", storage::connector::delete_all),
    ("cyclr_storage_list_keys", storage::connector::list_keys),
    ("cyclr_storage_list_values", storage::connector::list_values),
    ("cycle_storage_set", storage::cycle::set),
    ("cycle_storage_get", storage::cycle::get),
    ("cycle_storage_append", storage::cycle::append),
    ("cycle_storage_increment", storage::cycle::increment),
    ("cycle_storage_decrement", storage::cycle::decrement),
    ("cycle_storage_delete", storage::cycle::delete),
    ("cycle_storage_delete_all", storage::cycle::delete_all),
    ("cycle_storage_list_keys", storage::cycle::list_keys),
    ("cycle_storage_list_values", storage::cycle::list_values),
];

/// The argument at a place; null where there is none.
fn argument(arguments: &[Value], place: usize) -> &Value {
    arguments.get(place).unwrap_or(&Value::Null)
}

/// An argument as text: scalars as they are written, nothing as "", others as JSON.
fn text(arguments: &[Value], place: usize) -> String {
    as_text(argument(arguments, place))
}

fn as_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Array(_) | Value::Object(_) => value.to_string(),
        scalar => scalar_text(scalar),
    }
}

/// An optional argument as text.
fn text_or(arguments: &[Value], place: usize, default: &str) -> String {
    match argument(arguments, place) {
        Value::Null => default.to_owned(),
        value => as_text(value),
    }
}
