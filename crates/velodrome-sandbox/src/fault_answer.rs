//! How each fault looks on the wire.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Response, header};
use bytes::Bytes;
use serde_json::json;
use tokio_stream::{self as stream, StreamExt};

use crate::answer::Answer;
use crate::faults::Fault;
use crate::html::page;
use crate::world::World;

/// Waits, unless the sandbox stops first.
pub(crate) async fn delay(world: &World, milliseconds: u64) {
    tokio::select! {
        () = world.stop.cancelled() => {}
        () = tokio::time::sleep(Duration::from_millis(milliseconds)) => {}
    }
}

/// A response that breaks off after `start`; with a declared length, after fewer bytes than that.
pub(crate) fn broken(start: Vec<u8>, declared: Option<usize>) -> Response<Body> {
    let parts = [
        Ok(Bytes::from(start)),
        Err(io::Error::new(
            io::ErrorKind::ConnectionAborted,
            "fault injected by request",
        )),
    ];
    let mut response = Response::new(Body::from_stream(stream::iter(parts)));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    if let Some(length) = declared {
        headers.insert(header::CONTENT_LENGTH, header::HeaderValue::from(length));
    }
    response
}

/// The answer given in place of the provider's.
pub(crate) async fn instead(world: &World, fault: &Fault) -> Response<Body> {
    match fault {
        Fault::Status {
            status,
            retry_after,
        } => {
            let body = json!({"error": "sandbox_fault", "message": format!("The sandbox was asked to answer {status}.")});
            let answer = Answer::json(*status, &body);
            match retry_after {
                Some(seconds) => answer.with("retry-after", seconds.to_string()).into(),
                None => answer.into(),
            }
        }
        Fault::Hang => {
            world.stop.cancelled().await;
            Answer::empty(503).into()
        }
        Fault::Truncate => broken(br#"{"data":[{"id":1,"na"#.to_vec(), Some(4096)),
        Fault::Html => Answer::html(
            200,
            page("Scheduled maintenance", "<p>We will be back soon.</p>"),
        )
        .into(),
        Fault::MalformedJson => Answer::text(200, "application/json", r#"{"data": [1, 2,"#).into(),
        Fault::Empty => Answer::empty(200).into(),
        Fault::Redirect { location } => Answer::redirect(location.as_str()).into(),
        Fault::Flood { bytes } => flood(*bytes),
        // These three change the provider's own answer, so `dispatch` handles them before it asks here.
        Fault::Delay { .. } | Fault::LoseAnswer | Fault::DropMember { .. } => {
            Answer::empty(500).into()
        }
    }
}

/// A JSON array of zeros of exactly so many bytes, made as it is read.
fn flood(bytes: u64) -> Response<Body> {
    const CHUNK: u64 = 64 * 1024;
    const PAIR: &[u8] = b"0,";
    let chunks = bytes.saturating_sub(3).div_euclid(CHUNK);
    let rest = bytes.saturating_sub(3).rem_euclid(CHUNK);
    let full = Bytes::from(PAIR.repeat(usize::try_from(CHUNK / 2).unwrap_or(0)));
    // An odd remainder is filled with a space, which JSON allows anywhere between values.
    let mut tail = PAIR.repeat(usize::try_from(rest / 2).unwrap_or(0));
    if rest % 2 == 1 {
        tail.push(b' ');
    }
    let body = stream::once(Bytes::from_static(b"["))
        .chain(stream::iter((0..chunks).map(move |_| full.clone())))
        .chain(stream::once(Bytes::from(tail)))
        .chain(stream::once(Bytes::from_static(b"0]")))
        .map(Ok::<_, io::Error>);
    let mut response = Response::new(Body::from_stream(body));
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
