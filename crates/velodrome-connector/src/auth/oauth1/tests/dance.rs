//! The way to a token.

use super::*;

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
            tls: None,
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
