//! The ways to tokens of OAuth 2.0, the connector's script taking part (connectors.md §9; scripting.md §2).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use url::Url;
use velodrome_connector::{
    auth::{
        OAuth2Token,
        oauth2::{Grant, OAuth2Client, OAuth2Setup, TokenAnswer, TokenError, Verifier},
    },
    call::{Flow, FlowScript, Pipeline},
};
use velodrome_model::{
    SecretString,
    definition::{OAuth2, OAuth2Type},
};

use crate::{
    Workbench,
    installation::Installation,
    library::{CLIENT_ID, CLIENT_SECRET, SCOPES},
    scripts::Storage,
};

/// Goes these ways for installations.
#[derive(Clone)]
pub struct Flows {
    bench: Workbench,
    pipeline: Arc<Pipeline>,
}

/// The code of a callback, and what its authorise address was made with.
pub(crate) struct Code<'a> {
    pub code: &'a SecretString,
    pub verifier: &'a Verifier,
}

impl Flows {
    /// Flows over these parts.
    pub fn new(bench: Workbench, pipeline: Arc<Pipeline>) -> Self {
        Self { bench, pipeline }
    }

    /// The address where the user consents.
    ///
    /// # Errors
    /// [`TokenError::Setup`] and [`TokenError::Script`].
    pub(crate) async fn authorise_url(
        &self,
        installation: &Installation,
        rules: &OAuth2,
        state: &str,
        verifier: &Verifier,
    ) -> Result<Url, TokenError> {
        let callback = self.bench.callback_url();
        let url = oauth2_setup(installation, rules).authorise_url(&callback, state, verifier)?;
        let context = installation.context(self.bench.clock.now());
        let storage = self.storage(installation);
        match FlowScript::new(&self.pipeline, flow(installation, &context, &storage))? {
            Some(script) => Ok(script.authorise(url, state).await?),
            None => Ok(url),
        }
    }

    /// Exchanges the code of a callback. `informed` is the installation with what the callback said, which a
    /// browser may have changed: it fills mergefields, and has no say in where secrets go.
    ///
    /// # Errors
    /// As [`TokenError`] says.
    pub(crate) async fn exchange(
        &self,
        installation: &Installation,
        informed: &Installation,
        rules: &OAuth2,
        code: Code<'_>,
    ) -> Result<TokenAnswer, TokenError> {
        let redirect_uri = self.bench.callback_url();
        let grant = Grant::Code {
            code: code.code,
            redirect_uri: &redirect_uri,
            verifier: code.verifier,
        };
        let now = self.bench.clock.now();
        self.ask(installation, oauth2_setup(informed, rules), grant, now)
            .await
    }

    /// Asks a token endpoint, once: by refresh token where there is one, else by the grant of the client.
    ///
    /// # Errors
    /// As [`TokenError`] says.
    pub(crate) async fn obtain(
        &self,
        installation: &Installation,
        former: Option<&OAuth2Token>,
        now: DateTime<Utc>,
    ) -> Result<TokenAnswer, TokenError> {
        let rules = installation
            .authentication
            .oauth2
            .as_ref()
            .ok_or(TokenError::NoRefreshToken)?;
        let password;
        let grant = match rules.kind {
            OAuth2Type::AuthorisationCode => {
                Grant::Refresh(former.ok_or(TokenError::NoRefreshToken)?)
            }
            OAuth2Type::ClientCredentials => Grant::Client,
            OAuth2Type::PasswordCredentials => {
                password = SecretString::from(installation.value("Password").unwrap_or_default());
                Grant::Password {
                    username: installation.value("Username").unwrap_or_default(),
                    password: &password,
                }
            }
        };
        self.ask(installation, oauth2_setup(installation, rules), grant, now)
            .await
    }

    async fn ask(
        &self,
        installation: &Installation,
        setup: OAuth2Setup<'_>,
        grant: Grant<'_>,
        now: DateTime<Utc>,
    ) -> Result<TokenAnswer, TokenError> {
        let context = installation.context(now);
        let storage = self.storage(installation);
        let script = FlowScript::new(&self.pipeline, flow(installation, &context, &storage))?;
        let client = OAuth2Client {
            http: &self.bench.client,
            setup,
            script: script.as_ref(),
        };
        // Boxed, since a script in the middle makes it large and most flows have none.
        Box::pin(client.token(grant, now)).await
    }

    fn storage(&self, installation: &Installation) -> Storage {
        Storage {
            store: self.bench.store.clone(),
            scope: installation.scope,
            of: installation.connector.id,
            cycle: None,
            identity: None,
        }
    }
}

fn flow<'a>(
    installation: &'a Installation,
    context: &'a velodrome_connector::call::Context,
    storage: &'a Storage,
) -> Flow<'a> {
    Flow {
        definition: installation.numbered.definition(),
        authentication: &installation.authentication,
        properties: &installation.properties,
        partner: installation.setup.properties(),
        context,
        storage,
    }
}

/// The OAuth 2.0 client of an installation.
fn oauth2_setup<'a>(installation: &'a Installation, rules: &'a OAuth2) -> OAuth2Setup<'a> {
    OAuth2Setup {
        rules,
        tls: installation.authentication.tls.as_ref(),
        client_id: installation.value(CLIENT_ID).unwrap_or_default(),
        client_secret: installation.secret(CLIENT_SECRET),
        scopes: installation.value(SCOPES),
        values: installation,
        user_agent: &installation.user_agent,
    }
}
