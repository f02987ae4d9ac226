//! The provider that the cycles call: it counts, notes when, and may take its time.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::Instant;

/// How it answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manners {
    /// How long each answer takes.
    pub takes: Duration,
    /// Answers a second; callers beyond it wait in line. None is no limit.
    pub allows: Option<u32>,
}

/// A provider on a loopback port, until it is dropped.
///
/// `POST` takes a record, `GET /list?total=&page=&size=` gives a page of records, `GET /none` an empty list,
/// and every other `GET` one record.
pub struct Stub {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: tokio::task::JoinHandle<()>,
}

/// What the calls of `GET /none` said of themselves, and when they came.
pub type Arrivals = HashMap<u64, Vec<Instant>>;

struct Shared {
    manners: Manners,
    begun: Instant,
    posts: AtomicU64,
    answers: AtomicU64,
    in_flight: AtomicU64,
    most_in_flight: AtomicU64,
    /// Microseconds after `begun`.
    last_post: AtomicU64,
    /// When the next answer may leave, microseconds after `begun`.
    next: AtomicU64,
    arrivals: Mutex<Arrivals>,
    arrived: Notify,
}

impl Stub {
    /// Starts it.
    pub async fn start(manners: Manners) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            manners,
            begun: Instant::now(),
            posts: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            most_in_flight: AtomicU64::new(0),
            last_post: AtomicU64::new(0),
            next: AtomicU64::new(0),
            arrivals: Mutex::default(),
            arrived: Notify::new(),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            accepting,
        })
    }

    /// Its origin, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Records taken so far.
    pub fn posts(&self) -> u64 {
        self.shared.posts.load(Ordering::Relaxed)
    }

    /// Calls answered so far.
    pub fn answers(&self) -> u64 {
        self.shared.answers.load(Ordering::Relaxed)
    }

    /// The most calls that were open at one instant.
    pub fn most_in_flight(&self) -> u64 {
        self.shared.most_in_flight.load(Ordering::Relaxed)
    }

    /// When the newest record was taken.
    pub fn last_post(&self) -> Instant {
        let after = self.shared.last_post.load(Ordering::Relaxed);
        self.shared.begun + Duration::from_micros(after)
    }

    /// When each caller of `GET /none?caller=` came.
    pub fn arrivals(&self) -> Arrivals {
        let arrivals = self.shared.arrivals.lock();
        arrivals.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until so many records are taken. Fails when none comes for `patience`.
    pub async fn wait_for_posts(&self, count: u64, patience: Duration) -> Result<()> {
        self.wait_for(count, patience, Self::posts).await
    }

    /// Waits until so many calls are answered. Fails when none is for `patience`.
    pub async fn wait_for_answers(&self, count: u64, patience: Duration) -> Result<()> {
        self.wait_for(count, patience, Self::answers).await
    }

    async fn wait_for(&self, count: u64, patience: Duration, of: fn(&Self) -> u64) -> Result<()> {
        loop {
            let arrived = self.shared.arrived.notified();
            let seen = of(self);
            if seen >= count {
                return Ok(());
            }
            let more = tokio::time::timeout(patience, arrived).await;
            ensure!(
                more.is_ok() || of(self) > seen,
                "{seen} of {count} calls came to the provider, and no more for {patience:?}"
            );
        }
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        // A client that goes away in the middle is an ordinary end of a connection.
        tokio::spawn(async move { drop(serve(stream, shared).await) });
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(shared.answer(request).await) }
    });
    http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(io::Error::other)
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let open = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_in_flight.fetch_max(open, Ordering::Relaxed);
        let came = Instant::now();
        let answer = self.content(request).await;
        let leaves = self.leaves(came);
        if leaves > came {
            tokio::time::sleep_until(leaves).await;
        }
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.answers.fetch_add(1, Ordering::Relaxed);
        self.arrived.notify_waiters();
        answer
    }

    /// When the answer to a call that came now may leave.
    fn leaves(&self, came: Instant) -> Instant {
        let earliest = came + self.manners.takes;
        let Some(allows) = self.manners.allows else {
            return earliest;
        };
        let after = |instant: Instant| {
            let micros = instant.duration_since(self.begun).as_micros();
            u64::try_from(micros).unwrap_or(u64::MAX)
        };
        let (earliest, gap) = (after(earliest), 1_000_000 / u64::from(allows));
        let mut known = self.next.load(Ordering::Relaxed);
        loop {
            let mine = known.max(earliest);
            let taken = self.next.compare_exchange_weak(
                known,
                mine + gap,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match taken {
                Ok(_) => return self.begun + Duration::from_micros(mine),
                Err(other) => known = other,
            }
        }
    }

    async fn content(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if request.method() == Method::POST {
            // Read to its end, or the connection can't be used again.
            let body = request.into_body().collect().await;
            if body.is_err() {
                return with_status(StatusCode::BAD_REQUEST);
            }
            self.posts.fetch_add(1, Ordering::Relaxed);
            let micros = self.begun.elapsed().as_micros();
            let micros = u64::try_from(micros).unwrap_or(u64::MAX);
            self.last_post.fetch_max(micros, Ordering::Relaxed);
            self.arrived.notify_waiters();
            return json("{\"id\":1,\"status\":\"taken\"}".into());
        }
        let query = request.uri().query().unwrap_or_default();
        match request.uri().path() {
            "/list" => json(page(query)),
            "/none" => {
                if let Some(caller) = number(query, "caller") {
                    let arrivals = self.arrivals.lock();
                    let mut arrivals = arrivals.unwrap_or_else(PoisonError::into_inner);
                    arrivals.entry(caller).or_default().push(Instant::now());
                }
                json("{\"data\":[]}".into())
            }
            _ => json(record(1)),
        }
    }
}

/// A page of `size` records of a list of `total`; pages are counted from 1.
fn page(query: &str) -> String {
    let asked = |name: &str, otherwise: u64| number(query, name).unwrap_or(otherwise);
    let (page, size) = (asked("page", 1).max(1), asked("size", 100));
    let total = asked("total", 0);
    let first = (page - 1).saturating_mul(size).min(total);
    let records: Vec<String> = (first..total.min(first + size)).map(record).collect();
    format!("{{\"data\":[{}]}}", records.join(","))
}

/// Everything that a record has; a step maps five of its fields.
fn record(id: u64) -> String {
    format!(
        "{{\"id\":{id},\"name\":\"Record {id}\",\"email\":\"record-{id}@example.com\",\"city\":\"Utrecht\",\
         \"amount\":12.5,\"state\":\"open\"}}"
    )
}

fn number(query: &str, name: &str) -> Option<u64> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, text) = pairs.find(|(known, _)| *known == name)?;
    text.parse().ok()
}

fn json(body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    let json = hyper::header::HeaderValue::from_static("application/json");
    response
        .headers_mut()
        .insert(hyper::header::CONTENT_TYPE, json);
    response
}

fn with_status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
