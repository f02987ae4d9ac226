//! Values on their way into requests and out of responses: types and validation (connectors.md §2.4).

mod convert;
mod date_format;
mod decimal;
mod rules;

pub use convert::{ValueError, ValueType};
pub use date_format::{DateFormat, DateFormatError};
pub use decimal::compare_numbers;
pub use rules::{Rules, check};
