//! Wire types about connectors: flat, PascalCase, in the order of the schema.

mod account_connector;
mod category_copy;
mod connector;
mod custom_connector;
mod method;
mod setup;
mod words;

pub use account_connector::*;
pub use category_copy::*;
pub use connector::*;
pub use custom_connector::*;
pub use method::*;
pub use setup::*;
pub use words::*;
