//! Scripts: none crashes the engine, hangs, or reaches what it was not given (scripting.md §8).

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use serde_json::json;
use tokio::runtime::Runtime;
use velodrome_script::{
    Event, Fault, FaultKind, Host, HttpAnswer, HttpRequest, Level, Levels, Limits, Run, Script,
    ScriptPool, Store, StoreOperation, Stored,
};

/// What one run may take.
const TIME: Duration = Duration::from_millis(200);
/// What it may take beyond: a busy machine, and the end of a native call.
const SLACK: Duration = Duration::from_secs(10);
const HTTP_CALLS: u32 = 3;

static POOL: LazyLock<ScriptPool> = LazyLock::new(ScriptPool::default);
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime needs nothing but memory")
});

/// An outside that answers nothing and counts who asks.
#[derive(Default)]
struct Wall {
    asked: AtomicU32,
}

#[async_trait]
impl Host for Wall {
    async fn http_request(&self, _: HttpRequest) -> Result<HttpAnswer, Fault> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Err(Fault::new("EgressDenied", "there is nothing outside"))
    }

    async fn storage(&self, _: Store, _: StoreOperation) -> Result<Stored, Fault> {
        Ok(Stored::Nothing)
    }
}

/// Runs the bytes as a mapping's text, as a trial and as a method's handlers.
pub fn run(bytes: &[u8]) {
    let text = crate::text(bytes);
    finish(Run::mapping(1, vec![text.to_string(), text.to_string()]));
    if let Ok(script) = Script::compile(Level::Inline, &text) {
        finish(Run::text(1, script));
    }
    if let Ok(script) = Script::compile(Level::Method, &text) {
        for event in [Event::BeforeAction, Event::AfterAction, Event::AfterError] {
            let levels = Levels {
                method: Some(script.clone()),
                ..Levels::default()
            };
            let handled = Run::event(1, event, levels)
                .with(
                    "method_response",
                    json!({"items": [{"id": 1, "name": "Ada"}]}),
                )
                .with("method_error", json!({"statusCode": 500, "isError": true}))
                .with("action_data", json!({}));
            finish(handled);
        }
    }
}

fn finish(mut run: Run) {
    run.limits = Limits {
        time: TIME,
        memory: 16 << 20,
        values: 1 << 20,
        http_calls: HTTP_CALLS,
        ..Limits::default()
    };
    let wall = Wall::default();
    let begun = Instant::now();
    let outcome = RUNTIME.block_on(POOL.run(run, &wall));
    assert!(begun.elapsed() < TIME + SLACK, "took {:?}", begun.elapsed());
    assert!(wall.asked.load(Ordering::Relaxed) <= HTTP_CALLS);
    match outcome {
        Ok(outcome) => {
            let told = outcome.result.to_string();
            assert!(told.len() <= 2 << 20, "{} bytes", told.len());
        }
        Err(error) => {
            assert_ne!(error.kind, FaultKind::Engine, "{error}");
            assert!(error.message.len() <= 5_000);
        }
    }
}
