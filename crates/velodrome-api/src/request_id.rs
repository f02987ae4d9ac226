//! The id under which a request stands in the log, in every answer and in reports of users.

use http::HeaderMap;
use uuid::Uuid;

/// Name of the header that carries the id, both ways.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// The id of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The id that came with the request when it is sane, else a new one. What a stranger sends ends up
    /// in our log, so it is short and plain.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let given = headers
            .get(REQUEST_ID_HEADER)
            .and_then(|value| value.to_str().ok());
        let sane = given.filter(|id| {
            (1..=128).contains(&id.len())
                && id
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
        });
        Self(sane.map_or_else(new, str::to_owned))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a name in the log, which the store knows nothing of"
)]
fn new() -> String {
    format!("req_{}", Uuid::now_v7().simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sane_ids_are_taken_over() {
        for (given, taken) in [
            ("abc-1", true),
            ("", false),
            ("a b", false),
            (&"x".repeat(129), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID_HEADER, given.parse().unwrap());
            assert_eq!(RequestId::of(&headers).as_str() == given, taken, "{given}");
        }
    }
}
