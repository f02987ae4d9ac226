//! What follows from a redirect (RFC 9110 §15.4).

use http::{
    HeaderMap, HeaderName, Method, StatusCode,
    header::{
        AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION,
        CONTENT_TYPE, COOKIE, HOST, LOCATION, PROXY_AUTHORIZATION, TRANSFER_ENCODING,
    },
};
use url::Url;

use super::{
    error::{EgressError, Refusal, RefusalReason},
    policy::{Origin, origin_text},
    request::{Redirects, RequestBody, StreamBody},
};

/// A request that may yet be sent somewhere else.
pub(super) struct Hop {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: RequestBody,
    /// The body was a stream and has been sent.
    pub body_is_spent: bool,
}

/// Where a redirect leads; none when the answer is not one, or not one to follow.
pub(super) fn location(
    status: StatusCode,
    headers: &HeaderMap,
    from: &Url,
    redirects: Redirects,
) -> Result<Option<Url>, EgressError> {
    let redirect = matches!(
        status,
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    if !redirect || redirects == Redirects::Never {
        return Ok(None);
    }
    let Some(value) = headers.get(LOCATION) else {
        return Ok(None);
    };
    let unreadable = || EgressError::Protocol {
        origin: origin_text(from),
        what: "it redirects to an unreadable address",
        source: None,
    };
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| unreadable())?;
    let to = from.join(text.trim()).map_err(|_| unreadable())?;
    if redirects == Redirects::SameOrigin && Origin::of(&to) != Origin::of(from) {
        return Ok(None);
    }
    Ok(Some(to))
}

impl Hop {
    /// The body to send now. One in memory stays for another hop.
    pub fn take_body(&mut self) -> Option<reqwest::Body> {
        match std::mem::take(&mut self.body) {
            RequestBody::Empty => None,
            RequestBody::Bytes(bytes) => {
                self.body = RequestBody::Bytes(bytes.clone());
                Some(bytes.into())
            }
            RequestBody::Stream(StreamBody(stream)) => {
                self.body_is_spent = true;
                Some(stream)
            }
        }
    }

    /// The request that follows a redirect to `to`. The guard has still to admit it.
    pub fn follow(
        mut self,
        status: StatusCode,
        to: Url,
        secret_body: bool,
    ) -> Result<Self, EgressError> {
        let refuse = |why| {
            EgressError::Refused(Refusal {
                what: origin_text(&to),
                why,
            })
        };
        let (left, right) = (Origin::of(&self.url), Origin::of(&to));
        let secure = |origin: &Option<Origin>| origin.as_ref().is_some_and(Origin::is_secure);
        if secure(&left) && !secure(&right) {
            return Err(refuse(if right.is_some() {
                RefusalReason::Downgrade
            } else {
                RefusalReason::Scheme
            }));
        }
        if becomes_get(status, &self.method) {
            self.drop_body();
        }
        if self.body_is_spent {
            return Err(EgressError::Protocol {
                origin: origin_text(&self.url),
                what: "it redirects a request whose body can be sent only once",
                source: None,
            });
        }
        if left != right {
            if secret_body && !matches!(self.body, RequestBody::Empty) {
                return Err(refuse(RefusalReason::SecretBody));
            }
            drop_credentials(&mut self.headers);
        }
        self.headers.remove(HOST);
        self.url = to;
        Ok(self)
    }

    fn drop_body(&mut self) {
        self.method = Method::GET;
        self.body = RequestBody::Empty;
        self.body_is_spent = false;
        for name in [
            CONTENT_TYPE,
            CONTENT_LENGTH,
            CONTENT_ENCODING,
            CONTENT_LANGUAGE,
            CONTENT_LOCATION,
            TRANSFER_ENCODING,
        ] {
            self.headers.remove(name);
        }
    }
}

fn drop_credentials(headers: &mut HeaderMap) {
    let secret: Vec<HeaderName> = headers
        .iter()
        .filter(|(_, value)| value.is_sensitive())
        .map(|(name, _)| name.clone())
        .chain([AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION])
        .collect();
    for name in secret {
        headers.remove(name);
    }
}

/// 303 becomes GET (a HEAD stays one), 301 and 302 turn POST into GET as everybody does, 307 and 308
/// change nothing.
fn becomes_get(status: StatusCode, method: &Method) -> bool {
    match status {
        StatusCode::SEE_OTHER => *method != Method::HEAD,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => *method == Method::POST,
        _ => false,
    }
}
