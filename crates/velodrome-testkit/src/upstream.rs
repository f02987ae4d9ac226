//! An upstream of our own: answers as programmed, also as badly as real ones sometimes do.
//!
//! It speaks HTTP/1.1 by hand, because a proper server would not let it lie about lengths.

mod answer;
mod connection;
mod request;

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub use answer::Answer;
pub use request::Received;

type Responder = Arc<dyn Fn(&Received) -> Answer + Send + Sync>;

/// A programmable upstream on a loopback port.
///
/// Dropping it fails the test when it met a call that nothing was programmed for.
pub struct FakeUpstream {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    routes: Vec<Route>,
    received: Vec<Received>,
    unexpected: Vec<String>,
    closed: bool,
}

struct Route {
    method: String,
    path: String,
    planned: VecDeque<Answer>,
    otherwise: Responder,
}

impl FakeUpstream {
    /// An upstream that expects nothing yet.
    ///
    /// # Panics
    /// When the machine has no loopback port left.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let shared = Arc::<Shared>::default();
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Self { address, shared }
    }

    /// Its origin, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers every call of this method and path (without its query) in the same way.
    pub fn on(&self, method: &str, path: &str, answer: Answer) {
        self.respond(method, path, move |_| answer.clone());
    }

    /// Answers the calls one after the other; the last answer stays.
    pub fn on_each(&self, method: &str, path: &str, answers: impl IntoIterator<Item = Answer>) {
        let mut planned: VecDeque<Answer> = answers.into_iter().collect();
        let last = planned.pop_back().unwrap_or_else(|| Answer::status(500));
        self.route(method, path, planned, Arc::new(move |_| last.clone()));
    }

    /// Answers as a function of the call.
    pub fn respond(
        &self,
        method: &str,
        path: &str,
        responder: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) {
        self.route(method, path, VecDeque::new(), Arc::new(responder));
    }

    /// The calls so far, in the order of their arrival.
    pub fn received(&self) -> Vec<Received> {
        self.shared.lock().received.clone()
    }

    /// Waits until this many calls have arrived.
    ///
    /// # Panics
    /// When they do not arrive within the limit.
    pub fn wait_for_calls(&self, count: usize, limit: Duration) {
        let deadline = Instant::now() + limit;
        let mut state = self.shared.lock();
        while state.received.len() < count {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{} of {count} calls arrived",
                state.received.len()
            );
            state = self
                .shared
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn route(&self, method: &str, path: &str, planned: VecDeque<Answer>, otherwise: Responder) {
        let mut state = self.shared.lock();
        state
            .routes
            .retain(|route| route.method != method || route.path != path);
        state.routes.push(Route {
            method: method.to_owned(),
            path: path.to_owned(),
            planned,
            otherwise,
        });
    }
}

impl Drop for FakeUpstream {
    fn drop(&mut self) {
        let unexpected = {
            let mut state = self.shared.lock();
            state.closed = true;
            std::mem::take(&mut state.unexpected)
        };
        self.shared.changed.notify_all();
        // Wakes the accepting thread, which then sees that it is over; if nobody accepts any
        // more there is nothing to wake.
        drop(TcpStream::connect(self.address));
        if !thread::panicking() {
            assert!(
                unexpected.is_empty(),
                "unexpected calls to the upstream: {unexpected:?}"
            );
        }
    }
}

impl Shared {
    /// Records a call and decides its answer.
    pub(crate) fn answer(&self, call: Received) -> Answer {
        let mut state = self.lock();
        let route = state
            .routes
            .iter_mut()
            .find(|route| route.method == call.method && route.path == call.path());
        let decided = match route {
            Some(route) => route
                .planned
                .pop_front()
                .map_or_else(|| Err(Arc::clone(&route.otherwise)), Ok),
            None => {
                state
                    .unexpected
                    .push(format!("{} {}", call.method, call.target));
                Ok(Answer::status(501))
            }
        };
        state.received.push(call.clone());
        drop(state);
        self.changed.notify_all();
        decided.unwrap_or_else(|responder| responder(&call))
    }

    /// Waits until the upstream is dropped: how a call hangs without a sleep.
    pub(crate) fn wait_until_closed(&self) {
        let mut state = self.lock();
        while !state.closed {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for a time that belongs to the answer, or less when the upstream is dropped.
    pub(crate) fn wait_until_closed_or(&self, time: Duration) {
        let deadline = Instant::now() + time;
        let mut state = self.lock();
        while !state.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Whether the upstream is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// A panic elsewhere leaves the state whole, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept() {
        if shared.is_closed() {
            return;
        }
        let shared = Arc::clone(shared);
        let serving = move || -> io::Result<()> { connection::serve(stream, &shared) };
        // A client that goes away in the middle is an ordinary end of a connection.
        thread::spawn(move || drop(serving()));
    }
}

#[cfg(test)]
mod tests;
