//! Splitting a long request into several.

use std::ops::Range;

use serde_json::Value;
use velodrome_model::location::Location;

/// The bodies of the requests that a body is sent as, with the elements that each holds. Those before
/// `from` have been sent already.
///
/// One, as it is, where the array is short enough or not there; none where nothing is left.
pub(crate) fn split(
    mut body: Value,
    location: &Location,
    size: usize,
    from: usize,
) -> Vec<(Range<usize>, Value)> {
    let count = location.count(&body).unwrap_or(0);
    if from == 0 && count <= size.max(1) {
        return vec![(0..count, body)];
    }
    let mut elements = location
        .take_array(&mut body)
        .unwrap_or_default()
        .into_iter()
        .skip(from);
    let mut bodies = Vec::with_capacity(count.div_ceil(size.max(1)));
    let mut sent = from;
    while sent < count {
        let chunk: Vec<Value> = elements.by_ref().take(size.max(1)).collect();
        let range = sent..sent + chunk.len();
        sent = range.end;
        let mut part = body.clone();
        location
            .put_array(&mut part, chunk)
            .expect("the array was taken from this very place");
        bodies.push((range, part));
    }
    bodies
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_long_array_is_split_and_the_rest_repeated() {
        let split = |body: Value, location: &str, size| {
            super::split(body, &location.parse().unwrap(), size, 0)
        };
        assert_eq!(
            split(json!({"list": [1, 2, 3], "x": 1}), "[list]", 2),
            [
                (0..2, json!({"list": [1, 2], "x": 1})),
                (2..3, json!({"list": [3], "x": 1}))
            ]
        );
        assert_eq!(split(json!([1, 2]), "[]", 2), [(0..2, json!([1, 2]))]);
        assert_eq!(
            split(json!([1, 2]), "[]", 1),
            [(0..1, json!([1])), (1..2, json!([2]))]
        );
        assert_eq!(
            split(json!({"a": 1}), "[list]", 1),
            [(0..0, json!({"a": 1}))]
        );
        assert_eq!(split(json!(null), "[]", 1), [(0..0, json!(null))]);
    }

    #[test]
    fn what_has_been_sent_is_not_sent_again() {
        let left = |from| super::split(json!([1, 2, 3, 4, 5]), &"[]".parse().unwrap(), 2, from);

        assert_eq!(left(2), [(2..4, json!([3, 4])), (4..5, json!([5]))]);
        assert_eq!(left(4), [(4..5, json!([5]))]);
        assert_eq!(
            left(3),
            [(3..5, json!([4, 5]))],
            "the size may have changed"
        );
        assert_eq!(left(5), []);
        assert_eq!(left(9), []);
    }
}
