//! Hearing others: hints for those who run transactions, answers for those who hold connections.

use std::time::Duration;

use futures::StreamExt as _;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use velodrome_service::runs::Runs;

use super::{Inner, Queue, stream};
use crate::metrics;

/// Hints that are asked for at once.
const AT_ONCE: usize = 16;
/// How long a question for hints stands.
const STANDS: Duration = Duration::from_secs(5);
/// Pause after something failed; the connection comes back by itself meanwhile.
const PAUSE: Duration = Duration::from_millis(500);

impl Queue {
    /// Hears which accounts have something to do, whenever a worker is free, until it is told to stop.
    pub(crate) async fn hear_ready(self, runs: Runs, stop: CancellationToken) {
        let mut connections = self.inner.connections.subscribe();
        let listening = async {
            loop {
                connections.mark_unchanged();
                if !self.inner.is_connected() {
                    // It lives as long as this queue.
                    drop(connections.changed().await);
                    continue;
                }
                // A new connection may be one to a server that knows nothing of the stream.
                let heard = tokio::select! {
                    heard = self.inner.hear(&runs) => heard,
                    _ = connections.changed() => continue,
                };
                if let Err(cause) = heard {
                    self.inner.note(Err(&*cause));
                    tokio::select! {
                        () = sleep(PAUSE) => {}
                        _ = connections.changed() => {}
                    }
                }
            }
        };
        stop.run_until_cancelled(listening).await;
    }

    /// Hears which requests may have an answer, until it is told to stop.
    pub(crate) async fn hear_answers(self, runs: Runs, stop: CancellationToken) {
        let listening = async {
            loop {
                // A subscription outlives lost connections.
                let subject = self.inner.names.answered.clone();
                if let Ok(mut messages) = self.inner.client.subscribe(subject).await {
                    while let Some(message) = messages.next().await {
                        if let Some(request) = stream::read_request(&message.payload) {
                            metrics::hints("heard", 1);
                            runs.hear_answer(request);
                        }
                    }
                }
                metrics::failed("queue");
                sleep(PAUSE).await;
            }
        };
        stop.run_until_cancelled(listening).await;
    }
}

impl Inner {
    /// Takes hints until something fails.
    async fn hear(&self, runs: &Runs) -> Result<(), async_nats::Error> {
        let consumer = self.names.consumer(&self.jetstream).await?;
        self.note(Ok(()));
        loop {
            runs.room().await;
            let mut hints = consumer
                .batch()
                .max_messages(AT_ONCE)
                .expires(STANDS)
                .messages()
                .await?;
            while let Some(hint) = hints.next().await {
                let hint = hint?;
                if let Some(account) = stream::read(&hint.payload) {
                    metrics::hints("heard", 1);
                    runs.hear_ready(account);
                }
                // One that is not confirmed comes again, which does no harm.
                drop(hint.ack().await);
            }
        }
    }
}
