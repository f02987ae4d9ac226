//! Tables as sea-orm sees them. Private: callers see the row types of each area.

pub mod account;
pub mod account_connector;
pub mod account_connector_property;
pub mod audit_entry;
pub mod authorisation;
pub mod connector_guide;
pub mod connector_release;
pub mod connector_setup;
pub mod credential;
pub mod custom_field;
pub mod data_key;
pub mod one_time_token;
pub mod outbox;
pub mod partner;
