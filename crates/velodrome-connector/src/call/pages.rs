//! Pages of a long answer that are kept while it is fetched, so that a call that is broken off goes on
//! behind them (cycles.md §11.3).

use std::{fmt, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;
use url::Url;
use velodrome_model::location::Location;

use super::{CallError, pipeline::Collected, session::Session};
use crate::paging::{Cursor, Merger, Spool};

/// Pages after which they are kept.
const PAGES: u32 = 10;
/// Time after which they are.
const TIME: Duration = Duration::from_secs(30);
/// Records that are given away together at most, and the bytes after which no more are.
const PIECE: (usize, usize) = (500, 256 * 1024);
/// Bytes that are given away at once.
const AT_ONCE: usize = 1024 * 1024;

/// Where the pages of a long answer are kept as they come.
#[async_trait]
pub trait PageKeeper: Send + Sync {
    /// The mark that the call goes on from; given once. None where it begins with the first page.
    fn mark(&self) -> Option<PageMark>;

    /// The call begins with the first page, once more or after all: what was kept is of no use.
    fn begin_anew(&self);

    /// Records that were kept before the mark: a JSON array by its number, from 0. None where there is none
    /// or it can't be read.
    async fn kept(&self, number: usize) -> Option<String>;

    /// Keeps records behind the first `behind`, as JSON arrays with how many are in each. They count from
    /// the mark on that comes with them or after them. Tells whether that is done; where it is not, the call
    /// goes on and tries it again later.
    async fn keep(
        &self,
        behind: usize,
        records: Vec<(String, usize)>,
        mark: Option<PageMark>,
    ) -> bool;
}

/// Everything that is needed to ask for the next page as if nothing had happened. Cursors and addresses may
/// be secret, so whoever stores it seals it.
#[derive(Clone, Serialize, Deserialize)]
pub struct PageMark {
    cursor: Cursor,
    next: Option<String>,
    pages: u32,
    bytes: usize,
    records: usize,
    /// What pages have beside their records.
    around: Value,
    /// They are too many for memory.
    is_long: bool,
    scripts: Option<ScriptMark>,
}

/// What scripts have said and kept so far.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct ScriptMark {
    pub action_data: Value,
    /// Those that scripts have set.
    pub mergefields: Map<String, Value>,
    pub warnings: Vec<String>,
}

impl Default for ScriptMark {
    fn default() -> Self {
        Self {
            action_data: Value::Object(Map::new()),
            mergefields: Map::new(),
            warnings: Vec::new(),
        }
    }
}

impl PageMark {
    /// Pages before it.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// Records before it.
    pub fn records(&self) -> usize {
        self.records
    }
}

/// What a provider answered is nobody's to log.
impl fmt::Debug for PageMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageMark")
            .field("pages", &self.pages)
            .field("records", &self.records)
            .finish_non_exhaustive()
    }
}

/// Where the paging of a call stands.
#[derive(Default)]
pub(super) struct Place {
    pub cursor: Cursor,
    /// Address of the next page, where the last one gave it.
    pub next: Option<Url>,
    /// Bytes of the pages so far.
    pub bytes: usize,
    /// Pages so far.
    pub pages: u32,
}

/// Keeps pages when it is time to.
pub(super) struct Book<'a> {
    keeper: &'a dyn PageKeeper,
    records: Location,
    /// Records that are kept, and where those behind them begin in the file.
    kept: usize,
    offset: u64,
    /// Pages since then.
    pages: u32,
    at: Instant,
    /// Pages before the mark that it goes on from, until the provider has given another.
    resumed: Option<u32>,
}

impl<'a> Book<'a> {
    pub fn new(keeper: &'a dyn PageKeeper, records: Location) -> Self {
        Self {
            keeper,
            records,
            kept: 0,
            offset: 0,
            pages: 0,
            at: Instant::now(),
            resumed: None,
        }
    }

    /// Where the call begins: behind the pages that were kept, which are put back where they were.
    pub async fn open(
        &mut self,
        session: &mut Session<'_>,
        into: &mut Collected,
    ) -> Result<Place, CallError> {
        let Some(mark) = self.keeper.mark() else {
            self.keeper.begin_anew();
            return Ok(Place::default());
        };
        let unread = || CallError::Paging {
            message: "the pages that were kept before a worker was lost can't be read".into(),
        };
        let mut spool = match mark.is_long {
            true => Some(Spool::new(self.records.clone()).map_err(CallError::no_room)?),
            false => None,
        };
        let (mut number, mut all) = (0, Vec::new());
        while self.kept < mark.records {
            let json = self.keeper.kept(number).await.ok_or_else(unread)?;
            let some: Vec<Value> = serde_json::from_str(&json).map_err(|_| unread())?;
            if some.is_empty() {
                return Err(unread());
            }
            self.kept += some.len();
            number += 1;
            match &mut spool {
                Some(spool) => spool.add(some).map_err(CallError::no_room)?,
                None => all.extend(some),
            }
        }
        let mut around = mark.around;
        match &mut spool {
            Some(spool) => self.offset = spool.end().map_err(CallError::no_room)?,
            None => {
                let put = self.records.put_array(&mut around, all);
                put.map_err(|_| unread())?;
            }
        }
        into.resume(around, spool, mark.pages);
        self.resumed = Some(mark.pages);
        if let (Some(scripts), Some(said)) = (&mut session.scripts, mark.scripts) {
            scripts.restore(said);
        }
        let next = mark.next.as_deref().map(Url::parse).transpose();
        Ok(Place {
            cursor: mark.cursor,
            next: next.map_err(|_| unread())?,
            bytes: mark.bytes,
            pages: mark.pages,
        })
    }

    /// Where the call begins after all, when the provider refuses to go on at the mark: cursors don't live
    /// for ever. None where the failure says nothing of that.
    pub fn refused(
        &mut self,
        failure: &CallError,
        session: &mut Session<'_>,
        into: &mut Collected,
    ) -> Option<Place> {
        let is_refused = |failure: &CallError| matches!(failure, CallError::Upstream { status, .. } if status.is_client_error());
        let pages = self.resumed.take().filter(|_| is_refused(failure))?;
        self.keeper.begin_anew();
        *self = Self::new(self.keeper, self.records.clone());
        into.forget(pages);
        if let Some(scripts) = &mut session.scripts {
            scripts.restore(ScriptMark::default());
        }
        Some(Place::default())
    }

    /// A page has come that another follows.
    pub async fn turned(
        &mut self,
        place: &Place,
        session: &Session<'_>,
        into: &mut Collected,
    ) -> Result<(), CallError> {
        self.pages += 1;
        self.resumed = None;
        match self.pages >= PAGES || self.at.elapsed() >= TIME {
            true => self.write(place, session, into).await,
            false => Ok(()),
        }
    }

    /// Keeps what has come since the last time, where there is something.
    pub async fn write(
        &mut self,
        place: &Place,
        session: &Session<'_>,
        into: &mut Collected,
    ) -> Result<(), CallError> {
        if self.pages == 0 {
            return Ok(());
        }
        (self.pages, self.at) = (0, Instant::now());
        let Some(around) = self.around(&mut into.merger, into.spool.is_some()) else {
            return Ok(());
        };
        if let Some(spool) = into.spool.as_mut().filter(|_| self.offset == 0) {
            // Those that are kept went into the file before, or with the first that did not fit into memory.
            self.offset = spool.offset_of(self.kept).map_err(CallError::no_room)?;
        }
        let mut source = Source {
            records: &self.records,
            at: self.kept,
            offset: self.offset,
        };
        let (mut behind, mut some, mut bytes) = (self.kept, Vec::new(), 0);
        while let Some((json, count)) = source.next(into)? {
            bytes += json.len();
            some.push((json, count));
            if bytes >= AT_ONCE {
                let count: usize = some.iter().map(|(_, count)| count).sum();
                if !self
                    .keeper
                    .keep(behind, std::mem::take(&mut some), None)
                    .await
                {
                    return Ok(());
                }
                behind += count;
                bytes = 0;
            }
        }
        let (records, offset) = (source.at, source.offset);
        let mark = PageMark {
            cursor: place.cursor.clone(),
            next: place.next.as_ref().map(Url::to_string),
            pages: place.pages,
            bytes: place.bytes,
            records,
            around,
            is_long: into.spool.is_some(),
            scripts: session.scripts.as_ref().map(super::events::Scripts::mark),
        };
        if self.keeper.keep(behind, some, Some(mark)).await {
            (self.kept, self.offset) = (records, offset);
        }
        Ok(())
    }

    /// What pages have beside their records; none where there is no list of them.
    fn around(&self, merger: &mut Merger, is_long: bool) -> Option<Value> {
        merger.with_pages(|so_far| {
            if is_long {
                return Some(so_far.clone());
            }
            let all = self.records.take_array(so_far)?;
            let around = so_far.clone();
            self.records.put_array(so_far, all).ok()?;
            Some(around)
        })
    }
}

/// The records that are not kept yet, a few at a time.
struct Source<'a> {
    records: &'a Location,
    /// The place of the next one.
    at: usize,
    /// The same in the file.
    offset: u64,
}

impl Source<'_> {
    fn next(&mut self, from: &mut Collected) -> Result<Option<(String, usize)>, CallError> {
        let some = match &mut from.spool {
            Some(spool) => spool
                .read(&mut self.offset, self.at, PIECE)
                .map_err(CallError::no_room)?,
            None => from.merger.with_pages(|so_far| self.of_memory(so_far)),
        };
        if let Some((_, count)) = &some {
            self.at += count;
        }
        Ok(some)
    }

    fn of_memory(&self, so_far: &mut Value) -> Option<(String, usize)> {
        let all = self.records.take_array(so_far)?;
        let (mut json, mut count) = (String::from("["), 0);
        for record in all.iter().skip(self.at).take(PIECE.0) {
            if count > 0 {
                json.push(',');
            }
            json.push_str(&record.to_string());
            count += 1;
            if json.len() >= PIECE.1 {
                break;
            }
        }
        json.push(']');
        // Taken from there a moment ago, so nothing stands in its way.
        drop(self.records.put_array(so_far, all));
        (count > 0).then_some((json, count))
    }
}
