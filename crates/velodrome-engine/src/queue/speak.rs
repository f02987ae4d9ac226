//! Telling others: what has gathered goes out together, and what can't go out is dropped.

use std::time::Duration;

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use futures::future::join_all;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use velodrome_model::AccountScope;

use super::{Inner, PATIENCE, Queue, Waiting, stream};
use crate::metrics;

/// Between two rounds, in which what is said more than once becomes one message.
const GATHER: Duration = Duration::from_millis(5);

impl Queue {
    /// Tells others until it is told to stop, and then what is left.
    pub(crate) async fn speak(self, stop: CancellationToken) {
        while stop
            .run_until_cancelled(self.inner.wake.notified())
            .await
            .is_some()
        {
            self.inner.round().await;
            sleep(GATHER).await;
        }
        self.inner.round().await;
        // The process ends after this, whether or not it has arrived.
        drop(timeout(PATIENCE, self.inner.client.flush()).await);
    }
}

impl Inner {
    async fn round(&self) {
        let Waiting { ready, answered } = std::mem::take(&mut *self.waiting.lock());
        let count = ready.len() + answered.len();
        if !self.is_connected() {
            metrics::hints("lost", count);
            return;
        }
        for request in answered {
            let subject = self.names.answered.clone();
            // It fails when the connection is closed for good, which is the end of the process.
            drop(
                self.client
                    .publish(subject, stream::written_request(request))
                    .await,
            );
        }
        let mut left: Vec<AccountScope> = ready.into_iter().collect();
        let mut outcome = self.publish(&mut left).await;
        if let Err(cause) = &outcome
            && cause.kind() == PublishErrorKind::StreamNotFound
        {
            if let Err(cause) = self.names.make(&self.jetstream).await {
                metrics::hints("lost", left.len());
                self.note(Err(&cause));
                return;
            }
            outcome = self.publish(&mut left).await;
        }
        metrics::hints("lost", left.len());
        metrics::hints("told", count - left.len());
        match &outcome {
            Ok(()) if count == 0 => {}
            Ok(()) => self.note(Ok(())),
            Err(cause) => self.note(Err(cause)),
        }
    }

    /// Publishes hints and waits until the stream has them; leaves those that it has not.
    async fn publish(&self, accounts: &mut Vec<AccountScope>) -> Result<(), PublishError> {
        let publishing = accounts.iter().map(async |account| {
            let subject = self.names.ready_of(*account);
            self.jetstream
                .publish(subject, stream::written(*account))
                .await?
                .await
        });
        let outcomes = join_all(publishing).await;
        let mut first = Ok(());
        let mut outcomes = outcomes.into_iter();
        accounts.retain(|_| match outcomes.next() {
            Some(Err(cause)) => {
                if first.is_ok() {
                    first = Err(cause);
                }
                true
            }
            _ => false,
        });
        first
    }
}
