//! The guard against a server that misbehaves, over real sockets.

mod answers;
mod guard;
mod identity;
mod redirects;

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use url::Url;

use super::{
    test_server::{Server, Turn, local_client as local, say},
    *,
};

fn redirect(status: u16, to: &str) -> Turn {
    say(&format!(
        "HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
    ))
}

const FINE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";

fn get(url: Url) -> Request {
    Request::new(Method::GET, url)
}

async fn fetch(request: Request) -> Result<Bytes, EgressError> {
    local().send(request).await?.bytes().await
}

fn with_secrets(url: Url) -> Request {
    let mut request = Request::new(Method::POST, url);
    let mut key = HeaderValue::from_static("own-key");
    key.set_sensitive(true);
    request.headers.insert("x-api-key", key);
    request.headers.insert(
        header::AUTHORIZATION,
        HeaderValue::from_static("Bearer token"),
    );
    request
        .headers
        .insert(header::COOKIE, HeaderValue::from_static("session=1"));
    request
        .headers
        .insert("x-plain", HeaderValue::from_static("kept"));
    request
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    request.body = RequestBody::from("payload".to_owned());
    request
}
