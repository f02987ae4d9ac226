//! Bytes as text, in the character set that the answer announces.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use super::BodyError;

/// The text of a body. A byte order mark wins over `charset`, which wins over UTF-8.
pub(super) fn text<'b>(
    content_type: Option<&str>,
    bytes: &'b [u8],
) -> Result<Cow<'b, str>, BodyError> {
    let label = content_type.and_then(charset);
    let announced = match label {
        Some(label) => Encoding::for_label(label.as_bytes())
            .ok_or_else(|| BodyError::Charset(label.to_owned()))?,
        None => UTF_8,
    };
    let (text, used, malformed) = announced.decode(bytes);
    if malformed {
        Err(BodyError::Charset(used.name().to_owned()))
    } else {
        Ok(text)
    }
}

/// The text of an XML document: where the media type announces no character set, the document's own
/// declaration counts (XML 1.0 §4.3.3).
pub(super) fn xml_text<'b>(
    content_type: Option<&str>,
    bytes: &'b [u8],
) -> Result<Cow<'b, str>, BodyError> {
    let declared = declared_encoding(bytes)
        .filter(|_| content_type.and_then(charset).is_none())
        .map(|encoding| format!("application/xml; charset={encoding}"));
    text(declared.as_deref().or(content_type), bytes)
}

/// Whether another character set than UTF-8 is announced.
pub(super) fn is_foreign(content_type: Option<&str>) -> bool {
    let label = content_type.and_then(charset);
    label.is_some_and(|label| Encoding::for_label(label.as_bytes()) != Some(UTF_8))
}

/// `encoding` of the XML declaration, which is ASCII in all character sets that don't begin with a byte
/// order mark.
fn declared_encoding(bytes: &[u8]) -> Option<&str> {
    /// Longer than any declaration.
    const DECLARATION: usize = 200;
    let start = &bytes[..bytes.len().min(DECLARATION)];
    let end = start.windows(2).position(|two| two == b"?>")?;
    let declaration = std::str::from_utf8(&start[..end]).ok()?;
    let behind = declaration.strip_prefix("<?xml")?.split_once("encoding")?.1;
    let value = behind.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let value = value[1..].split(quote).next()?;
    (!value.is_empty()).then_some(value)
}

/// The `charset` parameter of a media type.
fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_in_the_announced_character_set() {
        for (content_type, bytes, expected) in [
            (None, "ä".as_bytes(), "ä"),
            (
                Some("text/plain; charset=ISO-8859-1"),
                b"\xe4".as_slice(),
                "ä",
            ),
            (Some("text/plain;charset=\"utf-8\""), "ä".as_bytes(), "ä"),
            (
                Some("text/plain; charset=iso-8859-1"),
                b"\xef\xbb\xbf\xc3\xa4".as_slice(),
                "ä",
            ),
        ] {
            assert_eq!(text(content_type, bytes).unwrap(), expected);
        }
        for (content_type, bytes, expected) in [
            (
                None,
                b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>".as_slice(),
                "<?xml version='1.0' encoding='ISO-8859-1'?><a>\u{e4}</a>",
            ),
            (
                Some("text/xml; charset=windows-1252"),
                b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\x80",
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\u{20ac}",
            ),
            (
                Some("text/xml"),
                "<a>\u{e4}</a>".as_bytes(),
                "<a>\u{e4}</a>",
            ),
        ] {
            assert_eq!(xml_text(content_type, bytes).unwrap(), expected);
        }
        assert_eq!(
            xml_text(None, b"<?xml encoding='klingon'?><a/>"),
            Err(BodyError::Charset("klingon".into()))
        );
        assert_eq!(text(None, b"\xff"), Err(BodyError::Charset("UTF-8".into())));
        assert_eq!(
            text(Some("a/b; charset=klingon"), b""),
            Err(BodyError::Charset("klingon".into()))
        );
    }
}
