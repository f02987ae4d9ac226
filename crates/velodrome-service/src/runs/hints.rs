//! What is said of work that may be ready: inside the process, and to other nodes.
//!
//! All of it may be lost, late or doubled. The rows are the truth, and whoever runs transactions looks at
//! them every second (cycles.md §11.1); what is said here only makes it quicker.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use velodrome_model::{AccountScope, WebhookRequestId};

/// A way to tell other nodes. Telling neither waits nor fails.
pub trait Messenger: Send + Sync + 'static {
    /// Something of this account may be ready, and this node does not begin it now.
    fn ready(&self, account: AccountScope);

    /// Whoever holds the connection of this request may have something to say to it.
    fn answered(&self, request: WebhookRequestId);

    /// Whether anybody hears it.
    fn is_heard(&self) -> bool {
        true
    }
}

/// The messenger of a node that tells nobody: the only one, or one of several that find work by looking.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Messenger for Nobody {
    fn ready(&self, _: AccountScope) {}

    fn answered(&self, _: WebhookRequestId) {}

    fn is_heard(&self) -> bool {
        false
    }
}

/// Who may be told of a ready account.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// It became ready here, so others may hear of it.
    Here,
    /// Another node said so. It is not sent round again.
    Elsewhere,
}

/// Accounts of which something may be ready.
pub(crate) struct Hints {
    accounts: Mutex<HashMap<AccountScope, Source>>,
    pub(super) notify: Notify,
    /// This node runs no transactions, or no more.
    is_idle: AtomicBool,
    /// Whether a worker is free.
    room: watch::Sender<bool>,
    others: Arc<dyn Messenger>,
}

impl Hints {
    pub(crate) fn new(others: Arc<dyn Messenger>) -> Self {
        Self {
            accounts: Mutex::default(),
            notify: Notify::new(),
            is_idle: AtomicBool::new(false),
            room: watch::Sender::new(true),
            others,
        }
    }

    /// Something of this account may be ready.
    pub(crate) fn give(&self, account: AccountScope) {
        if self.is_idle.load(Ordering::Acquire) {
            self.others.ready(account);
            return;
        }
        self.accounts.lock().insert(account, Source::Here);
        self.notify.notify_one();
    }

    /// Another node says that something of this account may be ready.
    pub(crate) fn hear(&self, account: AccountScope) {
        let mut accounts = self.accounts.lock();
        accounts.entry(account).or_insert(Source::Elsewhere);
        drop(accounts);
        self.notify.notify_one();
    }

    /// All accounts so far.
    pub(crate) fn take(&self) -> Vec<AccountScope> {
        let taken = std::mem::take(&mut *self.accounts.lock());
        taken.into_keys().collect()
    }

    /// All accounts so far; others hear of what became ready here.
    pub(crate) fn pass_on(&self) -> Vec<AccountScope> {
        let taken = std::mem::take(&mut *self.accounts.lock());
        for (account, source) in &taken {
            if *source == Source::Here {
                self.others.ready(*account);
            }
        }
        taken.into_keys().collect()
    }

    /// From now on what is ready is for others.
    pub(crate) fn leave(&self) {
        self.is_idle.store(true, Ordering::Release);
        self.pass_on();
    }

    /// Waits until something may be ready.
    pub(crate) async fn woken(&self) {
        self.notify.notified().await;
    }

    /// Whether a worker is free.
    pub(crate) fn set_room(&self, has_room: bool) {
        self.room
            .send_if_modified(|room| std::mem::replace(room, has_room) != has_room);
    }

    /// Waits until a worker is free.
    pub(crate) async fn room(&self) {
        let mut room = self.room.subscribe();
        // The sender lives as long as this, so there is always a value to wait for.
        drop(room.wait_for(|room| *room).await);
    }

    /// Others hear that a request may have an answer, or an end without one.
    pub(crate) fn answered(&self, request: WebhookRequestId) {
        self.others.answered(request);
    }

    /// Whether others hear anything.
    pub(crate) fn is_heard(&self) -> bool {
        self.others.is_heard()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use velodrome_model::{AccountId, PartnerId};

    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<AccountScope>>);

    impl Messenger for Heard {
        fn ready(&self, account: AccountScope) {
            self.0.lock().push(account);
        }

        fn answered(&self, _: WebhookRequestId) {}
    }

    fn account(number: u128) -> AccountScope {
        AccountScope {
            partner: PartnerId(Uuid::from_u128(1)),
            account: AccountId(Uuid::from_u128(number)),
        }
    }

    #[test]
    fn a_node_with_room_keeps_what_it_hears_and_a_full_one_tells_of_its_own_only() {
        let heard = Arc::new(Heard::default());
        let hints = Hints::new(heard.clone());
        hints.give(account(1));
        assert_eq!(hints.take(), [account(1)]);
        assert!(heard.0.lock().is_empty());

        hints.give(account(1));
        hints.hear(account(2));
        assert_eq!(hints.pass_on().len(), 2);

        assert_eq!(*heard.0.lock(), [account(1)]);
    }

    #[test]
    fn a_node_without_workers_keeps_nothing() {
        let heard = Arc::new(Heard::default());
        let hints = Hints::new(heard.clone());
        hints.give(account(1));

        hints.leave();
        hints.give(account(2));

        assert_eq!(*heard.0.lock(), [account(1), account(2)]);
        assert_eq!(hints.take(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_for_room_goes_on_when_there_is_some() {
        let hints = Arc::new(Hints::new(Arc::new(Nobody)));
        hints.set_room(false);
        let waiting = tokio::spawn({
            let hints = Arc::clone(&hints);
            async move { hints.room().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());

        hints.set_room(true);

        waiting.await.unwrap();
    }
}
