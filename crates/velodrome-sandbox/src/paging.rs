//! The ways providers cut a list into pages. Plain functions over an already filtered, sorted list.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::call::Pairs;
use crate::records::{Row, plain};

/// A whole number from the query within bounds, or a sentence naming the parameter.
pub(crate) fn number(
    query: &Pairs,
    name: &str,
    default: usize,
    allowed: std::ops::RangeInclusive<usize>,
) -> Result<usize, String> {
    let Some(text) = query.filled(name) else {
        return Ok(default);
    };
    match text.parse() {
        Ok(number) if allowed.contains(&number) => Ok(number),
        _ => Err(format!(
            "{name} must be a whole number from {} to {}, not {text:?}",
            allowed.start(),
            allowed.end()
        )),
    }
}

/// What a cursor remembers of the last row: its place in the order, not its position, so that rows
/// added or removed meanwhile neither repeat nor hide others.
pub(crate) struct Cursor {
    sort: String,
    id: String,
}

impl Cursor {
    /// The place of a row when sorted by `sort_by`, then `id`.
    pub(crate) fn of(row: &Row, sort_by: &str) -> Self {
        Self {
            sort: order_key(row, sort_by),
            id: order_key(row, "id"),
        }
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (sort, id) = serde_json::from_slice::<(String, String)>(&bytes).ok()?;
        Some(Self { sort, id })
    }

    pub(crate) fn encode(&self) -> String {
        let text = serde_json::json!([self.sort, self.id]).to_string();
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Whether a row comes after this place.
    fn precedes(&self, row: &Row, sort_by: &str, descending: bool) -> bool {
        let there = (order_key(row, sort_by), order_key(row, "id"));
        let here = (self.sort.clone(), self.id.clone());
        if descending {
            there < here
        } else {
            there > here
        }
    }
}

/// Sorts by a member, then by id.
pub(crate) fn sort(rows: &mut [&Row], sort_by: &str, descending: bool) {
    rows.sort_by_cached_key(|row| (order_key(row, sort_by), order_key(row, "id")));
    if descending {
        rows.reverse();
    }
}

/// Numbers padded, so that they order as numbers; text as it is.
fn order_key(row: &Row, member: &str) -> String {
    match row.get(member).and_then(serde_json::Value::as_i64) {
        Some(number) => format!("{number:020}"),
        None => plain(row.get(member)),
    }
}

/// A page after a cursor, and the cursor of the next one if there is any.
pub(crate) fn cursor_page<'a>(
    rows: &[&'a Row],
    sort_by: &str,
    descending: bool,
    after: Option<&Cursor>,
    limit: usize,
) -> (Vec<&'a Row>, Option<String>) {
    let mut rest = rows
        .iter()
        .filter(|row| after.is_none_or(|cursor| cursor.precedes(row, sort_by, descending)));
    let page: Vec<&Row> = rest.by_ref().take(limit).copied().collect();
    let next = match (rest.next(), page.last()) {
        (Some(_), Some(last)) => Some(Cursor::of(last, sort_by).encode()),
        _ => None,
    };
    (page, next)
}

/// Rows from a position on, and whether more follow.
pub(crate) fn offset_page<'a>(
    rows: &[&'a Row],
    start: usize,
    limit: usize,
) -> (Vec<&'a Row>, bool) {
    let page: Vec<&Row> = rows.iter().skip(start).take(limit).copied().collect();
    let more = start.saturating_add(limit) < rows.len();
    (page, more)
}

/// Rows after or before one that the client names, and whether more follow in that direction. `Err`
/// holds the name of the parameter whose row does not exist.
pub(crate) fn neighbour_page<'a>(
    rows: &[&'a Row],
    starting_after: Option<&str>,
    ending_before: Option<&str>,
    limit: usize,
) -> Result<(Vec<&'a Row>, bool), &'static str> {
    let position = |id: &str| rows.iter().position(|row| plain(row.get("id")) == id);
    if let Some(id) = ending_before {
        let end = position(id).ok_or("ending_before")?;
        let start = end.saturating_sub(limit);
        return Ok((rows[start..end].to_vec(), start > 0));
    }
    let start = match starting_after {
        Some(id) => position(id).ok_or("starting_after")? + 1,
        None => 0,
    };
    Ok(offset_page(rows, start, limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::row;
    use serde_json::json;

    fn rows(count: i64) -> Vec<Row> {
        (1..=count)
            .map(|id| row(json!({"id": id, "rank": id % 3})))
            .collect()
    }

    #[test]
    fn a_cursor_walks_every_row_once_in_either_direction() {
        let all = rows(25);
        for descending in [false, true] {
            let mut sorted: Vec<&Row> = all.iter().collect();
            sort(&mut sorted, "rank", descending);
            let mut seen = Vec::new();
            let mut cursor = None;
            loop {
                let (page, next) = cursor_page(&sorted, "rank", descending, cursor.as_ref(), 10);
                seen.extend(page);
                match next {
                    Some(next) => cursor = Cursor::decode(&next),
                    None => break,
                }
            }
            assert_eq!(seen, sorted);
        }
    }

    #[test]
    fn neighbours_are_found_both_ways() {
        let all = rows(7);
        let all: Vec<&Row> = all.iter().collect();
        let ids = |page: &[&Row]| {
            page.iter()
                .map(|row| plain(row.get("id")))
                .collect::<Vec<_>>()
        };

        let (page, more) = neighbour_page(&all, Some("3"), None, 2).unwrap();
        assert_eq!((ids(&page), more), (vec!["4".into(), "5".into()], true));
        let (page, more) = neighbour_page(&all, None, Some("3"), 5).unwrap();
        assert_eq!((ids(&page), more), (vec!["1".into(), "2".into()], false));
        assert_eq!(
            neighbour_page(&all, Some("99"), None, 5).unwrap_err(),
            "starting_after"
        );
    }

    #[test]
    fn numbers_outside_their_bounds_name_the_parameter() {
        let query = Pairs::parse(b"limit=501");
        assert!(
            number(&query, "limit", 100, 1..=500)
                .unwrap_err()
                .contains("limit must be")
        );
        assert_eq!(number(&query, "start", 0, 0..=9), Ok(0));
    }
}
