//! Trying a method of a custom connector's draft, which nobody can install (connectors.md §1).
//!
//! The call goes through the same pipeline, guard and limits as any other. Nothing of it is stored.

use std::{sync::Arc, time::Instant};

use velodrome_connector::{
    auth::{Credential, FixedCredential},
    call::Properties,
    catalogue::Release,
};
use velodrome_model::{
    AccountActor, AccountConnectorId, AccountScope, AuthenticationId, ConnectorId, ExposeSecret,
    PartnerScope, SecretString,
    definition::{AuthType, Authentication, Method, OAuth1Flow},
    numbered::NumberedConnector,
};

use super::{CallFailure, Calls, Given, MethodCall, MethodRef, TestOutcome};
use crate::{
    custom_connectors::draft_of,
    installation::{Installation, Tried},
};

/// A method's values, and what to authenticate with.
#[derive(Debug)]
pub struct DraftTrial {
    /// The values.
    pub values: MethodCall,
    /// The credential.
    pub credential: TrialCredential,
}

/// What a trial authenticates with.
#[derive(Debug)]
pub enum TrialCredential {
    /// An account connector of a former release.
    Installed {
        /// The account, as the partner knows it; the actor's own when absent.
        account: Option<String>,
        /// Its connector.
        connector: AccountConnectorId,
    },
    /// Values that were typed, which are stored nowhere.
    Typed {
        /// Authentication; the default one when absent.
        authentication: Option<AuthenticationId>,
        /// As at installation.
        auth_value: Option<SecretString>,
        /// Account connector properties.
        properties: Vec<(String, Option<SecretString>)>,
    },
}

/// A draft with its methods.
struct Draft {
    release: Arc<Release>,
    numbered: Arc<NumberedConnector>,
}

impl Calls {
    /// Calls a method of the actor's draft, first page only, and reports how it went. What the provider
    /// says is a result.
    ///
    /// # Errors
    /// As [`CallFailure`] says, except that an answer of the provider, or its absence, is a result.
    pub async fn test_draft(
        &self,
        actor: &AccountActor,
        number: ConnectorId,
        method: MethodRef,
        trial: DraftTrial,
    ) -> Result<TestOutcome, CallFailure> {
        self.check_address(actor).await?;
        let draft = self.draft(actor, number).await?;
        match trial.credential {
            TrialCredential::Installed { account, connector } => {
                let scope = self.scope_of(actor, account.as_deref()).await?;
                let real = self.installations.get(scope, connector).await?;
                if real.connector.connector_uid != draft.numbered.uid() {
                    return Err(CallFailure::NoAccountConnector);
                }
                let tried = real
                    .of_release(draft.release, draft.numbered)
                    .ok_or(CallFailure::OtherAuthentication)?;
                // Tokens of the account connector are renewed and kept as ever, since the provider may
                // have made the former ones void.
                let credentials = self.caller.login_credentials(&real);
                let prepared = self.ready(&tried, method, trial.values)?;
                let started = Instant::now();
                let (method, given) = &prepared;
                let reply = self
                    .caller
                    .try_out(&tried, method, given, &credentials)
                    .await;
                TestOutcome::of(reply, started)
            }
            TrialCredential::Typed {
                authentication,
                auth_value,
                properties,
            } => {
                let authentication = chosen(&draft.numbered, authentication)?;
                let credential = credential(&authentication, auth_value.as_ref())?;
                let value = |(name, value): (String, Option<SecretString>)| Some((name, value?));
                let properties: Properties = properties.into_iter().filter_map(value).collect();
                let tried = Tried {
                    release: draft.release,
                    numbered: draft.numbered,
                    authentication,
                    properties,
                    credential: credential.clone(),
                };
                let tried = self.installations.tried(actor.scope, tried).await?;
                let prepared = self.ready(&tried, method, trial.values)?;
                let started = Instant::now();
                let (method, given) = &prepared;
                let credentials = FixedCredential::from(credential);
                let reply = self
                    .caller
                    .try_out(&tried, method, given, &credentials)
                    .await;
                TestOutcome::of(reply, started)
            }
        }
    }

    async fn draft(&self, actor: &AccountActor, number: ConnectorId) -> Result<Draft, CallFailure> {
        let id = draft_of(&self.bench, actor, number).await?;
        let view = self.bench.connectors(actor).await?;
        let (release, numbered) = view
            .release(id)
            .cloned()
            .zip(view.connector(id))
            .ok_or(CallFailure::Undefined)?;
        Ok(Draft { release, numbered })
    }

    /// The account whose connector is used. Only the partner itself names another than the actor's own.
    async fn scope_of(
        &self,
        actor: &AccountActor,
        account: Option<&str>,
    ) -> Result<AccountScope, CallFailure> {
        let Some(key) = account else {
            return Ok(actor.scope);
        };
        let partner = PartnerScope {
            partner: actor.scope.partner,
        };
        let unit = self.bench.store.read(&partner).await?;
        let found = unit.accounts().find(key).await?;
        let scope = found
            .map(|account| AccountScope {
                account: account.id,
                ..actor.scope
            })
            .filter(|scope| *scope == actor.scope || !actor.restricted);
        scope.ok_or(CallFailure::NoAccountConnector)
    }

    fn ready(
        &self,
        tried: &Installation,
        method: MethodRef,
        values: MethodCall,
    ) -> Result<(Arc<Method>, Given), CallFailure> {
        if tried.is_suspended {
            return Err(CallFailure::Suspended);
        }
        self.prepare(tried, method, values)
    }
}

fn chosen(
    numbered: &NumberedConnector,
    wanted: Option<AuthenticationId>,
) -> Result<Authentication, CallFailure> {
    let found = match wanted {
        Some(id) => numbered.authentication(id),
        None => numbered.definition().default_authentication(),
    };
    found.cloned().ok_or(CallFailure::OtherAuthentication)
}

/// What was typed, read as at installation.
fn credential(
    authentication: &Authentication,
    value: Option<&SecretString>,
) -> Result<Credential, CallFailure> {
    let given = value.filter(|value| !value.expose_secret().trim().is_empty());
    match given {
        Some(value) => match Credential::parse(authentication, value.expose_secret())? {
            // Nothing obtains tokens for a call that nothing is stored of.
            Credential::OAuth2(token) if token.access_token.is_none() => {
                Err(CallFailure::NoAccessToken)
            }
            credential => Ok(credential),
        },
        None if needs_value(authentication) => Err(CallFailure::NoAuthValue),
        None => Ok(Credential::None),
    }
}

fn needs_value(authentication: &Authentication) -> bool {
    match authentication.kind {
        AuthType::None => false,
        AuthType::OAuth1 => authentication
            .oauth1
            .as_ref()
            .is_none_or(|oauth1| oauth1.flow != OAuth1Flow::TwoLegged),
        AuthType::ApiKey | AuthType::Basic | AuthType::AuthFields | AuthType::OAuth2 => true,
    }
}
