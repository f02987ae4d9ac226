//! The character sets of `btoa` and `atob`.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use unicode_normalization::UnicodeNormalization;

use crate::Fault;

/// The base64 inside UTF-7 (RFC 2152) has no padding and may end in bits that mean nothing.
const UTF7: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A character set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Ascii,
    Latin1,
    Utf7,
    Utf8,
    Utf16 { big: bool },
    Utf32 { big: bool },
}

impl Charset {
    /// The set of this name, whatever its case.
    pub(super) fn named(name: &str) -> Result<Self, Fault> {
        Ok(match name.trim().to_ascii_lowercase().as_str() {
            "ascii" | "us-ascii" => Self::Ascii,
            "iso-8859-1" => Self::Latin1,
            "utf-7" => Self::Utf7,
            "utf-8" => Self::Utf8,
            "utf-16" | "utf-16le" => Self::Utf16 { big: false },
            "utf-16be" => Self::Utf16 { big: true },
            "utf-32" | "utf-32le" => Self::Utf32 { big: false },
            "utf-32be" => Self::Utf32 { big: true },
            _ => {
                return Err(Fault::new(
                    "UnknownCharset",
                    "use ASCII, ISO-8859-1, UTF-7, UTF-8, UTF-16, UTF-16LE, UTF-16BE, UTF-32, UTF-32LE or UTF-32BE",
                ));
            }
        })
    }

    /// The bytes of a text; what the set lacks becomes `?`.
    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Ascii => text
                .chars()
                .map(|char| if char.is_ascii() { char as u8 } else { b'?' })
                .collect(),
            Self::Latin1 => text.chars().map(latin1).collect(),
            Self::Utf7 => utf7(text),
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf16 { big } => text
                .encode_utf16()
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect(),
            Self::Utf32 { big } => text
                .chars()
                .flat_map(|char| {
                    let code = u32::from(char);
                    if big {
                        code.to_be_bytes()
                    } else {
                        code.to_le_bytes()
                    }
                })
                .collect(),
        }
    }

    /// The text of bytes; what is malformed becomes U+FFFD, in ASCII `?`.
    pub(super) fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Ascii => bytes
                .iter()
                .map(|byte| {
                    if byte.is_ascii() {
                        char::from(*byte)
                    } else {
                        '?'
                    }
                })
                .collect(),
            Self::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
            Self::Utf7 => from_utf7(bytes),
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Self::Utf16 { big } => {
                let mut text = utf16(bytes, big);
                if bytes.len() % 2 == 1 {
                    text.push('\u{fffd}');
                }
                text
            }
            Self::Utf32 { big } => bytes
                .chunks(4)
                .map(|chunk| {
                    <[u8; 4]>::try_from(chunk)
                        .ok()
                        .map(|four| {
                            if big {
                                u32::from_be_bytes(four)
                            } else {
                                u32::from_le_bytes(four)
                            }
                        })
                        .and_then(char::from_u32)
                        .unwrap_or('\u{fffd}')
                })
                .collect(),
        }
    }
}

/// The closest character of Latin-1: itself, or its letter without the accent.
fn latin1(char: char) -> u8 {
    u8::try_from(u32::from(char))
        .ok()
        .or_else(|| {
            let mut parts = std::iter::once(char).nfd();
            let base = parts.next().filter(char::is_ascii)?;
            parts.next().map(|_| base as u8)
        })
        .unwrap_or(b'?')
}

fn utf16(bytes: &[u8], big: bool) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|two| {
        if big {
            u16::from_be_bytes(*two)
        } else {
            u16::from_le_bytes(*two)
        }
    });
    char::decode_utf16(units)
        .map(|char| char.unwrap_or('\u{fffd}'))
        .collect()
}

/// Characters that stand for themselves: set D of RFC 2152 and the spaces of its rule 3.
fn is_direct(char: char) -> bool {
    char.is_ascii_alphanumeric() || "'(),-./:? \t\r\n".contains(char)
}

fn utf7(text: &str) -> Vec<u8> {
    let mut out = String::new();
    let mut shifted = String::new();
    let flush = |shifted: &mut String, out: &mut String| {
        if !shifted.is_empty() {
            let bytes: Vec<u8> = shifted.encode_utf16().flat_map(u16::to_be_bytes).collect();
            out.extend(["+", &UTF7.encode(bytes), "-"]);
            shifted.clear();
        }
    };
    for char in text.chars() {
        if is_direct(char) {
            flush(&mut shifted, &mut out);
            out.push(char);
        } else if char == '+' && shifted.is_empty() {
            out.push_str("+-");
        } else {
            shifted.push(char);
        }
    }
    flush(&mut shifted, &mut out);
    out.into_bytes()
}

fn from_utf7(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        if *first != b'+' {
            out.push(if first.is_ascii() {
                char::from(*first)
            } else {
                '\u{fffd}'
            });
            rest = after;
            continue;
        }
        let end = after
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')))
            .unwrap_or(after.len());
        if end == 0 && after.first() == Some(&b'-') {
            out.push('+');
        } else {
            match UTF7.decode(&after[..end]) {
                Ok(units) => out.push_str(&utf16(&units, true)),
                Err(_) => out.push('\u{fffd}'),
            }
        }
        // The minus that ends the shift belongs to it.
        rest = after.get(end..).unwrap_or_default();
        rest = rest.strip_prefix(b"-").unwrap_or(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_becomes_the_bytes_of_its_set() {
        for (charset, text, bytes) in [
            (
                "UTF-7",
                "Hi Mom -\u{263a}-!",
                b"Hi Mom -+Jjo--+ACE-".as_slice(),
            ),
            ("utf-7", "1+1", b"1+-1"),
            ("ISO-8859-1", "\u{e9}\u{151}\u{142}", b"\xe9o?"),
            ("utf-16", "A", b"A\0"),
            ("UTF-32BE", "A", b"\0\0\0A"),
        ] {
            let encoded = Charset::named(charset).unwrap().encode(text);
            assert_eq!(encoded, bytes, "{charset} {text}");
        }
    }

    proptest! {
        #[test]
        fn every_unicode_set_reads_what_it_writes(text in "\\PC*") {
            for name in ["UTF-7", "UTF-8", "UTF-16", "UTF-16BE", "UTF-32", "UTF-32BE"] {
                let charset = Charset::named(name).unwrap();
                prop_assert_eq!(charset.decode(&charset.encode(&text)), text.clone());
            }
        }

        #[test]
        fn no_bytes_make_decoding_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            for name in ["ascii", "iso-8859-1", "UTF-7", "UTF-8", "UTF-16", "UTF-16BE", "UTF-32", "UTF-32BE"] {
                Charset::named(name).unwrap().decode(&bytes);
            }
        }
    }
}
