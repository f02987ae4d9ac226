//! Signed assertions, read as a provider reads them.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use indexmap::IndexMap;

use super::*;
use crate::{
    KeyError,
    auth::oauth2::AssertionError,
    keys::samples::{curve_pem, rsa_pem, rsa_public},
};

type Pairs = IndexMap<String, String>;

fn pairs(asked: &str) -> Pairs {
    let (_, body) = asked.split_once("\r\n\r\n").unwrap();
    url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect()
}

/// Header and claims of a token whose signature is good.
fn verified(
    token: &str,
    algorithm: &'static dyn VerificationAlgorithm,
    public: &[u8],
) -> (Value, Value) {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    UnparsedPublicKey::new(algorithm, public)
        .verify(signed.as_bytes(), &signature)
        .unwrap();
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    (read(header), read(claims))
}

#[tokio::test]
async fn a_client_proves_itself_with_a_signed_assertion() {
    let (curve, curve_public) = curve_pem(&ECDSA_P256_SHA256_FIXED_SIGNING);
    let rsa = rsa_public();
    let table: [(Value, String, &'static dyn VerificationAlgorithm, &[u8]); 3] = [
        (
            json!({"key": "{{PrivateKey}}"}),
            rsa_pem(),
            &RSA_PKCS1_2048_8192_SHA256,
            &rsa,
        ),
        (
            json!({"key": "{{PrivateKey}}", "algorithm": "PS256", "headers": {"kid": "{{Tenant}}-1"}}),
            rsa_pem(),
            &RSA_PSS_2048_8192_SHA256,
            &rsa,
        ),
        (
            json!({"key": "{{PrivateKey}}", "algorithm": "ES256", "lifetimeSeconds": 3600}),
            curve,
            &ECDSA_P256_SHA256_FIXED,
            &curve_public,
        ),
    ];
    let mut seen = Vec::new();
    for (assertion, key, algorithm, public) in table {
        let rules = json!({"clientAuth": "private_key_jwt", "assertion": assertion});
        let mut case = Case::new(rules, fine()).await;
        case.key = key;

        case.token(Grant::Client).await.unwrap();

        let sent = pairs(&case.server.asked().await);
        assert_eq!(sent["client_id"], "client:1");
        assert_eq!(
            sent["client_assertion_type"],
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        assert!(!sent.contains_key("client_secret"));
        let (header, claims) = verified(&sent["client_assertion"], algorithm, public);
        let wanted = assertion["algorithm"].as_str().unwrap_or("RS256");
        assert_eq!(header["alg"], wanted);
        assert_eq!(header["typ"], "JWT");
        if !assertion["headers"].is_null() {
            assert_eq!(header["kid"], "acme-1");
        }
        assert_eq!(claims["iss"], "client:1");
        assert_eq!(claims["sub"], "client:1");
        assert_eq!(claims["aud"], case.rules.access_token_url);
        assert_eq!(claims["iat"], now().timestamp());
        assert_eq!(
            claims["exp"],
            now().timestamp() + 300,
            "five minutes at most"
        );
        seen.push(claims["jti"].as_str().unwrap().to_owned());
    }
    seen.dedup();
    assert_eq!(seen.len(), 3, "each assertion has an id of its own");
}

#[tokio::test]
async fn a_service_account_asks_with_an_assertion_as_its_grant() {
    let rules = json!({
        "type": "ClientCredentials", "clientAuth": "none",
        "grantType": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": {
            "key": "{{PrivateKey}}", "issuer": "robot@{{Tenant}}.example", "subject": "{{Nobody}}",
            "audience": "https://a.example/token", "lifetimeSeconds": 3600,
            "claims": {"scope": "read {{Tenant}}", "nested": {"to": "{{Tenant}}"}, "gone": "{{Nobody}}"},
        },
    });
    let mut case = Case::new(rules, fine()).await;
    // As it stands in a key file in JSON.
    case.key = rsa_pem().replace('\n', "\\n");
    case.client_id = "";

    case.token(Grant::Client).await.unwrap();

    let sent = pairs(&case.server.asked().await);
    assert_eq!(
        sent["grant_type"],
        "urn:ietf:params:oauth:grant-type:jwt-bearer"
    );
    assert!(!sent.contains_key("client_id"), "{sent:?}");
    let (_, mut claims) = verified(
        &sent["assertion"],
        &RSA_PKCS1_2048_8192_SHA256,
        &rsa_public(),
    );
    claims.as_object_mut().unwrap().remove("jti");
    let issued = now().timestamp();
    assert_eq!(
        claims,
        json!({
            "iss": "robot@acme.example", "aud": "https://a.example/token", "iat": issued,
            "exp": issued + 3600, "scope": "read acme", "nested": {"to": "acme"},
        })
    );
}

#[tokio::test]
async fn another_grant_passes_through_with_the_parameters_of_the_definition() {
    let rules = json!({
        "type": "ClientCredentials",
        "grantType": "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "tokenParams": {"assertion": "{{Tenant}}-saml"},
    });
    let mut case = Case::new(rules, fine()).await;

    case.token(Grant::Client).await.unwrap();

    let sent = pairs(&case.server.asked().await);
    assert_eq!(
        sent["grant_type"],
        "urn:ietf:params:oauth:grant-type:saml2-bearer"
    );
    assert_eq!(sent["assertion"], "acme-saml");
}

#[tokio::test]
async fn a_key_that_cannot_sign_is_a_matter_of_the_set_up_and_nothing_is_sent() {
    for (assertion, wanted) in [
        (
            json!({"key": "{{PrivateKey}}"}),
            AssertionError::Key(KeyError::Blank),
        ),
        (
            json!({"key": "{{Tenant}}"}),
            AssertionError::Key(KeyError::Pem),
        ),
        (Value::Null, AssertionError::Missing),
    ] {
        let mut rules = json!({"clientAuth": "private_key_jwt"});
        if !assertion.is_null() {
            rules["assertion"] = assertion;
        }
        let case = Case::new(rules, fine()).await;

        let error = case.token(Grant::Client).await.unwrap_err();

        assert_eq!(error.failure(), Failure::Configuration);
        assert!(
            matches!(&error, TokenError::Assertion(fault) if *fault == wanted),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn revocation_is_proven_as_to_the_token_endpoint() {
    let rules = json!({"clientAuth": "private_key_jwt", "assertion": {"key": "{{PrivateKey}}"}});
    let mut case = Case::new(rules, answer(200, "text/plain", "")).await;
    let http = local_client();
    let values = ValuesFn(|_: &str| Some(rsa_pem()));
    let client = OAuth2Client {
        http: &http,
        setup: case.setup(&values),
        script: None,
    };

    client
        .revoke(&former("r1"), TokenHint::Refresh, now())
        .await
        .unwrap();

    let sent = pairs(&case.server.asked().await);
    let token = &sent["client_assertion"];
    let (_, claims) = verified(token, &RSA_PKCS1_2048_8192_SHA256, &rsa_public());
    assert_eq!(claims["aud"], case.rules.access_token_url);
    assert_eq!(sent["token"], "r1");
}
