//! Authenticating an account connector: asking for blanks, going to the provider and coming back
//! (connectors.md §9.3, §9.4).

mod error;
mod form;
mod prove;
mod visits;

use std::net::IpAddr;

use chrono::TimeDelta;
use tracing::warn;
use url::Url;
use velodrome_connector::auth::{
    Credential,
    oauth1::{self, OAuth1Client, Once, RequestToken, Signer},
    oauth2::{self, Verifier},
};
use velodrome_model::{
    AccountConnectorId, AccountScope, ExposeSecret, InstanceScope, PartnerScope, Principal,
    PrincipalKind, SecretString,
    definition::{AuthType, OAuth1, OAuth1Flow, OAuth2, OAuth2Type},
};
use velodrome_store::Authorisation;

// Where a flow leads then, as the store keeps it.
pub use velodrome_store::ReturnTarget;

pub use error::{AuthenticationError, CallbackFailure};
pub use form::{AuthForm, Blank, Typed};
pub use prove::Prover;
pub use visits::{SetupToken, Visit};

use crate::{
    Workbench,
    account_connectors::deed,
    flows::{Code, Flows},
    installation::{Installation, Installations},
    library::{self, Library},
    renewal, tokens,
};

/// How long a browser may stay with the provider.
const AUTHORISATION_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Authenticates account connectors.
#[derive(Clone)]
pub struct Authentications {
    bench: Workbench,
    library: Library,
    installations: Installations,
    flows: Flows,
    prover: Prover,
}

/// Who sits in front of the browser, and where they want to go then.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The account.
    pub scope: AccountScope,
    /// For the audit log.
    pub user_name: String,
    /// Where the browser is.
    pub address: Option<IpAddr>,
    /// Secret of the browser's cookie.
    pub browser: SecretString,
    /// Where to go then.
    pub target: ReturnTarget,
}

/// What the browser does next.
#[derive(Debug)]
pub enum Next {
    /// Goes to the provider.
    Provider(Url),
    /// Nothing more to do: the credential is there and was tried.
    Done {
        /// Name of the installed connector.
        connector: String,
        /// What the provider said when the credential was tried and did not work.
        problem: Option<String>,
    },
}

/// An authentication that a callback finished.
#[derive(Debug)]
pub struct Finished {
    /// Name of the installed connector.
    pub connector: String,
    /// Whose brand the page carries.
    pub partner: PartnerScope,
    /// Where the browser goes.
    pub target: ReturnTarget,
}

impl Authentications {
    /// The service over these parts.
    pub fn new(
        bench: Workbench,
        library: Library,
        installations: Installations,
        flows: Flows,
        prover: Prover,
    ) -> Self {
        Self {
            bench,
            library,
            installations,
            flows,
            prover,
        }
    }

    /// What to ask for, and whether anything has to be asked at all.
    ///
    /// # Errors
    /// [`AuthenticationError::NotFound`] when the account has no such account connector.
    pub async fn form(
        &self,
        scope: AccountScope,
        id: AccountConnectorId,
    ) -> Result<(AuthForm, bool), AuthenticationError> {
        let installation = self.installations.load(scope, id).await?;
        let form = form::form(&installation, library::icon(&installation.release));
        let must_ask = form.must_ask(&installation);
        Ok((form, must_ask))
    }

    /// Stores what was typed and takes the next step: to the provider, or straight to the end where
    /// nobody's consent is needed.
    ///
    /// # Errors
    /// [`AuthenticationError::Values`] with the form when values are missing or wrong; nothing is stored
    /// then. Former credentials stay until there are new ones.
    pub async fn begin(
        &self,
        visitor: &Visitor,
        id: AccountConnectorId,
        typed: &Typed,
    ) -> Result<Next, AuthenticationError> {
        let installation = self.installations.load(visitor.scope, id).await?;
        let form = form::form(&installation, library::icon(&installation.release));
        let answers = form::read(&installation, form, typed)?;
        if !answers.properties.is_empty() {
            let unit = self.bench.store.begin(&visitor.scope).await?;
            for (name, value) in &answers.properties {
                unit.account_connectors()
                    .set_property(id, name, Some(value))
                    .await?;
            }
            unit.audit(
                &visitor.principal(),
                deed("account_connector.property_set", id),
            )
            .await?;
            unit.commit().await?;
            self.installations.forget(visitor.scope, id);
        }
        let installation = self.installations.load(visitor.scope, id).await?;
        let authentication = &installation.authentication;
        match (
            authentication.kind,
            &authentication.oauth2,
            &authentication.oauth1,
        ) {
            (AuthType::OAuth2, Some(rules), _) if rules.kind == OAuth2Type::AuthorisationCode => {
                self.begin_oauth2(visitor, &installation, rules).await
            }
            (AuthType::OAuth2, ..) => {
                let now = self.bench.clock.now();
                let answer = self.flows.obtain(&installation, None, now).await?;
                let properties = answer.properties;
                self.store(
                    visitor,
                    &installation,
                    Some(Credential::OAuth2(answer.token)),
                    properties,
                )
                .await
            }
            (AuthType::OAuth1, _, Some(rules)) if rules.flow == OAuth1Flow::ThreeLegged => {
                self.begin_oauth1(visitor, &installation, rules).await
            }
            _ => {
                self.store(
                    visitor,
                    &installation,
                    answers.credential,
                    Default::default(),
                )
                .await
            }
        }
    }

    /// Finishes what the provider sent the browser back with. The state, good or not, is used up.
    ///
    /// # Errors
    /// [`CallbackFailure`] with words for the person; a former credential stays.
    pub async fn callback(
        &self,
        parameters: &[(String, String)],
        browser: Option<&SecretString>,
        address: Option<IpAddr>,
    ) -> Result<Finished, CallbackFailure> {
        let waiting = self.waiting(parameters, browser).await.map_err(|cause| {
            if let AuthenticationError::Store(cause) = &cause {
                warn!(%cause, "A callback could not be matched with its authorisation");
            }
            CallbackFailure::of(&cause, None)
        })?;
        let visitor = Visitor {
            scope: waiting.scope,
            user_name: waiting.user_name.clone(),
            address,
            browser: browser.cloned().unwrap_or_default(),
            target: waiting.target.clone(),
        };
        let failed = |cause: AuthenticationError| CallbackFailure::of(&cause, Some(&waiting));
        let installation = self
            .installations
            .load(waiting.scope, waiting.account_connector)
            .await
            .map_err(|cause| failed(cause.into()))?;
        let authentication = &installation.authentication;
        if authentication.uid(installation.numbered.uid()) != waiting.authentication {
            return Err(failed(AuthenticationError::State));
        }
        let (credential, properties) = if let Some(rules) = &authentication.oauth2 {
            let refused = |cause| CallbackFailure::refused(cause, &waiting);
            let code = oauth2::read_callback(rules, parameters).map_err(refused)?;
            let mut properties = oauth2::callback_properties(rules, parameters).map_err(refused)?;
            // The token address may depend on what the callback says.
            let mut informed = installation.clone();
            informed.properties.extend(properties.clone());
            let definition = installation.numbered.definition();
            let may = oauth2::may_ask_for_token(definition, rules, &installation, &informed)
                .map_err(|cause| failed(cause.into()))?;
            if !may {
                return Err(failed(AuthenticationError::TokenAddress));
            }
            let code = Code {
                code: &code,
                verifier: &Verifier::from_kept(waiting.secret.clone()),
            };
            let answer = self
                .flows
                .exchange(&installation, &informed, rules, code)
                .await
                .map_err(|cause| failed(cause.into()))?;
            properties.extend(answer.properties);
            (Credential::OAuth2(answer.token), properties)
        } else if let Some(rules) = &authentication.oauth1 {
            let answer = self
                .exchange_verifier(&installation, rules, parameters, &waiting)
                .await
                .map_err(failed)?;
            (Credential::OAuth1(answer.token), answer.properties)
        } else {
            return Err(failed(AuthenticationError::State));
        };
        let stored = self
            .store(&visitor, &installation, Some(credential), properties)
            .await
            .map_err(failed)?;
        if let Next::Done {
            problem: Some(problem),
            ..
        } = stored
        {
            return Err(CallbackFailure::test_failed(problem, &waiting));
        }
        Ok(Finished {
            connector: installation.connector.name.clone(),
            partner: PartnerScope {
                partner: waiting.scope.partner,
            },
            target: waiting.target,
        })
    }

    /// The authorisation that a callback belongs to; used up whatever follows.
    async fn waiting(
        &self,
        parameters: &[(String, String)],
        browser: Option<&SecretString>,
    ) -> Result<Authorisation, AuthenticationError> {
        let get = |wanted: &str| {
            parameters
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.as_str())
        };
        let state = get("state")
            .or_else(|| get("oauth_token"))
            .or_else(|| get("denied"));
        let state = state
            .filter(|state| !state.is_empty())
            .ok_or(AuthenticationError::State)?;
        let browser = browser.ok_or(AuthenticationError::State)?;
        let unit = self.bench.store.begin(&InstanceScope).await?;
        let waiting = unit.take_authorisation(&tokens::hash_hex(state)).await?;
        unit.commit().await?;
        let waiting = waiting.ok_or(AuthenticationError::State)?;
        let is_same_browser = waiting.browser_hash == tokens::hash_hex(browser.expose_secret());
        if !is_same_browser || waiting.expires_at <= self.bench.clock.now() {
            return Err(AuthenticationError::State);
        }
        Ok(waiting)
    }

    async fn begin_oauth2(
        &self,
        visitor: &Visitor,
        installation: &Installation,
        rules: &OAuth2,
    ) -> Result<Next, AuthenticationError> {
        let state = tokens::mint("");
        let verifier = Verifier::from_random(tokens::random());
        let url = self
            .flows
            .authorise_url(installation, rules, state.expose_secret(), &verifier)
            .await?;
        self.wait_for(
            visitor,
            installation,
            state.expose_secret(),
            verifier.secret().clone(),
        )
        .await?;
        Ok(Next::Provider(self.bench.client.policy().rewrite_url(&url)))
    }

    async fn begin_oauth1(
        &self,
        visitor: &Visitor,
        installation: &Installation,
        rules: &OAuth1,
    ) -> Result<Next, AuthenticationError> {
        let signer = installation.sign_with(rules)?;
        let client = self.oauth1_client(installation, rules, &signer);
        let request = client
            .request_token(&self.bench.callback_url(), self.once())
            .await?;
        let url = client.authorise_url(&request)?;
        self.wait_for(
            visitor,
            installation,
            request.token.expose_secret(),
            request.secret.clone(),
        )
        .await?;
        Ok(Next::Provider(self.bench.client.policy().rewrite_url(&url)))
    }

    async fn wait_for(
        &self,
        visitor: &Visitor,
        installation: &Installation,
        state: &str,
        secret: SecretString,
    ) -> Result<(), AuthenticationError> {
        let waiting = Authorisation {
            state_hash: tokens::hash_hex(state),
            scope: visitor.scope,
            account_connector: installation.connector.id,
            authentication: installation.authentication.uid(installation.numbered.uid()),
            browser_hash: tokens::hash_hex(visitor.browser.expose_secret()),
            secret,
            target: visitor.target.clone(),
            user_name: visitor.user_name.clone(),
            expires_at: self.bench.clock.now() + AUTHORISATION_LIFETIME,
        };
        let unit = self.bench.store.begin(&visitor.scope).await?;
        unit.put_authorisation(&waiting).await?;
        Ok(unit.commit().await?)
    }

    async fn exchange_verifier(
        &self,
        installation: &Installation,
        rules: &OAuth1,
        parameters: &[(String, String)],
        waiting: &Authorisation,
    ) -> Result<oauth1::OAuth1Answer, AuthenticationError> {
        let token = parameters
            .iter()
            .find(|(name, _)| name == "oauth_token")
            .map(|(_, value)| value.clone());
        let request = RequestToken {
            token: token.unwrap_or_default().into(),
            secret: waiting.secret.clone(),
        };
        let verifier = oauth1::read_callback(parameters, &request)?;
        let signer = installation.sign_with(rules)?;
        let client = self.oauth1_client(installation, rules, &signer);
        Ok(client
            .access_token(&request, verifier.expose_secret(), self.once())
            .await?)
    }

    /// Stores the credential and the properties that came with it, and proves it with the lookup and the
    /// test of the definition.
    async fn store(
        &self,
        visitor: &Visitor,
        installation: &Installation,
        credential: Option<Credential>,
        properties: velodrome_connector::call::Properties,
    ) -> Result<Next, AuthenticationError> {
        let id = installation.connector.id;
        let unit = self.bench.store.begin(&visitor.scope).await?;
        let rows = unit.account_connectors();
        let mut connector = rows.get(id).await?.ok_or(AuthenticationError::NotFound)?;
        let now = self.bench.clock.now();
        let new =
            credential.and_then(|one| renewal::storable(&installation.authentication, &one, now));
        if let Some(new) = &new {
            unit.credentials().put(id, new).await?;
        }
        for (name, value) in &properties {
            rows.set_property(id, name, Some(value)).await?;
        }
        connector.has_credential = new.is_some();
        connector.problem = None;
        connector.lookup_pending = installation
            .numbered
            .definition()
            .post_install_property_lookup
            .is_some();
        rows.save(&connector).await?;
        unit.audit(
            &visitor.principal(),
            deed("account_connector.authenticated", id),
        )
        .await?;
        unit.commit().await?;
        self.installations.forget(visitor.scope, id);
        let problem = self.prover.prove(visitor.scope, id).await?;
        Ok(Next::Done {
            connector: connector.name,
            problem,
        })
    }

    fn oauth1_client<'a>(
        &'a self,
        installation: &'a Installation,
        rules: &'a OAuth1,
        signer: &'a Signer,
    ) -> OAuth1Client<'a> {
        OAuth1Client {
            http: &self.bench.client,
            rules,
            tls: installation.authentication.tls.as_ref(),
            signer,
            values: installation,
            user_agent: &installation.user_agent,
        }
    }

    fn once(&self) -> Once {
        Once {
            now: self.bench.clock.now(),
            nonce: tokens::random(),
        }
    }
}

impl Visitor {
    pub(crate) fn principal(&self) -> Principal {
        Principal {
            kind: PrincipalKind::User,
            name: self.user_name.clone(),
            address: self.address,
        }
    }
}
