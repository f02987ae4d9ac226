//! Locations: where a value sits in a body (connectors.md §2.4).
//!
//! Segments are joined by dots: `name` is a property, `[name]` a property that holds an array, `[]`
//! an array by itself, `\any.[text]\` a property whose name has special characters. In Xml bodies
//! `@name` is an attribute and `#text` the text of an element; to a location they are plain names.

mod names;
mod read;
mod write;

pub use names::{FieldNames, derive_names};
pub use read::zip;
pub use write::WriteError;

use std::{fmt, str::FromStr};

/// Where a value sits in a body.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    segments: Vec<Segment>,
}

/// One step of the way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Segment {
    /// A property.
    Property(String),
    /// A property that holds an array; what follows is told of each element.
    Array(String),
    /// The value itself is an array.
    Elements,
}

/// Why a text is no location.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// Two dots in a row, or one at an end, or nothing at all.
    #[error("location {0:?} has an empty segment")]
    EmptySegment(String),
    /// `[` without `]`, or text around them.
    #[error("location {0:?}: square brackets enclose a whole segment, as in [name]")]
    Brackets(String),
    /// A lone backslash.
    #[error("location {0:?}: backslashes enclose a whole segment, as in \\a.b\\")]
    Backslash(String),
    /// More segments than any body has.
    #[error("location {0:?} has more than {max} segments", max = Location::MAX_SEGMENTS)]
    TooDeep(String),
}

impl Location {
    /// The most segments of a location.
    pub const MAX_SEGMENTS: usize = 64;

    /// How many segments it has.
    pub fn depth(&self) -> usize {
        self.segments.len()
    }

    /// How many arrays are on the way.
    pub fn array_depth(&self) -> usize {
        self.segments
            .iter()
            .filter(|segment| segment.is_array())
            .count()
    }

    /// The way to the array nearest the root, or none where there is no array on the way.
    pub fn outermost_array(&self) -> Option<Location> {
        let end = self.segments.iter().position(Segment::is_array)?;
        Some(Self {
            segments: self.segments[..=end].to_vec(),
        })
    }

    /// The way to its first segments; none where it has no more than that many.
    pub fn upto(&self, segments: usize) -> Option<Location> {
        (1..self.segments.len()).contains(&segments).then(|| Self {
            segments: self.segments[..segments].to_vec(),
        })
    }

    /// What is left of the way below another location; none where nothing is, or it is not on the way.
    pub fn below(&self, upper: &Location) -> Option<Location> {
        let rest = self.segments.strip_prefix(upper.segments.as_slice())?;
        (!rest.is_empty()).then(|| Self {
            segments: rest.to_vec(),
        })
    }

    /// Name of the last named segment; none for `[]`.
    pub fn last_name(&self) -> Option<&str> {
        self.segments.iter().rev().find_map(Segment::name)
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The way along these segments; along none it leads to the body itself.
    pub(crate) fn of(segments: Vec<Segment>) -> Self {
        Self { segments }
    }
}

impl Segment {
    pub(crate) fn is_array(&self) -> bool {
        matches!(self, Self::Array(_) | Self::Elements)
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Property(name) | Self::Array(name) => Some(name),
            Self::Elements => None,
        }
    }
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut segments = Vec::new();
        let mut rest = text;
        loop {
            if segments.len() == Self::MAX_SEGMENTS {
                return Err(LocationError::TooDeep(text.to_owned()));
            }
            let (segment, after) = take_segment(rest, text)?;
            segments.push(segment);
            match after.strip_prefix('.') {
                Some(next) => rest = next,
                None => return Ok(Self { segments }),
            }
        }
    }
}

/// Reads one segment; what is left is empty or begins with a dot.
fn take_segment<'a>(rest: &'a str, whole: &str) -> Result<(Segment, &'a str), LocationError> {
    let enclosed = |rest: &'a str, close: char, error: fn(String) -> LocationError| {
        let end = rest.find(close).ok_or_else(|| error(whole.to_owned()))?;
        let after = &rest[end + close.len_utf8()..];
        if after.is_empty() || after.starts_with('.') {
            Ok((&rest[..end], after))
        } else {
            Err(error(whole.to_owned()))
        }
    };
    if let Some(inner) = rest.strip_prefix('\\') {
        let (name, after) = enclosed(inner, '\\', LocationError::Backslash)?;
        if name.is_empty() {
            return Err(LocationError::EmptySegment(whole.to_owned()));
        }
        return Ok((Segment::Property(name.to_owned()), after));
    }
    if let Some(inner) = rest.strip_prefix('[') {
        let (name, after) = enclosed(inner, ']', LocationError::Brackets)?;
        if name.contains('[') {
            return Err(LocationError::Brackets(whole.to_owned()));
        }
        let segment = if name.is_empty() {
            Segment::Elements
        } else {
            Segment::Array(name.to_owned())
        };
        return Ok((segment, after));
    }
    let end = rest.find('.').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    if name.is_empty() {
        return Err(LocationError::EmptySegment(whole.to_owned()));
    }
    if name.contains(['[', ']']) {
        return Err(LocationError::Brackets(whole.to_owned()));
    }
    if name.contains('\\') {
        return Err(LocationError::Backslash(whole.to_owned()));
    }
    Ok((Segment::Property(name.to_owned()), after))
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.segments.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            match segment {
                Segment::Property(name) if name.contains(['.', '[', ']']) => {
                    write!(f, "\\{name}\\")?
                }
                Segment::Property(name) => f.write_str(name)?,
                Segment::Array(name) => write!(f, "[{name}]")?,
                Segment::Elements => f.write_str("[]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn location(text: &str) -> Location {
        text.parse().unwrap()
    }

    #[test]
    fn a_location_is_printed_as_it_is_written() {
        for text in [
            "name",
            "data.id",
            "[data].emails",
            "[].@id",
            "a.#text",
            r"a.\b.[c]\.d",
            "[a.b].c",
            "[a].[].b",
            "a b-c",
        ] {
            assert_eq!(location(text).to_string(), text);
        }
        assert_eq!(location(r"\plain\").to_string(), "plain");
    }

    #[test]
    fn a_malformed_location_says_what_is_wrong() {
        use LocationError::{Backslash, Brackets, EmptySegment, TooDeep};
        let long = vec!["a"; 65].join(".");
        for (text, error) in [
            ("", EmptySegment as fn(String) -> LocationError),
            ("a.", EmptySegment),
            (".a", EmptySegment),
            ("a..b", EmptySegment),
            (r"\\", EmptySegment),
            ("[a", Brackets),
            ("a]", Brackets),
            ("[a]b", Brackets),
            ("a[b]", Brackets),
            ("[[a]]", Brackets),
            (r"\a", Backslash),
            (r"\a\b", Backslash),
            (r"a\b", Backslash),
            (&long, TooDeep),
        ] {
            assert_eq!(
                text.parse::<Location>(),
                Err(error(text.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn the_outermost_array_ends_at_the_first_array_segment() {
        for (text, array) in [
            ("a.b", None),
            ("[].id", Some("[]")),
            ("data.[rows].[cells].v", Some("data.[rows]")),
        ] {
            assert_eq!(
                location(text)
                    .outermost_array()
                    .map(|l| l.to_string())
                    .as_deref(),
                array,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverse(
            text in r"(\\[a-z.\[\]@#]{1,6}\\|\[[a-z. @]{0,5}\]|[a-z@# _-]{1,6})(\.(\\[a-z.\[\]]{1,6}\\|\[[a-z.]{0,5}\]|[a-z@#]{1,6})){0,5}"
        ) {
            let first: Location = text.parse().unwrap();
            let second: Location = first.to_string().parse().unwrap();
            prop_assert_eq!(first, second);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            drop(text.parse::<Location>());
        }
    }
}
