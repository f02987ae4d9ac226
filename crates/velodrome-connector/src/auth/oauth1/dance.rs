//! Three requests to a token (RFC 5849 §2): temporary credentials, the user's consent, the token.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::Map;
use url::Url;
use velodrome_model::{
    ExposeSecret, SecretString,
    definition::{ClientCertificate, MetadataSource, OAuth1},
};

use super::signer::{Once, SignError, Signer};
use crate::{
    auth::{
        credential::OAuth1Token,
        encoding::{append_query, form, form_pairs},
        identity::identity,
        metadata,
        unauthenticated::{BodyToSign, Unauthenticated},
        values::{SetupError, Values, merged_url, parameters},
    },
    call::Properties,
    egress::{self, EgressError, Redirects, Request, RequestBody},
};

const TIMEOUT: Duration = Duration::from_secs(30);
/// Token answers are a few hundred bytes.
const MAX_ANSWER: u64 = 1024 * 1024;

/// A consumer that can go through the dance.
#[derive(Clone, Copy)]
pub struct OAuth1Client<'a> {
    /// The way out.
    pub http: &'a egress::Client,
    /// The definition's rules.
    pub rules: &'a OAuth1,
    /// The certificate that is shown to the provider, where the definition has one.
    pub tls: Option<&'a ClientCertificate>,
    /// Signs with the consumer's keys.
    pub signer: &'a Signer,
    /// Values of mergefields.
    pub values: &'a Values<'a>,
    /// The partner's Application User Agent.
    pub user_agent: &'a str,
}

/// Temporary credentials, kept while the user is away.
#[derive(Clone, Debug)]
pub struct RequestToken {
    /// Comes back in the callback.
    pub token: SecretString,
    /// Signs the exchange.
    pub secret: SecretString,
}

/// The answer to the exchange.
#[derive(Clone, Debug)]
pub struct OAuth1Answer {
    /// The token to keep.
    pub token: OAuth1Token,
    /// Members that the definition makes properties.
    pub properties: Properties,
}

/// Why the dance stopped.
#[derive(Debug, thiserror::Error)]
pub enum OAuth1Error {
    /// The set-up does not suffice.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// A request could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// No answer.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// A no.
    #[error("the provider answered {status}{}", because(.problem))]
    Refused {
        /// Its status.
        status: StatusCode,
        /// `oauth_problem`, where it says what is wrong.
        problem: Option<String>,
    },
    /// A yes that cannot be used.
    #[error("the provider's answer lacks {0}")]
    Missing(String),
    /// RFC 5849 §2.1 demands it: without, the provider speaks OAuth 1.0, which is open to session
    /// fixation.
    #[error("the provider did not confirm the callback (oauth_callback_confirmed)")]
    CallbackNotConfirmed,
    /// The callback is not about the request that is waiting for it.
    #[error("the callback names another request token")]
    TokenMismatch,
    /// The user said no.
    #[error("the user did not consent{}", because(.0))]
    Denied(Option<String>),
}

impl OAuth1Error {
    /// Whether the same may well succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Egress(error) => error.is_transient(),
            Self::Refused { status, .. } => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::Setup(_)
            | Self::Sign(_)
            | Self::Missing(_)
            | Self::CallbackNotConfirmed
            | Self::TokenMismatch
            | Self::Denied(_) => false,
        }
    }
}

impl OAuth1Client<'_> {
    /// Asks for temporary credentials. `callback` is exactly the address the user comes back to.
    pub async fn request_token(
        &self,
        callback: &str,
        once: Once,
    ) -> Result<RequestToken, OAuth1Error> {
        let url = self.address(self.rules.request_token_url.as_deref(), "requestTokenUrl")?;
        let parameters = parameters(&self.rules.request_params, self.values)?;
        let answer = self
            .post(url, parameters, None, &[("oauth_callback", callback)], once)
            .await?;
        if answer.get("oauth_callback_confirmed") != Some("true") {
            return Err(OAuth1Error::CallbackNotConfirmed);
        }
        Ok(RequestToken {
            token: answer.required("oauth_token")?.into(),
            secret: answer.required("oauth_token_secret")?.into(),
        })
    }

    /// Where the user consents. The browser's address; `EGRESS_REWRITE` is the caller's to apply.
    pub fn authorise_url(&self, request: &RequestToken) -> Result<Url, OAuth1Error> {
        let mut url = self.address(self.rules.authorise_url.as_deref(), "authoriseUrl")?;
        let more = parameters(&self.rules.authorise_params, self.values)?;
        let token = [("oauth_token", request.token.expose_secret())];
        append_query(
            &mut url,
            token
                .into_iter()
                .chain(more.iter().map(|(n, v)| (n.as_str(), v.as_str()))),
        );
        Ok(url)
    }

    /// Exchanges the verifier of the callback for the token.
    pub async fn access_token(
        &self,
        request: &RequestToken,
        verifier: &str,
        once: Once,
    ) -> Result<OAuth1Answer, OAuth1Error> {
        let url = self.address(self.rules.access_token_url.as_deref(), "accessTokenUrl")?;
        let token = OAuth1Token {
            token: request.token.clone(),
            token_secret: request.secret.clone(),
            metadata: Map::new(),
        };
        let answer = self
            .post(
                url,
                Vec::new(),
                Some(&token),
                &[("oauth_verifier", verifier)],
                once,
            )
            .await?;
        let mut properties = Properties::new();
        for rule in &self.rules.metadata {
            let value = match rule.source {
                MetadataSource::TokenResponse => answer.get(&rule.from).map(str::to_owned),
                MetadataSource::TokenHeader => metadata::header(&answer.headers, &rule.from),
                MetadataSource::Callback
                | MetadataSource::RefreshResponse
                | MetadataSource::IdToken => {
                    continue;
                }
            };
            match value {
                Some(value) => {
                    properties.insert(rule.property.clone(), value.into());
                }
                None if rule.required => return Err(OAuth1Error::Missing(rule.from.clone())),
                None => {}
            }
        }
        let token = OAuth1Token {
            token: answer.required("oauth_token")?.into(),
            token_secret: answer.get("oauth_token_secret").unwrap_or_default().into(),
            metadata: Map::new(),
        };
        Ok(OAuth1Answer { token, properties })
    }

    fn address(&self, template: Option<&str>, key: &'static str) -> Result<Url, SetupError> {
        merged_url(template.ok_or(SetupError::NoAddress(key))?, self.values)
    }

    async fn post(
        &self,
        mut url: Url,
        mut parameters: Vec<(String, String)>,
        token: Option<&OAuth1Token>,
        extra: &[(&str, &str)],
        once: Once,
    ) -> Result<Answer, OAuth1Error> {
        let mut headers = HeaderMap::new();
        let unsigned = Unauthenticated {
            method: &Method::POST,
            url: &mut url,
            headers: &mut headers,
            body: BodyToSign::Form(&mut parameters),
        };
        self.signer.sign(unsigned, token, extra, once)?;
        let mut request = Request::new(Method::POST, url);
        if !self.user_agent.is_empty() {
            let agent =
                HeaderValue::try_from(self.user_agent).map_err(|_| SetupError::UserAgent)?;
            headers.insert(header::USER_AGENT, agent);
        }
        if !parameters.is_empty() {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            );
            let body = form(parameters.iter().map(|(n, v)| (n.as_str(), v.as_str())));
            request.body = RequestBody::from(body);
        }
        request.headers = headers;
        request.identity = match self.tls {
            Some(tls) => Some(identity(tls, self.values)?),
            None => None,
        };
        request.timeout = TIMEOUT;
        request.max_response = MAX_ANSWER;
        request.redirects = Redirects::Never;
        let answer = self.http.send(request).await?;
        let (status, headers) = (answer.status, answer.headers.clone());
        let body = answer.bytes().await?;
        let answer = Answer::read(headers, &body);
        if status.is_success() {
            return Ok(answer);
        }
        let problem = answer.get("oauth_problem").map(metadata::readable);
        Err(OAuth1Error::Refused { status, problem })
    }
}

/// Reads the callback: the verifier, if it belongs to the request token that waits for it.
pub fn read_callback(
    parameters: &[(String, String)],
    waiting: &RequestToken,
) -> Result<SecretString, OAuth1Error> {
    let get = |wanted: &str| {
        parameters
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    // Providers agree on how to say yes, not on how to say no.
    if let Some(reason) = get("oauth_problem").or_else(|| get("error")) {
        return Err(OAuth1Error::Denied(Some(metadata::readable(reason))));
    }
    if get("denied").is_some() {
        return Err(OAuth1Error::Denied(None));
    }
    let token = get("oauth_token").ok_or_else(|| OAuth1Error::Missing("oauth_token".into()))?;
    if token != waiting.token.expose_secret() {
        return Err(OAuth1Error::TokenMismatch);
    }
    let verifier = get("oauth_verifier").filter(|text| !text.is_empty());
    Ok(verifier
        .ok_or_else(|| OAuth1Error::Missing("oauth_verifier".into()))?
        .into())
}

/// A form answer.
struct Answer {
    headers: HeaderMap,
    pairs: Vec<(String, String)>,
}

impl Answer {
    fn read(headers: HeaderMap, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let pairs = form_pairs(text.trim())
            .filter_map(|(name, value)| {
                Some((
                    String::from_utf8(name).ok()?,
                    String::from_utf8(value).ok()?,
                ))
            })
            .collect();
        Self { headers, pairs }
    }

    fn get(&self, wanted: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    }

    fn required(&self, wanted: &str) -> Result<&str, OAuth1Error> {
        self.get(wanted)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| OAuth1Error::Missing(wanted.to_owned()))
    }
}

fn because(problem: &Option<String>) -> String {
    problem
        .as_ref()
        .map(|problem| format!(": {problem}"))
        .unwrap_or_default()
}
