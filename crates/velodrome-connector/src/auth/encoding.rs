//! The percent encodings of the protocols.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

/// Everything but RFC 3986 unreserved characters (RFC 5849 §3.6). Form encoding proper differs only in
/// the blank, and `%20` is understood where `+` is, so this serves queries and form bodies too.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Percent-encodes all but unreserved characters.
pub(crate) fn strict(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, STRICT).into()
}

/// The same for bytes that need not be UTF-8.
pub(super) fn strict_bytes(bytes: &[u8]) -> String {
    percent_encoding::percent_encode(bytes, STRICT).to_string()
}

/// `application/x-www-form-urlencoded` text of these pairs.
pub(crate) fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.extend(utf8_percent_encode(name, STRICT));
        text.push('=');
        text.extend(utf8_percent_encode(value, STRICT));
    }
    text
}

/// The pairs of a query or form body as bytes, which need not be UTF-8.
pub(super) fn form_pairs(text: &str) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> + '_ {
    let decode =
        |part: &str| percent_decode(part.replace('+', " ").as_bytes()).collect::<Vec<u8>>();
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(move |pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
}

/// Adds pairs to a query, leaving what is there as it is.
pub(crate) fn append_query<'a>(
    url: &mut url::Url,
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) {
    let added = form(pairs);
    if added.is_empty() {
        return;
    }
    let query = match url.query().filter(|query| !query.is_empty()) {
        Some(query) => format!("{query}&{added}"),
        None => added,
    };
    url.set_query(Some(&query));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    proptest! {
        #[test]
        fn encoding_is_reversible_and_uses_only_unreserved_characters(text in any::<String>()) {
            let encoded = strict(&text);

            prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
            let decoded = percent_decode(encoded.as_bytes()).decode_utf8().unwrap();
            prop_assert_eq!(decoded.as_ref(), text.as_str());
        }

        #[test]
        fn a_form_reads_back_as_the_pairs_it_was_made_of(
            pairs in proptest::collection::vec((".{0,8}", ".{0,16}"), 0..6),
        ) {
            let pairs: Vec<_> = pairs.into_iter().filter(|(name, _)| !name.is_empty()).collect();

            let text = form(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())));

            let read: Vec<_> = form_pairs(&text).collect();
            let wanted: Vec<_> =
                pairs.into_iter().map(|(n, v)| (n.into_bytes(), v.into_bytes())).collect();
            prop_assert_eq!(read, wanted);
        }

        #[test]
        fn a_query_reads_back_through_the_url(name in "[a-z\\[\\] +&=%é]{1,8}", value in any::<String>()) {
            let mut url = Url::parse("https://a.example/p?x=1").unwrap();

            append_query(&mut url, [(name.as_str(), value.as_str())]);

            let read: Vec<_> = url.query_pairs().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
            prop_assert_eq!(read, vec![("x".to_owned(), "1".to_owned()), (name, value)]);
        }
    }
}
