//! A pool, stores in memory and a server that repeats what it is asked.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::{Value, json};
use velodrome_script::{
    Event, Fault, Host, HttpAnswer, HttpRequest, Level, Levels, Limits, Outcome, PoolOptions, Run,
    Script, ScriptError, ScriptPool, Store, StoreOperation, Stored, appended, incremented,
    number_text,
};

pub static POOL: LazyLock<ScriptPool> = LazyLock::new(|| {
    ScriptPool::new(PoolOptions {
        computing: 8,
        ..PoolOptions::default()
    })
});

/// The outside of a test.
#[derive(Default)]
pub struct World {
    pub stores: Mutex<BTreeMap<(u8, String), String>>,
    pub no_cycle: bool,
    pub hangs: bool,
}

#[async_trait]
impl Host for World {
    async fn http_request(&self, request: HttpRequest) -> Result<HttpAnswer, Fault> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        if request.url.contains("169.254.169.254") {
            return Err(Fault::new("EgressDenied", "the address is not public"));
        }
        let plain = request.url.ends_with("/text");
        let answer = json!({
            "method": request.method, "parameters": request.parameters,
            "headers": request.headers, "body": request.body, "auth": request.authenticate,
        });
        Ok(HttpAnswer {
            status: if request.url.ends_with("/missing") {
                404
            } else {
                200
            },
            headers: vec![(
                "content-type".into(),
                if plain {
                    "text/plain"
                } else {
                    "application/json; charset=utf-8"
                }
                .into(),
            )],
            body: if plain {
                "plain".into()
            } else {
                answer.to_string()
            },
            request: json!({"url": request.url}),
        })
    }

    async fn storage(&self, store: Store, operation: StoreOperation) -> Result<Stored, Fault> {
        if self.no_cycle && store == Store::Cycle {
            return Err(Fault::new("NoCycle", "there is no cycle here"));
        }
        let place = |key: &str| (u8::from(store == Store::Cycle), key.to_owned());
        let mut stores = self.stores.lock().unwrap();
        Ok(match operation {
            StoreOperation::Set { key, value } => {
                stores.insert(place(&key), value);
                Stored::Nothing
            }
            StoreOperation::Get { key } => stores
                .get(&place(&key))
                .map_or(Stored::Nothing, |value| Stored::Text(value.clone())),
            StoreOperation::Append { key, value } => {
                let value = appended(stores.get(&place(&key)).map(String::as_str), &value)?;
                stores.insert(place(&key), value);
                Stored::Nothing
            }
            StoreOperation::Increment { key, amount } => {
                let number = incremented(stores.get(&place(&key)).map(String::as_str), amount)?;
                stores.insert(place(&key), number_text(number));
                Stored::Number(number)
            }
            StoreOperation::Delete { key } => {
                stores.remove(&place(&key));
                Stored::Nothing
            }
            StoreOperation::DeleteAll => {
                stores.retain(|(kind, _), _| *kind != place("").0);
                Stored::Nothing
            }
            StoreOperation::ListKeys => {
                let mine = stores.keys().filter(|(kind, _)| *kind == place("").0);
                Stored::List(mine.map(|(_, key)| key.clone()).collect())
            }
            StoreOperation::ListValues => {
                let mine = stores.iter().filter(|((kind, _), _)| *kind == place("").0);
                Stored::List(mine.map(|(_, value)| value.clone()).collect())
            }
        })
    }
}

pub fn script(level: Level, text: &str) -> Script {
    Script::compile(level, text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A run of text that may reach outside, as the testing tool makes it.
pub fn text(text: &str) -> Run {
    Run::text(1, script(Level::Inline, text))
}

/// The value of a text.
pub async fn value_in(world: &World, source: &str) -> Result<Value, ScriptError> {
    POOL.run(text(source), world)
        .await
        .map(|outcome| outcome.result)
}

/// The value of a text in an empty world.
pub async fn value(source: &str) -> Result<Value, ScriptError> {
    value_in(&World::default(), source).await
}

/// What a text with small limits comes to.
pub async fn limited(source: &str, time: Duration) -> Result<Outcome, ScriptError> {
    let run = Run {
        limits: Limits {
            time,
            memory: 32 << 20,
            values: 1 << 20,
            ..Limits::default()
        },
        ..text(source)
    };
    POOL.run(run, &World::default()).await
}

pub fn levels(connector: &str, method: &str, step: &str) -> Levels {
    let one = |level, text: &str| (!text.is_empty()).then(|| script(level, text));
    Levels {
        connector: one(Level::Connector, connector),
        method: one(Level::Method, method),
        step: one(Level::Step, step),
    }
}

/// A run of a method's handler.
pub fn method(event: Event, text: &str) -> Run {
    Run::event(1, event, levels("", text, ""))
}
