//! XML as bodies and scripts read and write it (scripting.md §4).

use velodrome_model::xml::{from_xml, to_xml};

/// Whatever is read can be written, and is read again as the same.
pub fn run(bytes: &[u8]) {
    let text = crate::text(bytes);
    let Ok(value) = from_xml(&text) else { return };
    let written = match to_xml(&value, None) {
        Ok(written) => written,
        // XML 1.1 has references to control characters; what is written is XML 1.0.
        Err(error) if error.to_string().contains("control characters") => return,
        Err(error) => panic!("{error}: {value}"),
    };
    let again = from_xml(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(again, value, "{written}");
}
