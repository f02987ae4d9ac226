//! What the store said a moment ago.

use std::{
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;
use tokio::{sync::Mutex, time::Instant};

/// Answers that may be used again for a while. Whatever changes them in this process forgets them at
/// once; the time bounds what another process changes.
///
/// When an answer is missing, one of those who ask finds it and the others wait for it: otherwise every
/// request under way would go to the database in the same instant, again and again. An answer that is
/// asked for in the second half of its time is found anew by one of those who ask, while the others go on
/// with the one there is: otherwise all of them would wait together each time it ends.
pub(crate) struct Recent<K, V> {
    kept: Cache<K, Kept<V>>,
    finding: Cache<K, Arc<Mutex<()>>>,
    /// Grows with everything forgotten, so that an answer found before a change is not kept after it.
    changes: AtomicU64,
    /// Age from which an answer is found anew.
    ageing: Duration,
}

#[derive(Clone)]
struct Kept<V> {
    answer: V,
    since: Instant,
}

impl<K, V> Recent<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Keeps up to `most` answers for as long as `fresh`.
    pub fn new(most: u64, fresh: Duration) -> Self {
        let cache = || Cache::builder().max_capacity(most);
        Self {
            kept: cache().time_to_live(fresh).build(),
            finding: Cache::builder()
                .max_capacity(most)
                .time_to_idle(fresh)
                .build(),
            changes: AtomicU64::new(0),
            ageing: fresh / 2,
        }
    }

    /// The answer that is kept, else what `find` finds. Failures are not kept.
    ///
    /// The future of `find` is large as a rule and rarely needed, so it is made when it is, on the heap:
    /// the futures of all requests hold this one.
    ///
    /// # Errors
    /// What `find` fails with, unless an answer is still kept.
    pub async fn get<E, F>(&self, key: &K, find: impl FnOnce() -> F) -> Result<V, E>
    where
        F: Future<Output = Result<V, E>>,
    {
        if let Some(kept) = self.kept.get(key) {
            if kept.since.elapsed() < self.ageing {
                return Ok(kept.answer);
            }
            let newer = Box::pin(self.renew(key, find())).await;
            return Ok(newer.unwrap_or(kept.answer));
        }
        let turn = self.turn(key);
        let _turn = turn.lock().await;
        if let Some(kept) = self.kept.get(key) {
            return Ok(kept.answer);
        }
        Box::pin(self.find(key, find())).await
    }

    /// Finds an ageing answer anew; none when somebody is at it. A failure leaves the answer that there is
    /// to its end; who asks after that meets the failure.
    async fn renew<E>(&self, key: &K, find: impl Future<Output = Result<V, E>>) -> Option<V> {
        let turn = self.turn(key);
        let _turn = turn.try_lock().ok()?;
        self.find(key, find).await.ok()
    }

    async fn find<E>(&self, key: &K, find: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        let changes = self.changes.load(Ordering::Acquire);
        let since = Instant::now();
        let answer = find.await?;
        if self.changes.load(Ordering::Acquire) == changes {
            let answer = answer.clone();
            self.kept.insert(key.clone(), Kept { answer, since });
        }
        Ok(answer)
    }

    fn turn(&self, key: &K) -> Arc<Mutex<()>> {
        self.finding.get_with(key.clone(), Arc::default)
    }

    /// Forgets one answer: what it says has changed.
    pub fn forget(&self, key: &K) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.kept.invalidate(key);
    }

    /// Forgets all answers.
    pub fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.kept.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, sync::atomic::AtomicUsize};

    use futures::future::join_all;
    use tokio::sync::Notify;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn a_thousand_who_ask_at_once_find_once() {
        let recent = Recent::new(10, HOUR);
        let found = AtomicUsize::new(0);
        let find = || async {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(found.fetch_add(1, Ordering::Relaxed))
        };

        let answers = join_all((0..1000).map(|_| recent.get(&"key", find))).await;

        assert!(answers.into_iter().all(|answer| answer == Ok(0)));
        assert_eq!(found.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_ageing_answer_is_found_anew_by_one_while_the_others_do_not_wait() {
        let recent = Recent::new(10, HOUR);
        let answer = async |value: &'static str| Ok::<_, Infallible>(value);
        recent.get(&1, || answer("old")).await.unwrap();
        tokio::time::advance(HOUR / 2).await;

        let (started, ended) = (Notify::new(), Notify::new());
        let anew = recent.get(&1, || async {
            started.notify_one();
            ended.notified().await;
            answer("new").await
        });
        let others = async {
            started.notified().await;
            let meanwhile = recent.get(&1, || answer("never asked")).await;
            ended.notify_one();
            meanwhile
        };
        let (anew, meanwhile) = tokio::join!(anew, others);
        let after = recent.get(&1, || answer("never asked")).await;

        assert_eq!((meanwhile, anew, after), (Ok("old"), Ok("new"), Ok("new")));
    }

    #[tokio::test(start_paused = true)]
    async fn an_ageing_answer_serves_on_when_it_cannot_be_found_anew() {
        let recent = Recent::new(10, HOUR);
        let kept: Result<u8, &str> = recent.get(&1, || async { Ok(7) }).await;
        tokio::time::advance(HOUR / 2).await;

        let failed = recent.get(&1, || async { Err("no") }).await;

        assert_eq!((kept, failed), (Ok(7), Ok(7)));
    }

    #[tokio::test]
    async fn a_failure_is_not_kept_and_the_next_one_tries_again() {
        let recent = Recent::new(10, HOUR);

        let failed: Result<u8, &str> = recent.get(&1, || async { Err("no") }).await;
        let found: Result<u8, &str> = recent.get(&1, || async { Ok(7) }).await;

        assert_eq!((failed, found), (Err("no"), Ok(7)));
    }

    #[tokio::test]
    async fn what_was_found_before_a_change_is_not_kept_after_it() {
        let recent = Recent::new(10, HOUR);
        let (started, changed) = (Notify::new(), Notify::new());
        let old = recent.get(&1, || async {
            started.notify_one();
            changed.notified().await;
            Ok::<_, Infallible>("old")
        });
        let change = async {
            started.notified().await;
            recent.forget(&1);
            changed.notify_one();
        };

        let (old, ()) = tokio::join!(old, change);
        let new = recent
            .get(&1, || async { Ok::<_, Infallible>("new") })
            .await;

        assert_eq!((old, new), (Ok("old"), Ok("new")));
    }
}
