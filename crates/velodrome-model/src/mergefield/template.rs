//! Parsing templates and merging them into text.

use std::str::FromStr;

use chrono_tz::Tz;

use super::{MAX_DEPTH, MergeError, MergeValue, Source};
use crate::value::{DateFormat, DateFormatError};

/// A text with mergefields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Field(MergeField),
}

/// One mergefield of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeField {
    /// The name.
    pub name: String,
    /// Written into addresses without encoding: `{{+Name}}`.
    pub raw: bool,
    format: Option<DateFormat>,
    zone: Option<Tz>,
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{{` without `}}`.
    #[error("a mergefield is not closed with }}}}")]
    Unclosed,
    /// Nothing, or braces, between the braces.
    #[error("a mergefield has no proper name")]
    Name,
    /// A bad `format`.
    #[error(transparent)]
    Format(#[from] DateFormatError),
    /// A `tz` that is no zone.
    #[error("{0:?} is not an IANA time zone")]
    Zone(String),
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (inner, after) = after.split_once("}}").ok_or(TemplateError::Unclosed)?;
            parts.push(Part::Field(inner.parse()?));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }
}

impl FromStr for MergeField {
    type Err = TemplateError;

    /// Reads what stands between the braces: `Name format=… tz=…`. Formats may hold blanks.
    fn from_str(inner: &str) -> Result<Self, Self::Err> {
        let inner = inner.trim();
        let (raw, inner) = match inner.strip_prefix('+') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, inner),
        };
        let format_at = inner.find(" format=");
        let zone_at = inner.find(" tz=");
        let option = |at: Option<usize>, key: &str, other: Option<usize>| {
            let at = at?;
            let end = other.filter(|other| *other > at).unwrap_or(inner.len());
            Some(inner[at + key.len()..end].trim())
        };
        let format = option(format_at, " format=", zone_at)
            .map(DateFormat::parse)
            .transpose()?;
        let zone = option(zone_at, " tz=", format_at)
            .map(|name| {
                name.parse::<Tz>()
                    .map_err(|_| TemplateError::Zone(name.to_owned()))
            })
            .transpose()?;
        let end = [format_at, zone_at]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(inner.len());
        let name = inner[..end].trim();
        if name.is_empty() || name.contains(['{', '}']) {
            return Err(TemplateError::Name);
        }
        Ok(Self {
            name: name.to_owned(),
            raw,
            format,
            zone,
        })
    }
}

impl MergeField {
    /// Whether it is to be written as a date.
    pub fn is_dated(&self) -> bool {
        self.format.is_some() || self.zone.is_some()
    }

    /// The value as text; none where the source has none.
    pub(super) fn text(
        &self,
        source: &dyn Source,
        depth: usize,
    ) -> Result<Option<String>, MergeError> {
        let Some(value) = source.value(&self.name) else {
            return Ok(None);
        };
        let dated = self.is_dated();
        let text = match value {
            MergeValue::Instant(at) => {
                return Ok(Some(self.format_or_default().format(at, self.zone())));
            }
            MergeValue::Text(text) => text.into_owned(),
            MergeValue::Template(text) => {
                if depth >= MAX_DEPTH {
                    return Err(MergeError::TooDeep(self.name.clone()));
                }
                let template: Template = text.parse().map_err(|fault| MergeError::Malformed {
                    name: self.name.clone(),
                    fault,
                })?;
                template.merged(source, depth + 1)?
            }
        };
        if !dated || text.is_empty() {
            return Ok(Some(text));
        }
        let at = DateFormat::ISO
            .read(&text, Tz::UTC)
            .ok_or_else(|| MergeError::NotADate(self.name.clone()))?;
        Ok(Some(self.format_or_default().format(at, self.zone())))
    }

    fn zone(&self) -> Tz {
        self.zone.unwrap_or(Tz::UTC)
    }

    fn format_or_default(&self) -> DateFormat {
        let default = if self.zone.is_some() {
            "yyyy-MM-ddTHH:mm:sszzz"
        } else {
            "yyyy-MM-ddTHH:mm:ssZ"
        };
        self.format.clone().unwrap_or_else(|| {
            DateFormat::parse(default).expect("the default formats are well-formed")
        })
    }
}

impl Template {
    /// Whether the text holds a mergefield at all; spares parsing the many that don't.
    pub fn is_needed(text: &str) -> bool {
        text.contains("{{")
    }

    /// The mergefields, in order.
    pub fn fields(&self) -> impl Iterator<Item = &MergeField> {
        self.parts.iter().filter_map(|part| match part {
            Part::Field(field) => Some(field),
            Part::Text(_) => None,
        })
    }

    /// The whole template when it is one mergefield and nothing else.
    pub fn only_field(&self) -> Option<&MergeField> {
        match self.parts.as_slice() {
            [Part::Field(field)] => Some(field),
            _ => None,
        }
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Puts the values in, without any encoding: for bodies, headers and names.
    pub fn merge(&self, source: &dyn Source) -> Result<String, MergeError> {
        self.merged(source, 0)
    }

    fn merged(&self, source: &dyn Source, depth: usize) -> Result<String, MergeError> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Field(field) => match field.text(source, depth)? {
                    Some(text) => out.push_str(&text),
                    None if source.is_optional(&field.name) => {}
                    None => return Err(MergeError::Unresolved(field.name.clone())),
                },
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    struct Given(HashMap<&'static str, MergeValue<'static>>);

    impl Source for Given {
        fn value(&self, name: &str) -> Option<MergeValue<'_>> {
            self.0.get(name).cloned()
        }

        fn is_optional(&self, name: &str) -> bool {
            name == "Maybe"
        }
    }

    fn given() -> Given {
        Given(HashMap::from([
            ("Name", MergeValue::Text("Ann & Bo".into())),
            ("Store URL", MergeValue::Text("https://s".into())),
            ("Since", MergeValue::Text("2024-03-05T14:07:09Z".into())),
            (
                "LastSuccessfulRunDate",
                MergeValue::Instant("2024-03-05T14:07:09Z".parse().unwrap()),
            ),
            ("Nested", MergeValue::Template("{{Name}}/{{Deeper}}".into())),
            (
                "Deeper",
                MergeValue::Template("<{{Since format=yyyy}}>".into()),
            ),
            ("Literal", MergeValue::Text("{{Name}}".into())),
            ("Circle", MergeValue::Template("{{Circle}}".into())),
            ("Broken", MergeValue::Template("{{".into())),
        ]))
    }

    #[test]
    fn values_take_the_place_of_their_mergefields() {
        for (template, expected) in [
            ("plain", "plain"),
            ("", ""),
            ("a {{Name}} b{{ Name }}", "a Ann & Bo bAnn & Bo"),
            ("{{Store URL}}/x", "https://s/x"),
            ("{{LastSuccessfulRunDate}}", "2024-03-05T14:07:09Z"),
            (
                "{{LastSuccessfulRunDate format=MM/dd/yyyy HH:mm:ss tz=America/New_York}}",
                "03/05/2024 09:07:09",
            ),
            (
                "{{LastSuccessfulRunDate tz=Europe/Berlin format=HH:mm}}",
                "15:07",
            ),
            (
                "{{LastSuccessfulRunDate tz=Europe/Berlin}}",
                "2024-03-05T15:07:09+01:00",
            ),
            ("{{LastSuccessfulRunDate format=unix}}", "1709647629"),
            ("{{Since format=d}}", "03/05/2024"),
            ("{{Nested}}", "Ann & Bo/<2024>"),
            ("{{Literal}}", "{{Name}}"),
            ("{{Maybe}}!", "!"),
            ("{ {Name} }", "{ {Name} }"),
        ] {
            assert_eq!(
                template
                    .parse::<Template>()
                    .unwrap()
                    .merge(&given())
                    .unwrap(),
                expected,
                "{template}"
            );
        }
    }

    #[test]
    fn what_can_t_be_merged_names_the_mergefield() {
        for (template, expected) in [
            ("{{Missing}}", MergeError::Unresolved("Missing".into())),
            ("{{name}}", MergeError::Unresolved("name".into())),
            ("{{Name format=yyyy}}", MergeError::NotADate("Name".into())),
            ("{{Circle}}", MergeError::TooDeep("Circle".into())),
            (
                "{{Broken}}",
                MergeError::Malformed {
                    name: "Broken".into(),
                    fault: TemplateError::Unclosed,
                },
            ),
        ] {
            assert_eq!(
                template.parse::<Template>().unwrap().merge(&given()),
                Err(expected),
                "{template}"
            );
        }
        assert_eq!(
            MergeError::Unresolved("Shop".into()).to_string(),
            "{{Shop}} has no value"
        );
    }

    #[test]
    fn a_malformed_template_says_what_is_wrong() {
        for (template, expected) in [
            ("{{Name", TemplateError::Unclosed),
            ("{{}}", TemplateError::Name),
            ("{{+}}", TemplateError::Name),
            ("{{a{b}}", TemplateError::Name),
            (
                "{{Name tz=Mars/Base}}",
                TemplateError::Zone("Mars/Base".into()),
            ),
            (
                "{{Name format=}}",
                TemplateError::Format(DateFormatError::Empty),
            ),
        ] {
            assert_eq!(template.parse::<Template>(), Err(expected), "{template}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in r"[{}+ a-z=]{0,40}|\PC*") {
            if let Ok(template) = text.parse::<Template>() {
                drop(template.merge(&given()));
            }
        }

        #[test]
        fn a_text_without_mergefields_stays_as_it_is(text in "[^{}]*") {
            prop_assert_eq!(text.parse::<Template>().unwrap().merge(&given()).unwrap(), text);
        }
    }
}
