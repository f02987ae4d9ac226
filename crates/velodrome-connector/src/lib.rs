//! The road out: connector definitions, authentication, calls, paging, rate limits and the egress
//! guard. The only room that can call out; it stores nothing and decides nothing about who may call.

pub mod auth;
pub mod body;
pub mod call;
pub mod catalogue;
pub mod egress;
pub mod exchanges;
pub mod json_form;
mod keys;
pub mod metrics;
pub mod openapi_import;
mod paging;
pub mod rate_limit;
pub mod slug;
pub mod trial;
pub mod webhook;

pub use keys::KeyError;
