//! The provider: counts what it is told, and forgets nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use velodrome_testkit::{Answer, FakeUpstream, Received};

/// The paths that take values.
const PATHS: &[&str] = &["/create", "/confirm", "/order", "/join", "/pay"];
/// The items of a list.
pub const ITEMS: i64 = 3;

/// A call, as the provider saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What of the provider was called.
    pub path: String,
    /// The idempotency key, where one was sent.
    pub key: Option<String>,
    /// Whose credential it was made with.
    pub credential: String,
    /// Whose value it is.
    pub owner: String,
    /// The value; 0 where the call has none.
    pub value: i64,
    /// Which life of the server made it.
    pub life: u32,
}

/// What the provider does instead of answering as it should.
pub enum Whim {
    /// It does not do what it is told, and says so.
    Refuse(Answer),
    /// It does what it is told, and whoever told it does not hear of it in time, or not well.
    Lose(Answer),
}

type Whims = Arc<dyn Fn(&Call) -> Option<Whim> + Send + Sync>;

impl Call {
    /// What a provider without whims answers.
    pub fn proper(&self) -> Answer {
        Answer::json(json!({ "owner": self.owner, "value": self.value }).to_string())
    }
}

/// Stands for the provider of the connector *Counter*.
pub struct Provider {
    upstream: Arc<FakeUpstream>,
    ledger: Arc<Mutex<Ledger>>,
}

#[derive(Default)]
struct Ledger {
    calls: Vec<Call>,
    life: u32,
    whims: Option<Whims>,
    /// The lists that were handed out, each with values of its own.
    lists: i64,
}

impl Provider {
    /// A provider that nobody has called.
    pub fn start() -> Self {
        let provider = Self {
            upstream: Arc::new(FakeUpstream::start()),
            ledger: Arc::default(),
        };
        for path in PATHS {
            let ledger = Arc::clone(&provider.ledger);
            provider
                .upstream
                .respond("POST", path, move |received| take(&ledger, received));
        }
        let ledger = Arc::clone(&provider.ledger);
        provider
            .upstream
            .respond("GET", "/list", move |received| list(&ledger, received));
        provider
    }

    /// Its origin.
    pub fn url(&self) -> String {
        self.upstream.url()
    }

    /// Every call so far, in the order in which they came.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.ledger).calls.clone()
    }

    /// How many calls there were, for lists too.
    pub fn count(&self) -> usize {
        let ledger = lock(&self.ledger);
        ledger.calls.len() + usize::try_from(ledger.lists).unwrap_or_default()
    }

    /// From now on calls are of the server's next life.
    pub fn next_life(&self) {
        lock(&self.ledger).life += 1;
    }

    /// From now on it does this where it gives something.
    pub fn has_whims(&self, whims: impl Fn(&Call) -> Option<Whim> + Send + Sync + 'static) {
        lock(&self.ledger).whims = Some(Arc::new(whims));
    }

    /// Does something on a thread of its own when so many calls came, lists and all.
    pub fn when<T: Send + 'static>(
        &self,
        count: usize,
        limit: Duration,
        then: impl FnOnce() -> T + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        let upstream = Arc::clone(&self.upstream);
        tokio::task::spawn_blocking(move || {
            upstream.wait_for_calls(count, limit);
            then()
        })
    }
}

fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take(ledger: &Mutex<Ledger>, received: &Received) -> Answer {
    let body: Value = serde_json::from_str(&received.text()).unwrap_or(Value::Null);
    let value = &body["value"];
    let call = Call {
        path: received.path().to_owned(),
        key: received.header("idempotency-key").map(str::to_owned),
        credential: received.header("x-api-key").unwrap_or_default().to_owned(),
        owner: body["owner"].as_str().unwrap_or_default().to_owned(),
        value: value
            .as_i64()
            .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
            .unwrap_or_default(),
        life: 0,
    };
    let (call, whims) = {
        let ledger = lock(ledger);
        let call = Call {
            life: ledger.life,
            ..call
        };
        (call, ledger.whims.clone())
    };
    let whim = whims.and_then(|whims| whims(&call));
    if let Some(Whim::Refuse(answer)) = whim {
        return answer;
    }
    let proper = call.proper();
    lock(ledger).calls.push(call);
    match whim {
        Some(Whim::Lose(answer)) => answer,
        _ => proper,
    }
}

/// A list of values that were never before, of whoever asks.
fn list(ledger: &Mutex<Ledger>, received: &Received) -> Answer {
    let mut ledger = lock(ledger);
    ledger.lists += 1;
    let owner = received.header("x-api-key").unwrap_or_default();
    let first = 1_000_000 + ledger.lists * ITEMS;
    let items: Vec<Value> = (first..first + ITEMS)
        .map(|value| json!({ "owner": owner, "value": value }))
        .collect();
    Answer::json(json!({ "items": items }).to_string())
}
