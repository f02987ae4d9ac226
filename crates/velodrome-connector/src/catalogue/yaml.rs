//! YAML 1.2 text as JSON values, each with its place in the text.
//!
//! Definitions come from people and from strangers, so everything is bounded: bytes, depth, and how
//! far anchors may blow the text up.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, StrInput, Tag};
use serde_json::{Map, Number, Value};

/// The most bytes of a definition.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// The most collections inside one another.
const MAX_DEPTH: usize = 64;
/// How many times larger than the file its content may be once anchors are expanded.
const MAX_EXPANSION: usize = 10;

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
    if bytes.len() > MAX_BYTES {
        let message = format!("the file is larger than {} MiB", MAX_BYTES / 1024 / 1024);
        return Err(vec![YamlFault {
            mark: Mark::START,
            message,
        }]);
    }
    let text =
        std::str::from_utf8(bytes).map_err(|error| vec![not_utf8(bytes, error.valid_up_to())])?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = YamlReader {
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        written: 0,
        room: text.len().saturating_mul(MAX_EXPANSION),
        depth: 0,
        duplicates: Vec::new(),
    };
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

/// A value, its places, and how much text it stands for.
type Node = (Value, Places, usize);

struct YamlReader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// Finished anchors; `None` while the anchored value is still being read.
    anchors: HashMap<usize, Option<Node>>,
    written: usize,
    room: usize,
    depth: usize,
    duplicates: Vec<YamlFault>,
}

impl<'a> YamlReader<'a> {
    fn document(&mut self) -> Result<Document, YamlFault> {
        loop {
            let (event, mark) = self.event()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                Event::StreamEnd => {
                    return Err(fault(
                        mark,
                        "the file is empty; it must hold one definition",
                    ));
                }
                other => {
                    let (value, places, _) = self.node(other, mark)?;
                    self.end()?;
                    return Ok(Document { value, places });
                }
            }
        }
    }

    /// What follows the document: nothing.
    fn end(&mut self) -> Result<(), YamlFault> {
        loop {
            let (event, mark) = self.event()?;
            match event {
                Event::StreamEnd => return Ok(()),
                Event::DocumentEnd | Event::Nothing => {}
                _ => {
                    return Err(fault(
                        mark,
                        "the file holds a second document; keep one definition in a file",
                    ));
                }
            }
        }
    }

    fn event(&mut self) -> Result<(Event<'a>, Mark), YamlFault> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, span.start.into())),
            Some(Err(error)) => Err(scan_fault(&error)),
            None => Ok((Event::StreamEnd, Mark::START)),
        }
    }

    fn node(&mut self, event: Event<'a>, mark: Mark) -> Result<Node, YamlFault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let size = text.len() + 1;
                self.write(size, mark)?;
                let value = scalar(&text, style, tag.as_deref(), mark)?;
                let node = (
                    value,
                    Places {
                        key: mark,
                        value: mark,
                        inner: Vec::new(),
                    },
                    size,
                );
                self.remember(anchor, &node);
                Ok(node)
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), "seq", mark)?;
                self.open(anchor, mark)?;
                let node = self.sequence(mark)?;
                self.depth -= 1;
                self.remember(anchor, &node);
                Ok(node)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), "map", mark)?;
                self.open(anchor, mark)?;
                let node = self.mapping(mark)?;
                self.depth -= 1;
                self.remember(anchor, &node);
                Ok(node)
            }
            Event::Alias(anchor) => self.alias(anchor, mark),
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd
            | Event::Nothing => Err(fault(mark, "a value is missing here")),
        }
    }

    fn sequence(&mut self, mark: Mark) -> Result<Node, YamlFault> {
        let (mut elements, mut inner, mut size) = (Vec::new(), Vec::new(), 1);
        self.write(1, mark)?;
        loop {
            let (event, at) = self.event()?;
            if event == Event::SequenceEnd {
                return Ok((
                    Value::Array(elements),
                    Places {
                        key: mark,
                        value: mark,
                        inner,
                    },
                    size,
                ));
            }
            let (value, places, length) = self.node(event, at)?;
            size += length;
            elements.push(value);
            inner.push(places);
        }
    }

    fn mapping(&mut self, mark: Mark) -> Result<Node, YamlFault> {
        let (mut members, mut inner, mut size) = (Map::new(), Vec::<Places>::new(), 1);
        self.write(1, mark)?;
        loop {
            let (event, key_mark) = self.event()?;
            if event == Event::MappingEnd {
                return Ok((
                    Value::Object(members),
                    Places {
                        key: mark,
                        value: mark,
                        inner,
                    },
                    size,
                ));
            }
            let key = self.key(event, key_mark)?;
            size += key.len() + 1;
            self.write(key.len() + 1, key_mark)?;
            let (event, at) = self.event()?;
            let (value, mut places, length) = self.node(event, at)?;
            size += length;
            places.key = key_mark;
            match members.keys().position(|known| *known == key) {
                Some(first) => {
                    let line = inner[first].key.line;
                    let message = format!(
                        "the key {key:?} stands here a second time, first on line {line}; remove one"
                    );
                    self.duplicates.push(YamlFault {
                        mark: key_mark,
                        message,
                    });
                }
                None => {
                    members.insert(key, value);
                    inner.push(places);
                }
            }
        }
    }

    fn key(&mut self, event: Event<'a>, mark: Mark) -> Result<String, YamlFault> {
        let not_text = || fault(mark, "a key must be text");
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                // A number or word is taken as it is written: `200:` is the key "200".
                scalar(&text, style, tag.as_deref(), mark)?;
                let node = (
                    Value::String(text.clone().into_owned()),
                    Places {
                        key: mark,
                        value: mark,
                        inner: Vec::new(),
                    },
                    text.len() + 1,
                );
                self.remember(anchor, &node);
                Ok(text.into_owned())
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(Some((Value::String(text), ..))) => Ok(text.clone()),
                _ => Err(not_text()),
            },
            _ => Err(not_text()),
        }
    }

    fn alias(&mut self, anchor: usize, mark: Mark) -> Result<Node, YamlFault> {
        let size = match self.anchors.get(&anchor) {
            Some(Some((_, _, size))) => *size,
            Some(None) => {
                return Err(fault(
                    mark,
                    "the alias stands inside the value that it repeats",
                ));
            }
            None => return Err(fault(mark, "the alias names no anchor")),
        };
        self.write(size, mark)?;
        let Some(Some((value, places, size))) = self.anchors.get(&anchor) else {
            return Err(fault(mark, "the alias names no anchor"));
        };
        let mut places = places.clone();
        (places.key, places.value) = (mark, mark);
        Ok((value.clone(), places, *size))
    }

    fn open(&mut self, anchor: usize, mark: Mark) -> Result<(), YamlFault> {
        if self.depth >= MAX_DEPTH {
            return Err(YamlFault {
                mark,
                message: format!("more than {MAX_DEPTH} levels lie inside one another"),
            });
        }
        self.depth += 1;
        if anchor > 0 {
            self.anchors.insert(anchor, None);
        }
        Ok(())
    }

    fn remember(&mut self, anchor: usize, node: &Node) {
        if anchor > 0 {
            self.anchors.insert(anchor, Some(node.clone()));
        }
    }

    fn write(&mut self, size: usize, mark: Mark) -> Result<(), YamlFault> {
        self.written = self.written.saturating_add(size);
        if self.written > self.room.max(64) {
            let message = format!(
                "the anchors expand to more than {MAX_EXPANSION} times the size of the file; write less of it by alias"
            );
            return Err(YamlFault { mark, message });
        }
        Ok(())
    }
}

fn fault(mark: Mark, message: &str) -> YamlFault {
    YamlFault {
        mark,
        message: message.to_owned(),
    }
}

fn scan_fault(error: &ScanError) -> YamlFault {
    YamlFault {
        mark: (*error.marker()).into(),
        message: format!("not YAML: {}", error.info()),
    }
}

fn check_tag(tag: Option<&Tag>, expected: &str, mark: Mark) -> Result<(), YamlFault> {
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == expected) => {
            Err(unknown_tag(tag, mark))
        }
        _ => Ok(()),
    }
}

fn unknown_tag(tag: &Tag, mark: Mark) -> YamlFault {
    YamlFault {
        mark,
        message: format!("the tag {tag} means nothing in a definition; remove it"),
    }
}

fn scalar(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    mark: Mark,
) -> Result<Value, YamlFault> {
    let Some(tag) = tag else {
        return if style == ScalarStyle::Plain {
            plain(text, mark)
        } else {
            Ok(Value::String(text.to_owned()))
        };
    };
    if tag.handle.is_empty() && tag.suffix == "!"
        || tag.is_yaml_core_schema() && tag.suffix == "str"
    {
        return Ok(Value::String(text.to_owned()));
    }
    if !tag.is_yaml_core_schema() {
        return Err(unknown_tag(tag, mark));
    }
    let value = plain(text, mark)?;
    let fits = match tag.suffix.as_str() {
        "null" => value.is_null(),
        "bool" => value.is_boolean(),
        "int" => value.is_i64() || value.is_u64(),
        "float" => value.is_number(),
        _ => return Err(unknown_tag(tag, mark)),
    };
    if fits {
        Ok(value)
    } else {
        Err(YamlFault {
            mark,
            message: format!("{text:?} is not a value of the tag {tag}"),
        })
    }
}

/// A scalar without quotes, by the core schema (YAML 1.2.2 §10.3.2).
fn plain(text: &str, mark: Mark) -> Result<Value, YamlFault> {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if text.starts_with(|first: char| {
            first.is_ascii_digit() || matches!(first, '+' | '-' | '.')
        }) =>
        {
            match number(text) {
                Some(Ok(number)) => Value::Number(number),
                Some(Err(())) => {
                    return Err(YamlFault {
                        mark,
                        message: format!("the number {text} can't be used in a definition"),
                    });
                }
                None => Value::String(text.to_owned()),
            }
        }
        _ => Value::String(text.to_owned()),
    };
    Ok(value)
}

/// The number that a plain scalar means; an error for those that JSON can't hold.
fn number(text: &str) -> Option<Result<Number, ()>> {
    let unsigned = text.trim_start_matches(['+', '-']);
    if text.len() - unsigned.len() > 1 {
        return None;
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Err(()));
    }
    if let Some((digits, radix)) = text
        .strip_prefix("0o")
        .map(|digits| (digits, 8))
        .or_else(|| text.strip_prefix("0x").map(|digits| (digits, 16)))
    {
        let all = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
        return all.then(|| {
            u64::from_str_radix(digits, radix)
                .map(Number::from)
                .map_err(drop)
        });
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        let whole = text.strip_prefix('+').unwrap_or(text);
        if let Ok(number) = whole.parse::<i64>() {
            return Some(Ok(number.into()));
        }
        if let Ok(number) = whole.parse::<u64>() {
            return Some(Ok(number.into()));
        }
    }
    let mut rest = unsigned;
    let digits = |rest: &mut &str| {
        let end = rest.bytes().take_while(u8::is_ascii_digit).count();
        *rest = &rest[end..];
        end
    };
    let mut mantissa = digits(&mut rest);
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction;
        mantissa += digits(&mut rest);
    }
    if mantissa == 0 {
        return None;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        rest = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits(&mut rest) == 0 {
            return None;
        }
    }
    if !rest.is_empty() {
        return None;
    }
    Some(
        text.parse::<f64>()
            .ok()
            .and_then(Number::from_f64)
            .ok_or(()),
    )
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
    fn scalars_follow_the_core_schema_of_yaml_1_2() {
        for (text, meant) in [
            ("null", json!(null)),
            ("~", json!(null)),
            ("TRUE", json!(true)),
            ("yes", json!("yes")),
            ("on", json!("on")),
            ("12", json!(12)),
            ("+12", json!(12)),
            ("-12", json!(-12)),
            ("18446744073709551615", json!(u64::MAX)),
            ("0o17", json!(15)),
            ("017", json!(17)),
            ("0xfF", json!(255)),
            ("1_000", json!("1_000")),
            ("2.0", json!(2.0)),
            (".5", json!(0.5)),
            ("1e3", json!(1000.0)),
            ("1e", json!("1e")),
            (".", json!(".")),
            ("--1", json!("--1")),
            ("2024-01-01", json!("2024-01-01")),
            ("12:30", json!("12:30")),
            ("'12'", json!("12")),
            ("\"\\u00e4\"", json!("ä")),
            ("!!str 12", json!("12")),
            ("! 12", json!("12")),
            ("!!float 12", json!(12)),
        ] {
            assert_eq!(value(text), meant, "{text}");
        }
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
            ["1:11 the tag !money means nothing in a definition; remove it"]
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
        assert!(
            faults(&"[".repeat(100_000))
                .first()
                .unwrap()
                .contains("more than 64 levels")
        );
        assert!(
            faults(&"- ".repeat(100_000))
                .first()
                .unwrap()
                .contains("more than 64 levels")
        );
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
