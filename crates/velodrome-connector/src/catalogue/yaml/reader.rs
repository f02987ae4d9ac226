//! Events of the parser, put together to values.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScanError, StrInput};
use serde_json::{Map, Value};

use super::{
    Document, Mark, Places, YamlFault,
    scalar::{check_tag, scalar},
};

/// The most collections inside one another.
const MAX_DEPTH: usize = 64;
/// How many duplicate keys are told before the reading ends.
const MAX_DUPLICATES: usize = 100;
/// How many times larger than the file its content may be once anchors are expanded.
const MAX_EXPANSION: usize = 10;

/// A value, its places, and how much text it stands for.
type Node = (Value, Places, usize);

/// Reads one document.
pub struct YamlReader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// Finished anchors; `None` while the anchored value is still being read.
    anchors: HashMap<usize, Option<Node>>,
    written: usize,
    room: usize,
    depth: usize,
    /// Keys that stand twice.
    pub duplicates: Vec<YamlFault>,
}

impl<'a> YamlReader<'a> {
    /// A reader of this text.
    pub fn new(text: &'a str) -> Self {
        Self {
            parser: Parser::new_from_str(text),
            anchors: HashMap::new(),
            written: 0,
            room: text.len().saturating_mul(MAX_EXPANSION).max(64),
            depth: 0,
            duplicates: Vec::new(),
        }
    }

    /// The one document of the text.
    pub fn document(&mut self) -> Result<Document, YamlFault> {
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
            if members.contains_key(&key) {
                self.duplicate(&key, key_mark, &members, &inner)?;
            } else {
                members.insert(key, value);
                inner.push(places);
            }
        }
    }

    fn duplicate(
        &mut self,
        key: &str,
        mark: Mark,
        members: &Map<String, Value>,
        inner: &[Places],
    ) -> Result<(), YamlFault> {
        let first = members
            .keys()
            .position(|known| known == key)
            .and_then(|at| inner.get(at));
        let line = first.map_or(mark.line, |places| places.key.line);
        let message =
            format!("the key {key:?} stands here a second time, first on line {line}; remove one");
        let fault = YamlFault { mark, message };
        // Finding the first one takes a walk over the mapping, so there is an end to it.
        if self.duplicates.len() >= MAX_DUPLICATES {
            return Err(fault);
        }
        self.duplicates.push(fault);
        Ok(())
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
        if self.written > self.room {
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
