//! Requests that are passed on.

use http::{HeaderMap, HeaderValue};

use super::*;
use crate::egress::{RequestBody, Response, test_server::say};

async fn pass(
    definition: &ConnectorDefinition,
    source: &dyn CredentialSource,
    base: Option<&str>,
    path: &str,
    body: RequestBody,
) -> Result<Response, CallError> {
    let (routes, properties, context) =
        (ProxyRoutes::new(definition), Properties::new(), context());
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static("Bearer ours"));
    headers.insert("x-custom", HeaderValue::from_static("kept"));
    let request = ProxyRequest {
        definition,
        routes: &routes,
        authentication: &definition.authentications[0],
        properties: &properties,
        partner: &properties,
        context: &context,
        signer: None,
        patience: Patience::ON_DEMAND,
        base,
        method: http::Method::POST,
        path_and_query: path,
        headers,
        body,
    };
    pipeline().proxy(request, source).await
}

fn definition(server: &Server) -> ConnectorDefinition {
    let connector = json!({
        "authentications": [{"key": "oauth", "type": "OAuth2", "oauth2": {"type": "AuthorisationCode", "accessTokenUrl": "https://h.example/token"}}],
        "parameters": [{"targetType": "HttpHeader", "targetName": "X-Version", "hide": true, "values": ["7"]}],
    });
    Case::with(
        connector,
        json!({"endpoint": "http://{host}/api/v2/things"}),
    )
    .definition(server)
}

#[tokio::test]
async fn a_request_is_passed_on_with_the_credential_and_its_answer_as_it_is() {
    let mut server = Server::start(vec![say("HTTP/1.1 404 Not Found\r\nX-Their: 1\r\nKeep-Alive: timeout=5\r\nContent-Length: 4\r\n\r\nnope")]).await;
    let definition = definition(&server);
    let source = Renewing::new(&["the-token"]);

    let answer = pass(
        &definition,
        &source,
        None,
        "things/1?x=%2F",
        RequestBody::from("body".to_owned()),
    )
    .await
    .unwrap();

    let request = server.asked().await;
    assert!(
        request.starts_with("POST /api/v2/things/1?x=%2F HTTP/1.1\r\n")
            && request.ends_with("\r\n\r\nbody"),
        "{request}"
    );
    assert_eq!(header(&request, "authorization"), Some("Bearer the-token"));
    assert_eq!(
        (header(&request, "x-custom"), header(&request, "x-version")),
        (Some("kept"), Some("7"))
    );
    assert_eq!(answer.status.as_u16(), 404);
    assert_eq!(
        (
            answer.headers.get("x-their").map(HeaderValue::as_bytes),
            answer.headers.get("keep-alive")
        ),
        (Some(b"1".as_slice()), None)
    );
    assert_eq!(answer.bytes().await.unwrap(), "nope");
}

#[tokio::test]
async fn a_refused_token_is_renewed_when_the_body_can_be_sent_again() {
    let mut server = Server::start(vec![json_answer(401, json!({})), ok(json!({}))]).await;
    let definition = definition(&server);
    let source = Renewing::new(&["first", "second"]);

    let answer = pass(
        &definition,
        &source,
        None,
        "x",
        RequestBody::from("body".to_owned()),
    )
    .await
    .unwrap();

    assert_eq!(answer.status.as_u16(), 200);
    let (first, second) = (server.asked().await, server.asked().await);
    assert_eq!(
        (
            header(&first, "authorization"),
            header(&second, "authorization")
        ),
        (Some("Bearer first"), Some("Bearer second"))
    );
    assert!(second.ends_with("body"));
}

#[tokio::test]
async fn other_hosts_climbing_paths_and_redirects_are_not_followed() {
    let mut server = Server::start(vec![say(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    )])
    .await;
    let definition = definition(&server);
    let source = Renewing::new(&["the-token"]);
    let send = |base: Option<&'static str>, path: &'static str| {
        pass(&definition, &source, base, path, RequestBody::Empty)
    };

    assert!(matches!(
        send(Some("https://evil.example/"), "x").await,
        Err(CallError::Refused { .. })
    ));
    assert!(matches!(
        send(None, "../x").await,
        Err(CallError::Build { .. })
    ));
    assert_eq!(send(None, "x").await.unwrap().status.as_u16(), 302);
    assert!(server.asked().await.starts_with("POST /api/v2/x"));
}
