//! Token requests and answers, against a server that says what a case is about.

mod answers;
mod assertions;
mod events;
mod requests;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use velodrome_model::{ExposeSecret, SecretString, definition::OAuth2};

use super::{
    Failure, Grant, OAuth2Client, OAuth2Setup, TokenAnswer, TokenError, TokenHint, Verifier,
};
use crate::{
    auth::{OAuth2Token, ValuesFn},
    egress::test_server::{Server, Turn, answer, local_client},
};

const REDIRECT: &str = "https://velodrome.example/connector/callback";

fn rules(more: Value) -> OAuth2 {
    let mut rules = json!({
        "type": "AuthorisationCode", "authoriseUrl": "https://a.example/authorize",
        "accessTokenUrl": "https://a.example/token",
    });
    rules
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    serde_json::from_value(rules).unwrap()
}

fn now() -> DateTime<Utc> {
    "2030-01-01T10:00:00Z".parse().unwrap()
}

fn verifier() -> Verifier {
    Verifier::from_kept("v".repeat(64).into())
}

/// A case: rules, setup values, and the server that answers.
struct Case {
    server: Server,
    rules: OAuth2,
    scopes: Option<&'static str>,
    secret: Option<SecretString>,
    client_id: &'static str,
    key: String,
}

impl Case {
    async fn new(more: Value, turn: Turn) -> Self {
        let server = Server::start(vec![turn]).await;
        let mut rules = rules(more);
        rules.access_token_url = server.url("/token?v=1").to_string();
        rules.revoke_url = Some(server.url("/revoke").to_string());
        Self {
            server,
            rules,
            scopes: None,
            secret: Some("s e&cret".into()),
            client_id: "client:1",
            key: String::new(),
        }
    }

    async fn token(&self, grant: Grant<'_>) -> Result<TokenAnswer, TokenError> {
        let http = local_client();
        let key = self.key.clone();
        let values = ValuesFn(move |name: &str| match name {
            "Tenant" => Some("acme".to_owned()),
            "PrivateKey" => Some(key.clone()),
            _ => None,
        });
        let setup = self.setup(&values);
        let script = None;
        OAuth2Client {
            http: &http,
            setup,
            script,
        }
        .token(grant, now())
        .await
    }

    fn setup<'a>(&'a self, values: &'a crate::auth::Values<'a>) -> OAuth2Setup<'a> {
        OAuth2Setup {
            rules: &self.rules,
            tls: None,
            client_id: self.client_id,
            client_secret: self.secret.as_ref(),
            scopes: self.scopes,
            values,
            user_agent: "Velodrome/1",
        }
    }
}

fn fine() -> Turn {
    answer(
        200,
        "application/json",
        r#"{"access_token":"at","expires_in":3599,"refresh_token":"rt"}"#,
    )
}

fn code<'a>(code: &'a SecretString, verifier: &'a Verifier) -> Grant<'a> {
    Grant::Code {
        code,
        redirect_uri: REDIRECT,
        verifier,
    }
}

fn former(refresh_token: &str) -> OAuth2Token {
    OAuth2Token {
        access_token: Some("old".into()),
        refresh_token: Some(refresh_token.into()),
        refresh_expires: Some("2030-02-01T00:00:00Z".parse().unwrap()),
        metadata: json!({"Kept": 1}).as_object().unwrap().clone(),
        ..OAuth2Token::default()
    }
}
