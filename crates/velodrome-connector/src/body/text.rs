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
        assert_eq!(text(None, b"\xff"), Err(BodyError::Charset("UTF-8".into())));
        assert_eq!(
            text(Some("a/b; charset=klingon"), b""),
            Err(BodyError::Charset("klingon".into()))
        );
    }
}
