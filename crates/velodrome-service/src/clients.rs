//! Credentials of programs: client credentials, access tokens, the password grant's client id.

use chrono::{DateTime, Utc};
use velodrome_model::{
    AccessToken, AccessTokenId, OAuthClient, Page, PageRequest, PartnerActor, PrincipalKind,
    SecretString, SharedClock,
};
use velodrome_store::{Deed, Store, StoreError};

use crate::{Access, Invalid, Settings, invalid::required_text, tokens};

/// Makes and revokes credentials of programs. Cheap to clone.
#[derive(Clone)]
pub struct Clients {
    store: Store,
    settings: Settings,
    access: Access,
    clock: SharedClock,
}

/// A client id with its secret.
#[derive(Debug)]
pub struct ClientSecret {
    /// The client.
    pub client: OAuthClient,
    /// Its secret.
    pub secret: SecretString,
}

/// Client of the deprecated password grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordClient {
    /// Client id.
    pub client_id: String,
    /// The grant is accepted.
    pub enabled: bool,
    /// When the id was last replaced.
    pub refreshed_at: DateTime<Utc>,
}

/// Why something can't be done with credentials.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The partner has no such client or token.
    #[error("there is no such client or token")]
    NotFound,
    /// As many as there may be.
    #[error(
        "There are {0} sets of client credentials already, the most there can be. Delete one first."
    )]
    TooMany(u64),
    /// The only set, and the call uses it.
    #[error("These are the only client credentials and this call uses them. Make others first.")]
    LastInUse,
    /// A value breaks a rule; nothing was changed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sets of client credentials at a time (openapi: createOAuthClient).
const MOST: u64 = 5;

impl Clients {
    /// Credentials in this store, kept at this door.
    pub fn new(store: Store, settings: Settings, access: Access, clock: SharedClock) -> Self {
        Self {
            store,
            settings,
            access,
            clock,
        }
    }

    /// All clients, without secrets.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, actor: &PartnerActor) -> Result<Vec<OAuthClient>, ClientError> {
        Ok(self
            .store
            .read(&actor.scope)
            .await?
            .oauth_clients()
            .all()
            .await?)
    }

    /// Makes a client; its secret can be shown again.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] without a description; [`ClientError::TooMany`].
    pub async fn create(
        &self,
        actor: &PartnerActor,
        description: &str,
    ) -> Result<ClientSecret, ClientError> {
        let description = required_text("Description", description, 255)?;
        let unit = self.store.begin(&actor.scope).await?;
        if unit.oauth_clients().count().await? >= MOST {
            return Err(ClientError::TooMany(MOST));
        }
        let secret = tokens::mint("cs_");
        let client = unit
            .oauth_clients()
            .insert(&tokens::random_id(), &description, &secret)
            .await?;
        unit.audit(
            &actor.principal,
            deed("oauth_client.created", &client.client_id),
        )
        .await?;
        unit.commit().await?;
        Ok(ClientSecret { client, secret })
    }

    /// Shows a client's secret, which is written down.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] when the partner has no such client.
    pub async fn reveal(
        &self,
        actor: &PartnerActor,
        client_id: &str,
    ) -> Result<ClientSecret, ClientError> {
        let unit = self.store.begin(&actor.scope).await?;
        let (client, secret) = unit
            .oauth_clients()
            .reveal(client_id)
            .await?
            .ok_or(ClientError::NotFound)?;
        unit.audit(
            &actor.principal,
            deed("oauth_client.secret_revealed", client_id),
        )
        .await?;
        unit.commit().await?;
        Ok(ClientSecret { client, secret })
    }

    /// Removes a client; its tokens stop working at once.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] when the partner has no such client; [`ClientError::LastInUse`] when that
    /// would lock the calling program out for good.
    pub async fn revoke(&self, actor: &PartnerActor, client_id: &str) -> Result<(), ClientError> {
        let unit = self.store.begin(&actor.scope).await?;
        let is_caller =
            actor.principal.kind == PrincipalKind::Client && actor.principal.name == client_id;
        if is_caller && unit.oauth_clients().count().await? == 1 {
            return Err(ClientError::LastInUse);
        }
        if !unit.oauth_clients().delete(client_id).await? {
            return Err(ClientError::NotFound);
        }
        unit.audit(&actor.principal, deed("oauth_client.revoked", client_id))
            .await?;
        unit.commit().await?;
        self.access.forget();
        Ok(())
    }

    /// A page of the access tokens that are good.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tokens(
        &self,
        actor: &PartnerActor,
        request: &PageRequest,
    ) -> Result<Page<AccessToken>, ClientError> {
        Ok(self
            .store
            .read(&actor.scope)
            .await?
            .access_tokens()
            .page(request)
            .await?)
    }

    /// Revokes an access token at once.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] when the partner has no such token.
    pub async fn revoke_token(
        &self,
        actor: &PartnerActor,
        id: AccessTokenId,
    ) -> Result<(), ClientError> {
        let unit = self.store.begin(&actor.scope).await?;
        if !unit.access_tokens().delete(id).await? {
            return Err(ClientError::NotFound);
        }
        let deed = Deed {
            object_type: "AccessToken",
            ..deed("access_token.revoked", &id.to_string())
        };
        unit.audit(&actor.principal, deed).await?;
        unit.commit().await?;
        self.access.forget();
        Ok(())
    }

    /// The password grant's client id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn password_client(
        &self,
        actor: &PartnerActor,
    ) -> Result<PasswordClient, ClientError> {
        let partner = self.settings.partner(actor.scope).await?;
        let (client_id, refreshed_at) = partner.password_client.clone();
        Ok(PasswordClient {
            client_id,
            enabled: partner.security.password_grant_enabled,
            refreshed_at,
        })
    }

    /// Replaces the password grant's client id; its tokens stop working at once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn replace_password_client(
        &self,
        actor: &PartnerActor,
    ) -> Result<PasswordClient, ClientError> {
        let unit = self.store.begin(&actor.scope).await?;
        let mut partner = unit.partner().await?;
        let fresh = (new_password_client_id(), self.clock.now());
        let (former, _) = std::mem::replace(&mut partner.password_client, fresh);
        unit.save_partner(&partner).await?;
        unit.access_tokens().delete_of_client(&former).await?;
        unit.audit(
            &actor.principal,
            deed("password_client.replaced", &partner.password_client.0),
        )
        .await?;
        unit.commit().await?;
        self.settings.forget(partner.id);
        self.access.forget();
        self.password_client(actor).await
    }
}

/// A client id that can't be mistaken for one of client credentials.
pub(crate) fn new_password_client_id() -> String {
    format!("pw-{}", tokens::random_id())
}

fn deed(action: &'static str, client_id: &str) -> Deed {
    Deed {
        action,
        object_type: "OAuthClient",
        object_id: client_id.to_owned(),
        ..Deed::default()
    }
}
