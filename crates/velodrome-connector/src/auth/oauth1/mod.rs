//! OAuth 1.0a (RFC 5849): signing requests, and the three steps to a token.

mod dance;
mod signature;
mod signer;
#[cfg(test)]
mod tests;

pub use super::unauthenticated::BodyToSign;
pub use dance::{OAuth1Answer, OAuth1Client, OAuth1Error, RequestToken, read_callback};
pub use signer::{Once, SignError, Signer, token_of_properties};
