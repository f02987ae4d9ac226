//! The stream of hints, and what travels on it.

use std::time::Duration;

use async_nats::jetstream::{
    Context,
    consumer::{AckPolicy, Consumer, pull},
    context::CreateStreamError,
    stream::{Config, ConsumerError, RetentionPolicy, StorageType},
};
use bytes::Bytes;
use uuid::Uuid;
use velodrome_model::{AccountId, AccountScope, PartnerId, WebhookRequestId};

/// A hint that nobody took for so long is of no use: every worker has looked by itself since.
const KEPT: Duration = Duration::from_secs(30);
/// Hints in the stream, one an account.
const MOST: i64 = 100_000;
/// The one consumer, which all workers share.
const WORKERS: &str = "workers";
/// A hint that was handed out and not confirmed is handed out again, to whoever has room then.
const CONFIRMED_WITHIN: Duration = Duration::from_secs(5);

/// Names of one installation's stream and subjects.
pub(super) struct Names {
    stream: String,
    ready: String,
    /// Of the plain messages.
    pub answered: String,
}

/// Why there is no stream, or no consumer of it.
#[derive(Debug, thiserror::Error)]
pub(super) enum StreamError {
    #[error("the stream of hints can't be made")]
    Stream(#[from] CreateStreamError),
    #[error("the stream of hints can't be read")]
    Consumer(#[from] ConsumerError),
}

impl Names {
    pub fn of(installation: Uuid) -> Self {
        let installation = installation.simple();
        Self {
            stream: format!("velodrome-{installation}"),
            ready: format!("velodrome.{installation}.ready"),
            answered: format!("velodrome.{installation}.answered"),
        }
    }

    /// Where a hint of an account is told: of each only the newest is kept.
    pub fn ready_of(&self, account: AccountScope) -> String {
        format!("{}.{}", self.ready, account.account.0.simple())
    }

    /// Makes the stream where it is missing. One that is there stays as the operator may have changed it.
    pub async fn make(&self, jetstream: &Context) -> Result<(), StreamError> {
        self.stream(jetstream).await.map(drop)
    }

    /// What the workers take hints from; made, with its stream, where it is missing.
    pub async fn consumer(
        &self,
        jetstream: &Context,
    ) -> Result<Consumer<pull::Config>, StreamError> {
        let stream = self.stream(jetstream).await?;
        let config = pull::Config {
            durable_name: Some(WORKERS.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: CONFIRMED_WITHIN,
            memory_storage: true,
            ..Default::default()
        };
        Ok(stream.get_or_create_consumer(WORKERS, config).await?)
    }

    async fn stream(
        &self,
        jetstream: &Context,
    ) -> Result<async_nats::jetstream::stream::Stream, StreamError> {
        let config = Config {
            name: self.stream.clone(),
            description: Some("Velodrome: accounts with something to do. May be lost.".to_owned()),
            subjects: vec![format!("{}.*", self.ready)],
            retention: RetentionPolicy::WorkQueue,
            storage: StorageType::Memory,
            max_age: KEPT,
            max_messages: MOST,
            max_messages_per_subject: 1,
            num_replicas: 1,
            ..Default::default()
        };
        Ok(jetstream.get_or_create_stream(config).await?)
    }
}

/// Partner and account, 16 bytes each.
pub(super) fn written(account: AccountScope) -> Bytes {
    let ids = [account.partner.0, account.account.0];
    ids.iter().flat_map(|id| *id.as_bytes()).collect()
}

/// What [`written`] wrote; none of anything else.
pub(super) fn read(payload: &[u8]) -> Option<AccountScope> {
    let (partner, account) = payload.split_at_checked(16)?;
    Some(AccountScope {
        partner: PartnerId(Uuid::from_slice(partner).ok()?),
        account: AccountId(Uuid::from_slice(account).ok()?),
    })
}

/// A request, 16 bytes.
pub(super) fn written_request(request: WebhookRequestId) -> Bytes {
    Bytes::copy_from_slice(request.0.as_bytes())
}

/// What [`written_request`] wrote; none of anything else.
pub(super) fn read_request(payload: &[u8]) -> Option<WebhookRequestId> {
    Uuid::from_slice(payload).ok().map(WebhookRequestId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_anything_else_is_nothing() {
        let account = AccountScope {
            partner: PartnerId(Uuid::from_u128(1)),
            account: AccountId(Uuid::from_u128(2)),
        };
        let request = WebhookRequestId(Uuid::from_u128(3));

        assert_eq!(read(&written(account)), Some(account));
        assert_eq!(read_request(&written_request(request)), Some(request));
        for other in [&b""[..], b"short", &[0; 31], &[0; 33]] {
            assert_eq!(read(other), None);
            assert_eq!(read_request(other), None);
        }
    }
}
