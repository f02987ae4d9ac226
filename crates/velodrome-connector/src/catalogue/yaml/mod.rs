//! YAML 1.2 text as JSON values, each with its place in the text.
//!
//! Definitions come from people and from strangers, so everything is bounded: bytes, depth, and how
//! far anchors may blow the text up.

mod reader;
mod scalar;

use saphyr_parser::Marker;
use serde_json::Value;

use reader::YamlReader;

/// The most bytes of a definition.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A place in a text; both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

impl Mark {
    /// Where a text begins.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl From<Marker> for Mark {
    fn from(marker: Marker) -> Self {
        let column = marker.col().saturating_add(1);
        Self {
            line: marker.line().max(1) as u32,
            column: column as u32,
        }
    }
}

/// Places of a value and of what is in it, in the value's own order.
#[derive(Clone, Debug)]
pub struct Places {
    /// Where the member's key stands; as `value` for elements of lists.
    pub key: Mark,
    /// Where the value starts.
    pub value: Mark,
    /// Places of members or elements.
    pub inner: Vec<Places>,
}

/// A text that was read.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its content.
    pub value: Value,
    /// Where everything in it stands.
    pub places: Places,
}

impl Document {
    /// The places of the value at a JSON pointer, or of the nearest value around it that exists.
    pub fn places_of(&self, pointer: &str) -> &Places {
        let mut value = &self.value;
        let mut places = &self.places;
        for segment in pointer.split('/').skip(1) {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            let found = match value {
                Value::Object(members) => members
                    .iter()
                    .position(|(key, _)| *key == segment)
                    .and_then(|at| Some((members.get(&segment)?, places.inner.get(at)?))),
                Value::Array(elements) => segment
                    .parse::<usize>()
                    .ok()
                    .and_then(|at| Some((elements.get(at)?, places.inner.get(at)?))),
                _ => None,
            };
            match found {
                Some((next, next_places)) => (value, places) = (next, next_places),
                None => break,
            }
        }
        places
    }
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlFault {
    /// Where.
    pub mark: Mark,
    /// What, and what to do.
    pub message: String,
}

/// Reads one document.
///
/// Duplicate keys are all reported; anything else that is wrong ends the reading.
pub fn read(bytes: &[u8]) -> Result<Document, Vec<YamlFault>> {
    read_up_to(bytes, MAX_BYTES)
}

/// As [`read`], for texts of another kind and size.
pub fn read_up_to(bytes: &[u8], most: usize) -> Result<Document, Vec<YamlFault>> {
    if bytes.len() > most {
        let message = format!("the file is larger than {} MiB", most / 1024 / 1024);
        return Err(vec![YamlFault {
            mark: Mark::START,
            message,
        }]);
    }
    let text =
        std::str::from_utf8(bytes).map_err(|error| vec![not_utf8(bytes, error.valid_up_to())])?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = YamlReader::new(text);
    match reader.document() {
        Ok(document) if reader.duplicates.is_empty() => Ok(document),
        Ok(_) => Err(reader.duplicates),
        Err(fault) => {
            reader.duplicates.push(fault);
            Err(reader.duplicates)
        }
    }
}

fn not_utf8(bytes: &[u8], valid: usize) -> YamlFault {
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    YamlFault {
        mark: Mark {
            line: line as u32,
            column: column as u32,
        },
        message: "the file is not UTF-8; save it in that encoding".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> Value {
        read(text.as_bytes()).unwrap().value
    }

    fn faults(text: &str) -> Vec<String> {
        let show = |fault: YamlFault| {
            format!(
                "{}:{} {}",
                fault.mark.line, fault.mark.column, fault.message
            )
        };
        read(text.as_bytes())
            .map(|_| ())
            .unwrap_err()
            .into_iter()
            .map(show)
            .collect()
    }

    #[test]
    fn anchors_repeat_values_and_merge_keys_are_ordinary_keys() {
        assert_eq!(
            value("a: &x {n: 1}\nb: *x"),
            json!({"a": {"n": 1}, "b": {"n": 1}})
        );
        assert_eq!(
            value("a: &x {n: 1}\nb: {<<: *x}"),
            json!({"a": {"n": 1}, "b": {"<<": {"n": 1}}})
        );
    }

    #[test]
    fn what_is_not_one_clean_document_is_refused_with_its_place() {
        assert_eq!(
            faults("a: 1\nb: {c: 1, c: 2}\na: 3"),
            [
                "2:11 the key \"c\" stands here a second time, first on line 2; remove one",
                "3:1 the key \"a\" stands here a second time, first on line 1; remove one",
            ]
        );
        assert_eq!(
            faults(""),
            ["1:1 the file is empty; it must hold one definition"]
        );
        assert_eq!(
            faults("a: 1\n---\nb: 2"),
            ["2:1 the file holds a second document; keep one definition in a file"]
        );
        assert_eq!(
            faults("a: !money 5"),
            ["1:4 the tag !money means nothing in a definition; remove it"]
        );
        assert_eq!(
            faults("a: .inf"),
            ["1:4 the number .inf can't be used in a definition"]
        );
        assert_eq!(faults("? [a]\n: 1"), ["1:3 a key must be text"]);
        assert!(faults("a: [1").first().unwrap().contains("not YAML"));
        let fault = read(b"a: b\nc: \xff").unwrap_err().remove(0);
        assert_eq!(fault.mark, Mark { line: 2, column: 4 });
    }

    #[test]
    fn a_text_that_grows_by_its_anchors_is_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..40 {
            let before = level - 1;
            bomb += &format!(
                "a{level}: &a{level} [*a{before}, *a{before}, *a{before}, *a{before}, *a{before}]\n"
            );
        }

        let fault = read(bomb.as_bytes()).unwrap_err().remove(0);

        assert!(
            fault.message.contains("more than 10 times"),
            "{}",
            fault.message
        );
        assert_eq!(
            faults("a: &a [*a]"),
            ["1:8 the alias stands inside the value that it repeats"]
        );
    }

    #[test]
    fn depth_and_size_are_bounded() {
        // The parser itself ends flow collections early; block collections are for us to end.
        for deep in ["[", "{a: ", "- "] {
            let found = faults(&deep.repeat(100_000));
            let told =
                found[0].contains("more than 64 levels") || found[0].contains("recursion limit");
            assert!(told, "{deep}: {found:?}");
        }
        assert!(faults(&"[".repeat(80))[0].contains("more than 64 levels"));
        let large = vec![b' '; MAX_BYTES + 1];
        assert_eq!(
            read(&large).unwrap_err()[0].message,
            "the file is larger than 4 MiB"
        );
    }

    #[test]
    fn every_value_knows_its_place() {
        let document = read("a:\n  - b: 1\n    \"c/d\": x\n".as_bytes()).unwrap();

        assert_eq!(
            document.places_of("/a/0/b").key,
            Mark { line: 2, column: 5 }
        );
        assert_eq!(
            document.places_of("/a/0/b").value,
            Mark { line: 2, column: 8 }
        );
        assert_eq!(
            document.places_of("/a/0/c~1d").key,
            Mark { line: 3, column: 5 }
        );
        assert_eq!(
            document.places_of("/a/0/missing").value,
            Mark { line: 2, column: 5 }
        );
    }

    proptest! {
        #[test]
        fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&bytes);
        }

        #[test]
        fn yaml_like_text_never_panics(text in "[-a-c:,&*!\\[\\]{}\"'|>#?%@ \n\t0-9.]{0,200}") {
            let _ = read(text.as_bytes());
        }
    }
}
