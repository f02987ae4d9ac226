//! Twins from definitions: what a connector definition says, played from the other side.
//!
//! A definition tells where its provider is called, how a call proves itself, what goes in, what comes
//! out and how lists are cut into pages. That is enough to answer such calls: [`addresses`] gives every
//! address of the definition a host, [`gate`] and [`token_endpoint`] check credentials, [`plan`] decides
//! what each method means (a list, one record, a change), [`collection`] keeps the records that
//! [`sample`] makes up, [`pages`] cuts them, [`hooks`] tells of their changes. [`registry`] builds a twin
//! when its host is first called.
//!
//! Scripts are not run. A method that has one is answered as its declared fields would need if there
//! were none, and its requests, which a script may have reshaped, are not checked against the fields.

mod addresses;
mod body;
mod card;
mod collection;
mod filter;
mod form;
mod gate;
mod hooks;
mod multipart;
mod pages;
mod pattern;
mod plan;
mod registry;
mod render;
mod request_check;
mod route;
mod sample;
mod schema;
mod site;
mod suggest;
mod token_answer;
mod token_endpoint;
mod xml;

pub use addresses::Addresses;
pub(crate) use registry::Registry;
pub use registry::TwinSource;
