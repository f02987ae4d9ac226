//! Tables as sea-orm sees them. Private: callers see the row types of each area.

pub mod access_token;
pub mod account;
pub mod account_connector;
pub mod account_connector_property;
pub mod administrator;
pub mod administrator_partner;
pub mod audit_entry;
pub mod authorisation;
pub mod connector_guide;
pub mod connector_release;
pub mod connector_release_content;
pub mod connector_setup;
pub mod credential;
pub mod custom_field;
pub mod data_key;
pub mod instance_setting;
pub mod ip_rule;
pub mod oauth_client;
pub mod one_time_token;
pub mod outbox;
pub mod partner;
pub mod refresh_token;
pub mod session;
pub mod task_usage;
pub mod user;
pub mod user_account;
