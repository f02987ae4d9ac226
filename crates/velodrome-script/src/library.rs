//! The libraries that scripts find loaded, as their packages publish them (see `vendor/README.md`).

use std::{io::Read, sync::LazyLock};

use flate2::read::GzDecoder;

/// The source of a library as a function of `module`, `exports` and `require`; unpacked once per
/// process, when a script first names the library.
pub(crate) fn source(name: &str) -> Option<&'static str> {
    static MOMENT: LazyLock<String> =
        LazyLock::new(|| unpack(include_bytes!("../vendor/moment/moment.min.js.gz")));
    static TIMEZONE: LazyLock<String> = LazyLock::new(|| {
        unpack(include_bytes!(
            "../vendor/moment-timezone/moment-timezone-with-data.min.js.gz"
        ))
    });
    static CRYPTO: LazyLock<String> =
        LazyLock::new(|| unpack(include_bytes!("../vendor/crypto-js/crypto-js.js.gz")));
    match name {
        "moment" => Some(&MOMENT),
        "moment-timezone" => Some(&TIMEZONE),
        "crypto-js" => Some(&CRYPTO),
        _ => None,
    }
}

fn unpack(packed: &[u8]) -> String {
    let mut source = String::from("(function (module, exports, require) {");
    GzDecoder::new(packed)
        .read_to_string(&mut source)
        .expect("the vendored file is gzip and UTF-8, see the test");
    source.push_str("\n})");
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vendored_library_can_be_unpacked() {
        for name in ["moment", "moment-timezone", "crypto-js"] {
            assert!(source(name).unwrap().len() > 10_000, "{name}");
        }
        assert_eq!(source("left-pad"), None);
    }
}
