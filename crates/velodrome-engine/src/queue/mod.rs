//! NATS JetStream between nodes: hints that work may be ready (cycles.md §11.1).
//!
//! A node that can't begin what became ready tells the others by a message on a stream, which one node with
//! a free worker takes. That a request may have been answered is told by a plain message, to all who hold
//! callers' connections. Nothing is ever waited for: while NATS is away, or its store was wiped, hints are
//! lost, and work is found by the look at the rows that every worker takes each second.

mod listen;
mod servers;
mod speak;
mod stream;

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_nats::{
    Client, ConnectOptions, Event, connection::State, jetstream::Context, rustls::crypto,
};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tracing::{info, warn};
use uuid::Uuid;
use velodrome_model::{AccountScope, ExposeSecret as _, WebhookRequestId};
use velodrome_service::runs::Messenger;

pub use servers::{Servers, ServersError};

use self::{servers::Login, stream::Names};
use crate::metrics;

/// How long anything that NATS is asked may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// A connection without a sign of life for twice this time is given up.
const PING: Duration = Duration::from_secs(5);
/// Pause before the first try to connect again; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Hints that wait to be told; more are lost, and found by looking.
const MOST_WAITING: usize = 10_000;

/// How NATS is reached.
pub struct QueueOptions {
    /// Servers of one system.
    pub servers: Servers,
    /// A file with a user's JWT and seed (`.creds`).
    pub credentials: Option<PathBuf>,
    /// Certificates, PEM, that the servers' may be signed with, instead of the system's.
    pub authorities: Option<PathBuf>,
    /// What the installation is called, so that several may share a system.
    pub installation: Uuid,
}

/// Why the queue can't be used at all. That a server can't be reached is no such reason.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// A file that can't be read or holds something else.
    #[error("{}: can't be read as a NATS credentials file", path.display())]
    Credentials {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A file that can't be read.
    #[error("{}: can't be read", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The client refuses to start.
    #[error("the connection to NATS can't be set up")]
    Client(#[from] async_nats::ConnectError),
}

/// The queue between the nodes. Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    jetstream: Context,
    names: Names,
    waiting: Mutex<Waiting>,
    wake: Notify,
    /// What was last asked of the stream went well.
    is_well: AtomicBool,
    /// Counts the connections.
    connections: watch::Sender<u64>,
}

/// What is to be told.
#[derive(Default)]
struct Waiting {
    ready: HashSet<AccountScope>,
    answered: HashSet<WebhookRequestId>,
}

impl Queue {
    /// Connects, now or as soon as a server can be reached, and again whenever the connection is lost.
    ///
    /// # Errors
    /// When a file that the options name can't be used.
    pub async fn connect(options: QueueOptions) -> Result<Self, QueueError> {
        // Other parts of the program bring another provider, and then none is taken without being named. It
        // fails when one was named before, which is just as well.
        drop(crypto::aws_lc_rs::default_provider().install_default());
        metrics::connected(false);
        let connections = watch::Sender::new(0);
        let client = connect_options(&options, connections.clone())
            .await?
            .connect(options.servers.addresses.clone())
            .await?;
        let mut jetstream = async_nats::jetstream::new(client.clone());
        jetstream.set_timeout(PATIENCE);
        Ok(Self {
            inner: Arc::new(Inner {
                client,
                jetstream,
                names: Names::of(options.installation),
                waiting: Mutex::default(),
                wake: Notify::new(),
                is_well: AtomicBool::new(true),
                connections,
            }),
        })
    }

    /// Whether hints are carried; a word or two tells why not.
    ///
    /// # Errors
    /// When they are not. Nothing is lost then, it takes longer.
    pub fn check(&self) -> Result<(), &'static str> {
        if !self.inner.is_connected() {
            return Err("unreachable; work is found by looking");
        }
        match self.inner.is_well.load(Ordering::Acquire) {
            true => Ok(()),
            false => Err("no stream; work is found by looking"),
        }
    }
}

impl Messenger for Queue {
    fn ready(&self, account: AccountScope) {
        self.inner.wait(|waiting| &mut waiting.ready, account);
    }

    fn answered(&self, request: WebhookRequestId) {
        self.inner.wait(|waiting| &mut waiting.answered, request);
    }
}

impl Inner {
    fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Remembers something to be told, once however often it is said.
    fn wait<T: Eq + std::hash::Hash>(
        &self,
        which: impl FnOnce(&mut Waiting) -> &mut HashSet<T>,
        what: T,
    ) {
        let mut waiting = self.waiting.lock();
        let which = which(&mut waiting);
        if which.len() < MOST_WAITING {
            which.insert(what);
        } else {
            metrics::hints("lost", 1);
        }
        drop(waiting);
        self.wake.notify_one();
    }

    /// Notes how something that was asked of the stream went. A change is told once.
    fn note(&self, outcome: Result<(), &(dyn std::error::Error + 'static)>) {
        let was_well = self.is_well.swap(outcome.is_ok(), Ordering::AcqRel);
        match outcome {
            Ok(()) if !was_well => info!("NATS carries hints again"),
            Ok(()) => {}
            Err(cause) => {
                metrics::failed("queue");
                if was_well && self.is_connected() {
                    warn!(
                        cause,
                        "NATS is there but carries no hints; work is found by looking"
                    );
                }
            }
        }
    }
}

async fn connect_options(
    options: &QueueOptions,
    connections: watch::Sender<u64>,
) -> Result<ConnectOptions, QueueError> {
    let mut connect = ConnectOptions::new()
        .name("velodrome")
        .retry_on_initial_connect()
        .connection_timeout(PATIENCE)
        .request_timeout(Some(PATIENCE))
        .ping_interval(PING)
        .reconnect_delay_callback(pause)
        .event_callback({
            let is_away = Arc::new(AtomicBool::new(false));
            move |event| {
                let (connections, is_away) = (connections.clone(), Arc::clone(&is_away));
                async move { told(&event, &connections, &is_away) }
            }
        });
    connect = match &options.servers.login {
        Login::None => connect,
        Login::Token(token) => connect.token(token.expose_secret().to_owned()),
        Login::Password(user, password) => {
            connect.user_and_password(user.clone(), password.expose_secret().to_owned())
        }
    };
    if let Some(path) = &options.authorities {
        read(path).await.map_err(|cause| QueueError::Authorities {
            path: path.clone(),
            cause,
        })?;
        connect = connect.add_root_certificates(path.clone());
    }
    if let Some(path) = &options.credentials {
        connect =
            connect
                .credentials_file(path)
                .await
                .map_err(|cause| QueueError::Credentials {
                    path: path.clone(),
                    cause,
                })?;
    }
    Ok(connect)
}

/// The client reads the file at each connection; that it can't be read is told at the start.
async fn read(path: &Path) -> io::Result<()> {
    tokio::fs::read(path).await.map(drop)
}

/// Pause before a try to connect, longer each time, and not the same on each node.
fn pause(attempt: usize) -> Duration {
    let doublings = u32::try_from(attempt).unwrap_or(u32::MAX).min(10);
    let longest = FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(doublings.saturating_sub(1)))
        .min(LONGEST_PAUSE);
    match attempt {
        0 | 1 => Duration::ZERO,
        _ => longest.mul_f64(rand::random_range(0.5..1.0)),
    }
}

/// Notes what happens to the connection. That it is away is said once, not at each try.
fn told(event: &Event, connections: &watch::Sender<u64>, is_away: &AtomicBool) {
    match event {
        Event::Connected => {
            metrics::connected(true);
            is_away.store(false, Ordering::Release);
            info!("NATS is connected");
            connections.send_modify(|count| *count += 1);
        }
        Event::Disconnected | Event::Closed | Event::ClientError(_) => {
            metrics::connected(false);
            if !is_away.swap(true, Ordering::AcqRel) {
                warn!(%event, "NATS can't be reached; until it is there work is found by looking");
            }
        }
        Event::ServerError(cause) => warn!(%cause, "NATS refuses something"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_to_connect_come_at_once_and_then_less_and_less_often() {
        assert_eq!(pause(0), Duration::ZERO);
        assert_eq!(pause(1), Duration::ZERO);
        let mut longest = Duration::ZERO;
        for attempt in 2..200 {
            let pause = pause(attempt);
            assert!(
                pause > Duration::ZERO && pause <= LONGEST_PAUSE,
                "{attempt}"
            );
            longest = longest.max(pause);
        }
        assert!(longest > LONGEST_PAUSE / 2);
    }
}
