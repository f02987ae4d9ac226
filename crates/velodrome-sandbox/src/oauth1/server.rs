//! Temporary and token credentials, and whether a request is properly signed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use serde::Serialize;

use super::request::SignedRequest;
use super::signature::{METHODS, equal, sign};
use crate::answer::Answer;
use crate::call::Call;
use crate::credentials::{real_secret_kind, refusal};
use crate::twin::Text;
use crate::world::World;

/// How far a client's clock may be off, and how long a nonce is remembered.
const TIMESTAMP_WINDOW: TimeDelta = TimeDelta::minutes(5);
const TEMPORARY_LIFE: TimeDelta = TimeDelta::minutes(10);

/// How one provider is set up.
pub(crate) struct OAuth1Settings {
    pub(crate) provider: Text,
    pub(crate) tenant_word: &'static str,
    /// Key and label of who can consent.
    pub(crate) tenants: &'static [(&'static str, &'static str)],
    /// Consumer keys and secrets. Signatures need the secret itself, so only these are known; a pair
    /// of a person's own choosing cannot be learned from a signature.
    pub(crate) consumers: Vec<(Text, Text)>,
    /// Tokens and their secrets that the first consumer holds from the start: made on a page of the
    /// provider rather than by the dance.
    pub(crate) tokens: Vec<(Text, Text)>,
    /// Whether consumers have registered the sandbox's RSA key, so that they sign with its private half.
    pub(crate) takes_rsa: bool,
}

/// A finished connection.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Connection {
    pub(crate) consumer_key: String,
    pub(crate) tenant: String,
    #[serde(skip)]
    secret: String,
}

/// Credentials on their way: requested, shown to the person, granted.
pub(super) struct Temporary {
    pub(super) consumer_key: String,
    pub(super) secret: String,
    pub(super) callback: String,
    pub(super) expires: DateTime<Utc>,
    pub(super) form: Option<Form>,
    pub(super) granted: Option<Granted>,
}

/// The page that waits for a decision.
pub(super) struct Form {
    pub(super) csrf: String,
    pub(super) browser: String,
}

/// The person's consent.
pub(super) struct Granted {
    pub(super) verifier: String,
    pub(super) tenant: String,
}

#[derive(Default)]
pub(super) struct Keys {
    pub(super) temporary: HashMap<String, Temporary>,
    connections: BTreeMap<String, Connection>,
    /// Nonces seen, by timestamp.
    nonces: BTreeMap<i64, HashSet<(String, String, String)>>,
}

/// One provider's OAuth 1.0a endpoints.
pub(crate) struct OAuth1Server {
    pub(super) settings: OAuth1Settings,
    pub(super) world: Arc<World>,
    pub(super) keys: Mutex<Keys>,
}

/// A refusal: 400 for a request that cannot be read, 401 for one that is not proven.
struct Refusal {
    status: u16,
    reason: String,
}

impl Refusal {
    fn bad(reason: impl Into<String>) -> Self {
        Self {
            status: 400,
            reason: reason.into(),
        }
    }

    fn unproven(reason: impl Into<String>) -> Self {
        Self {
            status: 401,
            reason: reason.into(),
        }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Answer::text(refusal.status, "text/plain; charset=utf-8", refusal.reason)
            .with("www-authenticate", "OAuth realm=\"sandbox\"")
    }
}

/// Whose secret signs besides the consumer's.
enum Signer<'a> {
    ConsumerAlone,
    Temporary(&'a str),
    Token(&'a str),
}

impl OAuth1Server {
    pub(crate) fn new(world: &Arc<World>, settings: OAuth1Settings) -> Self {
        let mut keys = Keys::default();
        if let Some((consumer, _)) = settings.consumers.first() {
            for (token, secret) in &settings.tokens {
                let connection = Connection {
                    consumer_key: consumer.clone().into_owned(),
                    tenant: settings.tenants[0].0.to_owned(),
                    secret: secret.clone().into_owned(),
                };
                keys.connections
                    .insert(token.clone().into_owned(), connection);
            }
        }
        Self {
            settings,
            world: world.clone(),
            keys: Mutex::new(keys),
        }
    }

    pub(crate) fn connections(&self) -> Vec<Connection> {
        self.keys.lock().connections.values().cloned().collect()
    }

    /// Temporary credentials (RFC 5849 §2.1).
    pub(crate) fn request_token(&self, call: &Call) -> Answer {
        self.try_request_token(call).unwrap_or_else(Answer::from)
    }

    /// Token credentials (RFC 5849 §2.3).
    pub(crate) fn access_token(&self, call: &Call) -> Answer {
        self.try_access_token(call).unwrap_or_else(Answer::from)
    }

    /// The connection that signed an API call, or the refusal.
    pub(crate) fn check(&self, call: &Call) -> Result<Connection, Answer> {
        self.try_check(call).map_err(Answer::from)
    }

    /// The consumer that signed a call without a token (two legs), or the refusal.
    pub(crate) fn check_consumer(&self, call: &Call) -> Result<String, Answer> {
        SignedRequest::read(call)
            .map_err(Refusal::unproven)
            .and_then(|request| self.verify(&request, &Signer::ConsumerAlone))
            .map_err(Answer::from)
    }

    fn try_request_token(&self, call: &Call) -> Result<Answer, Refusal> {
        let request = SignedRequest::read(call).map_err(Refusal::bad)?;
        let callback = request.required("oauth_callback").map_err(Refusal::bad)?;
        let absolute =
            url::Url::parse(callback).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
        if callback != "oob" && !absolute {
            return Err(Refusal::bad(
                "oauth_callback is neither an absolute address nor oob",
            ));
        }
        let consumer_key = self.verify(&request, &Signer::ConsumerAlone)?;
        let token = self.world.chance.token("tmp");
        let secret = self.world.chance.text(40);
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("oauth_token", &token)
            .append_pair("oauth_token_secret", &secret)
            .append_pair("oauth_callback_confirmed", "true")
            .finish();
        let temporary = Temporary {
            consumer_key,
            secret,
            callback: callback.to_owned(),
            expires: self.world.now() + TEMPORARY_LIFE,
            form: None,
            granted: None,
        };
        self.keys.lock().temporary.insert(token, temporary);
        Ok(Answer::text(200, "application/x-www-form-urlencoded", body)
            .with("cache-control", "no-store"))
    }

    fn try_access_token(&self, call: &Call) -> Result<Answer, Refusal> {
        let request = SignedRequest::read(call).map_err(Refusal::bad)?;
        let token = request.required("oauth_token").map_err(Refusal::bad)?;
        let verifier = request.required("oauth_verifier").map_err(Refusal::bad)?;
        let consumer_key = self.verify(&request, &Signer::Temporary(token))?;
        let mut keys = self.keys.lock();
        let fits = keys.temporary.get(token).is_some_and(|temporary| {
            temporary
                .granted
                .as_ref()
                .is_some_and(|granted| equal(&granted.verifier, verifier))
        });
        if !fits {
            return Err(Refusal::unproven(
                "the temporary credentials were not granted, or the verifier is wrong",
            ));
        }
        let granted = keys
            .temporary
            .remove(token)
            .and_then(|temporary| temporary.granted);
        let Some(granted) = granted else {
            return Err(Refusal::unproven("the temporary credentials are not known"));
        };
        let token = self.world.chance.token("tok");
        let secret = self.world.chance.text(40);
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("oauth_token", &token)
            .append_pair("oauth_token_secret", &secret)
            .finish();
        keys.connections.insert(
            token,
            Connection {
                consumer_key,
                tenant: granted.tenant,
                secret,
            },
        );
        Ok(Answer::text(200, "application/x-www-form-urlencoded", body)
            .with("cache-control", "no-store"))
    }

    fn try_check(&self, call: &Call) -> Result<Connection, Refusal> {
        let request = SignedRequest::read(call).map_err(Refusal::unproven)?;
        let token = request.required("oauth_token").map_err(Refusal::unproven)?;
        self.verify(&request, &Signer::Token(token))?;
        let connection = self.keys.lock().connections.get(token).cloned();
        connection.ok_or_else(|| Refusal::unproven("the token is not known"))
    }

    /// Checks everything that RFC 5849 §3.2 asks for; the consumer key when all is well.
    fn verify(&self, request: &SignedRequest, signer: &Signer<'_>) -> Result<String, Refusal> {
        let consumer_key = request
            .required("oauth_consumer_key")
            .map_err(Refusal::bad)?;
        if let Some(kind) = real_secret_kind(consumer_key) {
            return Err(Refusal::unproven(refusal(kind)));
        }
        if request
            .oauth
            .get("oauth_version")
            .is_some_and(|version| version != "1.0")
        {
            return Err(Refusal::bad("oauth_version is not 1.0"));
        }
        let method = request
            .required("oauth_signature_method")
            .map_err(Refusal::bad)?;
        let shown = request.required("oauth_signature").map_err(Refusal::bad)?;
        let consumer_secret = self
            .settings
            .consumers
            .iter()
            .find(|(key, _)| key == consumer_key)
            .map(|(_, secret)| secret)
            .ok_or_else(|| {
                Refusal::unproven(
                    "the consumer key is not known; the front page of the sandbox suggests one",
                )
            })?;
        let token_secret = self.token_secret(consumer_key, signer)?;
        let base = request.base_string();
        let fits = if self.settings.takes_rsa && method.starts_with("RSA-") {
            let signature = STANDARD.decode(shown).unwrap_or_default();
            self.world
                .keys
                .verifies(method, base.as_bytes(), &signature)
        } else {
            let expected =
                sign(method, &base, consumer_secret, &token_secret).ok_or_else(|| {
                    Refusal::bad(format!(
                        "the signature method {method:?} is not one of {}",
                        METHODS.join(", ")
                    ))
                })?;
            equal(&expected, shown)
        };
        if !fits {
            return Err(Refusal::unproven(format!(
                "the signature is wrong; the base string was {base}"
            )));
        }
        // After the signature, so that strangers cannot fill the table of nonces.
        if method != "PLAINTEXT" || request.oauth.get("oauth_timestamp").is_some() {
            self.check_freshness(request, consumer_key)?;
        }
        Ok(consumer_key.to_owned())
    }

    fn token_secret(&self, consumer_key: &str, signer: &Signer<'_>) -> Result<String, Refusal> {
        let now = self.world.now();
        let keys = self.keys.lock();
        let found = match signer {
            Signer::ConsumerAlone => return Ok(String::new()),
            Signer::Temporary(token) => keys
                .temporary
                .get(*token)
                .filter(|temporary| temporary.expires > now)
                .map(|temporary| (&temporary.consumer_key, &temporary.secret)),
            Signer::Token(token) => keys
                .connections
                .get(*token)
                .map(|connection| (&connection.consumer_key, &connection.secret)),
        };
        match found {
            Some((owner, secret)) if owner == consumer_key => Ok(secret.clone()),
            Some(_) => Err(Refusal::unproven("the token belongs to another consumer")),
            None => Err(Refusal::unproven(
                "the token is not known, was already used or has expired",
            )),
        }
    }

    fn check_freshness(&self, request: &SignedRequest, consumer_key: &str) -> Result<(), Refusal> {
        let timestamp: i64 = request
            .required("oauth_timestamp")
            .map_err(Refusal::bad)?
            .parse()
            .map_err(|_| Refusal::bad("oauth_timestamp is not a number of seconds"))?;
        let nonce = request.required("oauth_nonce").map_err(Refusal::bad)?;
        let now = self.world.now().timestamp();
        let window = TIMESTAMP_WINDOW.num_seconds();
        if timestamp.abs_diff(now) > window.unsigned_abs() {
            return Err(Refusal::unproven(
                "oauth_timestamp is more than five minutes off",
            ));
        }
        let token = request.oauth.get("oauth_token").unwrap_or_default();
        let mut keys = self.keys.lock();
        keys.nonces = keys.nonces.split_off(&(now - window));
        let fresh = keys.nonces.entry(timestamp).or_default().insert((
            consumer_key.to_owned(),
            token.to_owned(),
            nonce.to_owned(),
        ));
        if fresh {
            Ok(())
        } else {
            Err(Refusal::unproven(
                "oauth_nonce was already used with this timestamp",
            ))
        }
    }
}
