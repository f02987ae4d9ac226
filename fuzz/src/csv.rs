//! CSV as scripts read and write it (RFC 4180).

use velodrome_script::{csv_parse, csv_serialize};

/// Whatever is read is written in a form that is read as the same.
pub fn run(bytes: &[u8]) {
    let text = crate::text(bytes);
    for delimiter in [',', ';', '\t'] {
        for has_header in [false, true] {
            let Ok(rows) = csv_parse(&text, delimiter, has_header) else {
                continue;
            };
            let written =
                csv_serialize(&rows, delimiter, has_header).expect("rows that were read are rows");
            let again =
                csv_parse(&written, delimiter, has_header).expect("what was written can be read");
            let second =
                csv_serialize(&again, delimiter, has_header).expect("rows that were read are rows");
            assert_eq!(second, written, "{text:?}");
        }
    }
}
