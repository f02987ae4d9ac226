//! What follows from a change, once it is committed: the work of the outbox. Everything may run twice.

use velodrome_connector::auth::{
    Credential, ValuesFn,
    oauth2::{Failure, OAuth2Client, OAuth2Setup, TokenError, TokenHint},
};
use velodrome_model::{
    AccountScope, AuthenticationId, ConnectorId, ExposeSecret, PartnerScope, SecretString,
};
use velodrome_store::{Claimed, StoreError, Work};

use crate::{
    Workbench,
    error_webhook::ErrorWebhook,
    library::{CLIENT_ID, CLIENT_SECRET, SCOPES, Setup},
    notifications::Notifications,
    revocation::Revocation,
    settings::Settings,
};

/// Does the work of the outbox.
#[derive(Clone)]
pub struct FollowUps {
    bench: Workbench,
    settings: Settings,
    notifications: Notifications,
    errors: ErrorWebhook,
}

/// Why a piece of work is not done.
#[derive(Debug, thiserror::Error)]
pub enum FollowUpError {
    /// It may work later.
    #[error("{0}")]
    Later(String),
    /// It will never work.
    #[error("{0}")]
    Never(String),
    /// It was not tried: there is no room for it before then.
    #[error("not before {0}")]
    NotNow(chrono::DateTime<chrono::Utc>),
    /// The store failed; later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FollowUpError {
    /// Whether trying again makes sense.
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Never(_))
    }
}

impl FollowUps {
    /// The service over these parts.
    pub fn new(bench: Workbench, settings: Settings) -> Self {
        let notifications = Notifications::new(bench.clone(), settings.clone());
        let errors = ErrorWebhook::new(bench.clone(), settings.clone());
        Self {
            bench,
            settings,
            notifications,
            errors,
        }
    }

    /// Does one piece of work.
    ///
    /// # Errors
    /// As [`FollowUpError`] says.
    pub async fn perform(&self, claimed: &Claimed) -> Result<(), FollowUpError> {
        match &claimed.work {
            Work::RevokeCredential {
                connector,
                authentication,
            } => {
                let secret = claimed.secret.as_ref();
                let revocation = secret.and_then(Revocation::from_sealed_text);
                let revocation = revocation
                    .ok_or_else(|| FollowUpError::Never("nothing to revoke".to_owned()))?;
                self.revoke(claimed.scope, *connector, *authentication, &revocation)
                    .await
            }
            Work::PostError { cycle } => self.errors.deliver(claimed, *cycle).await,
            Work::Notify { title, message } => {
                self.notifications
                    .notify(claimed.scope, claimed.id, title, message)
                    .await
            }
        }
    }

    /// RFC 7009: the refresh token, which ends its access tokens with most providers, then the access token.
    async fn revoke(
        &self,
        scope: AccountScope,
        connector: ConnectorId,
        authentication: AuthenticationId,
        revocation: &Revocation,
    ) -> Result<(), FollowUpError> {
        let gone = || FollowUpError::Never("the connector's definition is gone".to_owned());
        let partner = PartnerScope {
            partner: scope.partner,
        };
        let known;
        let (authentication, setup) = match revocation.last() {
            Some(last) => (last.authentication(), last.setup()),
            None => {
                let view = self.bench.installed(scope).await?;
                known = view.connector(connector).ok_or_else(gone)?;
                let unit = self.bench.store.read(&partner).await?;
                let stored = unit.setups().get(known.uid()).await?;
                drop(unit);
                let setup = stored.map_or_else(
                    || Ok(Setup::default()),
                    |stored| Setup::from_stored(&stored),
                )?;
                let authentication = known.authentication(authentication).ok_or_else(gone)?;
                (authentication, setup.properties().clone())
            }
        };
        let rules = authentication.oauth2.as_ref().ok_or_else(gone)?;
        let credential = Credential::parse(authentication, revocation.auth_value());
        let Ok(Credential::OAuth2(token)) = credential else {
            return Err(gone());
        };

        let properties = revocation.properties();
        let user_agent = self.settings.general(partner).await?.application_user_agent;
        let value = |name: &str| {
            let set = |value: &&SecretString| !value.expose_secret().trim().is_empty();
            properties.get(name).filter(set).or_else(|| setup.get(name))
        };
        let values =
            ValuesFn(|name: &str| value(name).map(|value| value.expose_secret().to_owned()));
        let client = OAuth2Client {
            http: &self.bench.client,
            setup: OAuth2Setup {
                rules,
                tls: authentication.tls.as_ref(),
                client_id: value(CLIENT_ID)
                    .map(ExposeSecret::expose_secret)
                    .unwrap_or_default(),
                client_secret: value(CLIENT_SECRET),
                scopes: value(SCOPES).map(ExposeSecret::expose_secret),
                values: &values,
                user_agent: &user_agent,
            },
            script: None,
        };
        for hint in [TokenHint::Refresh, TokenHint::Access] {
            client
                .revoke(&token, hint, self.bench.clock.now())
                .await
                .map_err(|error| revocation_failed(&error))?;
        }
        Ok(())
    }
}

fn revocation_failed(error: &TokenError) -> FollowUpError {
    match error.failure() {
        Failure::Transient => FollowUpError::Later(error.to_string()),
        Failure::Permanent | Failure::Configuration => FollowUpError::Never(error.to_string()),
    }
}
