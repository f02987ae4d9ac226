//! One test for each row of connectors.md §9.8: what the provider is peculiar about can be said in a
//! definition, and arrives on the wire.

use velodrome_model::{SecretString, definition::Authentication};

use super::*;
use crate::{
    auth::{
        BasicCredential, OAuth1Token, ValuesFn,
        oauth1::{OAuth1Client, OAuth1Error, Once, RequestToken, read_callback},
        oauth2::{
            Grant, OAuth2Client, OAuth2Setup, TokenAnswer, TokenError, Verifier,
            callback_properties, read_callback as read_code,
        },
    },
    egress::{
        Client, test_server,
        test_tls::{Authority, OK},
    },
    keys::samples::rsa_pem,
};

const REDIRECT: &str = "https://velodrome.example/connector/callback";

fn now() -> DateTime<Utc> {
    StoppedClock.now()
}

fn verifier() -> Verifier {
    Verifier::from_kept("v".repeat(64).into())
}

/// What a provider was asked for a token with, and what was made of its answer.
struct Asked {
    request: String,
    answer: Result<TokenAnswer, TokenError>,
    authentication: Authentication,
}

impl Asked {
    fn body(&self) -> &str {
        self.request.split_once("\r\n\r\n").unwrap().1
    }

    fn parameters(&self) -> indexmap::IndexMap<String, String> {
        url::form_urlencoded::parse(self.body().as_bytes())
            .into_owned()
            .collect()
    }

    fn properties(&self) -> indexmap::IndexMap<&str, &str> {
        use velodrome_model::ExposeSecret;
        let answer = self.answer.as_ref().unwrap();
        let pairs = answer.properties.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.expose_secret()))
            .collect()
    }
}

fn oauth2_of(rules: Value) -> Value {
    let mut all = json!({
        "type": "AuthorisationCode", "authoriseUrl": "http://{host}/authorize",
        "accessTokenUrl": "http://{host}/token",
    });
    merge(&mut all, rules);
    json!({"key": "oauth", "type": "OAuth2", "oauth2": all})
}

fn read(definition: &Value, host: &str) -> Authentication {
    serde_json::from_str(&definition.to_string().replace("{host}", host)).unwrap()
}

/// Runs something with the client of an authentication; `{host}` is `host`.
async fn with_client<T>(
    http: &Client,
    authentication: &Authentication,
    values: &[(&str, &str)],
    step: impl AsyncFnOnce(OAuth2Client<'_>) -> T,
) -> T {
    let values: Vec<(String, String)> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let source = ValuesFn(move |wanted: &str| {
        let found = values.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.clone())
    });
    let secret = SecretString::from("secret");
    step(OAuth2Client {
        http,
        setup: OAuth2Setup {
            rules: authentication.oauth2.as_ref().unwrap(),
            tls: authentication.tls.as_ref(),
            client_id: "app",
            client_secret: Some(&secret),
            scopes: None,
            values: &source,
            user_agent: "Velodrome",
        },
        script: None,
    })
    .await
}

async fn token(rules: Value, values: &[(&str, &str)], grant: Grant<'_>, turn: Turn) -> Asked {
    let mut server = Server::start(vec![turn]).await;
    let authentication = read(&oauth2_of(rules), &server.address.to_string());
    let client = local_client();
    let answer = with_client(&client, &authentication, values, async |client| {
        client.token(grant, now()).await
    })
    .await;
    Asked {
        request: server.asked().await,
        answer,
        authentication,
    }
}

async fn code_token(rules: Value, turn: Turn) -> Asked {
    let (code, verifier) = ("the-code".into(), verifier());
    let grant = Grant::Code {
        code: &code,
        redirect_uri: REDIRECT,
        verifier: &verifier,
    };
    token(rules, &[], grant, turn).await
}

/// Names and values of the authorise address.
async fn authorise(
    rules: Value,
    values: &[(&str, &str)],
) -> (String, indexmap::IndexMap<String, String>) {
    let authentication = read(&oauth2_of(rules), "a.example");
    let client = local_client();
    let url = with_client(&client, &authentication, values, async |client| {
        client.setup.authorise_url(REDIRECT, "state", &verifier())
    })
    .await
    .unwrap();
    let pairs = url.query_pairs().into_owned().collect();
    (url.host_str().unwrap().to_owned(), pairs)
}

fn a_token(more: Value) -> Turn {
    let mut body = json!({"access_token": "at"});
    merge(&mut body, more);
    ok(body)
}

fn bearer(token: &str) -> FixedCredential {
    FixedCredential::from(Credential::OAuth2(OAuth2Token {
        access_token: Some(token.into()),
        ..OAuth2Token::default()
    }))
}

#[tokio::test]
async fn pipedrive_salesforce_and_zoho_say_where_their_data_is() {
    let rules = json!({"metadata": [
        {"source": "TokenResponse", "from": "api_domain", "property": "ApiDomain"},
        {"source": "TokenResponse", "from": "instance_url", "property": "InstanceUrl"},
        {"source": "Callback", "from": "accounts-server", "property": "AccountsServer"},
    ]});
    let domains =
        json!({"api_domain": "https://acme.example", "instance_url": "https://eu1.example"});

    let asked = code_token(rules, a_token(domains)).await;

    assert_eq!(asked.properties()["ApiDomain"], "https://acme.example");
    assert_eq!(asked.properties()["InstanceUrl"], "https://eu1.example");
    let back = [
        ("code", "c"),
        ("accounts-server", "https://accounts.eu.example"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let from_callback =
        callback_properties(asked.authentication.oauth2.as_ref().unwrap(), &back).unwrap();
    assert_eq!(from_callback.keys().collect::<Vec<_>>(), ["AccountsServer"]);

    let ran = Case::with(oauth2(), json!({"endpoint": "{{InstanceUrl}}/records"}))
        .properties(json!({"InstanceUrl": "http://{host}"}))
        .run_with(vec![ok(json!({}))], &bearer("at"))
        .await;
    assert_eq!(ran.lines(), ["GET /records"]);
}

#[tokio::test]
async fn quickbooks_names_the_company_in_the_callback() {
    let rules = oauth2_of(json!({"metadata": [
        {"source": "Callback", "from": "realmId", "property": "RealmId", "required": true},
    ]}));
    let rules = read(&rules, "a.example").oauth2.unwrap();
    let back = [("code", "c"), ("realmId", "4620816365")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));

    assert!(read_code(&rules, &back).is_ok());
    let properties = callback_properties(&rules, &back).unwrap();

    assert!(properties.contains_key("RealmId"));
    assert!(callback_properties(&rules, &back[..1]).is_err());
    let ran = Case::with(
        oauth2(),
        json!({"endpoint": "http://{host}/company/{{RealmId}}/query"}),
    )
    .properties(json!({"RealmId": "4620816365"}))
    .run_with(vec![ok(json!({}))], &bearer("at"))
    .await;
    assert_eq!(ran.lines(), ["GET /company/4620816365/query"]);
}

#[tokio::test]
async fn google_and_zoho_give_refresh_tokens_to_those_who_ask() {
    let params = json!({"authoriseParams": {"access_type": "offline", "prompt": "consent"}});

    let (_, sent) = authorise(params, &[]).await;

    assert_eq!(sent["access_type"], "offline");
    assert_eq!(sent["prompt"], "consent");
}

#[tokio::test]
async fn slack_wants_commas_and_fails_with_status_200() {
    let rules = json!({
        "scopes": ["chat:write", "users:read"], "scopeSeparator": ",",
        "tokenResponse": {"accessToken": "authed_user.access_token", "error": "error"},
    });

    let (_, sent) = authorise(rules.clone(), &[]).await;
    let refused = code_token(
        rules.clone(),
        ok(json!({"ok": false, "error": "invalid_code"})),
    )
    .await;
    let granted = code_token(
        rules,
        ok(json!({"ok": true, "authed_user": {"access_token": "xoxp"}})),
    )
    .await;

    assert_eq!(sent["scope"], "chat:write,users:read");
    assert!(
        matches!(&refused.answer, Err(TokenError::Refused { code: Some(code), .. }) if code == "invalid_code"),
        "{:?}",
        refused.answer
    );
    assert!(granted.answer.is_ok());
}

#[tokio::test]
async fn shopify_takes_the_token_in_a_header_of_its_own_at_the_shops_host() {
    let mut connector = oauth2();
    connector["authentications"][0]["oauth2"]["placement"] =
        json!({"in": "Header", "name": "X-Shopify-Access-Token", "prefix": ""});
    let rules = json!({"authoriseUrl": "https://{{Shop}}/admin/oauth/authorize"});

    let (host, _) = authorise(rules, &[("Shop", "acme.example")]).await;
    let ran = Case::with(connector, json!({"endpoint": "http://{{Shop}}/products"}))
        .properties(json!({"Shop": "{host}"}))
        .run_with(vec![ok(json!({}))], &bearer("shpat"))
        .await;

    assert_eq!(host, "acme.example");
    assert_eq!(ran.header("x-shopify-access-token"), Some("shpat"));
    assert_eq!(ran.header("authorization"), None);
}

#[tokio::test]
async fn tiktok_calls_the_client_an_app_and_speaks_json() {
    let rules = json!({
        "authoriseRename": {"client_id": "app_id"},
        "tokenRename": {"client_id": "app_id", "client_secret": "secret", "code": "auth_code"},
        "tokenExclude": ["grant_type", "redirect_uri"], "tokenBody": "json", "pkce": "none",
        "callbackCodeParam": "auth_code", "tokenResponse": {"accessToken": "data.access_token"},
    });

    let (_, sent) = authorise(rules.clone(), &[]).await;
    let asked = code_token(
        rules,
        ok(json!({"code": 0, "data": {"access_token": "at"}})),
    )
    .await;

    assert_eq!(sent["app_id"], "app");
    assert!(!sent.contains_key("client_id"));
    assert_eq!(
        header(&asked.request, "content-type"),
        Some("application/json")
    );
    let body: Value = serde_json::from_str(asked.body()).unwrap();
    assert_eq!(
        body,
        json!({"auth_code": "the-code", "app_id": "app", "secret": "secret"})
    );
    assert!(asked.answer.is_ok());
}

#[tokio::test]
async fn trello_twitter_and_wordpress_sign_and_name_what_the_user_consents_to() {
    let form = "application/x-www-form-urlencoded";
    let server = Server::start(vec![
        test_server::answer(
            200,
            form,
            "oauth_token=rt&oauth_token_secret=s&oauth_callback_confirmed=true",
        ),
        test_server::answer(200, form, "oauth_token=at&oauth_token_secret=ats"),
    ])
    .await;
    let definition = json!({"key": "o", "type": "OAuth1", "oauth1": {
        "requestTokenUrl": "http://{host}/request", "authoriseUrl": "http://{host}/authorize",
        "accessTokenUrl": "http://{host}/access",
        "authoriseParams": {"name": "{{AppName}}", "scope": "read,write", "expiration": "never"},
    }});
    let authentication = read(&definition, &server.address.to_string());
    let rules = authentication.oauth1.as_ref().unwrap();
    let values = ValuesFn(|name: &str| (name == "AppName").then(|| "Acme Sync".to_owned()));
    let signer = Signer::new(rules, "consumer", "consumer-secret".into(), &values).unwrap();
    let http = local_client();
    let client = OAuth1Client {
        http: &http,
        rules,
        tls: None,
        signer: &signer,
        values: &values,
        user_agent: "Velodrome",
    };
    let once = || Once {
        now: now(),
        nonce: [7; 16],
    };

    let waiting: RequestToken = client.request_token(REDIRECT, once()).await.unwrap();
    let consent = client.authorise_url(&waiting).unwrap();
    let back = [("oauth_token", "rt"), ("oauth_verifier", "v")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let verifier = read_callback(&back, &waiting).unwrap();
    let verifier = velodrome_model::ExposeSecret::expose_secret(&verifier).to_owned();
    let token: Result<OAuth1Token, OAuth1Error> = client
        .access_token(&waiting, &verifier, once())
        .await
        .map(|answer| answer.token);

    assert_eq!(
        consent.query(),
        Some("oauth_token=rt&name=Acme%20Sync&scope=read%2Cwrite&expiration=never")
    );
    assert!(token.is_ok(), "{token:?}");
}

#[tokio::test]
async fn phrase_and_zenoti_have_clients_without_a_secret() {
    let rules = json!({"clientAuth": "none"});

    let (_, sent) = authorise(rules.clone(), &[]).await;
    let asked = code_token(rules, a_token(json!({}))).await;

    assert_eq!(sent["code_challenge_method"], "S256");
    let parameters = asked.parameters();
    assert_eq!(parameters["client_id"], "app");
    assert_eq!(parameters["code_verifier"], "v".repeat(64));
    assert!(!parameters.contains_key("client_secret"));
}

#[tokio::test]
async fn docusign_pingone_and_ebay_have_a_sandbox_that_the_setup_chooses() {
    let rules = json!({"authoriseUrl": "https://{{Environment}}/oauth/auth"});

    for host in ["account.example", "account-d.example"] {
        let (asked, _) = authorise(rules.clone(), &[("Environment", host)]).await;
        assert_eq!(asked, host);
    }
    let environments = json!({"parameters": [{
        "targetType": "MergeField", "targetName": "Environment", "accountConnectorProperty": true,
        "values": [{"value": "{host}", "label": "Production"}, {"value": "sandbox.example", "label": "Sandbox"}],
    }]});
    let method = json!({"endpoint": "http://{{Environment}}/v2"});
    let ran = Case::with(environments.clone(), method.clone())
        .properties(json!({"Environment": "{host}"}))
        .run(vec![ok(json!({}))])
        .await;
    assert_eq!(ran.lines(), ["GET /v2"]);
    let other = Case::with(environments, method)
        .properties(json!({"Environment": "evil.example"}))
        .run(vec![])
        .await;
    assert!(matches!(other.error(), CallError::Build { .. }));
}

#[tokio::test]
async fn dynamics_names_the_organisation_as_the_resource() {
    let rules = json!({"resource": "{{Organisation}}"});
    let values = [("Organisation", "https://acme.crm.example")];

    let (_, sent) = authorise(rules.clone(), &values).await;
    let former = OAuth2Token {
        refresh_token: Some("rt".into()),
        ..OAuth2Token::default()
    };
    let refreshed = token(rules, &values, Grant::Refresh(&former), a_token(json!({}))).await;

    assert_eq!(sent["resource"], "https://acme.crm.example");
    assert_eq!(
        refreshed.parameters()["resource"],
        "https://acme.crm.example"
    );
}

#[tokio::test]
async fn okta_adobe_and_google_workspace_take_signed_assertions() {
    let key = rsa_pem();
    let values = [
        ("PrivateKey", key.as_str()),
        ("Robot", "robot@acme.example"),
    ];
    let okta = json!({
        "type": "ClientCredentials", "clientAuth": "private_key_jwt",
        "assertion": {"key": "{{PrivateKey}}", "headers": {"kid": "1"}},
    });
    let workspace = json!({
        "type": "ClientCredentials", "clientAuth": "none",
        "grantType": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": {
            "key": "{{PrivateKey}}", "issuer": "{{Robot}}", "lifetimeSeconds": 3600,
            "claims": {"scope": "https://www.example/auth/drive"},
        },
    });

    let by_client = token(okta, &values, Grant::Client, a_token(json!({}))).await;
    let by_grant = token(workspace, &values, Grant::Client, a_token(json!({}))).await;

    let parameters = by_client.parameters();
    assert_eq!(parameters["grant_type"], "client_credentials");
    assert_eq!(parameters["client_assertion"].split('.').count(), 3);
    assert!(!parameters.contains_key("client_secret"));
    let parameters = by_grant.parameters();
    assert_eq!(
        parameters["grant_type"],
        "urn:ietf:params:oauth:grant-type:jwt-bearer"
    );
    assert_eq!(parameters["assertion"].split('.').count(), 3);
    assert!(by_client.answer.is_ok() && by_grant.answer.is_ok());
}

#[tokio::test]
async fn xledger_and_adp_want_to_see_a_certificate() {
    let authority = Authority::new();
    let papers = authority.certify("Client A");
    let server = authority.serve(OK.into()).await;
    let tls = json!({"certificate": "{{Certificate}}", "privateKey": "{{PrivateKey}}"});
    let mut definition = oauth2_of(json!({
        "type": "ClientCredentials", "clientAuth": "tls_client_auth",
        "accessTokenUrl": format!("https://{}/token", server.address),
    }));
    definition["tls"] = tls.clone();
    let authentication = read(&definition, "a.example");
    let values = [
        ("Certificate", papers.certificate.as_str()),
        ("PrivateKey", papers.key.as_str()),
    ];

    let http = authority.client();
    let granted = with_client(&http, &authentication, &values, async |client| {
        client.token(Grant::Client, now()).await
    })
    .await
    .unwrap();

    let token =
        velodrome_model::ExposeSecret::expose_secret(granted.token.access_token.as_ref().unwrap());
    assert_eq!(token, "token of Client A");

    let connector = json!({
        "authentications": [{"key": "c", "type": "None", "tls": tls}],
    });
    let method = json!({"endpoint": format!("https://{}/ledger", server.address)});
    let called = Case::with(connector.clone(), method.clone())
        .properties(json!({"Certificate": papers.certificate, "PrivateKey": papers.key}))
        .run_over(authority.client())
        .await;
    assert_eq!(called.body()["name"], "Client A");

    let blank = Case::with(connector, method)
        .run_over(authority.client())
        .await;
    assert!(
        matches!(blank.error(), CallError::Build { .. }),
        "{:?}",
        blank.error()
    );
    let unseen = format!("{:?}", blank.error());
    assert!(!unseen.contains("PRIVATE KEY"), "{unseen}");
}

/// The login itself, whose findings become properties; scripts say when it is over
/// ([`CredentialSource::session_renewed`]).
#[tokio::test]
async fn suitecrm_mindbody_and_act_log_in_with_the_lookup_method() {
    let connector = json!({
        "authentications": [{"key": "b", "type": "Basic"}],
        "parameters": [{"targetType": "MergeField", "targetName": "SessionId", "accountConnectorProperty": true, "hide": true, "optional": true}],
    });
    let source = FixedCredential::from(Credential::Basic(BasicCredential {
        username: "ada".into(),
        password: "s3cret".into(),
    }));
    let login = json!({
        "httpMethod": "POST",
        "request": {"fields": [
            {"connectorField": "user", "hide": true, "defaultValue": "{{Cyclr_Auth_Username}}"},
            {"connectorField": "password", "hide": true, "defaultValue": "{{Cyclr_Auth_Password}}"},
        ]},
    });
    let list = json!({"parameters": [
        {"targetType": "QueryString", "targetName": "session", "hide": true, "values": ["{{SessionId}}"]},
    ]});

    let logged_in = Case::with(connector.clone(), login)
        .run_with(vec![ok(json!({"session": {"id": "abc"}}))], &source)
        .await;
    let listed = Case::with(connector, list)
        .properties(json!({"SessionId": "abc"}))
        .run_with(vec![ok(json!({}))], &source)
        .await;

    assert_eq!(logged_in.sent(), r#"{"user":"ada","password":"s3cret"}"#);
    assert_eq!(listed.lines(), ["GET /m?session=abc"]);
}

/// What a script needs for signing: a sensitive parameter that only it sees. The signing is the script's.
#[tokio::test]
async fn emarsys_miva_and_aws_keep_their_secret_for_the_script() {
    let connector = json!({"parameters": [
        {"targetType": "Script", "targetName": "SigningKey", "accountConnectorProperty": true, "sensitive": true},
        {"targetType": "HttpHeader", "targetName": "X-Signature", "optional": true},
    ]});

    let ran = Case::with(connector, json!({"httpMethod": "POST"}))
        .properties(json!({"SigningKey": "key-of-the-script"}))
        .parameters(json!({"X-Signature": "made-by-a-script"}))
        .run(vec![json_answer(403, json!({"bad": "key-of-the-script"}))])
        .await;

    assert!(
        !ran.asked[0].contains("key-of-the-script"),
        "{:?}",
        ran.asked
    );
    assert_eq!(ran.header("x-signature"), Some("made-by-a-script"));
    let shown = ran.error().exchange().unwrap().to_string();
    assert!(
        shown.contains("REDACTED") && !shown.contains("key-of-the-script"),
        "{shown}"
    );
}

#[tokio::test]
async fn bullhorn_renews_metadata_and_sap_takes_a_saml_assertion() {
    let bullhorn = json!({"metadata": [
        {"source": "RefreshResponse", "from": "restUrl", "property": "RestUrl"},
    ]});
    let former = OAuth2Token {
        refresh_token: Some("rt".into()),
        ..OAuth2Token::default()
    };
    let sap = json!({
        "type": "ClientCredentials",
        "grantType": "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "tokenParams": {"assertion": "{{Assertion}}", "company_id": "{{Company}}"},
    });

    let refreshed = token(
        bullhorn,
        &[],
        Grant::Refresh(&former),
        a_token(json!({"restUrl": "https://rest9.example/x/"})),
    )
    .await;
    let granted = token(
        sap,
        &[("Assertion", "PHNhbWw+"), ("Company", "acme")],
        Grant::Client,
        a_token(json!({})),
    )
    .await;

    assert_eq!(
        refreshed.properties()["RestUrl"],
        "https://rest9.example/x/"
    );
    let parameters = granted.parameters();
    assert_eq!(
        parameters["grant_type"],
        "urn:ietf:params:oauth:grant-type:saml2-bearer"
    );
    assert_eq!(parameters["assertion"], "PHNhbWw+");
    assert_eq!(parameters["company_id"], "acme");
}
