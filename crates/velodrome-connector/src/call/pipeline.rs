//! The pipeline: every step of a call in its order (connectors.md §3).

use std::sync::{Arc, OnceLock};

use http::{
    StatusCode,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;
use velodrome_model::{
    SharedClock,
    definition::{BodyType, MethodType, Paging, TargetType},
    location::Location,
};

use super::{
    Call, CallError, Mode, PageKeeper, Progress, Reply, ReplyBody, ScriptEngine,
    filter::Filter,
    pages::{Book, Place},
    session::{Answer, Page, Session},
};
use crate::{
    auth::CredentialSource,
    body::{Decoded, decode},
    egress::Client,
    metrics,
    paging::{Cursor, Merger, Next, Spool, records, split},
    rate_limit::RateLimiter,
};

/// Pages that are fetched unless the definition says otherwise.
const MAX_PAGES: u32 = 10_000;
/// Bytes of pages that are merged in memory; what is longer goes into a file, unless a script or a filter
/// wants to see all of it together.
const IN_MEMORY: usize = 8 * 1024 * 1024;

/// The way out to providers; cheap to clone.
#[derive(Clone)]
pub struct Pipeline {
    pub(super) client: Client,
    pub(super) limiter: Arc<RateLimiter>,
    pub(super) clock: SharedClock,
    pub(super) scripts: ScriptEngine,
}

/// What the requests of a call have brought so far.
pub(super) struct Collected {
    pub(super) merger: Merger,
    /// A body that is no value to merge: text, a file, or more than fits into memory.
    raw: Option<ReplyBody>,
    /// Where records go from the moment that there are too many for memory.
    pub(super) spool: Option<Spool>,
    status: StatusCode,
    pages: u32,
    request: Option<String>,
}

impl Collected {
    /// Goes on with pages that came before.
    pub(super) fn resume(&mut self, so_far: Value, spool: Option<Spool>, pages: u32) {
        self.merger.push(so_far);
        self.spool = spool;
        self.pages += pages;
    }

    /// Forgets them again.
    pub(super) fn forget(&mut self, pages: u32) {
        self.merger = Merger::new(self.merger.records().cloned());
        self.spool = None;
        self.pages -= pages;
    }

    /// Adds a page that others follow.
    fn add(&mut self, mut page: Value) -> Result<(), CallError> {
        if let Some(spool) = &mut self.spool {
            spool.take(&mut page).map_err(CallError::no_room)?;
        }
        self.merger.push(page);
        Ok(())
    }

    /// Adds the last page.
    fn end(&mut self, page: Value) -> Result<(), CallError> {
        self.add(page)?;
        self.end_spool()
    }

    /// From now on only what pages have beside their records stays in memory.
    fn start_spool(&mut self) -> Result<(), CallError> {
        let Some(records) = self.merger.records() else {
            return Ok(());
        };
        let mut spool = Spool::new(records.clone()).map_err(CallError::no_room)?;
        self.merger
            .with_pages(|so_far| spool.take(so_far))
            .map_err(CallError::no_room)?;
        self.spool = Some(spool);
        Ok(())
    }

    fn end_spool(&mut self) -> Result<(), CallError> {
        if let Some(spool) = self.spool.take() {
            let answer = spool
                .finish(self.merger.so_far())
                .map_err(CallError::no_room)?;
            self.raw = Some(ReplyBody::Long(answer));
        }
        Ok(())
    }
}

impl Pipeline {
    /// A pipeline over this client. All pipelines of a process share one limiter.
    pub fn new(client: Client, limiter: Arc<RateLimiter>, clock: SharedClock) -> Self {
        Self {
            client,
            limiter,
            clock,
            scripts: ScriptEngine::default(),
        }
    }

    /// Where its scripts run.
    pub fn scripts(&self) -> &ScriptEngine {
        &self.scripts
    }

    /// Its way out.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Calls a method and answers with what the provider said, all pages merged.
    ///
    /// Dropping the future abandons the call.
    pub async fn call(
        &self,
        call: &Call<'_>,
        credentials: &dyn CredentialSource,
    ) -> Result<Reply, CallError> {
        self.resume(call, credentials, Progress::default()).await
    }

    /// The same, of which a former try has achieved a part: goes on with the first element that was not
    /// sent, and answers as if all had been sent now. The values must be those of the former try.
    pub async fn resume(
        &self,
        call: &Call<'_>,
        credentials: &dyn CredentialSource,
        progress: Progress,
    ) -> Result<Reply, CallError> {
        self.resume_keeping(call, credentials, progress, None).await
    }

    /// The same; pages of a long answer are kept as they come, and it goes on behind those that were kept by
    /// a call that was broken off. The values must be those of that call.
    pub async fn resume_keeping(
        &self,
        call: &Call<'_>,
        credentials: &dyn CredentialSource,
        progress: Progress,
        keeper: Option<&dyn PageKeeper>,
    ) -> Result<Reply, CallError> {
        let started = Instant::now();
        let result = Box::pin(self.run(*call, credentials, progress, keeper)).await;
        let outcome = result.as_ref().err().map_or("ok", CallError::label);
        metrics::called(&call.definition.slug, outcome, started.elapsed());
        result
    }

    async fn run(
        &self,
        call: Call<'_>,
        credentials: &dyn CredentialSource,
        progress: Progress,
        keeper: Option<&dyn PageKeeper>,
    ) -> Result<Reply, CallError> {
        let paging = call
            .method
            .paging
            .clone()
            .unwrap_or_default()
            .over(&call.definition.paging.clone().unwrap_or_default());
        let newer = OnceLock::new();
        let mut session = Session::start(self, call, credentials, &newer).await?;
        session.size = paging.inbound_page_size;
        if call.method.kind == MethodType::Script {
            return script_only(session).await;
        }
        let mut collected = Collected {
            merger: Merger::new(records(call.method)),
            raw: None,
            spool: None,
            status: StatusCode::OK,
            pages: 0,
            request: None,
        };
        let former = progress.sent;
        if former > 0 {
            collected.merger.push(progress.answered);
        }
        let chunks = chunks(&session, &paging, former)?;
        match chunks {
            None => whole(&mut session, &paging, (None, keeper), &mut collected).await?,
            Some(chunks) => {
                let all = chunks.last().map_or(0, |(range, _)| range.end);
                for (range, body) in chunks {
                    let part = (Some(&body), None);
                    let part = whole(&mut session, &paging, part, &mut collected);
                    if let Err(source) = part.await {
                        return Err(CallError::PartlySent {
                            sent: 0..range.start,
                            unsent: range.start..all,
                            progress: Box::new(Progress {
                                sent: range.start,
                                // Pages of a part that then fails are not its answer.
                                answered: collected.merger.so_far(),
                            }),
                            source: Box::new(source),
                        });
                    }
                }
            }
        }
        finish(session, collected).await
    }
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// A part of a long request: the elements in it, and its body.
type Chunk = (std::ops::Range<usize>, Value);

/// The parts of a request that is too long for one; none where one is enough.
fn chunks(
    session: &Session<'_>,
    paging: &Paging,
    former: usize,
) -> Result<Option<Vec<Chunk>>, CallError> {
    let (Some(true), Some(size), Some(location)) = (
        paging.outbound,
        paging.outbound_page_size,
        &paging.outbound_location,
    ) else {
        return Ok(None);
    };
    let location: Location = location
        .parse()
        .map_err(|error| CallError::build(location, &format!("{error}")))?;
    let body = session.body(&Cursor::default())?;
    let chunks = split(body, &location, size as usize, former);
    Ok((chunks.len() > 1 || former > 0).then_some(chunks))
}

/// Fetches all pages of one request and lets scripts see them together.
async fn whole(
    session: &mut Session<'_>,
    paging: &Paging,
    (chunk, keeper): (Option<&Value>, Option<&dyn PageKeeper>),
    into: &mut Collected,
) -> Result<(), CallError> {
    loop {
        let mut part = Collected {
            merger: Merger::new(records(session.call.method)),
            raw: None,
            spool: None,
            status: StatusCode::OK,
            pages: into.pages,
            request: into.request.take(),
        };
        collect(session, paging, (chunk, keeper), &mut part).await?;
        into.status = part.status;
        into.pages = part.pages;
        into.request = part.request;
        if part.raw.is_some() {
            into.raw = part.raw;
            return Ok(());
        }
        match session.after_action_paging(part.merger.finish()).await {
            Ok(all) => {
                into.merger.push(all);
                return Ok(());
            }
            Err(error) => session.recover(error).await?,
        }
    }
}

/// A method without a request: its handlers run over nothing.
async fn script_only(mut session: Session<'_>) -> Result<Reply, CallError> {
    let cursor = Cursor::default();
    let draft = session.draft(&cursor, None, None)?;
    let draft = session.before_action(draft, &cursor).await?;
    // What answers a webhook's caller says what was put together for it.
    let nothing = match draft.body {
        Value::Null => Value::Object(serde_json::Map::new()),
        body if session.call.method.responds_to_webhook => body,
        _ => Value::Object(serde_json::Map::new()),
    };
    let page = session
        .after_action(StatusCode::OK, &http::HeaderMap::new(), nothing)
        .await?;
    let mut merger = Merger::new(None);
    merger.push(session.after_action_paging(page).await?);
    let collected = Collected {
        merger,
        raw: None,
        spool: None,
        status: StatusCode::OK,
        pages: 0,
        request: None,
    };
    finish(session, collected).await
}

/// Fetches the pages of one request.
async fn collect(
    session: &mut Session<'_>,
    paging: &Paging,
    (chunk, keeper): (Option<&Value>, Option<&dyn PageKeeper>),
    into: &mut Collected,
) -> Result<(), CallError> {
    let style = session.style()?;
    let pages =
        paging.inbound == Some(true) && session.call.mode != Mode::FirstPage && style.pages();
    let max_pages = paging.max_pages.unwrap_or(MAX_PAGES);
    let cross_origin = paging.allow_cross_origin == Some(true);
    let may_spool = pages && chunk.is_none() && !session.wants_all_pages() && {
        let filters = filters(session, &session.call)?;
        filters.is_empty()
    };
    let mut gathered = 0;
    // Without a list there is nothing that grows page by page.
    let kept = keeper.filter(|_| pages).zip(style.records.clone());
    let mut book = kept.map(|(keeper, records)| Book::new(keeper, records));
    let mut place = match &mut book {
        Some(book) => book.open(session, into).await?,
        None => Place::default(),
    };
    while place.pages < max_pages {
        let (page, url) = loop {
            let asked = session.page(&place.cursor, chunk, place.next.as_ref(), cross_origin);
            let answer = match asked.await {
                Ok(Page::Answer(answer)) => answer,
                Ok(Page::Replaced(Value::Null)) => return into.end_spool(),
                Ok(Page::Replaced(value)) => return into.end(value),
                Err(error) => {
                    let refused = |book: &mut Book<'_>| book.refused(&error, session, into);
                    if let Some(beginning) = book.as_mut().and_then(refused) {
                        place = beginning;
                        continue;
                    }
                    // Whoever comes back when the provider takes calls again goes on from here.
                    if let (CallError::RateLimited { .. }, Some(book)) = (&error, &mut book) {
                        book.write(&place, session, into).await?;
                    }
                    return Err(error);
                }
            };
            into.status = answer.status;
            place.bytes += answer.body.len();
            let decoded = decoded(session, &answer, into)?;
            let scripted = match decoded {
                Decoded::Value(mut page) => {
                    session.show_headers(&answer.headers, &mut page);
                    session
                        .after_action(answer.status, &answer.headers, page)
                        .await
                }
                Decoded::Text(text) => {
                    session
                        .after_action(answer.status, &answer.headers, text.into())
                        .await
                }
                Decoded::Bytes(content) => {
                    into.pages += 1;
                    into.raw = Some(file(&answer, content));
                    return Ok(());
                }
            };
            match scripted {
                Ok(page) => {
                    into.pages += 1;
                    break (page, answer.url);
                }
                Err(error) => session.recover(error).await?,
            }
        };
        if session.call.method.response_type() == BodyType::PlainText
            && let Value::String(text) = page
        {
            into.raw = Some(ReplyBody::Text(text));
            return Ok(());
        }
        if !pages {
            into.merger.push(page);
            return Ok(());
        }
        if let Mode::Records(enough) = session.call.mode {
            let records = style.records.as_ref();
            gathered += records
                .and_then(|records| records.count(&page))
                .unwrap_or(1);
            if gathered >= enough {
                into.merger.push(page);
                return Ok(());
            }
        }
        match place.cursor.advance(&style, &page) {
            Next::Repeated => return into.end_spool(),
            Next::End => return into.end(page),
            Next::More => into.add(page)?,
        }
        place.pages += 1;
        if may_spool && place.bytes > IN_MEMORY && into.spool.is_none() {
            into.start_spool()?;
        }
        let next = place.cursor.next_url();
        place.next = next.map(|text| next_address(&url, text)).transpose()?;
        if let Some(book) = &mut book {
            book.turned(&place, session, into).await?;
        }
    }
    Err(CallError::Paging {
        message: format!("there are more than {max_pages} pages"),
    })
}

fn next_address(current: &Url, text: &str) -> Result<Url, CallError> {
    let bad = |what: &str| CallError::Paging {
        message: format!("the address of the next page {what}"),
    };
    let mut url = current.join(text).map_err(|_| bad("is no URL"))?;
    if !matches!(url.scheme(), "http" | "https")
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(bad("is no http(s) URL"));
    }
    url.set_fragment(None);
    Ok(url)
}

/// The answer's body.
fn decoded(
    session: &Session<'_>,
    answer: &Answer,
    into: &mut Collected,
) -> Result<Decoded, CallError> {
    if session.call.mode == Mode::FirstPage && into.request.is_none() {
        into.request = Some(session.exchange(answer).request);
    }
    if answer.status == StatusCode::NO_CONTENT {
        return Ok(Decoded::Value(Value::Null));
    }
    decode(
        session.call.method.response_type(),
        header(answer, CONTENT_TYPE),
        answer.body.clone(),
    )
    .map_err(|error| CallError::Unreadable {
        message: error.to_string(),
        exchange: session.exchange(answer),
    })
}

fn header(answer: &Answer, name: http::HeaderName) -> Option<&str> {
    answer.headers.get(name)?.to_str().ok()
}

fn file(answer: &Answer, content: bytes::Bytes) -> ReplyBody {
    ReplyBody::File {
        content,
        content_type: header(answer, CONTENT_TYPE)
            .unwrap_or("application/octet-stream")
            .to_owned(),
        name: header(answer, CONTENT_DISPOSITION).and_then(file_name),
    }
}

/// The plain `filename` of a Content-Disposition, without any path.
fn file_name(disposition: &str) -> Option<String> {
    let value = disposition.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("filename")
            .then(|| value.trim().trim_matches('"'))
    })?;
    let name = value.rsplit(['/', '\\']).next().unwrap_or(value);
    (!name.is_empty()).then(|| name.to_owned())
}

async fn finish(mut session: Session<'_>, collected: Collected) -> Result<Reply, CallError> {
    let Collected {
        merger,
        raw,
        status,
        pages,
        request,
        spool: _,
    } = collected;
    let mut warnings = Vec::new();
    let body = match raw {
        Some(raw) => raw,
        None => {
            let mut value = merger.finish();
            for filter in filters(&session, &session.call)? {
                filter.apply(&mut value, &mut warnings);
            }
            ReplyBody::Json(value)
        }
    };
    let condition = match &body {
        ReplyBody::Json(value) => session.action_condition(value).await?,
        ReplyBody::Text(text) => session.action_condition(&text.as_str().into()).await?,
        ReplyBody::File { .. } | ReplyBody::Long(_) => {
            session.action_condition(&Value::Null).await?
        }
    };
    let mut next_run = None;
    let mut console = Vec::new();
    if let Some(scripts) = &mut session.scripts {
        next_run = scripts.next_run();
        warnings.append(&mut scripts.warnings);
        console = std::mem::take(&mut scripts.console);
    }
    Ok(Reply {
        status,
        body,
        pages,
        request,
        warnings,
        condition,
        next_run,
        console,
    })
}

fn filters(session: &Session<'_>, call: &Call<'_>) -> Result<Vec<Filter>, CallError> {
    let cursor = Cursor::default();
    let mut filters = Vec::new();
    for one in session
        .parameters()
        .iter()
        .filter(|one| one.parameter.target_type == TargetType::FilterField)
    {
        let value = session.value_of(one, &cursor)?;
        let parameter = one.parameter;
        filters.extend(Filter::new(
            call,
            &parameter.target_name,
            parameter.data_type,
            parameter.format.as_deref(),
            value.as_ref(),
        )?);
    }
    Ok(filters)
}
