//! What the API measures.

use std::time::Duration;

use http::{Method, StatusCode};

/// Answers by route template, method and status.
const REQUESTS: &str = "velodrome_http_requests_total";
/// Seconds from the request's head to the answer's head.
const DURATION: &str = "velodrome_http_request_duration_seconds";

/// Names the measurements; called once, after the recorder is installed.
pub fn describe() {
    metrics::describe_counter!(
        REQUESTS,
        "HTTP requests answered, by route, method and status"
    );
    metrics::describe_histogram!(
        DURATION,
        metrics::Unit::Seconds,
        "Time to the head of the answer, by route and method"
    );
}

/// Counts an answer. Labels are few: the template and not the path, known methods only.
pub(crate) fn answered(route: &str, method: &Method, status: StatusCode, took: Duration) {
    let route = route.to_owned();
    let method = match *method {
        Method::GET | Method::HEAD => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    metrics::counter!(REQUESTS, "route" => route.clone(), "method" => method, "status" => status.as_u16().to_string()).increment(1);
    metrics::histogram!(DURATION, "route" => route, "method" => method).record(took.as_secs_f64());
}
