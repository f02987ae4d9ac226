//! The words of Velodrome: ids, connector definitions, accounts and the pure rules between them.
//!
//! No I/O, no clock, no randomness: everything here is a value or a function of its arguments, so its
//! tests take milliseconds. Tables live in `velodrome-store`, calls in `velodrome-connector`, wire
//! types in `velodrome-api`.

mod access;
mod account;
mod account_connector;
mod administrator;
mod category_copy;
mod custom_connector;
pub mod custom_field;
pub mod cycle;
pub mod definition;
pub mod difference;
mod fault;
mod histogram;
pub mod identity;
mod ids;
pub mod location;
pub mod mergefield;
pub mod numbered;
mod outline;
mod paging;
mod partner;
pub mod redact;
mod scope;
mod time;
mod user;
pub mod value;
pub mod xml;

pub use access::*;
pub use account::*;
pub use account_connector::*;
pub use administrator::*;
pub use category_copy::*;
pub use custom_connector::*;
pub use fault::*;
pub use histogram::*;
pub use ids::*;
pub use outline::*;
pub use paging::*;
pub use partner::*;
pub use scope::*;
pub use secrecy::{ExposeSecret, SecretString};
pub use time::*;
pub use user::*;
