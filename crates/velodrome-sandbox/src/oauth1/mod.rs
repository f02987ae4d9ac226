//! An OAuth 1.0a service provider in memory (RFC 5849), with its own reading of the standard.
//!
//! `request` finds the protocol parameters, `signature` rebuilds and checks the signature, `server`
//! keeps temporary and token credentials, `authorise` is the page.

mod authorise;
mod request;
mod server;
mod signature;

pub(crate) use server::{OAuth1Server, OAuth1Settings};
