//! The desk: one function for each thing the product can do, whoever asks for it.
//!
//! A service owns its unit of work: state, audit entry and outbox row are written together or not at
//! all. Authority is an argument ([`velodrome_model::PartnerActor`], [`velodrome_model::AccountActor`]),
//! made at the door by [`access::Access`].
//!
//! * [`access`]: who calls, and what that lets them do.
//! * [`oauth`], [`clients`]: tokens of programs. [`console`], [`administrators`]: people in the console.
//! * [`accounts`], [`users`], [`account_sessions`]: the partner's customers and their people.
//! * [`settings`], [`partners`], [`ip_rules`]: the partner itself.
//! * [`library`], [`account_connectors`]: what there is to connect with, and what is installed.
//!   [`custom_fields`]: what accounts' own set-ups add to it.
//! * [`templates`]: integrations that are installed into many accounts, and the recycle bin.
//! * [`cycles`]: integrations as they are designed and switched on.
//! * [`authentication`], [`renewal`], [`flows`]: getting credentials, and keeping them good.
//! * [`calls`]: Data on Demand, lookups, the proxy. [`scripts`]: what their scripts keep, and trials.
//! * [`bootstrap`], [`operator`]: what the first start makes, and what the command line does.
//! * [`hooks`]: webhooks that cycles have at their providers. [`error_webhook`]: whom their errors are told.
//! * [`runs`]: transactions of cycles; [`steps`]: what one of their steps does. [`rates`]: how fast they may.
//! * [`ledger`]: whether what was accepted is still there. [`reports`]: how it went.
//! * [`outbox`], [`follow_ups`], [`housekeeping`]: what the background does.

pub mod access;
pub mod account_connectors;
pub mod account_sessions;
pub mod accounts;
pub mod administrators;
pub mod authentication;
pub mod bootstrap;
pub mod calls;
pub mod clients;
pub mod console;
pub mod custom_connectors;
pub mod custom_fields;
pub mod cycles;
pub mod error_webhook;
pub mod flows;
pub mod follow_ups;
pub mod hooks;
pub mod housekeeping;
pub mod installation;
mod invalid;
pub mod ip_rules;
pub mod ledger;
pub mod library;
pub mod metrics;
mod named;
pub mod notifications;
pub mod oauth;
pub mod operator;
pub mod outbox;
pub mod pace;
pub mod partners;
pub mod passwords;
pub mod rates;
mod recent;
pub mod renewal;
pub mod reports;
mod revocation;
pub mod runs;
pub mod scripts;
pub mod settings;
mod shelves;
pub mod steps;
pub mod templates;
mod throttle;
mod tokens;
pub mod users;
mod workbench;

pub use access::Access;
pub use accounts::Accounts;
pub use administrators::Administrators;
pub use clients::Clients;
pub use console::Console;
pub use invalid::Invalid;
pub use ip_rules::IpRules;
pub use oauth::Tokens;
pub use partners::Partners;
pub use passwords::Passwords;
pub use scripts::Scripts;
pub use settings::{Settings, SettingsError};
pub use shelves::Viewer;
pub use throttle::Throttle;
pub use users::Users;
/// A failure of the store, for whoever maps errors.
pub use velodrome_store::{Outage, StoreError};
pub use workbench::{Tools, Workbench};
