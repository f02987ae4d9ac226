//! The pipeline: every step of a call in its order (connectors.md §3).

use std::sync::Arc;

use http::{
    StatusCode,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;
use velodrome_model::{
    SharedClock,
    definition::{Paging, TargetType},
    location::Location,
};

use super::{
    Call, CallError, Mode, Progress, Reply, ReplyBody,
    filter::Filter,
    session::{Answer, Session},
};
use crate::{
    auth::CredentialSource,
    body::{Decoded, decode},
    egress::Client,
    metrics,
    paging::{Cursor, Merger, Next, records, split},
    rate_limit::RateLimiter,
};

/// Pages that are fetched unless the definition says otherwise.
const MAX_PAGES: u32 = 10_000;

/// The way out to providers; cheap to clone.
#[derive(Clone)]
pub struct Pipeline {
    pub(super) client: Client,
    pub(super) limiter: Arc<RateLimiter>,
    pub(super) clock: SharedClock,
}

/// What the requests of a call have brought so far.
struct Collected {
    merger: Merger,
    /// A body that is no value to merge: text or a file.
    raw: Option<ReplyBody>,
    status: StatusCode,
    pages: u32,
    request: Option<String>,
}

impl Pipeline {
    /// A pipeline over this client. All pipelines of a process share one limiter.
    pub fn new(client: Client, limiter: Arc<RateLimiter>, clock: SharedClock) -> Self {
        Self {
            client,
            limiter,
            clock,
        }
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
        let started = Instant::now();
        let result = Box::pin(self.run(*call, credentials, progress)).await;
        let outcome = result.as_ref().err().map_or("ok", CallError::label);
        metrics::called(&call.definition.slug, outcome, started.elapsed());
        result
    }

    async fn run(
        &self,
        call: Call<'_>,
        credentials: &dyn CredentialSource,
        progress: Progress,
    ) -> Result<Reply, CallError> {
        let paging = call
            .method
            .paging
            .clone()
            .unwrap_or_default()
            .over(&call.definition.paging.clone().unwrap_or_default());
        let mut session = Session::start(self, call, credentials).await?;
        session.size = paging.inbound_page_size;
        let mut collected = Collected {
            merger: Merger::new(records(call.method)),
            raw: None,
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
            None => collect(&mut session, &call, &paging, None, &mut collected).await?,
            Some(chunks) => {
                let all = chunks.last().map_or(0, |(range, _)| range.end);
                for (range, body) in chunks {
                    // Pages of a part that then fails are not its answer.
                    let before = (paging.inbound == Some(true)).then(|| collected.merger.so_far());
                    let part = collect(&mut session, &call, &paging, Some(&body), &mut collected);
                    if let Err(source) = part.await {
                        return Err(CallError::PartlySent {
                            sent: 0..range.start,
                            unsent: range.start..all,
                            progress: Box::new(Progress {
                                sent: range.start,
                                answered: before.unwrap_or_else(|| collected.merger.so_far()),
                            }),
                            source: Box::new(source),
                        });
                    }
                }
            }
        }
        finish(&session, &call, collected)
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

/// Fetches the pages of one request.
async fn collect(
    session: &mut Session<'_>,
    call: &Call<'_>,
    paging: &Paging,
    chunk: Option<&Value>,
    into: &mut Collected,
) -> Result<(), CallError> {
    let style = session.style()?;
    let pages = paging.inbound == Some(true) && call.mode == Mode::AllPages && style.pages();
    let max_pages = paging.max_pages.unwrap_or(MAX_PAGES);
    let cross_origin = paging.allow_cross_origin == Some(true);
    let mut cursor = Cursor::default();
    let mut next: Option<Url> = None;
    for _ in 0..max_pages {
        let answer = session
            .page(&cursor, chunk, next.as_ref(), cross_origin)
            .await?;
        into.status = answer.status;
        into.pages += 1;
        let Some(page) = decoded(session, call, &answer, into)? else {
            return Ok(());
        };
        if !pages {
            into.merger.push(page);
            return Ok(());
        }
        match cursor.advance(&style, &page) {
            Next::Repeated => return Ok(()),
            Next::End => {
                into.merger.push(page);
                return Ok(());
            }
            Next::More => into.merger.push(page),
        }
        next = cursor
            .next_url()
            .map(|text| next_address(&answer.url, text))
            .transpose()?;
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

/// The page as a value; none where the answer is text or a file, which end a call.
fn decoded(
    session: &Session<'_>,
    call: &Call<'_>,
    answer: &Answer,
    into: &mut Collected,
) -> Result<Option<Value>, CallError> {
    if call.mode == Mode::FirstPage && into.request.is_none() {
        into.request = Some(session.exchange(answer).request);
    }
    if answer.status == StatusCode::NO_CONTENT {
        return Ok(Some(Value::Null));
    }
    let header = |name| {
        answer
            .headers
            .get(name)
            .and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    let content_type = header(CONTENT_TYPE);
    let decoded = decode(
        call.method.response_type(),
        content_type,
        answer.body.clone(),
    )
    .map_err(|error| CallError::Unreadable {
        message: error.to_string(),
        exchange: session.exchange(answer),
    })?;
    into.raw = Some(match decoded {
        Decoded::Value(value) => return Ok(Some(value)),
        Decoded::Text(text) => ReplyBody::Text(text),
        Decoded::Bytes(content) => ReplyBody::File {
            content,
            content_type: content_type
                .unwrap_or("application/octet-stream")
                .to_owned(),
            name: header(CONTENT_DISPOSITION).and_then(file_name),
        },
    });
    Ok(None)
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

fn finish(
    session: &Session<'_>,
    call: &Call<'_>,
    collected: Collected,
) -> Result<Reply, CallError> {
    let Collected {
        merger,
        raw,
        status,
        pages,
        request,
    } = collected;
    let mut warnings = Vec::new();
    let body = match raw {
        Some(raw) => raw,
        None => {
            let mut value = merger.finish();
            for filter in filters(session, call)? {
                filter.apply(&mut value, &mut warnings);
            }
            ReplyBody::Json(value)
        }
    };
    Ok(Reply {
        status,
        body,
        pages,
        request,
        warnings,
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
