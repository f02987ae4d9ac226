//! Merging into an address: each value is encoded for the place where it lands.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::{Url, form_urlencoded};

use super::{MergeError, Source, Template, template::Part};

/// Everything but the unreserved characters of RFC 3986.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Where in an address a value lands, judged from what stands before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the very beginning.
    Leading,
    /// In the scheme, host or port.
    Authority,
    Path,
    Query,
    Fragment,
}

impl Template {
    /// Puts the values into an address: as they are at its beginning and in the host, form-encoded in
    /// the query, percent-encoded (`/` and `#` too) in the path.
    ///
    /// Line breaks, `..` segments and values that would end the host early are refused, and so is a
    /// result that is no http(s) address.
    pub fn merge_address(&self, source: &dyn Source) -> Result<Url, MergeError> {
        let text = self.merge_address_text(source, false)?;
        checked(&text)
    }

    /// The address up to the end of its host and port: what the values of the path and query can't
    /// change, and so all that is needed to know whom the address belongs to.
    pub fn merge_origin(&self, source: &dyn Source) -> Result<Url, MergeError> {
        let text = self.merge_address_text(source, true)?;
        let mut url = checked(&text)?;
        url.set_path("");
        url.set_query(None);
        url.set_fragment(None);
        Ok(url)
    }

    fn merge_address_text(
        &self,
        source: &dyn Source,
        only_origin: bool,
    ) -> Result<String, MergeError> {
        let mut out = String::new();
        for (at, part) in self.parts().iter().enumerate() {
            let field = match part {
                Part::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Part::Field(field) => field,
            };
            let name = || field.name.clone();
            let place = place(&out);
            if only_origin && !matches!(place, Place::Leading | Place::Authority) {
                break;
            }
            let value = match field.text(source, 0)? {
                Some(value) => value,
                None if source.is_optional(&field.name) => continue,
                None => return Err(MergeError::Unresolved(name())),
            };
            // A path can't be left out of the address without changing which resource is meant.
            if value.is_empty() && !source.is_optional(&field.name) && place != Place::Query {
                return Err(MergeError::Unresolved(name()));
            }
            if value.contains(['\r', '\n', '\0']) {
                return Err(MergeError::LineBreak(name()));
            }
            if place != Place::Query && place != Place::Fragment && climbs(&value) {
                return Err(MergeError::Climbs(name()));
            }
            match place {
                Place::Leading if begins_path(self.parts().get(at + 1)) => {
                    out.push_str(value.trim_end_matches('/'));
                }
                Place::Leading => out.push_str(&value),
                Place::Authority => {
                    if !fits_host(&value, &out, self.parts().get(at + 1)) {
                        return Err(MergeError::NotAHost(name()));
                    }
                    out.push_str(value.trim_end_matches('/'));
                }
                Place::Path | Place::Query | Place::Fragment if field.raw => out.push_str(&value),
                Place::Path | Place::Fragment => out.extend(utf8_percent_encode(&value, PATH)),
                Place::Query => out.extend(form_urlencoded::byte_serialize(value.as_bytes())),
            }
        }
        Ok(out)
    }
}

/// A base address is written with and without a slash at its end; the path after it begins with one.
fn begins_path(next: Option<&Part>) -> bool {
    matches!(next, Some(Part::Text(text)) if text.starts_with('/'))
}

fn place(before: &str) -> Place {
    if before.is_empty() {
        return Place::Leading;
    }
    if before.contains('#') {
        return Place::Fragment;
    }
    if before.contains('?') {
        return Place::Query;
    }
    match before.split_once("://") {
        Some((_, rest)) if rest.contains('/') => Place::Path,
        _ => Place::Authority,
    }
}

/// Whether a path holds `..`, encoded or not.
fn climbs(value: &str) -> bool {
    percent_decode_str(value)
        .decode_utf8_lossy()
        .split(['/', '\\'])
        .any(|segment| segment == "..")
}

/// A host may be merged from several values, none of which may end it: `evil.example/` before
/// `.shop.example` would send the call elsewhere. A path is fine where the value is the whole host.
fn fits_host(value: &str, before: &str, next: Option<&Part>) -> bool {
    let ends_with_host = match next {
        None => true,
        Some(Part::Text(text)) => text.starts_with(['/', '?', '#']),
        Some(Part::Field(_)) => false,
    };
    let mut value = value.trim_end_matches('/');
    if before.ends_with("://") && ends_with_host {
        let (host, path) = value.split_once('/').unwrap_or((value, ""));
        if path.contains(['?', '#', '\\', '@']) || path.chars().any(char::is_whitespace) {
            return false;
        }
        value = host;
    }
    !value.contains(['/', '?', '#', '@', '\\', '%'])
        && !value.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// The merged text as an address that can be called.
fn checked(text: &str) -> Result<Url, MergeError> {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    if path.split_once("://").is_some_and(|(_, rest)| climbs(rest)) {
        return Err(MergeError::BadAddress("its path contains \"..\""));
    }
    let url = Url::parse(text).map_err(|_| MergeError::BadAddress("it is no absolute URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(MergeError::BadAddress("it is neither https nor http"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(MergeError::BadAddress("it contains a user name"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::{super::MergeValue, *};

    struct Given(HashMap<String, String>);

    impl Source for Given {
        fn value(&self, name: &str) -> Option<MergeValue<'_>> {
            self.0.get(name).map(|value| MergeValue::Text(value.into()))
        }

        fn is_optional(&self, name: &str) -> bool {
            name == "Maybe"
        }
    }

    fn merge(template: &str, value: &str) -> Result<String, MergeError> {
        let given = Given(HashMap::from([
            ("X".to_owned(), value.to_owned()),
            ("H".to_owned(), "shop".to_owned()),
        ]));
        template
            .parse::<Template>()
            .unwrap()
            .merge_address(&given)
            .map(String::from)
    }

    #[test]
    fn a_value_is_encoded_for_its_place() {
        for (template, value, expected) in [
            (
                "{{X}}/api/v1",
                "https://a.example",
                "https://a.example/api/v1",
            ),
            (
                "{{X}}/api/v1",
                "https://a.example/base/",
                "https://a.example/base/api/v1",
            ),
            ("https://{{X}}.example/a", "shop", "https://shop.example/a"),
            (
                "https://{{X}}/a",
                "h.example:8443",
                "https://h.example:8443/a",
            ),
            (
                "https://{{X}}/a",
                "h.example/base",
                "https://h.example/base/a",
            ),
            (
                "https://{{H}}-{{X}}.example/a",
                "eu",
                "https://shop-eu.example/a",
            ),
            (
                "https://h.example/{{X}}/b",
                "a/b #?ä%",
                "https://h.example/a%2Fb%20%23%3F%C3%A4%25/b",
            ),
            (
                "https://h.example/{{+X}}/b",
                "a/b",
                "https://h.example/a/b/b",
            ),
            (
                "https://h.example/a?q={{X}}&r=1",
                "a b&c=d/#",
                "https://h.example/a?q=a+b%26c%3Dd%2F%23&r=1",
            ),
            (
                "https://h.example/a?{{+X}}",
                "a=1&b=2",
                "https://h.example/a?a=1&b=2",
            ),
            (
                "https://h.example/a?q={{X}}",
                "..",
                "https://h.example/a?q=..",
            ),
            ("https://h.example/a?q={{X}}", "", "https://h.example/a?q="),
            ("https://h.example/a{{Maybe}}", "", "https://h.example/a"),
            ("https://h.example?q={{X}}", "/", "https://h.example/?q=%2F"),
        ] {
            assert_eq!(
                merge(template, value).as_deref(),
                Ok(expected),
                "{template} {value}"
            );
        }
    }

    #[test]
    fn a_value_that_would_lead_elsewhere_is_refused() {
        let x = || "X".to_owned();
        for (template, value, expected) in [
            ("https://h.example/{{X}}", "..", MergeError::Climbs(x())),
            (
                "https://h.example/{{+X}}",
                "a/../b",
                MergeError::Climbs(x()),
            ),
            (
                "https://h.example/{{+X}}",
                "%2e%2E/b",
                MergeError::Climbs(x()),
            ),
            ("{{X}}/a", "https://h.example/..", MergeError::Climbs(x())),
            (
                "https://h.example/{{X}}",
                "a\r\nb",
                MergeError::LineBreak(x()),
            ),
            (
                "https://h.example/?a={{X}}",
                "a\nb",
                MergeError::LineBreak(x()),
            ),
            (
                "https://{{X}}.example/",
                "evil.test/",
                MergeError::BadAddress("unreachable"),
            ),
            (
                "https://{{X}}.example/",
                "evil.test/a",
                MergeError::NotAHost(x()),
            ),
            (
                "https://{{X}}.example/",
                "evil.test#",
                MergeError::NotAHost(x()),
            ),
            (
                "https://{{X}}.example/",
                "me@evil.test",
                MergeError::NotAHost(x()),
            ),
            ("https://{{X}}/", "me@evil.test", MergeError::NotAHost(x())),
            (
                "https://{{X}}{{H}}/",
                "evil.test/",
                MergeError::BadAddress("unreachable"),
            ),
            ("https://{{X}}/", "a b", MergeError::NotAHost(x())),
            ("https://h.example/{{X}}", "", MergeError::Unresolved(x())),
            (
                "https://h.example/{{Y}}",
                "",
                MergeError::Unresolved("Y".into()),
            ),
            (
                "{{X}}/a",
                "h.example",
                MergeError::BadAddress("it is no absolute URL"),
            ),
            (
                "{{X}}/a",
                "ftp://h.example",
                MergeError::BadAddress("it is neither https nor http"),
            ),
            (
                "{{X}}/a",
                "https://me:pw@h.example",
                MergeError::BadAddress("it contains a user name"),
            ),
            (
                "https://h.example/.{{X}}/",
                ".",
                MergeError::BadAddress("its path contains \"..\""),
            ),
        ] {
            let result = merge(template, value);
            if expected == MergeError::BadAddress("unreachable") {
                // A trailing slash is trimmed before it could end the host.
                assert!(
                    !result.unwrap().starts_with("https://evil.test/"),
                    "{template} {value}"
                );
            } else {
                assert_eq!(result, Err(expected), "{template} {value}");
            }
        }
    }

    #[test]
    fn the_origin_needs_no_values_of_path_or_query() {
        let origin = |template: &str| {
            let given = Given(HashMap::from([(
                "X".to_owned(),
                "https://a.example/b".to_owned(),
            )]));
            template
                .parse::<Template>()
                .unwrap()
                .merge_origin(&given)
                .map(String::from)
        };
        assert_eq!(
            origin("https://h.example/{{Missing}}?{{Missing}}").as_deref(),
            Ok("https://h.example/")
        );
        assert_eq!(
            origin("{{X}}/c/{{Missing}}").as_deref(),
            Ok("https://a.example/")
        );
        assert!(origin("https://{{Missing}}.example/").is_err());
    }

    proptest! {
        #[test]
        fn a_value_in_path_or_query_never_changes_the_host_or_the_number_of_segments(value in "\\PC{1,20}") {
            if let Ok(address) = merge("https://h.example/a/{{X}}/b?c={{X}}&d=1", &value) {
                let url = Url::parse(&address).unwrap();
                prop_assert_eq!(url.host_str(), Some("h.example"));
                // `.` alone is dropped by URL parsing; nothing ever adds a segment.
                prop_assert!(url.path_segments().unwrap().count() <= 3);
                let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
                prop_assert_eq!(&pairs, &[("c".to_owned(), value), ("d".to_owned(), "1".to_owned())]);
            }
        }

        #[test]
        fn a_value_in_the_host_never_changes_the_rest(value in "\\PC{1,20}") {
            if let Ok(address) = merge("https://{{X}}.shop.example/a", &value) {
                let url = Url::parse(&address).unwrap();
                prop_assert!(url.host_str().unwrap().ends_with(".shop.example"));
                prop_assert_eq!(url.path(), "/a");
            }
        }
    }
}
