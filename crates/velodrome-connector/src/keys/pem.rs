//! PEM (RFC 7468) as people paste it: line ends lost, written as `\n` in a JSON file, or indented.

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::KeyError;

/// Certificates and keys of one text; more than any chain has.
const MAX_SECTIONS: usize = 32;

/// One encapsulated thing.
pub(crate) struct Section<'t> {
    /// What stands behind `BEGIN`.
    pub label: &'t str,
    /// The thing itself.
    pub der: Zeroizing<Vec<u8>>,
}

/// The sections of a text, in order. What stands around them is not looked at.
pub(crate) fn sections(text: &str) -> Result<Vec<Section<'_>>, KeyError> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once("-----BEGIN ") {
        let (label, behind) = behind.split_once("-----").ok_or(KeyError::Pem)?;
        let (body, behind) = behind.split_once("-----END ").ok_or(KeyError::Pem)?;
        let behind = behind.strip_prefix(label).ok_or(KeyError::Pem)?;
        rest = behind.strip_prefix("-----").ok_or(KeyError::Pem)?;
        if body.contains("ENCRYPTED") {
            return Err(KeyError::OldEncryption);
        }
        if found.len() == MAX_SECTIONS {
            return Err(KeyError::Pem);
        }
        let der = decoded(body)?;
        found.push(Section { label, der });
    }
    Ok(found)
}

/// The base64 of a body, whatever separates its lines.
fn decoded(body: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let escapes = body.replace("\\r", "").replace("\\n", "");
    let escapes = Zeroizing::new(escapes);
    let base64: Zeroizing<String> =
        Zeroizing::new(escapes.chars().filter(|c| !c.is_whitespace()).collect());
    STANDARD
        .decode(base64.as_bytes())
        .map(Zeroizing::new)
        .map_err(|_| KeyError::Pem)
}

/// A section as libraries want to read it.
pub(crate) fn write(label: &str, der: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(STANDARD.encode(der));
    let mut text = Zeroizing::new(String::with_capacity(base64.len() * 66 / 64 + 128));
    text.extend(["-----BEGIN ", label, "-----\n"]);
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at(rest.len().min(64));
        text.extend([line, "\n"]);
        rest = behind;
    }
    text.extend(["-----END ", label, "-----\n"]);
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Vec<(String, Vec<u8>)>, KeyError> {
        let read = sections(text)?;
        Ok(read
            .into_iter()
            .map(|one| (one.label.to_owned(), one.der.to_vec()))
            .collect())
    }

    #[test]
    fn a_key_is_read_however_its_lines_were_lost() {
        for text in [
            "-----BEGIN PRIVATE KEY-----\naGVs\nbG8=\n-----END PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY----- aGVs bG8= -----END PRIVATE KEY-----",
            r"-----BEGIN PRIVATE KEY-----\naGVs\nbG8=\n-----END PRIVATE KEY-----\n",
            "Bag Attributes\r\n  -----BEGIN PRIVATE KEY-----\r\n  aGVsbG8=\r\n  -----END PRIVATE KEY-----",
        ] {
            let wanted = vec![("PRIVATE KEY".to_owned(), b"hello".to_vec())];
            assert_eq!(read(text), Ok(wanted), "{text}");
        }
        assert_eq!(read("no key at all"), Ok(vec![]));
    }

    #[test]
    fn what_is_half_a_key_is_none() {
        for text in [
            "-----BEGIN PRIVATE KEY-----\naGVsbG8=",
            "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END CERTIFICATE-----",
            "-----BEGIN PRIVATE KEY-----\n%%%\n-----END PRIVATE KEY-----",
            "-----BEGIN ",
        ] {
            assert_eq!(read(text), Err(KeyError::Pem), "{text}");
        }
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\naGVsbG8=\n-----END RSA PRIVATE KEY-----";
        assert_eq!(read(old), Err(KeyError::OldEncryption));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(der in proptest::collection::vec(any::<u8>(), 0..300)) {
            let text = write("CERTIFICATE", &der);

            prop_assert!(text.lines().all(|line| line.len() <= 64));
            prop_assert_eq!(read(&text), Ok(vec![("CERTIFICATE".to_owned(), der)]));
        }

        #[test]
        fn no_text_makes_reading_panic(text in r"(-----BEGIN |-----END |-----|KEY|[A-Za-z0-9+/=\\n ]){0,12}") {
            drop(sections(&text));
        }
    }
}
