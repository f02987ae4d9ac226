//! Webhooks on their way: posted to this machine, tried again a bounded number of times, and remembered.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Request, header};
use http_body_util::Full;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tracing::warn;
use url::{Host, Url};

use crate::answer::Answer;
use crate::world::World;

/// How often a post is tried.
const TRIES: u32 = 4;
/// How much longer each wait is than the one before.
const GROWTH: u32 = 3;
/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Posts under way at once; more are dropped, and the record of them says so.
const MAX_UNDER_WAY: usize = 256;
/// Posts that are remembered.
const MAX_REMEMBERED: usize = 100;

/// A webhook that a twin has posted, or given up on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PostedWebhook {
    /// The twin: the connector's slug.
    pub provider: String,
    /// The definition's Webhook method.
    pub method: String,
    /// Where it went.
    pub url: String,
    /// How often it was tried.
    pub tries: u32,
    /// The last answer's status; none when nobody answered.
    pub status: Option<u16>,
    /// Why it was given up; none when it arrived.
    pub error: Option<String>,
}

impl PostedWebhook {
    /// Whether it was answered with success.
    pub fn arrived(&self) -> bool {
        self.error.is_none()
    }
}

/// What is under way and what was.
pub(crate) struct Posts {
    room: Arc<Semaphore>,
    remembered: Mutex<VecDeque<PostedWebhook>>,
}

/// One webhook to post.
pub(crate) struct Post {
    pub(crate) provider: String,
    pub(crate) method: String,
    pub(crate) url: String,
    /// Content type, signature; the body of an answer is that of the post.
    pub(crate) content: Answer,
}

impl Default for Posts {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(MAX_UNDER_WAY)),
            remembered: Mutex::new(VecDeque::new()),
        }
    }
}

impl Posts {
    /// The latest, oldest first.
    pub(crate) fn remembered(&self) -> Vec<PostedWebhook> {
        self.remembered.lock().iter().cloned().collect()
    }

    fn remember(&self, posted: PostedWebhook) {
        let mut remembered = self.remembered.lock();
        if remembered.len() >= MAX_REMEMBERED {
            remembered.pop_front();
        }
        remembered.push_back(posted);
    }
}

/// Sends a webhook on its way.
pub(crate) fn send(world: &Arc<World>, post: Post) {
    let Ok(permit) = world.posts.room.clone().try_acquire_owned() else {
        let reason = format!("{MAX_UNDER_WAY} webhooks are under way already");
        return finish(world, &post, 0, Err(reason));
    };
    let world = world.clone();
    tokio::spawn(async move {
        let _held = permit;
        let mut wait = world.options.webhook_retry;
        let mut outcome = Err("the sandbox has stopped".to_owned());
        let mut tries = 0;
        while tries < TRIES {
            tries += 1;
            outcome = attempt(&post).await;
            if outcome
                .as_ref()
                .is_ok_and(|status| (200..300).contains(status))
            {
                break;
            }
            if tries < TRIES {
                tokio::select! {
                    () = world.stop.cancelled() => break,
                    () = tokio::time::sleep(wait) => wait *= GROWTH,
                }
            }
        }
        finish(&world, &post, tries, outcome);
    });
}

fn finish(world: &World, post: &Post, tries: u32, outcome: Result<u16, String>) {
    let (status, error) = match outcome {
        Ok(status) if (200..300).contains(&status) => (Some(status), None),
        Ok(status) => (Some(status), Some(format!("the answer was {status}"))),
        Err(reason) => (None, Some(reason)),
    };
    if let Some(reason) = &error {
        warn!(
            provider = post.provider,
            method = post.method,
            tries,
            reason,
            "A webhook did not arrive"
        );
    }
    world.posts.remember(PostedWebhook {
        provider: post.provider.clone(),
        method: post.method.clone(),
        url: post.url.clone(),
        tries,
        status,
        error,
    });
}

async fn attempt(post: &Post) -> Result<u16, String> {
    match tokio::time::timeout(PATIENCE, deliver(post)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(format!("nobody answered within {} s", PATIENCE.as_secs())),
    }
}

async fn deliver(post: &Post) -> Result<u16, String> {
    let url: Url = post
        .url
        .parse()
        .map_err(|_| format!("{:?} is no address", post.url))?;
    let address = on_this_machine(&url)?;
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let stream = TcpStream::connect(address)
        .await
        .map_err(|error| failed(&error))?;
    let (mut sender, connection) = handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failed(&error))?;
    let driving = tokio::spawn(connection);
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let mut request = Request::post(target)
        .header(header::HOST, authority)
        .header(header::USER_AGENT, "Velodrome-Sandbox");
    for (name, value) in &post.content.headers {
        request = request.header(&**name, value);
    }
    let body = Full::new(bytes::Bytes::from(post.content.body.clone()));
    let request = request.body(body).map_err(|error| failed(&error))?;
    let answer = sender
        .send_request(request)
        .await
        .map_err(|error| failed(&error))?;
    let status = answer.status().as_u16();
    driving.abort();
    Ok(status)
}

/// Where the sandbox may post to. It stands for providers of this machine's user only, and a tool that
/// posts wherever a caller says would be a way round every guard.
fn on_this_machine(url: &Url) -> Result<SocketAddr, String> {
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        // RFC 6761 §6.3: always loopback, whatever a resolver says.
        Some(Host::Domain(name)) if name == "localhost" || name.ends_with(".localhost") => {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        }
        Some(Host::Domain(_)) | None => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    };
    if url.scheme() != "http" || !ip.is_loopback() {
        return Err("the sandbox posts webhooks to http addresses of this machine only".to_owned());
    }
    Ok(SocketAddr::new(
        ip,
        url.port_or_known_default().unwrap_or(80),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_posted_to() {
        for (url, to) in [
            (
                "http://127.0.0.1:8080/api/webhook/k",
                Some("127.0.0.1:8080"),
            ),
            ("http://[::1]/x", Some("[::1]:80")),
            ("http://partner.localhost:81/x", Some("127.0.0.1:81")),
            ("https://127.0.0.1/x", None),
            ("http://10.0.0.1/x", None),
            ("http://localhost.example.com/x", None),
            ("http://169.254.169.254/x", None),
        ] {
            let found = on_this_machine(&url.parse().unwrap()).ok();
            assert_eq!(found.map(|to| to.to_string()).as_deref(), to, "{url}");
        }
    }
}
