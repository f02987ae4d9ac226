//! RSA methods, and definitions whose token was made elsewhere.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::*;
use crate::{
    auth::oauth1::token_of_properties,
    keys::{
        RsaHash, RsaKey,
        samples::{rsa_pem, rsa_pkcs1_pem},
    },
};

fn sign_with(definition: Value, values: &crate::auth::Values<'_>) -> Result<String, SignError> {
    let signer = Signer::new(&rules(definition), "ck", "c secret".into(), values)?;
    let mut url = Url::parse("https://123.restlets.example/app?script=1&deploy=2").unwrap();
    let mut headers = HeaderMap::new();
    let mut form = vec![("name".to_owned(), "a b".to_owned())];
    let token = token_of_properties(values)?;
    signer.sign(
        Unauthenticated {
            method: &Method::POST,
            url: &mut url,
            headers: &mut headers,
            body: BodyToSign::Form(&mut form),
        },
        token.as_ref(),
        &[],
        once(),
    )?;
    Ok(headers[AUTHORIZATION].to_str().unwrap().to_owned())
}

/// The base string that a provider builds from what arrived.
fn base_of(header: &str) -> String {
    let url = Url::parse("https://123.restlets.example/app?script=1&deploy=2").unwrap();
    let parameters = header_parameters(header);
    let protocol = parameters
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "realm" | "oauth_signature"))
        .map(|(n, v)| (n.as_str(), v.as_str()));
    base_string(&Method::POST, &url, protocol.chain([("name", "a b")]))
}

#[test]
fn rsa_methods_sign_with_the_private_key_of_the_set_up() {
    let hashes = [
        ("RSA-SHA1", RsaHash::Sha1),
        ("RSA-SHA256", RsaHash::Sha256),
        ("RSA-SHA512", RsaHash::Sha512),
    ];
    for (method, hash) in hashes {
        for (property, definition) in [
            ("PrivateKey", json!({"signatureMethod": method})),
            (
                "SigningKey",
                json!({"signatureMethod": method, "key": "{{SigningKey}}"}),
            ),
        ] {
            for key in [rsa_pem(), rsa_pkcs1_pem()] {
                let text = key.clone();
                let values = ValuesFn(move |name: &str| (name == property).then(|| text.clone()));

                let header = sign_with(definition.clone(), &values).unwrap();

                let parameters = header_parameters(&header);
                assert_eq!(parameters["oauth_signature_method"], method);
                let expected = RsaKey::read(&key)
                    .unwrap()
                    .sign(hash, base_of(&header).as_bytes())
                    .unwrap();
                assert_eq!(parameters["oauth_signature"], STANDARD.encode(expected));
            }
        }
    }
}

#[test]
fn an_rsa_definition_without_a_usable_key_says_so() {
    let with = |key: &'static str| {
        let values = ValuesFn(move |name: &str| (name == "PrivateKey").then(|| key.to_owned()));
        let failed = sign_with(json!({"signatureMethod": "RSA-SHA1"}), &values);
        failed.unwrap_err().to_string()
    };

    assert_eq!(
        with(" "),
        "the private key cannot be used: the private key is blank; enter it as PEM text"
    );
    assert_eq!(
        with("-----BEGIN CERTIFICATE-----\naGk=\n-----END CERTIFICATE-----"),
        "the private key cannot be used: the PEM text holds no private key"
    );
}

/// NetSuite's token-based authentication: a realm, SHA-256, and a token that somebody pasted.
#[test]
fn a_token_made_elsewhere_signs_with_a_realm_that_is_not_signed() {
    let values = ValuesFn(|name: &str| match name {
        "Token" => Some("a token".to_owned()),
        "TokenSecret" => Some("t&secret".to_owned()),
        "AccountId" => Some("123_SB1".to_owned()),
        _ => None,
    });
    for (method, name) in [
        (SignatureMethod::HmacSha256, "HMAC-SHA256"),
        (SignatureMethod::HmacSha512, "HMAC-SHA512"),
        (SignatureMethod::Plaintext, "PLAINTEXT"),
    ] {
        let definition = json!({
            "flow": "TokenBased", "signatureMethod": name, "realm": "{{AccountId}}",
        });

        let header = sign_with(definition, &values).unwrap();

        assert!(header.starts_with("OAuth realm=\"123_SB1\", "), "{header}");
        let parameters = header_parameters(&header);
        assert_eq!(parameters["oauth_token"], "a token");
        assert!(!base_of(&header).contains("123_SB1"));
        let expected = sign(
            method,
            &base_of(&header),
            &"c secret".into(),
            Some(&"t&secret".into()),
            None,
        );
        assert_eq!(Ok(&parameters["oauth_signature"]), expected.as_ref());
    }
}
