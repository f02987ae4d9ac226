//! An answer, read within its bounds.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyDataStream;
use url::Url;

use super::{client::classify, error::EgressError, metrics::body_failed, policy::origin_text};

/// Reading a small answer into one buffer starts at this size at most, whatever its length claims.
const FIRST_BUFFER: u64 = 64 * 1024;

/// The head of an answer, and its body still to be read.
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers; `Content-Encoding` and `Content-Length` are gone when the body was decoded.
    pub headers: HeaderMap,
    /// The logical address that answered, after redirects and before any rewrite.
    pub url: Url,
    /// The body.
    pub body: ResponseBody,
}

/// A body: a stream of chunks that ends with an error when it is too large, too slow or cut short.
pub struct ResponseBody {
    chunks: BodyDataStream<reqwest::Body>,
    declared: Option<u64>,
    limit: u64,
    read: u64,
    timeout: Duration,
    /// For errors; made only when one happens.
    url: Url,
    ended: bool,
}

impl Response {
    pub(super) fn new(
        answer: reqwest::Response,
        url: Url,
        limit: u64,
        timeout: Duration,
    ) -> Result<Self, EgressError> {
        let declared = answer.content_length();
        if declared.is_some_and(|length| length > limit) {
            return Err(EgressError::TooLarge {
                origin: origin_text(&url),
                limit,
            });
        }
        let (parts, body) = http::Response::from(answer).into_parts();
        let body = ResponseBody {
            chunks: BodyDataStream::new(body),
            declared,
            limit,
            read: 0,
            timeout,
            url: url.clone(),
            ended: false,
        };
        Ok(Self {
            status: parts.status,
            headers: parts.headers,
            url,
            body,
        })
    }

    /// The whole body.
    pub async fn bytes(self) -> Result<Bytes, EgressError> {
        self.body.collect().await
    }
}

impl ResponseBody {
    /// The next chunk; none at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, EgressError> {
        self.next().await.transpose()
    }

    /// Everything that is left, in one piece.
    pub async fn collect(mut self) -> Result<Bytes, EgressError> {
        let Some(first) = self.chunk().await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.chunk().await? else {
            return Ok(first);
        };
        let expected = self.declared.unwrap_or_default().min(FIRST_BUFFER);
        let expected = usize::try_from(expected).unwrap_or(first.len());
        let mut all = BytesMut::with_capacity(expected.max(first.len() + second.len()));
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    /// The length that the provider declared, if the body is passed on undecoded.
    pub fn declared_length(&self) -> Option<u64> {
        self.declared
    }

    fn fail(&mut self, error: EgressError) -> Poll<Option<Result<Bytes, EgressError>>> {
        self.ended = true;
        body_failed(error.label());
        Poll::Ready(Some(Err(error)))
    }
}

impl Stream for ResponseBody {
    type Item = Result<Bytes, EgressError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match self.chunks.poll_next_unpin(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => {
                self.ended = true;
                Poll::Ready(None)
            }
            Poll::Ready(Some(Ok(chunk))) => {
                self.read += chunk.len() as u64;
                if self.read > self.limit {
                    let error = EgressError::TooLarge {
                        origin: origin_text(&self.url),
                        limit: self.limit,
                    };
                    return self.fail(error);
                }
                Poll::Ready(Some(Ok(chunk)))
            }
            Poll::Ready(Some(Err(error))) => {
                let error = classify(error, &self.url, self.timeout);
                self.fail(error)
            }
        }
    }
}

/// Says what it is about but nothing that may be secret.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("origin", &origin_text(&self.url))
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body", &self.body)
            .finish()
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("declared", &self.declared)
            .field("limit", &self.limit)
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}
