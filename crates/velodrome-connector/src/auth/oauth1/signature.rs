//! The signature itself (RFC 5849 §3.4).

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use url::Url;
use velodrome_model::{ExposeSecret, SecretString, definition::SignatureMethod};

use crate::{
    auth::encoding::{form_pairs, strict, strict_bytes},
    keys::{KeyError, RsaHash, RsaKey},
};

/// Name of a signature method as it stands in `oauth_signature_method`.
pub(super) fn name(method: SignatureMethod) -> &'static str {
    match method {
        SignatureMethod::HmacSha1 => "HMAC-SHA1",
        SignatureMethod::HmacSha256 => "HMAC-SHA256",
        SignatureMethod::HmacSha512 => "HMAC-SHA512",
        SignatureMethod::RsaSha1 => "RSA-SHA1",
        SignatureMethod::RsaSha256 => "RSA-SHA256",
        SignatureMethod::RsaSha512 => "RSA-SHA512",
        SignatureMethod::Plaintext => "PLAINTEXT",
    }
}

/// The text that is signed: verb, address without query, all parameters sorted.
///
/// `parameters` are the protocol's and those of a form body; those of the query come from the URL.
pub(super) fn base_string<'a>(
    method: &Method,
    url: &Url,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut pairs: Vec<(String, String)> = form_pairs(url.query().unwrap_or_default())
        .map(|(name, value)| (strict_bytes(&name), strict_bytes(&value)))
        .chain(
            parameters
                .into_iter()
                .map(|(name, value)| (strict(name).into(), strict(value).into())),
        )
        .collect();
    pairs.sort_unstable();
    let mut normalised = String::new();
    for (name, value) in &pairs {
        if !normalised.is_empty() {
            normalised.push('&');
        }
        normalised.push_str(name);
        normalised.push('=');
        normalised.push_str(value);
    }
    let mut address = url.clone();
    address.set_query(None);
    address.set_fragment(None);
    format!(
        "{}&{}&{}",
        method.as_str(),
        strict(address.as_str()),
        strict(&normalised)
    )
}

/// The signature. The RSA methods sign with `private_key` and need no secrets, the others the reverse.
pub(super) fn sign(
    method: SignatureMethod,
    base: &str,
    consumer_secret: &SecretString,
    token_secret: Option<&SecretString>,
    private_key: Option<&RsaKey>,
) -> Result<String, KeyError> {
    if let Some(hash) = rsa_hash(method) {
        let key = private_key.ok_or(KeyError::Blank)?;
        return Ok(STANDARD.encode(key.sign(hash, base.as_bytes())?));
    }
    let token_secret = token_secret
        .map(|secret| secret.expose_secret())
        .unwrap_or_default();
    let key = format!(
        "{}&{}",
        strict(consumer_secret.expose_secret()),
        strict(token_secret)
    );
    Ok(match method {
        SignatureMethod::HmacSha1 => hmac::<Hmac<Sha1>>(&key, base),
        SignatureMethod::HmacSha256 => hmac::<Hmac<Sha256>>(&key, base),
        SignatureMethod::HmacSha512 => hmac::<Hmac<Sha512>>(&key, base),
        // The RSA methods have returned above.
        SignatureMethod::Plaintext
        | SignatureMethod::RsaSha1
        | SignatureMethod::RsaSha256
        | SignatureMethod::RsaSha512 => key,
    })
}

/// The hash that an RSA method signs; none for the other methods.
pub(super) fn rsa_hash(method: SignatureMethod) -> Option<RsaHash> {
    match method {
        SignatureMethod::RsaSha1 => Some(RsaHash::Sha1),
        SignatureMethod::RsaSha256 => Some(RsaHash::Sha256),
        SignatureMethod::RsaSha512 => Some(RsaHash::Sha512),
        SignatureMethod::HmacSha1
        | SignatureMethod::HmacSha256
        | SignatureMethod::HmacSha512
        | SignatureMethod::Plaintext => None,
    }
}

/// `oauth_body_hash` with the hash of the signature method; PLAINTEXT has none.
pub(super) fn body_hash(method: SignatureMethod, body: &[u8]) -> Option<String> {
    match method {
        SignatureMethod::HmacSha1 | SignatureMethod::RsaSha1 => {
            Some(STANDARD.encode(Sha1::digest(body)))
        }
        SignatureMethod::HmacSha256 | SignatureMethod::RsaSha256 => {
            Some(STANDARD.encode(Sha256::digest(body)))
        }
        SignatureMethod::HmacSha512 | SignatureMethod::RsaSha512 => {
            Some(STANDARD.encode(Sha512::digest(body)))
        }
        SignatureMethod::Plaintext => None,
    }
}

fn hmac<M: Mac + KeyInit>(key: &str, base: &str) -> String {
    let mut mac =
        <M as KeyInit>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(base.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5849 §3.4.1.1: a query with odd encodings, a form body, a repeated name.
    #[test]
    fn the_base_string_of_the_rfc_example() {
        let url =
            Url::parse("http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b").unwrap();
        let parameters = [
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
            ("c2", ""),
            ("a3", "2 q"),
        ];

        let base = base_string(&Method::POST, &url, parameters);

        assert_eq!(
            base,
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D\
             %25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3\
             e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk\
             9d7dh3k39sjv7"
        );
    }

    /// The three requests of RFC 5849 §1.2.
    #[test]
    fn the_signatures_of_the_rfc_walk_through() {
        let consumer = SecretString::from("kd94hf93k423kf44");
        let common = [
            ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
            ("oauth_signature_method", "HMAC-SHA1"),
        ];
        type Parameters = &'static [(&'static str, &'static str)];
        let table: [(Method, &str, Parameters, Option<&str>, &str); 3] = [
            (
                Method::POST,
                "https://photos.example.net/initiate",
                &[
                    ("oauth_timestamp", "137131200"),
                    ("oauth_nonce", "wIjqoS"),
                    ("oauth_callback", "http://printer.example.com/ready"),
                ],
                None,
                "74KNZJeDHnMBp0EMJ9ZHt/XKycU=",
            ),
            (
                Method::POST,
                "https://photos.example.net/token",
                &[
                    ("oauth_token", "hh5s93j4hdidpola"),
                    ("oauth_timestamp", "137131201"),
                    ("oauth_nonce", "walatlh"),
                    ("oauth_verifier", "hfdp7dh39dks9884"),
                ],
                Some("hdhd0244k9j7ao03"),
                "gKgrFCywp7rO0OXSjdot/IHF7IU=",
            ),
            (
                Method::GET,
                "http://photos.example.net/photos?file=vacation.jpg&size=original",
                &[
                    ("oauth_token", "nnch734d00sl2jdk"),
                    ("oauth_timestamp", "137131202"),
                    ("oauth_nonce", "chapoH"),
                ],
                Some("pfkkdhi9sl3r4s00"),
                "MdpQcU8iPSUjWoN/UDMsK2sui9I=",
            ),
        ];
        for (method, url, parameters, token_secret, wanted) in table {
            let url = Url::parse(url).unwrap();
            let base = base_string(
                &method,
                &url,
                common.into_iter().chain(parameters.iter().copied()),
            );
            let token_secret = token_secret.map(SecretString::from);

            let signature = sign(
                SignatureMethod::HmacSha1,
                &base,
                &consumer,
                token_secret.as_ref(),
                None,
            );

            assert_eq!(signature.as_deref(), Ok(wanted), "{url}");
        }
    }

    #[test]
    fn plaintext_is_the_two_secrets_encoded_twice_by_the_transport_only() {
        let signature = sign(
            SignatureMethod::Plaintext,
            "",
            &"a b&".into(),
            Some(&"c".into()),
            None,
        );

        assert_eq!(signature.as_deref(), Ok("a%20b%26&c"));
    }

    #[test]
    fn a_port_other_than_the_usual_one_is_signed() {
        let url = Url::parse("https://Example.com:8443/r%20v/X?id=123").unwrap();

        let base = base_string(&Method::GET, &url, []);

        assert_eq!(
            base,
            "GET&https%3A%2F%2Fexample.com%3A8443%2Fr%2520v%2FX&id%3D123"
        );
    }
}
