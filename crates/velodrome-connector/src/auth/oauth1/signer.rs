//! Putting the signature on a request (RFC 5849 §3.1, §3.5).

use std::fmt::Write;

use chrono::{DateTime, Utc};
use http::{HeaderValue, header::AUTHORIZATION};
use serde_json::Map;
use velodrome_model::{
    ExposeSecret, SecretString,
    definition::{OAuth1, OAuth1Transport, SignatureMethod},
};

use super::signature::{base_string, body_hash, name, rsa_hash, sign};
use crate::{
    auth::{
        credential::OAuth1Token,
        encoding::{append_query, strict},
        unauthenticated::{BodyToSign, Unauthenticated},
        values::{SetupError, Values, merged, named},
    },
    keys::{KeyError, RsaKey},
};

/// Who signs, and how.
#[derive(Clone, Debug)]
pub struct Signer {
    consumer_key: String,
    consumer_secret: SecretString,
    method: SignatureMethod,
    transport: OAuth1Transport,
    realm: Option<String>,
    hash_body: bool,
    /// Of the RSA methods.
    private_key: Option<RsaKey>,
}

/// What makes a signed request unlike any other.
#[derive(Clone, Copy, Debug)]
pub struct Once {
    /// Now.
    pub now: DateTime<Utc>,
    /// 128 random bits.
    pub nonce: [u8; 16],
}

/// Why a request could not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// A property asks for something we do not know.
    #[error("the property SignatureMethod is {0:?}, which is not a signature method")]
    UnknownMethod(String),
    /// The private key of an RSA method.
    #[error("the private key cannot be used: {0}")]
    Key(#[from] KeyError),
    /// The set-up does not suffice.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// A body hash needs the whole body.
    #[error("a streamed body cannot be signed with oauth_body_hash")]
    Stream,
    /// Keys with line breaks and the like.
    #[error("the consumer key, token or realm contains characters that no header can carry")]
    Unsendable,
}

impl Signer {
    /// The signer of a definition. A property `SignatureMethod` overrides the definition's method. The RSA
    /// methods take the definition's `key`, or else the value `PrivateKey`.
    pub fn new(
        rules: &OAuth1,
        consumer_key: impl Into<String>,
        consumer_secret: SecretString,
        values: &Values<'_>,
    ) -> Result<Self, SignError> {
        let method = match named("SignatureMethod", values)? {
            Some(text) => method_named(&text)?,
            None => rules.signature_method,
        };
        let private_key = match rsa_hash(method) {
            Some(_) => Some(private_key(rules, values)?),
            None => None,
        };
        let realm = match &rules.realm {
            Some(realm) => Some(merged(realm, values)?),
            None => None,
        };
        Ok(Self {
            consumer_key: consumer_key.into(),
            consumer_secret,
            method,
            transport: rules.transport,
            realm: realm.filter(|realm| !realm.is_empty()),
            hash_body: rules.body_hash,
            private_key,
        })
    }

    /// Signs a finished request, with the account's token where there is one. `extra` are further
    /// `oauth_…` parameters of the dance.
    ///
    /// An `Authorization` header that is already there stays, as everywhere. Parameters for the form
    /// body go into the header when the body is no form (RFC 5849 §3.5.2 leaves no other place).
    pub fn sign(
        &self,
        request: Unauthenticated<'_>,
        token: Option<&OAuth1Token>,
        extra: &[(&str, &str)],
        once: Once,
    ) -> Result<(), SignError> {
        let Unauthenticated {
            method,
            url,
            headers,
            mut body,
        } = request;
        let into_header = match self.transport {
            OAuth1Transport::Header => true,
            OAuth1Transport::Query => false,
            OAuth1Transport::Body => !matches!(body, BodyToSign::Form(_)),
        };
        if into_header && headers.contains_key(AUTHORIZATION) {
            return Ok(());
        }
        let timestamp = once.now.timestamp().to_string();
        let nonce = hex(once.nonce);
        let mut protocol = vec![
            ("oauth_consumer_key", self.consumer_key.as_str()),
            ("oauth_signature_method", name(self.method)),
            ("oauth_timestamp", &timestamp),
            ("oauth_nonce", &nonce),
            ("oauth_version", "1.0"),
        ];
        if let Some(token) = token {
            protocol.push(("oauth_token", token.token.expose_secret()));
        }
        protocol.extend_from_slice(extra);
        let hash = self.hash_of(&body)?;
        if let Some(hash) = &hash {
            protocol.push(("oauth_body_hash", hash));
        }

        let form: &[(String, String)] = match &body {
            BodyToSign::Form(pairs) => pairs,
            BodyToSign::Empty | BodyToSign::Bytes(_) | BodyToSign::Stream => &[],
        };
        let in_form = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let base = base_string(method, url, protocol.iter().copied().chain(in_form));
        let token_secret = token.map(|token| &token.token_secret);
        let signature = sign(
            self.method,
            &base,
            &self.consumer_secret,
            token_secret,
            self.private_key.as_ref(),
        )?;
        protocol.push(("oauth_signature", &signature));

        match &mut body {
            _ if into_header => {
                headers.insert(AUTHORIZATION, self.header(&protocol)?);
            }
            BodyToSign::Form(pairs) if self.transport == OAuth1Transport::Body => {
                pairs.extend(
                    protocol
                        .into_iter()
                        .map(|(n, v)| (n.to_owned(), v.to_owned())),
                );
            }
            _ => append_query(url, protocol),
        }
        Ok(())
    }

    /// Forms never carry a hash: their pairs are signed themselves.
    fn hash_of(&self, body: &BodyToSign<'_>) -> Result<Option<String>, SignError> {
        match body {
            _ if !self.hash_body => Ok(None),
            BodyToSign::Form(_) => Ok(None),
            BodyToSign::Empty => Ok(body_hash(self.method, b"")),
            BodyToSign::Bytes(bytes) => Ok(body_hash(self.method, bytes)),
            BodyToSign::Stream => Err(SignError::Stream),
        }
    }

    fn header(&self, protocol: &[(&str, &str)]) -> Result<HeaderValue, SignError> {
        let mut text = String::from("OAuth ");
        if let Some(realm) = &self.realm {
            let quoted = realm.replace('\\', "\\\\").replace('"', "\\\"");
            let _ = write!(text, "realm=\"{quoted}\", ");
        }
        for (position, (name, value)) in protocol.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}{}=\"{}\"", strict(name), strict(value));
        }
        let mut value = HeaderValue::try_from(text).map_err(|_| SignError::Unsendable)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// The token of a TokenBased definition: the properties `Token` and `TokenSecret`; none while the first
/// is blank.
pub fn token_of_properties(values: &Values<'_>) -> Result<Option<OAuth1Token>, SetupError> {
    let Some(token) = named("Token", values)? else {
        return Ok(None);
    };
    Ok(Some(OAuth1Token {
        token: token.into(),
        token_secret: named("TokenSecret", values)?.unwrap_or_default().into(),
        metadata: Map::new(),
    }))
}

fn private_key(rules: &OAuth1, values: &Values<'_>) -> Result<RsaKey, SignError> {
    let text = match &rules.key {
        Some(template) => Some(merged(template, values)?),
        None => named("PrivateKey", values)?,
    };
    let text = SecretString::from(text.unwrap_or_default());
    Ok(RsaKey::read(text.expose_secret())?)
}

fn method_named(text: &str) -> Result<SignatureMethod, SignError> {
    [
        SignatureMethod::HmacSha1,
        SignatureMethod::HmacSha256,
        SignatureMethod::HmacSha512,
        SignatureMethod::RsaSha1,
        SignatureMethod::RsaSha256,
        SignatureMethod::RsaSha512,
        SignatureMethod::Plaintext,
    ]
    .into_iter()
    .find(|method| name(*method).eq_ignore_ascii_case(text))
    .ok_or_else(|| SignError::UnknownMethod(text.to_owned()))
}

fn hex(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}
