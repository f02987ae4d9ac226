//! What a script may ask of the world outside; whoever runs it answers.

use async_trait::async_trait;
use serde_json::Value;

use crate::Fault;

/// A request that a script makes, its shape already checked.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRequest {
    /// The verb, upper-case.
    pub method: String,
    /// The address as the script wrote it.
    pub url: String,
    /// Pairs for the query.
    pub parameters: Vec<(String, String)>,
    /// Headers in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
    /// Seconds to wait at most; the event's time bounds it anyway.
    pub timeout: Option<f64>,
    /// Whether the connector's authentication may be added.
    pub authenticate: bool,
}

/// The answer to it, whatever its status.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// Headers with lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
    /// What was sent: `method`, `url`, `headers`, `data`; secrets replaced.
    pub request: Value,
}

/// Which of the two stores a script means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Store {
    /// `cyclr_storage_*`: of the account connector.
    Connector,
    /// `cycle_storage_*`: of the account connector in this cycle.
    Cycle,
}

/// One operation on a store; keys and values are within their limits.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreOperation {
    /// Writes a value.
    Set {
        /// Where.
        key: String,
        /// What.
        value: String,
    },
    /// Reads a value.
    Get {
        /// Where.
        key: String,
    },
    /// Adds text at the end of a value.
    Append {
        /// Where.
        key: String,
        /// What to add.
        value: String,
    },
    /// Adds to a number.
    Increment {
        /// Where.
        key: String,
        /// How much; negative to subtract.
        amount: f64,
    },
    /// Removes a value.
    Delete {
        /// Where.
        key: String,
    },
    /// Removes every value.
    DeleteAll,
    /// The keys in order.
    ListKeys,
    /// The values in the order of their keys.
    ListValues,
}

/// The answer of a store.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// Nothing to say, or nothing there.
    Nothing,
    /// A value.
    Text(String),
    /// The new number.
    Number(f64),
    /// Keys or values.
    List(Vec<String>),
}

/// The outside of a script. Methods run where the caller awaits the script, never on its thread.
#[async_trait]
pub trait Host: Send + Sync {
    /// Makes a request through the egress guard.
    async fn http_request(&self, request: HttpRequest) -> Result<HttpAnswer, Fault>;

    /// Reads or changes a store.
    async fn storage(&self, store: Store, operation: StoreOperation) -> Result<Stored, Fault>;
}

/// Characters of a key.
pub const MAX_KEY: usize = 128;
/// Characters of a value.
pub const MAX_VALUE: usize = 1_024;
/// Items of one store.
pub const MAX_ITEMS: u64 = 1_000_000;

/// The fault for a key, a value or a store that is too long.
pub fn storage_limit(message: impl Into<String>) -> Fault {
    Fault::new("StorageLimit", message)
}

/// A number after adding to it; what is no number is a fault.
pub fn incremented(stored: Option<&str>, amount: f64) -> Result<f64, Fault> {
    let number: f64 = match stored {
        None => 0.0,
        Some(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .ok_or_else(|| Fault::new("NotANumber", "the stored value is not a number"))?,
    };
    let sum = number + amount;
    if sum.is_finite() {
        Ok(sum)
    } else {
        Err(Fault::new("NotANumber", "the result is not a number"))
    }
}

/// A number as a store keeps it: whole ones without a point.
pub fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and below 2^53, so exact"
        )]
        let whole = number as i64;
        whole.to_string()
    } else {
        number.to_string()
    }
}

/// Two texts as one value, if they fit.
pub fn appended(stored: Option<&str>, more: &str) -> Result<String, Fault> {
    let text = format!("{}{more}", stored.unwrap_or_default());
    if text.chars().count() > MAX_VALUE {
        return Err(storage_limit(format!(
            "a value holds at most {MAX_VALUE} characters"
        )));
    }
    Ok(text)
}
