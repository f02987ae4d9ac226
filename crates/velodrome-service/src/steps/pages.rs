//! Keeping the pages of a long list while they come, so that a step whose worker is lost goes on at the last
//! page that was kept (cycles.md §11.3).

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;
use tracing::{debug, warn};
use velodrome_connector::call::{PageKeeper, PageMark};
use velodrome_model::definition::Method;
use velodrome_store::StoreError;

use super::{ListSink, StepRun};
use crate::calls::Given;

/// Bytes of what is needed to go on. Who needs more, by cursors or by what pages have beside their records,
/// begins anew after a crash.
const MOST: usize = 1024 * 1024;

/// What a step goes on from.
#[derive(Serialize, Deserialize)]
pub(super) struct Resumed {
    /// When the step began: its look-back starts there the next time.
    pub began: DateTime<Utc>,
    /// Where its look-back started.
    pub last_run: DateTime<Utc>,
    /// Digest of the request and its method.
    request: Vec<u8>,
    /// Changes of stores that its scripts had made.
    changes: u32,
    mark: PageMark,
}

impl Resumed {
    /// What an attempt that was broken off has kept.
    pub(super) async fn of(run: &StepRun<'_>) -> Result<Option<Self>, StoreError> {
        let Some(sink) = run.list else {
            return Ok(None);
        };
        let Some(text) = sink.mark().await? else {
            return Ok(None);
        };
        let read = serde_json::from_str(&text);
        if read.is_err() {
            // Another release of ours wrote it.
            debug!(transaction.id = %run.transaction, "Pages that were kept are of another form; the step begins anew");
            sink.forget();
        }
        Ok(read.ok())
    }
}

/// Keeps the pages of a step's only request.
pub(super) struct Pages<'a> {
    sink: &'a dyn ListSink,
    began: DateTime<Utc>,
    last_run: DateTime<Utc>,
    asked: (&'a Method, &'a Given),
    /// Digest of what is asked; most steps need none.
    request: OnceLock<Vec<u8>>,
    /// Changes of stores that scripts have made.
    pub changes: Arc<AtomicU32>,
    from: Mutex<Option<PageMark>>,
    /// Why the step can't go on.
    broken: Mutex<Option<StoreError>>,
    told: Notify,
}

impl<'a> Pages<'a> {
    pub(super) fn new(
        sink: &'a dyn ListSink,
        (began, last_run): (DateTime<Utc>, DateTime<Utc>),
        asked: (&'a Method, &'a Given),
        resumed: Option<Resumed>,
    ) -> Self {
        let mut pages = Self {
            sink,
            began,
            last_run,
            asked,
            request: OnceLock::new(),
            changes: Arc::default(),
            from: Mutex::default(),
            broken: Mutex::default(),
            told: Notify::new(),
        };
        match resumed {
            Some(resumed) if resumed.request == pages.request() => {
                pages.changes = Arc::new(AtomicU32::new(resumed.changes));
                pages.from = Mutex::new(Some(resumed.mark));
            }
            // Pages of another request are no part of this one's list.
            Some(_) => sink.forget(),
            None => {}
        }
        pages
    }

    fn request(&self) -> &[u8] {
        let (method, given) = self.asked;
        self.request.get_or_init(|| digest(method, given))
    }

    /// Waits until the step can't go on; tells why.
    pub(super) async fn broken(&self) -> StoreError {
        loop {
            if let Some(cause) = self.taken() {
                return cause;
            }
            self.told.notified().await;
        }
    }

    /// Why the step can't go on, if it can't.
    pub(super) fn taken(&self) -> Option<StoreError> {
        self.broken.lock().take()
    }

    fn breaks(&self, cause: StoreError) {
        *self.broken.lock() = Some(cause);
        self.told.notify_one();
    }
}

#[async_trait]
impl PageKeeper for Pages<'_> {
    fn mark(&self) -> Option<PageMark> {
        self.from.lock().take()
    }

    fn begin_anew(&self) {
        self.sink.forget();
    }

    async fn kept(&self, number: usize) -> Option<String> {
        match self.sink.piece(number).await {
            Ok(json) => Some(json),
            Err(cause) => {
                self.breaks(cause);
                None
            }
        }
    }

    async fn keep(
        &self,
        behind: usize,
        records: Vec<(String, usize)>,
        mark: Option<PageMark>,
    ) -> bool {
        let text = mark.map(|mark| Resumed {
            began: self.began,
            last_run: self.last_run,
            request: self.request().to_vec(),
            changes: self.changes.load(Ordering::Relaxed),
            mark,
        });
        let text = text.map(|resumed| serde_json::to_string(&resumed));
        let text = match text.transpose() {
            Ok(text) if text.as_ref().is_none_or(|text| text.len() <= MOST) => text,
            // Without it nothing is lost but time, should this worker die.
            Ok(_) | Err(_) => return false,
        };
        match self.sink.put(behind, records, text).await {
            Ok(()) => true,
            Err(StoreError::Database(cause)) => {
                warn!(%cause, "Pages could not be kept yet; the step goes on without");
                false
            }
            Err(cause) => {
                self.breaks(cause);
                false
            }
        }
    }
}

/// Tells a request from another one.
fn digest(method: &Method, given: &Given) -> Vec<u8> {
    let mut hash = Sha256::new();
    let all = (method, &given.parameters, &given.fields, &given.object);
    // Maps keep their order, and a method is data; what can't be written is like nothing else.
    match serde_json::to_vec(&all) {
        Ok(json) => hash.update(json),
        Err(_) => hash.update(uuid::Uuid::new_v4().as_bytes()),
    }
    hash.finalize().to_vec()
}
