//! How a flow ends: a message to the opener, a redirect, or a page that says what happened.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use url::Url;
use velodrome_service::authentication::{AuthenticationError, CallbackFailure, ReturnTarget};

use super::brand::Brand;

/// A partner's own error page may hold scripts; they run without our origin.
const PARTNER_CONTENT_SECURITY: &str = "sandbox allow-scripts allow-popups";

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage<'a> {
    brand: &'a Brand,
    title: &'a str,
    text: &'a str,
    is_error: bool,
    /// Message for the opener and the origin that may receive it.
    message: Option<(&'a str, &'a str)>,
}

/// After success: the message to the opener, the way back, or a page that says so.
pub(super) fn done(brand: &Brand, connector: &str, target: &ReturnTarget) -> Response {
    let text = format!("{connector} is connected. You can close this window.");
    match (&target.origin, &target.message) {
        (Some(origin), Some(message)) => {
            let origin = Url::parse(origin)
                .map_or_else(|_| origin.clone(), |url| url.origin().ascii_serialization());
            let page = MessagePage {
                brand,
                title: "Connected",
                text: &text,
                is_error: false,
                message: Some((message, &origin)),
            };
            page_of(brand, StatusCode::OK, &page)
        }
        (Some(origin), None) => redirect(origin),
        (None, _) => {
            let page = MessagePage {
                brand,
                title: "Connected",
                text: &text,
                is_error: false,
                message: None,
            };
            page_of(brand, StatusCode::OK, &page)
        }
    }
}

/// After a provider's no, or anything else that ended the way: back with `error` where there is a way
/// back, else the error page, the partner's own where it has one.
pub(super) fn refused(brand: &Brand, failure: &CallbackFailure) -> Response {
    let target = failure.target.clone().unwrap_or_default();
    if let (Some(origin), None) = (&target.origin, &target.message)
        && let Ok(mut url) = Url::parse(origin)
    {
        url.query_pairs_mut()
            .append_pair("error", &failure.error)
            .append_pair("error_description", &failure.description);
        return redirect(url.as_str());
    }
    let status = if failure.target.is_some() {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    if let Some(html) = &brand.callback_error_html {
        let html = html
            .replace("{{error}}", &escaped(&failure.error))
            .replace("{{error_description}}", &escaped(&failure.description));
        let mut page = brand
            .framing
            .around(unkept((status, Html(html)).into_response()));
        page.headers_mut().insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(PARTNER_CONTENT_SECURITY),
        );
        return page;
    }
    let page = MessagePage {
        brand,
        title: "Not connected",
        text: &failure.description,
        is_error: true,
        message: None,
    };
    page_of(brand, status, &page)
}

/// A page for what went wrong before a provider was reached.
pub(super) fn failed(brand: &Brand, error: &AuthenticationError) -> Response {
    let (status, title) = match error {
        AuthenticationError::NotFound => (StatusCode::NOT_FOUND, "Not found"),
        AuthenticationError::Gone => (StatusCode::GONE, "This link is no longer valid"),
        AuthenticationError::Store(cause) => {
            tracing::error!(%cause, "An authentication page failed");
            (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong")
        }
        AuthenticationError::Values(_)
        | AuthenticationError::Target(_)
        | AuthenticationError::State
        | AuthenticationError::Undefined
        | AuthenticationError::TokenAddress
        | AuthenticationError::Setup(_)
        | AuthenticationError::Sign(_)
        | AuthenticationError::Script(_)
        | AuthenticationError::Token(_)
        | AuthenticationError::OAuth1(_)
        | AuthenticationError::AuthValue(_) => (StatusCode::BAD_REQUEST, "Not connected"),
    };
    let text = match error {
        AuthenticationError::Gone => {
            "It was used before or has expired. Ask for a new one where you got it.".to_owned()
        }
        AuthenticationError::NotFound => "This account has no such connector.".to_owned(),
        AuthenticationError::Store(_) => "Please try again in a moment.".to_owned(),
        other => sentence(&other.to_string()),
    };
    page_of(
        brand,
        status,
        &MessagePage {
            brand,
            title,
            text: &text,
            is_error: true,
            message: None,
        },
    )
}

/// A page for a request that is missing something.
pub(super) fn bad_request(brand: &Brand, text: &str) -> Response {
    let page = MessagePage {
        brand,
        title: "Not connected",
        text,
        is_error: true,
        message: None,
    };
    page_of(brand, StatusCode::BAD_REQUEST, &page)
}

/// A page that explains something to a person who can do nothing about it here.
pub(super) fn notice(brand: &Brand, status: StatusCode, title: &str, text: &str) -> Response {
    let page = MessagePage {
        brand,
        title,
        text,
        is_error: false,
        message: None,
    };
    page_of(brand, status, &page)
}

/// A rendered page with the headers of all of them.
pub(super) fn page_of(brand: &Brand, status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => brand
            .framing
            .around(unkept((status, Html(html)).into_response())),
        Err(cause) => {
            tracing::error!(%cause, "A page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// 302, as browsers that come with a POST need it too.
pub(super) fn redirect(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(location) => unkept((StatusCode::FOUND, [(header::LOCATION, location)]).into_response()),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// No cache keeps the page, and its address leaks to nobody.
fn unkept(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Text for an HTML page that is not made by a template.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// First letter upper-case, a period at the end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default();
    let period = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{period}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_words_can_not_become_markup() {
        assert_eq!(
            escaped(r#"<img src=x onerror="a('b')">&"#),
            "&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;"
        );
    }

    #[test]
    fn errors_read_as_sentences() {
        assert_eq!(
            sentence("the provider refused: access_denied"),
            "The provider refused: access_denied."
        );
    }
}
