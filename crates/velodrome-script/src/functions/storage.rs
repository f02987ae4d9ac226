//! The storage functions: `cyclr_storage_*` of the account connector, `cycle_storage_*` of a cycle.

use serde_json::{Value, json};

use super::{argument, text};
use crate::{
    Fault, MAX_KEY, MAX_VALUE, Store, StoreOperation, Stored, run::Outside, storage_limit,
};

/// The functions of one store.
macro_rules! functions {
    ($module:ident, $store:expr) => {
        pub(in crate::functions) mod $module {
            use super::*;

            pub fn set(outside: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
                let (key, value) = (key(arguments)?, value(arguments)?);
                run(outside, $store, StoreOperation::Set { key, value })
            }

            pub fn get(outside: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
                let key = key(arguments)?;
                run(outside, $store, StoreOperation::Get { key })
            }

            pub fn append(outside: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
                let (key, value) = (key(arguments)?, value(arguments)?);
                run(outside, $store, StoreOperation::Append { key, value })
            }

            pub fn increment(outside: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
                let (key, amount) = (key(arguments)?, amount(arguments)?);
                run(outside, $store, StoreOperation::Increment { key, amount })
            }

            pub fn decrement(outside: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
                let (key, amount) = (key(arguments)?, -amount(arguments)?);
                run(outside, $store, StoreOperation::Increment { key, amount })
            }

            pub fn delete(outside: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
                let key = key(arguments)?;
                run(outside, $store, StoreOperation::Delete { key })
            }

            pub fn delete_all(outside: &Outside, _: &[Value]) -> Result<Value, Fault> {
                run(outside, $store, StoreOperation::DeleteAll)
            }

            pub fn list_keys(outside: &Outside, _: &[Value]) -> Result<Value, Fault> {
                run(outside, $store, StoreOperation::ListKeys)
            }

            pub fn list_values(outside: &Outside, _: &[Value]) -> Result<Value, Fault> {
                run(outside, $store, StoreOperation::ListValues)
            }
        }
    };
}

functions!(connector, Store::Connector);
functions!(cycle, Store::Cycle);

fn run(outside: &Outside, store: Store, operation: StoreOperation) -> Result<Value, Fault> {
    Ok(match outside.storage(store, operation)? {
        Stored::Nothing => Value::Null,
        Stored::Text(text) => text.into(),
        // Whole numbers stay whole: 2, not 2.0.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and below 2^53, so exact"
        )]
        Stored::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            json!(number as i64)
        }
        Stored::Number(number) => json!(number),
        Stored::List(texts) => texts.into(),
    })
}

fn key(arguments: &[Value]) -> Result<String, Fault> {
    let key = text(arguments, 0);
    if key.is_empty() || key.chars().count() > MAX_KEY || key.contains('\0') {
        return Err(storage_limit(format!(
            "a key holds 1 to {MAX_KEY} characters, none of them U+0000"
        )));
    }
    Ok(key)
}

fn value(arguments: &[Value]) -> Result<String, Fault> {
    let value = match argument(arguments, 1) {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if value.chars().count() > MAX_VALUE || value.contains('\0') {
        return Err(storage_limit(format!(
            "a value holds at most {MAX_VALUE} characters, none of them U+0000"
        )));
    }
    Ok(value)
}

fn amount(arguments: &[Value]) -> Result<f64, Fault> {
    let not_a_number = || Fault::new("NotANumber", "the amount is not a number");
    match argument(arguments, 1) {
        Value::Null => Ok(1.0),
        Value::String(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .ok_or_else(not_a_number),
        other => other.as_f64().ok_or_else(not_a_number),
    }
}
