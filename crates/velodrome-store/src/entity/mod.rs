//! Tables as sea-orm sees them. Private: callers see the row types of each area.

pub mod audit_entry;
pub mod data_key;
pub mod outbox;
