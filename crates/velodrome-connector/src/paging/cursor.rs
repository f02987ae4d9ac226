//! Where paging stands, and whether there is a next page.

use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use indexmap::IndexSet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use velodrome_model::{definition::scalar_text, location::Location};

use super::Variable;

/// How a method pages, as its parameters say.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    /// Records a page.
    pub size: Option<u32>,
    /// A parameter carries the number or offset.
    pub numbered: bool,
    /// Where the next page's address stands.
    pub next_url: Option<Location>,
    /// Where tokens stand, and what they are called.
    pub tokens: Vec<TokenSource>,
    /// The array of records.
    pub records: Option<Location>,
}

/// Where a token stands.
#[derive(Clone, Debug)]
pub(crate) struct TokenSource {
    /// The suffix that pairs it with a parameter.
    pub suffix: String,
    /// Where.
    pub location: Location,
}

/// The page that is to be fetched.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Pages before this one.
    before: u64,
    tokens: HashMap<String, String>,
    next_url: Option<String>,
    seen_pages: Seen,
    seen_tokens: Seen,
}

/// Fingerprints of what came, in order.
#[derive(Clone, Debug, Default)]
struct Seen(IndexSet<u64>);

/// Fingerprints that are written down: a provider that goes in circles comes back to its first page, or to one
/// that was shortly before.
const MOST_SEEN: usize = 500;

impl Seen {
    /// Whether it is new.
    fn insert(&mut self, fingerprint: u64) -> bool {
        self.0.insert(fingerprint)
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let newest = self.0.len().saturating_sub(MOST_SEEN).max(1);
        serializer.collect_seq(self.0.first().into_iter().chain(self.0.iter().skip(newest)))
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|seen| Self(seen.into_iter().collect()))
    }
}

/// What follows a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another page.
    More,
    /// Nothing; this page is the last.
    End,
    /// Nothing, and this page is one that came before.
    Repeated,
}

impl Style {
    /// Whether any variable asks for further pages.
    pub(crate) fn pages(&self) -> bool {
        self.numbered || self.next_url.is_some() || !self.tokens.is_empty()
    }

    /// Records of a page; none where nothing says which array they are in.
    fn count(&self, page: &Value) -> Option<usize> {
        match &self.records {
            Some(records) => Some(records.count(page).unwrap_or(0)),
            None => match page {
                Value::Array(elements) => Some(elements.len()),
                Value::Object(members) => members
                    .values()
                    .filter_map(|value| Some(value.as_array()?.len()))
                    .max(),
                Value::Null => Some(0),
                _ => None,
            },
        }
    }
}

impl Cursor {
    /// The value of a variable on this page; none where it is left out.
    pub(crate) fn value(&self, variable: &Variable, size: Option<u32>) -> Option<Value> {
        match variable {
            Variable::Number => Some((self.before + 1).into()),
            Variable::Offset => Some((self.before * u64::from(size.unwrap_or(0))).into()),
            Variable::Size => size.map(Value::from),
            Variable::NextUrl => None,
            Variable::Token(suffix) => self
                .tokens
                .get(suffix)
                .map(|token| Value::String(token.clone())),
        }
    }

    /// The address of this page, where the former one gave it.
    pub(crate) fn next_url(&self) -> Option<&str> {
        self.next_url.as_deref()
    }

    /// Looks at a page that has arrived and moves on to the next one, if there is one.
    pub(crate) fn advance(&mut self, style: &Style, page: &Value) -> Next {
        if !self.seen_pages.insert(fingerprint(page)) {
            return Next::Repeated;
        }
        if !style.pages() {
            return Next::End;
        }
        let count = style.count(page);
        if count == Some(0) {
            return Next::End;
        }
        if style.numbered {
            // Who can't count records can't tell a full page; a page without a size ends at an empty one.
            let full = match (count, style.size) {
                (None, _) => false,
                (Some(count), Some(size)) => count >= size as usize,
                (Some(_), None) => true,
            };
            if !full {
                return Next::End;
            }
        }
        self.next_url = style
            .next_url
            .as_ref()
            .and_then(|location| text(location, page));
        self.tokens = style
            .tokens
            .iter()
            .filter_map(|source| Some((source.suffix.clone(), text(&source.location, page)?)))
            .collect();
        let has_sources = style.next_url.is_some() || !style.tokens.is_empty();
        if has_sources && self.next_url.is_none() && self.tokens.is_empty() {
            return Next::End;
        }
        if has_sources && !style.numbered && !self.seen_tokens.insert(self.token_fingerprint(style))
        {
            return Next::End;
        }
        self.before += 1;
        Next::More
    }

    fn token_fingerprint(&self, style: &Style) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.next_url.hash(&mut hasher);
        for source in &style.tokens {
            self.tokens.get(&source.suffix).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// A token or address; null and empty text are none. Where records carry it, the last one's counts: it is
/// after that one that the next page begins.
fn text(location: &Location, page: &Value) -> Option<String> {
    match location.read(page).into_iter().flatten().next_back()? {
        Value::Null | Value::Object(_) | Value::Array(_) | Value::Bool(false) => None,
        scalar => Some(scalar_text(scalar)).filter(|text| !text.is_empty()),
    }
}

fn fingerprint(page: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    page.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn style(numbered: bool, next_url: Option<&str>, tokens: &[(&str, &str)]) -> Style {
        Style {
            size: Some(2),
            numbered,
            next_url: next_url.map(|l| l.parse().unwrap()),
            tokens: tokens
                .iter()
                .map(|(suffix, location)| TokenSource {
                    suffix: (*suffix).into(),
                    location: location.parse().unwrap(),
                })
                .collect(),
            records: Some("[rows]".parse().unwrap()),
        }
    }

    /// Runs pages through; the outcome of each, until the end.
    fn run(style: &Style, pages: &[Value]) -> (Vec<Next>, Cursor) {
        let mut cursor = Cursor::default();
        let mut outcomes = Vec::new();
        for page in pages {
            outcomes.push(cursor.advance(style, page));
            if outcomes.last() != Some(&Next::More) {
                break;
            }
        }
        (outcomes, cursor)
    }

    #[test]
    fn numbered_pages_end_with_a_page_that_is_not_full() {
        use Next::{End, More, Repeated};
        let numbered = style(true, None, &[]);
        for (pages, expected) in [
            (
                vec![
                    json!({"rows": [1, 2]}),
                    json!({"rows": [3, 4]}),
                    json!({"rows": [5]}),
                ],
                vec![More, More, End],
            ),
            (
                vec![json!({"rows": [1, 2]}), json!({"rows": []})],
                vec![More, End],
            ),
            (
                vec![json!({"rows": [1, 2]}), json!({"rows": [1, 2]})],
                vec![More, Repeated],
            ),
            (vec![json!({"rows": {"a": 1}})], vec![End]),
            (vec![json!({})], vec![End]),
            (vec![json!(null)], vec![End]),
        ] {
            assert_eq!(run(&numbered, &pages).0, expected, "{pages:?}");
        }
        let cursor = run(&numbered, &[json!({"rows": [1, 2]})]).1;
        assert_eq!(cursor.value(&Variable::Number, Some(2)), Some(json!(2)));
        assert_eq!(cursor.value(&Variable::Offset, Some(2)), Some(json!(2)));
        assert_eq!(cursor.value(&Variable::Size, Some(2)), Some(json!(2)));
    }

    #[test]
    fn tokens_end_when_all_are_missing_or_one_round_repeats() {
        use Next::{End, More};
        let tokens = style(false, None, &[("A", "meta.a"), ("B", "meta.b")]);
        let page = |row: i32, a: Value, b: Value| json!({"rows": [row], "meta": {"a": a, "b": b}});
        for (pages, expected) in [
            (
                vec![
                    page(1, json!("x"), json!(null)),
                    page(2, json!(""), json!(7)),
                    page(3, json!(null), json!("")),
                ],
                vec![More, More, End],
            ),
            (
                vec![
                    page(1, json!("x"), json!("y")),
                    page(2, json!("x"), json!("z")),
                    page(3, json!("x"), json!("y")),
                ],
                vec![More, More, End],
            ),
            (vec![json!({"rows": [], "meta": {"a": "x"}})], vec![End]),
        ] {
            assert_eq!(run(&tokens, &pages).0, expected, "{pages:?}");
        }
        let mut cursor = Cursor::default();
        assert_eq!(cursor.value(&Variable::Token("A".into()), None), None);
        cursor.advance(&tokens, &page(1, json!("x"), json!(null)));
        assert_eq!(
            cursor.value(&Variable::Token("A".into()), None),
            Some(json!("x"))
        );
        assert_eq!(cursor.value(&Variable::Token("B".into()), None), None);
    }

    #[test]
    fn a_cursor_that_was_written_down_goes_on_and_knows_what_came() {
        let style = style(true, None, &[("", "id")]);
        let page = |number: usize| json!({"id": "q", "rows": [number, 0]});
        let mut cursor = Cursor::default();
        for number in 0..2_000 {
            assert_eq!(cursor.advance(&style, &page(number)), Next::More);
        }

        let written = serde_json::to_string(&cursor).unwrap();
        let mut read: Cursor = serde_json::from_str(&written).unwrap();

        assert!(written.len() < 25_000, "{}", written.len());
        assert_eq!(read.value(&Variable::Number, Some(2)), Some(json!(2_001)));
        let token = read.value(&Variable::Token(String::new()), None);
        assert_eq!(token, Some(json!("q")));
        for number in [0, 1_999, 1_501] {
            assert_eq!(read.advance(&style, &page(number)), Next::Repeated);
        }
        assert_eq!(read.advance(&style, &page(2_000)), Next::More);
    }

    #[test]
    fn the_last_record_is_the_token_where_records_carry_it() {
        let mut cursor = Cursor::default();
        let style = style(false, None, &[("", "[rows].id")]);
        cursor.advance(&style, &json!({"rows": [{"id": 1}, {"id": 2}]}));
        assert_eq!(
            cursor.value(&Variable::Token(String::new()), None),
            Some(json!("2"))
        );
        assert_eq!(cursor.advance(&style, &json!({"rows": []})), Next::End);
    }

    #[test]
    fn a_token_beside_a_number_may_repeat() {
        use Next::{End, More};
        let both = style(true, None, &[("", "id")]);
        let pages = [
            json!({"id": "q", "rows": [1, 2]}),
            json!({"id": "q", "rows": [3, 4]}),
            json!({"id": "q", "rows": []}),
        ];
        assert_eq!(run(&both, &pages).0, [More, More, End]);
    }

    #[test]
    fn next_addresses_lead_on_until_there_is_none() {
        let next = style(false, Some("links.next"), &[]);
        let (outcomes, cursor) = run(&next, &[json!({"rows": [1], "links": {"next": "/p2"}})]);
        assert_eq!(
            (outcomes, cursor.next_url()),
            (vec![Next::More], Some("/p2"))
        );
        let (outcomes, _) = run(
            &next,
            &[
                json!({"rows": [1], "links": {"next": "/p"}}),
                json!({"rows": [2], "links": {"next": "/p"}}),
            ],
        );
        assert_eq!(outcomes, [Next::More, Next::End]);
        assert_eq!(
            run(&next, &[json!({"rows": [1], "links": {"next": false}})]).0,
            [Next::End]
        );
    }
}
