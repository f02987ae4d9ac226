//! Style and script of the pages, from our own origin so that no page needs anything inline.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

const STYLE: &str = include_str!("../../templates/page.css");
const FINISH: &str = include_str!("../../templates/finish.js");

/// One of the two files.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let (media_type, text) = match name.as_str() {
        "page.css" => ("text/css; charset=utf-8", STYLE),
        "finish.js" => ("text/javascript; charset=utf-8", FINISH),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    (
        [
            (header::CONTENT_TYPE, media_type),
            (header::CACHE_CONTROL, "public, max-age=3600"),
        ],
        text,
    )
        .into_response()
}
