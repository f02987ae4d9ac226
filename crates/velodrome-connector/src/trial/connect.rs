//! From values to an account connector that is ready to call.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use chrono::DateTime;
use chrono_tz::Tz;
use serde_json::{Map, Value, json};
use url::Url;
use velodrome_model::{
    AccountConnectorId, ExposeSecret, SecretString, SharedClock,
    definition::{
        AuthType, Authentication, ConnectorDefinition, Method, OAuth1Flow, OAuth2, OAuth2Type,
    },
    location::Location,
    redact::Redactor,
};

use super::{inputs::Inputs, renew::Held, storage::Stores};
use crate::{
    auth::{
        BasicCredential, Credential, FixedCredential, OAuth2Token, ValuesFn,
        oauth1::{self, OAuth1Client, Once, Signer, token_of_properties},
        oauth2::{self, Grant, OAuth2Client, OAuth2Setup, Verifier},
    },
    call::{
        Call, CallError, Context, Flow, FlowScript, Mode, Patience, Pipeline, Properties, Reply,
        Scripting, Values,
    },
    egress::{Client, Redirects, Request},
    rate_limit::RateLimiter,
};

/// Where a provider sends the browser back to; nobody listens there.
const CALLBACK: &str = "http://127.0.0.1:8080/connector/callback";
const USER_AGENT: &str = "Velodrome";

/// Somebody who consents in a browser's place.
#[async_trait]
pub trait Consent: Send + Sync {
    /// Opens the provider's consent page, allows, and gives the parameters with which the browser comes
    /// back.
    ///
    /// # Errors
    /// Why there is no consent.
    async fn allow(&self, page: Url) -> Result<Vec<(String, String)>, String>;
}

/// A consent page that allows at once, as the sandbox's does when it is told to: only its redirect is read.
pub struct AtOnce(pub Client);

#[async_trait]
impl Consent for AtOnce {
    async fn allow(&self, page: Url) -> Result<Vec<(String, String)>, String> {
        let mut request = Request::new(http::Method::GET, page);
        request.redirects = Redirects::Never;
        let answer = self.0.send(request).await.map_err(text)?;
        let back = answer
            .headers
            .get(http::header::LOCATION)
            .and_then(|location| location.to_str().ok())
            .and_then(|location| location.parse::<Url>().ok())
            .ok_or_else(|| {
                format!(
                    "the consent page answered {} and no way back",
                    answer.status
                )
            })?;
        Ok(back.query_pairs().into_owned().collect())
    }
}

/// The way to the provider.
#[derive(Clone)]
pub struct Way<'a> {
    /// The egress client.
    pub client: Client,
    /// Time.
    pub clock: SharedClock,
    /// Who consents; without one, tokens of a consent have to be given.
    pub consent: Option<&'a dyn Consent>,
}

/// A definition with a credential and properties, ready to be called.
pub struct Connection<'a> {
    pub(super) definition: &'a ConnectorDefinition,
    pub(super) authentication: &'a Authentication,
    pub(super) inputs: &'a Inputs,
    way: Way<'a>,
    pipeline: Pipeline,
    signer: Option<Signer>,
    credential: Mutex<Arc<Credential>>,
    properties: Mutex<Properties>,
    stores: Stores,
    /// Ids that lists have shown, by method and location.
    pub(super) shown: Mutex<HashMap<(String, String), Value>>,
    /// Ids of records that this trial has made, by the address where they were made.
    pub(super) made: Mutex<HashMap<String, Value>>,
}

impl<'a> Connection<'a> {
    /// Authenticates, and runs the lookup that follows an installation.
    ///
    /// # Errors
    /// Why it can't be done, without any of the values.
    pub async fn open(
        definition: &'a ConnectorDefinition,
        inputs: &'a Inputs,
        way: Way<'a>,
    ) -> Result<Self, String> {
        let authentication = inputs.authentication_of(definition).map_err(text)?;
        let limiter = Arc::new(RateLimiter::new());
        let pipeline = Pipeline::new(way.client.clone(), limiter, Arc::clone(&way.clock));
        let mut connection = Self {
            definition,
            authentication,
            inputs,
            way,
            pipeline,
            signer: None,
            credential: Mutex::default(),
            properties: Mutex::new(given_properties(definition, authentication, inputs)),
            stores: Stores::default(),
            shown: Mutex::default(),
            made: Mutex::default(),
        };
        let credential = match connection.authenticate().await {
            Ok(credential) => credential,
            Err(reason) => return Err(connection.told(&reason)),
        };
        connection.hold(credential);
        connection.log_in().await?;
        Ok(connection)
    }

    /// The definition.
    pub fn definition(&self) -> &'a ConnectorDefinition {
        self.definition
    }

    /// The authentication in use.
    pub fn authentication(&self) -> &'a Authentication {
        self.authentication
    }

    /// Calls a method.
    ///
    /// # Errors
    /// Why it failed, with the redacted exchange.
    pub async fn call(
        &self,
        method: &Method,
        parameters: &Map<String, Value>,
        fields: &Map<String, Value>,
    ) -> Result<Reply, String> {
        let outcome = self.try_call(method, parameters, fields, None).await;
        outcome.map_err(|error| self.explain(&error))
    }

    /// A failure in words, with the exchange and without any of the values.
    pub(super) fn explain(&self, error: &CallError) -> String {
        let exchange = error.exchange().map(ToString::to_string);
        let exchange = exchange.unwrap_or_default().replace("\r\n", "\n");
        self.told(format!("{error}\n{exchange}").trim())
    }

    /// The same with another credential than its own.
    pub(super) async fn try_call(
        &self,
        method: &Method,
        parameters: &Map<String, Value>,
        fields: &Map<String, Value>,
        other: Option<Credential>,
    ) -> Result<Reply, CallError> {
        let context = context(&method.category);
        let properties = self.properties();
        let partner = Properties::new();
        let call = Call {
            definition: self.definition,
            method,
            authentication: self.authentication,
            values: Values {
                parameters,
                fields,
                properties: &properties,
                partner: &partner,
                sparse: false,
            },
            context: &context,
            signer: self.signer.as_ref(),
            mode: Mode::AllPages,
            patience: Patience::Unbounded,
            journal: None,
            scripting: Scripting {
                storage: Some(&self.stores),
                ..Scripting::default()
            },
        };
        match other {
            Some(other) => {
                self.pipeline
                    .call(&call, &FixedCredential::from(other))
                    .await
            }
            None => self.pipeline.call(&call, &Held(self)).await,
        }
    }

    /// Text without any of the values.
    pub(super) fn told(&self, text: &str) -> String {
        let properties = self.properties();
        let credential = self.credential();
        let held = Redactor::new(properties.values().chain(credential.secrets()));
        held.text(&self.inputs.redactor().text(text)).into_owned()
    }

    pub(super) fn credential(&self) -> Arc<Credential> {
        let held = self
            .credential
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&held)
    }

    pub(super) fn hold(&self, credential: Credential) {
        *self
            .credential
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(credential);
    }

    pub(super) fn properties(&self) -> Properties {
        let held = self
            .properties
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    fn keep(&self, found: Properties) {
        let mut held = self
            .properties
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        held.extend(found);
    }

    /// Runs `postInstallPropertyLookup` and keeps what it finds.
    pub(super) async fn log_in(&self) -> Result<(), String> {
        let lookup = &self.definition.post_install_property_lookup;
        let Some(method) = lookup
            .as_deref()
            .and_then(|key| self.definition.method(key))
        else {
            return Ok(());
        };
        let (nothing, credential) = (Map::new(), self.credential());
        // With the credential as it is: a lookup that needs a session can't be the one that brings it.
        let reply = self
            .try_call(method, &nothing, &nothing, Some((*credential).clone()))
            .await
            .map_err(|error| format!("{}: {}", method.key, self.explain(&error)))?;
        let body = reply
            .body
            .into_value()
            .map_err(|error| self.explain(&error))?;
        let mut found = Properties::new();
        for field in &method.response.fields {
            let location: Location = field.connector_field.parse().map_err(text)?;
            let named = field.system_field.as_ref().filter(|name| {
                let mut parameters = self.definition.parameters.iter();
                parameters.any(|parameter| parameter.target_name == **name)
            });
            if let (Some(name), Some(value)) = (named, location.first(&body)) {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                found.insert(name.clone(), value.into());
            }
        }
        self.keep(found);
        Ok(())
    }

    async fn authenticate(&mut self) -> Result<Credential, String> {
        let authentication = self.authentication;
        let value = |name: &str| self.inputs.value(authentication, name);
        let needed = |name: &str| {
            let field = authentication.fields.get(name);
            match value(name) {
                Some(value) => Ok(value),
                None if field.is_some_and(|field| field.optional) => Ok(String::new()),
                None => Err(format!("{name} is needed; give it")),
            }
        };
        Ok(match authentication.kind {
            AuthType::None => Credential::None,
            AuthType::ApiKey => Credential::ApiKey(needed("ApiKey")?.into()),
            AuthType::Basic => Credential::Basic(BasicCredential {
                username: needed("Username")?,
                password: value("Password").unwrap_or_default().into(),
            }),
            AuthType::AuthFields => Credential::AuthFields(
                authentication
                    .auth_fields
                    .iter()
                    .filter_map(|field| Some((field.name.clone(), value(&field.name)?.into())))
                    .collect(),
            ),
            AuthType::OAuth1 => {
                let (signer, credential) = self.dance().await?;
                self.signer = Some(signer);
                credential
            }
            AuthType::OAuth2 => self.first_token().await?,
        })
    }

    async fn dance(&self) -> Result<(Signer, Credential), String> {
        let rules = self.authentication.oauth1.as_ref();
        let rules = rules.ok_or("the definition says nothing about OAuth 1.0a")?;
        let known = self.known();
        let values = ValuesFn(move |name: &str| known.get(name).cloned());
        let value = |name: &str| self.inputs.value(self.authentication, name);
        let client_id = value("ClientId").ok_or("ClientId is needed; give it")?;
        let secret = value("ClientSecret").unwrap_or_default().into();
        let signer = Signer::new(rules, client_id, secret, &values).map_err(text)?;
        if rules.flow == OAuth1Flow::TwoLegged {
            return Ok((signer, Credential::None));
        }
        if let Some(token) = token_of_properties(&values).map_err(text)? {
            return Ok((signer, Credential::OAuth1(token)));
        }
        if rules.flow == OAuth1Flow::TokenBased {
            return Err("Token and TokenSecret are needed; give them".to_owned());
        }
        let consent = self.way.consent;
        let consent =
            consent.ok_or("a person has to consent; give Token and TokenSecret of a consent")?;
        let client = OAuth1Client {
            http: &self.way.client,
            rules,
            tls: self.authentication.tls.as_ref(),
            signer: &signer,
            values: &values,
            user_agent: USER_AGENT,
        };
        let waiting = client
            .request_token(CALLBACK, self.once(1))
            .await
            .map_err(text)?;
        let page = client.authorise_url(&waiting).map_err(text)?;
        let back = consent.allow(page).await?;
        let verifier = oauth1::read_callback(&back, &waiting).map_err(text)?;
        let answer = client
            .access_token(&waiting, verifier.expose_secret(), self.once(2))
            .await
            .map_err(text)?;
        self.keep(answer.properties);
        Ok((signer, Credential::OAuth1(answer.token)))
    }

    fn once(&self, nonce: u8) -> Once {
        Once {
            now: self.way.clock.now(),
            nonce: [nonce; 16],
        }
    }

    /// The token that was given, or one of a grant.
    async fn first_token(&self) -> Result<Credential, String> {
        let value = |name: &str| self.inputs.value(self.authentication, name);
        let given = OAuth2Token {
            access_token: value("AccessToken").map(Into::into),
            refresh_token: value("RefreshToken").map(Into::into),
            ..OAuth2Token::default()
        };
        if given.refresh_token.is_some() {
            return self.renewed_token(&given).await;
        }
        if given.access_token.is_some() {
            return Ok(Credential::OAuth2(given));
        }
        let rules = self.oauth2()?;
        if rules.kind != OAuth2Type::AuthorisationCode {
            return self.renewed_token(&given).await;
        }
        let consent = self.way.consent.ok_or(
            "a person has to consent; give AccessToken, or RefreshToken with ClientId and ClientSecret",
        )?;
        let verifier = Verifier::from_random([7; 48]);
        let back = consent.allow(self.authorise_page(&verifier).await?).await?;
        let code = oauth2::read_callback(rules, &back).map_err(text)?;
        self.keep(oauth2::callback_properties(rules, &back).map_err(text)?);
        let grant = Grant::Code {
            code: &code,
            redirect_uri: CALLBACK,
            verifier: &verifier,
        };
        let token = self.token(grant).await?;
        // A fresh token is no better than a renewed one: go on with what a refresh brings.
        if token.refresh_token.is_some() {
            return self.renewed_token(&token).await;
        }
        Ok(Credential::OAuth2(token))
    }

    /// A newer token: by its refresh token, or by the grant again.
    pub(super) async fn renewed_token(&self, stale: &OAuth2Token) -> Result<Credential, String> {
        let kind = self.oauth2()?.kind;
        let value = |name: &str| self.inputs.value(self.authentication, name);
        let (username, password) = (value("Username"), value("Password").unwrap_or_default());
        let (username, password) = (username.unwrap_or_default(), SecretString::from(password));
        let grant = match kind {
            _ if stale.refresh_token.is_some() => Grant::Refresh(stale),
            OAuth2Type::ClientCredentials => Grant::Client,
            OAuth2Type::PasswordCredentials => Grant::Password {
                username: &username,
                password: &password,
            },
            OAuth2Type::AuthorisationCode => {
                return Err("the token has ended and there is no refresh token".to_owned());
            }
        };
        Ok(Credential::OAuth2(self.token(grant).await?))
    }

    /// The provider's consent page, as the connector's script leaves its address.
    async fn authorise_page(&self, verifier: &Verifier) -> Result<Url, String> {
        const STATE: &str = "the-state";
        let kept = self.kept();
        let page = kept
            .client(self)?
            .setup
            .authorise_url(CALLBACK, STATE, verifier)
            .map_err(text)?;
        match kept.script(self)? {
            Some(script) => script.authorise(page, STATE).await.map_err(text),
            None => Ok(page),
        }
    }

    /// A token of a grant; the connector's script takes part.
    async fn token(&self, grant: Grant<'_>) -> Result<OAuth2Token, String> {
        let kept = self.kept();
        let script = kept.script(self)?;
        let client = OAuth2Client {
            script: script.as_ref(),
            ..kept.client(self)?
        };
        let answer = Box::pin(client.token(grant, self.way.clock.now()))
            .await
            .map_err(text)?;
        self.keep(answer.properties);
        Ok(answer.token)
    }

    fn oauth2(&self) -> Result<&'a OAuth2, String> {
        let rules = self.authentication.oauth2.as_ref();
        rules.ok_or_else(|| "the definition says nothing about OAuth 2.0".to_owned())
    }

    fn kept(&self) -> Kept {
        let known = self.known();
        let value = |name: &str| self.inputs.value(self.authentication, name);
        Kept {
            values: ValuesFn(Box::new(move |name: &str| known.get(name).cloned())),
            client_id: value("ClientId").unwrap_or_default(),
            secret: value("ClientSecret").map(SecretString::from),
            scopes: value("Scopes"),
            context: context(""),
            properties: self.properties(),
            partner: Properties::new(),
        }
    }

    /// Everything that mergefields of the protocols may name: credentials, properties, and the defaults
    /// of those that nobody gave.
    fn known(&self) -> HashMap<String, String> {
        let defaults = self.definition.parameters.iter().filter_map(|parameter| {
            let default = parameter.default_value.as_ref()?.as_str()?.to_owned();
            Some((parameter.target_name.clone(), default))
        });
        let mut known: HashMap<String, String> = defaults.collect();
        let given = self.inputs.values.iter().chain(&self.inputs.properties);
        for (name, value) in given {
            known.insert(name.clone(), value.expose_secret().to_owned());
        }
        for (name, value) in &self.properties() {
            known.insert(name.clone(), value.expose_secret().to_owned());
        }
        // Defaults hold mergefields one level deep.
        let flat = known.clone();
        for value in known.values_mut().filter(|value| value.contains("{{")) {
            for (name, other) in &flat {
                *value = value.replace(&format!("{{{{{name}}}}}"), other);
            }
        }
        known
    }
}

/// Finds the value of a name.
type Find = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What an OAuth 2.0 client and its script borrow while they ask for a token.
struct Kept {
    values: ValuesFn<Find>,
    client_id: String,
    secret: Option<SecretString>,
    scopes: Option<String>,
    context: Context,
    properties: Properties,
    partner: Properties,
}

impl Kept {
    fn script<'k>(
        &'k self,
        connection: &'k Connection<'_>,
    ) -> Result<Option<FlowScript<'k>>, String> {
        let flow = Flow {
            definition: connection.definition,
            authentication: connection.authentication,
            properties: &self.properties,
            partner: &self.partner,
            context: &self.context,
            storage: &connection.stores,
        };
        FlowScript::new(&connection.pipeline, flow).map_err(text)
    }

    fn client<'k>(&'k self, connection: &'k Connection<'_>) -> Result<OAuth2Client<'k>, String> {
        Ok(OAuth2Client {
            http: &connection.way.client,
            setup: OAuth2Setup {
                rules: connection.oauth2()?,
                tls: connection.authentication.tls.as_ref(),
                client_id: &self.client_id,
                client_secret: self.secret.as_ref(),
                scopes: self.scopes.as_deref(),
                values: &self.values,
                user_agent: USER_AGENT,
            },
            script: None,
        })
    }
}

/// What was given under the names of parameters, and credentials that mergefields may name.
fn given_properties(
    definition: &ConnectorDefinition,
    authentication: &Authentication,
    inputs: &Inputs,
) -> Properties {
    let named = definition
        .parameters
        .iter()
        .map(|parameter| parameter.target_name.as_str())
        .chain(authentication.fields.keys().map(String::as_str))
        .chain(["Token", "TokenSecret"]);
    named
        .filter_map(|name| {
            let given = inputs
                .properties
                .get(name)
                .or_else(|| inputs.values.get(name));
            Some((name.to_owned(), given?.clone()))
        })
        .collect()
}

fn context(object: &str) -> Context {
    let mergefields = [
        ("Cyclr_Webhook_Url", "http://127.0.0.1:9/api/webhook/trial"),
        ("CyclrObjectName", object),
        ("CycleId", "cycle"),
        ("TransactionId", "transaction"),
    ];
    Context {
        account_connector: AccountConnectorId(1),
        account_id: "account".into(),
        account_external_id: "account".into(),
        zone: Tz::UTC,
        user_agent: USER_AGENT.into(),
        last_successful_run: DateTime::UNIX_EPOCH,
        mergefields: mergefields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect(),
    }
}

pub(super) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
