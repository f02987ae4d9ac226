//! Our shelf: tables, migrations, units of work and sealed secrets, on SQLite and PostgreSQL.
//!
//! The only room with SQL. Nothing is read or written except through a [`Unit`], and a unit can only be
//! begun with a scope ([`velodrome_model::Scope`]): the rows that a unit offers are those of its scope,
//! so a query without its tenant can't be written. Entities stay private; callers see the row types of
//! each area's module.
//!
//! * [`Store`]: the databases, and the way in ([`Store::begin`], [`Store::read`]).
//! * [`Unit`]: one transaction; holds state, audit entries and outbox rows together.
//! * [`seal`]: secrets under a data key that is itself under the master key.

mod audit;
mod backup;
mod connect;
mod entity;
mod error;
mod migrations;
mod outbox;
pub mod seal;
mod unit;

pub use audit::*;
pub use backup::*;
pub use connect::{Database, Store, StoreOptions};
pub use error::StoreError;
pub use outbox::*;
pub use unit::Unit;
