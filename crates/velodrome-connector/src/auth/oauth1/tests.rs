//! Signing and the dance, checked by a provider's own reading of the requests.

use std::collections::BTreeMap;

use http::{HeaderMap, Method, header::AUTHORIZATION};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;
use velodrome_model::{
    ExposeSecret,
    definition::{OAuth1, SignatureMethod},
};

use super::{
    OAuth1Client, OAuth1Error, Once, RequestToken, SignError, Signer, read_callback,
    signature::{base_string, sign},
};
use crate::{
    auth::{BodyToSign, OAuth1Token, Unauthenticated, ValuesFn},
    egress::test_server::{Server, Turn, answer, local_client},
};

fn rules(definition: Value) -> OAuth1 {
    serde_json::from_value(definition).unwrap()
}

fn once() -> Once {
    Once {
        now: "2030-01-01T00:00:00Z".parse().unwrap(),
        nonce: [0xab; 16],
    }
}

fn token(text: &str) -> OAuth1Token {
    OAuth1Token {
        token: text.into(),
        token_secret: "t&secret".into(),
        metadata: serde_json::Map::new(),
    }
}

fn signer(definition: Value) -> Signer {
    Signer::new(
        &rules(definition),
        "ck",
        "c secret".into(),
        &ValuesFn(|_: &str| None),
    )
    .unwrap()
}

/// Reads the parameters of an Authorization header as a provider does.
fn header_parameters(header: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    header
        .strip_prefix("OAuth ")
        .unwrap()
        .split(", ")
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decode(name), decode(value.trim_matches('"'))))
        .collect()
}

/// What a provider computes from a request and the secrets it knows.
fn expected(
    method: &Method,
    url: &Url,
    parameters: &BTreeMap<String, String>,
    form: &[(String, String)],
) -> String {
    let protocol = parameters
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "realm" | "oauth_signature"))
        .map(|(n, v)| (n.as_str(), v.as_str()));
    let base = base_string(
        method,
        url,
        protocol.chain(form.iter().map(|(n, v)| (n.as_str(), v.as_str()))),
    );
    sign(
        SignatureMethod::HmacSha1,
        &base,
        &"c secret".into(),
        Some(&"t&secret".into()),
    )
    .unwrap()
}

#[test]
fn the_header_carries_the_protocol_and_a_signature_over_everything_else() {
    let token = token("a token");
    let mut url = Url::parse("https://a.example/r?q=1&q=%2B").unwrap();
    let mut headers = HeaderMap::new();
    let mut form = vec![("f".to_owned(), "x y".to_owned())];

    signer(json!({"realm": "Re\"alm"}))
        .sign(
            Unauthenticated {
                method: &Method::POST,
                url: &mut url,
                headers: &mut headers,
                body: BodyToSign::Form(&mut form),
            },
            Some(&token),
            &[],
            once(),
        )
        .unwrap();

    let header = headers[AUTHORIZATION].to_str().unwrap();
    assert!(headers[AUTHORIZATION].is_sensitive());
    assert!(
        header.starts_with("OAuth realm=\"Re\\\"alm\", oauth_consumer_key=\"ck\", "),
        "{header}"
    );
    let parameters = header_parameters(header);
    assert_eq!(parameters["oauth_token"], "a token");
    assert_eq!(parameters["oauth_nonce"], "ab".repeat(16));
    assert_eq!(parameters["oauth_timestamp"], "1893456000");
    assert_eq!(parameters["oauth_version"], "1.0");
    assert_eq!(
        parameters["oauth_signature"],
        expected(&Method::POST, &url, &parameters, &form)
    );
    assert_eq!(url.as_str(), "https://a.example/r?q=1&q=%2B");
    assert_eq!(form.len(), 1);
}

#[test]
fn the_protocol_may_travel_in_query_or_form() {
    let mut url = Url::parse("https://a.example/r?q=1").unwrap();
    let mut headers = HeaderMap::new();
    signer(json!({"transport": "Query"}))
        .sign(
            Unauthenticated {
                method: &Method::GET,
                url: &mut url,
                headers: &mut headers,
                body: BodyToSign::Empty,
            },
            None,
            &[],
            once(),
        )
        .unwrap();
    assert!(
        url.query()
            .unwrap()
            .starts_with("q=1&oauth_consumer_key=ck&"),
        "{url}"
    );
    assert!(url.query().unwrap().contains("&oauth_signature="), "{url}");
    assert!(headers.is_empty());

    let mut url = Url::parse("https://a.example/r").unwrap();
    let mut form = vec![("f".to_owned(), "x".to_owned())];
    let body = signer(json!({"transport": "Body"}));
    body.sign(
        Unauthenticated {
            method: &Method::POST,
            url: &mut url,
            headers: &mut headers,
            body: BodyToSign::Form(&mut form),
        },
        None,
        &[],
        once(),
    )
    .unwrap();
    assert_eq!(form.last().unwrap().0, "oauth_signature");
    assert!(headers.is_empty() && url.query().is_none());

    body.sign(
        Unauthenticated {
            method: &Method::GET,
            url: &mut url,
            headers: &mut headers,
            body: BodyToSign::Empty,
        },
        None,
        &[],
        once(),
    )
    .unwrap();
    assert!(
        headers.contains_key(AUTHORIZATION),
        "there is no form to put it into"
    );
}

#[test]
fn a_body_hash_covers_what_the_signature_does_not() {
    let hash = |method: &str, body: BodyToSign<'_>| {
        let mut headers = HeaderMap::new();
        let mut url = Url::parse("https://a.example/r").unwrap();
        signer(json!({"bodyHash": true, "signatureMethod": method}))
            .sign(
                Unauthenticated {
                    method: &Method::POST,
                    url: &mut url,
                    headers: &mut headers,
                    body,
                },
                None,
                &[],
                once(),
            )
            .map(|()| {
                header_parameters(headers[AUTHORIZATION].to_str().unwrap())
                    .remove("oauth_body_hash")
            })
    };

    assert_eq!(
        hash("HMAC-SHA1", BodyToSign::Bytes(b"Hello World!")),
        Ok(Some("Lve95gjOVATpfV8EL5X4nxwjKHE=".to_owned()))
    );
    assert_eq!(
        hash("HMAC-SHA1", BodyToSign::Empty),
        Ok(Some("2jmj7l5rSw0yVb/vlWAYkK/YBwk=".to_owned()))
    );
    assert_eq!(
        hash("HMAC-SHA256", BodyToSign::Empty),
        Ok(Some(
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".to_owned()
        ))
    );
    assert_eq!(
        hash("HMAC-SHA1", BodyToSign::Form(&mut Vec::new())),
        Ok(None)
    );
    assert_eq!(hash("PLAINTEXT", BodyToSign::Bytes(b"x")), Ok(None));
    assert_eq!(
        hash("HMAC-SHA1", BodyToSign::Stream),
        Err(SignError::Stream)
    );
}

#[test]
fn a_property_overrides_the_signature_method() {
    let made = |text: &'static str| {
        let values =
            ValuesFn(move |name: &str| (name == "SignatureMethod").then(|| text.to_owned()));
        Signer::new(&rules(json!({})), "ck", "cs".into(), &values).map(|signer| {
            let mut headers = HeaderMap::new();
            let mut url = Url::parse("https://a.example/").unwrap();
            signer
                .sign(
                    Unauthenticated {
                        method: &Method::GET,
                        url: &mut url,
                        headers: &mut headers,
                        body: BodyToSign::Empty,
                    },
                    None,
                    &[],
                    once(),
                )
                .unwrap();
            header_parameters(headers[AUTHORIZATION].to_str().unwrap())
                .remove("oauth_signature_method")
        })
    };

    assert_eq!(
        made(" hmac-sha512 ").unwrap().as_deref(),
        Some("HMAC-SHA512")
    );
    assert_eq!(made("").unwrap().as_deref(), Some("HMAC-SHA1"));
    assert_eq!(made("RSA-SHA1").unwrap_err(), SignError::Rsa);
    assert_eq!(
        made("MD5").unwrap_err(),
        SignError::UnknownMethod("MD5".into())
    );
}

#[test]
fn an_authorization_header_that_is_there_stays() {
    let mut headers = HeaderMap::from_iter([(AUTHORIZATION, "mine".parse().unwrap())]);
    let mut url = Url::parse("https://a.example/").unwrap();

    signer(json!({}))
        .sign(
            Unauthenticated {
                method: &Method::GET,
                url: &mut url,
                headers: &mut headers,
                body: BodyToSign::Empty,
            },
            None,
            &[],
            once(),
        )
        .unwrap();

    assert_eq!(headers[AUTHORIZATION], "mine");
}

proptest! {
    #[test]
    fn a_provider_computes_the_same_signature_from_what_arrives(
        query in proptest::collection::vec((any::<String>(), any::<String>()), 0..4),
        form in proptest::collection::vec(("[^\u{0}]{1,8}", any::<String>()), 0..4),
        token in "[ -~]{1,20}",
    ) {
        let mut url = Url::parse("https://a.example/p").unwrap();
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(&query);
        }
        let mut form = form;
        let token = self::token(&token);
        let mut headers = HeaderMap::new();

        signer(json!({}))
            .sign(Unauthenticated { method: &Method::PUT, url: &mut url, headers: &mut headers, body: BodyToSign::Form(&mut form) }, Some(&token), &[], once())
            .unwrap();

        let parameters = header_parameters(headers[AUTHORIZATION].to_str().unwrap());
        prop_assert_eq!(parameters["oauth_token"].as_str(), token.token.expose_secret());
        prop_assert_eq!(&parameters["oauth_signature"], &expected(&Method::PUT, &url, &parameters, &form));
    }
}

/// A three-legged definition whose endpoints are one server.
struct Dance {
    server: Server,
    rules: OAuth1,
}

const CALLBACK: &str = "https://velodrome.example/connector/callback";

impl Dance {
    async fn new(turn: Turn) -> Self {
        let server = Server::start(vec![turn]).await;
        let rules = rules(json!({
            "requestTokenUrl": "{{BaseUrl}}/request_token", "authoriseUrl": "{{BaseUrl}}/authorize?a=1",
            "accessTokenUrl": "{{BaseUrl}}/access_token", "requestParams": {"expiration": "never"},
            "authoriseParams": {"scope": "read write"},
            "metadata": [{"source": "TokenResponse", "from": "user_id", "property": "UserId", "required": true}],
        }));
        Self { server, rules }
    }

    async fn run<T>(
        &self,
        step: impl AsyncFnOnce(OAuth1Client<'_>) -> Result<T, OAuth1Error>,
    ) -> Result<T, OAuth1Error> {
        let base = format!("http://{}", self.server.address);
        let values = ValuesFn(move |name: &str| (name == "BaseUrl").then(|| base.clone()));
        let signer = Signer::new(&self.rules, "ck", "c secret".into(), &values)?;
        let http = local_client();
        step(OAuth1Client {
            http: &http,
            rules: &self.rules,
            signer: &signer,
            values: &values,
            user_agent: "Velodrome/1",
        })
        .await
    }
}

fn waiting() -> RequestToken {
    RequestToken {
        token: "rt".into(),
        secret: "t&secret".into(),
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn the_dance_leads_to_a_token() {
    let confirmed = "oauth_token=rt&oauth_token_secret=t%26secret&oauth_callback_confirmed=true";
    let mut first = Dance::new(answer(200, FORM, confirmed)).await;
    let request = first
        .run(async |client| client.request_token(CALLBACK, once()).await)
        .await
        .unwrap();
    assert_eq!(
        (
            request.token.expose_secret(),
            request.secret.expose_secret()
        ),
        ("rt", "t&secret")
    );
    let asked = first.server.asked().await;
    assert!(
        asked.starts_with("POST /request_token ") && asked.ends_with("expiration=never"),
        "{asked}"
    );
    let header = asked
        .lines()
        .find_map(|line| line.strip_prefix("authorization: "))
        .unwrap();
    assert_eq!(header_parameters(header)["oauth_callback"], CALLBACK);

    let consent = first
        .run(async |client| client.authorise_url(&request))
        .await
        .unwrap();
    assert_eq!(
        consent.query(),
        Some("a=1&oauth_token=rt&scope=read%20write")
    );

    let back = [("oauth_token", "rt"), ("oauth_verifier", "v1")]
        .map(|(n, v)| (n.to_owned(), v.to_owned()));
    let verifier = read_callback(&back, &request).unwrap();

    let mut second = Dance::new(answer(
        200,
        FORM,
        "oauth_token=at&oauth_token_secret=ats&user_id=7",
    ))
    .await;
    let got = second
        .run(async |client| {
            client
                .access_token(&request, verifier.expose_secret(), once())
                .await
        })
        .await
        .unwrap();
    assert_eq!(got.token.token.expose_secret(), "at");
    assert_eq!(got.token.token_secret.expose_secret(), "ats");
    assert_eq!(got.properties["UserId"].expose_secret(), "7");
    let asked = second.server.asked().await;
    let header = asked
        .lines()
        .find_map(|line| line.strip_prefix("authorization: "))
        .unwrap();
    let parameters = header_parameters(header);
    assert_eq!(parameters["oauth_verifier"], "v1");
    assert_eq!(
        parameters["oauth_signature"],
        expected(
            &Method::POST,
            &second.server.url("/access_token"),
            &parameters,
            &[]
        )
    );
}

#[tokio::test]
async fn a_provider_that_does_not_confirm_the_callback_is_not_trusted() {
    let dance = Dance::new(answer(200, FORM, "oauth_token=rt&oauth_token_secret=s")).await;

    let error = dance
        .run(async |client| client.request_token(CALLBACK, once()).await)
        .await
        .unwrap_err();

    assert!(
        matches!(error, OAuth1Error::CallbackNotConfirmed),
        "{error:?}"
    );
}

#[tokio::test]
async fn refusals_and_lacking_answers_are_told_apart() {
    let refused = Dance::new(answer(401, FORM, "oauth_problem=signature_invalid")).await;
    let error = refused
        .run(async |client| client.request_token(CALLBACK, once()).await)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the provider answered 401 Unauthorized: signature_invalid"
    );
    assert!(!error.is_transient());

    let down = Dance::new(answer(502, "text/html", "<html>")).await;
    let error = down
        .run(async |client| client.access_token(&waiting(), "v", once()).await)
        .await
        .unwrap_err();
    assert!(error.is_transient(), "{error:?}");

    let lacking = Dance::new(answer(200, FORM, "oauth_token=at&oauth_token_secret=s")).await;
    let error = lacking
        .run(async |client| client.access_token(&waiting(), "v", once()).await)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, OAuth1Error::Missing(name) if name == "user_id"),
        "{error:?}"
    );
}

#[test]
fn a_callback_must_be_for_the_token_that_waits() {
    let read = |query: &str| {
        let parameters: Vec<_> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        read_callback(&parameters, &waiting()).map(|verifier| verifier.expose_secret().to_owned())
    };

    assert_eq!(read("oauth_token=rt&oauth_verifier=v").unwrap(), "v");
    assert!(matches!(
        read("oauth_token=other&oauth_verifier=v"),
        Err(OAuth1Error::TokenMismatch)
    ));
    assert!(matches!(
        read("oauth_token=rt"),
        Err(OAuth1Error::Missing(_))
    ));
    assert!(matches!(read("denied=rt"), Err(OAuth1Error::Denied(None))));
    assert!(matches!(
        read("oauth_problem=user_refused"),
        Err(OAuth1Error::Denied(Some(_)))
    ));
}
