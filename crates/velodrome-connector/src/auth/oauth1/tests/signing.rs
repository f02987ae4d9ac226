//! What is signed and where it goes.

use super::*;

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
    assert_eq!(
        made("RSA-SHA1").unwrap_err(),
        SignError::Key(crate::KeyError::Blank)
    );
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
