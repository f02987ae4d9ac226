//! OAuth 2.0 (RFC 6749 and its companions): the authorise address, token requests, their answers, the
//! callback and revocation (connectors.md §9.2 to §9.6).

mod answer;
mod assertion;
mod authorise;
mod callback;
mod error;
mod pkce;
mod read;
mod request;
mod setup;
#[cfg(test)]
mod tests;
mod timing;

pub use answer::TokenAnswer;
pub use assertion::AssertionError;
pub use callback::{CallbackError, callback_properties, may_ask_for_token, read_callback};
pub use error::{Failure, TokenError};
pub use pkce::Verifier;
pub use request::{Grant, OAuth2Client, TokenHint};
pub use setup::OAuth2Setup;
