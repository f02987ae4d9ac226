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
//! * [`faults`]: what tests let go wrong, in builds that are never released.

mod access_tokens;
mod account_connectors;
mod accounts;
mod administrators;
mod audit;
mod audit_log;
mod backup;
mod category_copies;
mod clock;
mod connect;
mod credentials;
mod custom_connectors;
mod custom_fields;
mod cycles;
mod entity;
mod error;
mod error_posts;
pub mod faults;
mod instance_settings;
mod ip_rules;
mod ledger;
mod migrations;
mod oauth_clients;
mod one_time;
mod outbox;
mod paged;
mod partners;
mod rate_lanes;
mod registrations;
mod release_contents;
mod releases;
mod runs;
mod script_operations;
mod script_values;
pub mod seal;
mod sessions;
mod setups;
mod templates;
mod unit;
mod usage;
mod users;

pub use access_tokens::*;
pub use account_connectors::{AccountConnectorRows, NewAccountConnector};
pub use accounts::AccountRows;
pub use administrators::{AdministratorRows, MemberRows, SecondFactor};
pub use audit::*;
pub use backup::*;
pub use category_copies::{CategoryCopyRows, NewCategoryCopy};
pub use connect::{Database, Store, StoreOptions};
pub use credentials::{CredentialRows, Lease, NewCredential};
pub use custom_connectors::*;
pub use custom_fields::{CustomFieldRows, StoredCustomField};
pub use cycles::{CycleRows, NewCycle, Revision, StepState};
pub use error::{Outage, StoreError};
pub use error_posts::*;
pub use instance_settings::InstanceSetting;
pub use ip_rules::IpRuleRows;
pub use ledger::*;
pub use oauth_clients::OAuthClientRows;
pub use one_time::{Authorisation, OneTimeToken, ReturnTarget, TokenPurpose};
pub use outbox::*;
pub use rate_lanes::{Places, PlacesWanted};
pub use registrations::*;
pub use releases::{FIRST_CUSTOM_FIELD, NewRelease, RegisteredRelease};
pub use runs::*;
pub use script_values::{Room, ScriptValueRows};
pub use sessions::{LiveSession, NewSession, NewUserSession, SessionHolder};
pub use setups::{SetupRows, StoredGuide, StoredSetup};
pub use templates::*;
pub use unit::Unit;
pub use users::UserRows;
