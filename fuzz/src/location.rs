//! Field locations: reading them, reading with them, writing with them (connectors.md §2.4).

use serde_json::{Value, json};
use velodrome_model::location::Location;

/// The first line is a location, the rest a JSON body.
pub fn run(bytes: &[u8]) {
    let text = crate::text(bytes);
    let (line, body) = crate::first_line(&text);
    let Ok(location) = line.parse::<Location>() else {
        return;
    };
    let shown = location.to_string();
    assert_eq!(
        shown.parse::<Location>().as_ref(),
        Ok(&location),
        "{line:?}"
    );
    let mut body: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let found = location.read(&body).len();
    if let Some(elements) = location.count(&body) {
        assert!(found >= elements, "{found} values of {elements} elements");
    }
    let before = location.count(&body);
    if let Some(elements) = location.take_array(&mut body) {
        location
            .put_array(&mut body, elements)
            .expect("the array was taken from there");
        // A lone object has become the array that it stood for.
        assert_eq!(
            location.count(&body),
            before.or(Some(0)),
            "{line:?} in {body}"
        );
    }
    if location
        .write(&mut body, &json!("written"), &Value::Null)
        .is_ok()
    {
        assert_eq!(
            location.first(&body),
            Some(&json!("written")),
            "{line:?} in {body}"
        );
    }
}
