//! The credential of a connection, renewed when the provider refuses it.

use std::sync::Arc;

use async_trait::async_trait;

use super::Connection;
use crate::{
    auth::{Credential, CredentialError, CredentialSource},
    call::Properties,
};

/// A connection as the source of its credential.
pub(super) struct Held<'c, 'a>(pub &'c Connection<'a>);

#[async_trait]
impl CredentialSource for Held<'_, '_> {
    async fn current(&self) -> Result<Arc<Credential>, CredentialError> {
        Ok(self.0.credential())
    }

    async fn renewed(&self, stale: &Credential) -> Result<Arc<Credential>, CredentialError> {
        let held = self.0.credential();
        if !held.sends_same_secret_as(stale) {
            return Ok(held);
        }
        let Credential::OAuth2(token) = stale else {
            return Err(CredentialError::NotRenewable);
        };
        let newer = self.0.renewed_token(token).await;
        let newer =
            newer.map_err(|reason| CredentialError::NeedsReauthentication(self.0.told(&reason)))?;
        self.0.hold(newer);
        Ok(self.0.credential())
    }

    async fn session_renewed(&self) -> Result<Properties, CredentialError> {
        if self.0.definition.post_install_property_lookup.is_none() {
            return Err(CredentialError::NoSession);
        }
        // The lookup is a call itself; boxed, so that the two don't contain each other.
        Box::pin(self.0.log_in())
            .await
            .map_err(CredentialError::Unavailable)?;
        Ok(self.0.properties())
    }
}
