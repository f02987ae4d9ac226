//! Mergefields in texts and addresses (connectors.md §2.5).

use std::borrow::Cow;

use velodrome_model::mergefield::{MergeValue, Source, Template};

/// The same value under every name but one.
struct Every<'a>(&'a str);

impl Source for Every<'_> {
    fn value(&self, name: &str) -> Option<MergeValue<'_>> {
        match name {
            "Nested" => Some(MergeValue::Template(Cow::Borrowed(self.0))),
            "LastSuccessfulRunDate" => Some(MergeValue::Instant(chrono::DateTime::UNIX_EPOCH)),
            _ => Some(MergeValue::Text(Cow::Borrowed(self.0))),
        }
    }
}

/// The first line is a template, the rest the value of its mergefields.
pub fn run(bytes: &[u8]) {
    let text = crate::text(bytes);
    let (line, value) = crate::first_line(&text);
    let Ok(template) = line.parse::<Template>() else {
        return;
    };
    let source = Every(value);
    drop(template.merge(&source));
    if let Ok(url) = template.merge_address(&source) {
        assert!(matches!(url.scheme(), "http" | "https"), "{url}");
        assert!(url.has_host(), "{url}");
        assert!(!url.as_str().contains(['\r', '\n']), "{url}");
        // Whom an address belongs to is decided before path and query are merged.
        let origin = template
            .merge_origin(&source)
            .expect("the whole address was merged");
        assert_eq!(origin.origin(), url.origin(), "{line:?} with {value:?}");
    }
}
