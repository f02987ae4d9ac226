//! Files of the web part, compiled into the binary.
//!
//! The build writes text compressed only (`web/build/compressed.ts`): every browser of today takes it so,
//! and the binary and its memory hold a third of it. Whoever does not ask for Brotli gets it unpacked.

use std::{borrow::Cow, io::Read};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use rust_embed::RustEmbed;

/// Bytes of Brotli's window while unpacking.
const WINDOW: usize = 64 * 1024;

/// A file as it was built.
pub(crate) struct Built {
    /// Its path, without the ending of the compressed form.
    path: String,
    data: Cow<'static, [u8]>,
    hash: [u8; 32],
    is_compressed: bool,
}

impl Built {
    /// The file of a path, in whichever form it was built.
    pub fn find<Files: RustEmbed>(path: &str) -> Option<Self> {
        let plain = Files::get(path).map(|file| (file, false));
        let (file, is_compressed) =
            plain.or_else(|| Files::get(&format!("{path}.br")).map(|file| (file, true)))?;
        Some(Self {
            path: path.to_owned(),
            hash: file.metadata.sha256_hash(),
            data: file.data,
            is_compressed,
        })
    }

    /// The answer to a request with these headers, under a content security policy.
    pub fn answer(self, request: &HeaderMap, policy: &'static str) -> Response {
        // Both forms mean the same, so one weak tag serves both (RFC 9110 §8.8.1).
        let hash: String = self
            .hash
            .iter()
            .take(16)
            .map(|b| format!("{b:02x}"))
            .collect();
        let tag = format!("\"{hash}\"");
        // Names under assets/ carry a hash of their content, so they never change.
        let kept = if self.path.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let caching = [
            (header::CACHE_CONTROL, kept.to_owned()),
            (header::ETAG, format!("W/{tag}")),
            (header::VARY, "accept-encoding".to_owned()),
        ];
        if knows(request, &tag) {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        let kind = mime_guess::from_path(&self.path).first_or_octet_stream();
        let kind = [(header::CONTENT_TYPE, kind.to_string())];
        let head = (caching, kind, secured(policy));
        if !self.is_compressed {
            return (head, self.data).into_response();
        }
        if takes_brotli(request) {
            let encoding = [(header::CONTENT_ENCODING, "br")];
            return (head, encoding, self.data).into_response();
        }
        let mut text = Vec::new();
        match brotli::Decompressor::new(&*self.data, WINDOW).read_to_end(&mut text) {
            Ok(_) => (head, text).into_response(),
            Err(error) => {
                tracing::error!(cause = %error, path = self.path, "A file of the web part can't be unpacked");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// A page for a binary that was built without its web part, so that Rust alone is enough to build.
pub(crate) fn missing(page: &'static str, policy: &'static str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, secured(policy), Html(page)).into_response()
}

fn secured(policy: &'static str) -> [(HeaderName, HeaderValue); 3] {
    [
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(policy),
        ),
        // Addresses of the console can hold the token of an invitation.
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    ]
}

fn knows(request: &HeaderMap, tag: &str) -> bool {
    members(request, header::IF_NONE_MATCH).any(|known| known.trim_start_matches("W/") == tag)
}

/// Whether Brotli is among the encodings that are asked for, and not with a weight of nothing.
fn takes_brotli(request: &HeaderMap) -> bool {
    members(request, header::ACCEPT_ENCODING).any(|encoding| {
        let (name, weight) = encoding.split_once(';').unwrap_or((encoding, ""));
        let weight = weight.trim().strip_prefix("q=").map(str::parse::<f32>);
        name.trim().eq_ignore_ascii_case("br") && weight != Some(Ok(0.0))
    })
}

fn members(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `f()` by Brotli.
    const PACKED: &[u8] = &[0x0b, 0x01, 0x80, 0x66, 0x28, 0x29, 0x03];

    fn file(path: &str, data: &'static [u8], is_compressed: bool) -> Built {
        Built {
            path: path.to_owned(),
            data: Cow::Borrowed(data),
            hash: [7; 32],
            is_compressed,
        }
    }

    async fn get(file: Built, encodings: &str) -> (HeaderMap, String) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, encodings.parse().unwrap());
        let (head, body) = file.answer(&headers, "default-src 'self'").into_parts();
        let body = axum::body::to_bytes(body, 1000).await.unwrap();
        (head.headers, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn a_compressed_file_goes_out_as_it_is_or_unpacked_as_the_browser_asks() {
        for (encodings, is_packed) in [
            ("gzip, br", true),
            ("BR;q=0.5", true),
            ("gzip", false),
            ("br;q=0, gzip", false),
        ] {
            let packed = file("assets/script.js", PACKED, true);
            let (head, text) = get(packed, encodings).await;
            let encoding = head.get(header::CONTENT_ENCODING);
            assert_eq!(encoding.is_some(), is_packed, "{encodings}");
            assert_eq!(text == "f()", !is_packed, "{encodings}");
            assert_eq!(head[header::CONTENT_TYPE], "text/javascript");
        }
    }

    #[tokio::test]
    async fn a_plain_file_is_never_marked_as_compressed() {
        let (head, text) = get(file("plain.css", b"a {}", false), "br").await;

        assert_eq!(text, "a {}");
        assert!(!head.contains_key(header::CONTENT_ENCODING));
        assert_eq!(head[header::CACHE_CONTROL], "no-cache");
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        let mut headers = HeaderMap::new();
        let tag = format!("\"x\", W/\"{}\"", "07".repeat(16));
        headers.insert(header::IF_NONE_MATCH, tag.parse().unwrap());

        let answer = file("plain.css", b"a {}", false).answer(&headers, "");

        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
    }
}
