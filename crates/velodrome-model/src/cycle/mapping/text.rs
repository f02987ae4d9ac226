//! A source as text with mergefields, or as the one value that it is.

use serde_json::Value;

use super::{Cell, Surroundings, error::TextFault};
use crate::{
    StepId,
    cycle::Source,
    definition::scalar_text,
    location::Location,
    mergefield::{self, MergeValue, Template},
};

/// An inline script with the values of the mergefields in it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptText {
    /// The script, its mergefields as they were written.
    pub text: String,
    /// What stands between the braces of a mergefield, and its value; null where there is none.
    pub values: Vec<(String, Value)>,
}

/// The script of a text that begins with `=`.
pub fn inline_script(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('=')
}

/// The field of an earlier step that a mergefield names: `<step id> <location>` or
/// `step.<step id>.<location>`.
pub fn step_field(name: &str) -> Option<(StepId, &str)> {
    /// Characters of an id.
    const ID: usize = 36;
    let name = name.trim();
    let (rest, separator) = match name.get(..5) {
        Some(word) if word.eq_ignore_ascii_case("step.") => (&name[5..], '.'),
        _ => (name, ' '),
    };
    let (id, location) = rest.split_at_checked(ID)?;
    let location = location.strip_prefix(separator)?.trim();
    Some((id.parse().ok()?, location)).filter(|(_, location)| !location.is_empty())
}

/// The fields of earlier steps that a source reads; what can't be read is left out.
pub fn fields_of(source: &Source) -> Vec<(StepId, Location)> {
    Text::read(source)
        .ok()
        .flatten()
        .map(|text| text.fields())
        .unwrap_or_default()
}

/// A source, ready to be given values.
pub(super) enum Text<'a> {
    /// Always the same.
    Constant(&'a str),
    /// A variable.
    Variable(&'a str),
    /// A field.
    Field(StepId, Location),
    /// A text with mergefields.
    Template(Template, Vec<Option<(StepId, Location)>>),
    /// A script with the names of its mergefields.
    Script(&'a str, Vec<ScriptField>),
}

/// A mergefield of a script.
pub(super) struct ScriptField {
    /// What stands between its braces.
    inner: String,
    template: Template,
    /// The field of an earlier step that it names.
    field: Option<(StepId, Location)>,
}

impl<'a> Text<'a> {
    /// Reads a source; none for one that gives no value.
    pub(super) fn read(source: &'a Source) -> Result<Option<Self>, TextFault> {
        Ok(match source {
            Source::Ignore => None,
            Source::Static { value } => match value.as_deref() {
                None => None,
                Some(text) => Some(match inline_script(text) {
                    Some(script) => Self::script(script)?,
                    None if Template::is_needed(text) => Self::template(text.parse()?)?,
                    None => Self::Constant(text),
                }),
            },
            Source::ValueList { value } | Source::Lookup { value, .. } => {
                value.as_deref().map(Self::Constant)
            }
            Source::Variable { name } => name.as_deref().map(Self::Variable),
            Source::PreviousStep(field) => match (field.step, &field.location) {
                (Some(step), Some(location)) => Some(Self::Field(step, location.parse()?)),
                _ => None,
            },
        })
    }

    fn template(template: Template) -> Result<Self, TextFault> {
        if let Some((step, location)) = template
            .only_field()
            .filter(|only| !only.is_dated())
            .and_then(|only| step_field(&only.name))
        {
            return Ok(Self::Field(step, location.parse()?));
        }
        let fields = template
            .fields()
            .map(|field| located(&field.name))
            .collect::<Result<_, _>>()?;
        Ok(Self::Template(template, fields))
    }

    fn script(script: &'a str) -> Result<Self, TextFault> {
        let mut fields = Vec::new();
        let mut rest = script;
        while let Some((_, after)) = rest.split_once("{{") {
            let Some((inner, after)) = after.split_once("}}") else {
                break;
            };
            // Braces of the script itself are no mergefields.
            if let Ok(template) = format!("{{{{{inner}}}}}").parse::<Template>()
                && let Some(name) = template.only_field().map(|field| field.name.clone())
            {
                fields.push(ScriptField {
                    inner: inner.to_owned(),
                    template,
                    field: located(&name)?,
                });
            }
            rest = after;
        }
        Ok(Self::Script(script, fields))
    }

    /// The fields of earlier steps in it, in the order in which [`value`](Self::value) wants their values.
    pub(super) fn fields(&self) -> Vec<(StepId, Location)> {
        match self {
            Self::Constant(_) | Self::Variable(_) => Vec::new(),
            Self::Field(step, location) => vec![(*step, location.clone())],
            Self::Template(_, fields) => fields.iter().flatten().cloned().collect(),
            Self::Script(_, fields) => fields.iter().filter_map(|one| one.field.clone()).collect(),
        }
    }

    /// What it gives where its fields have these values; none for nothing.
    pub(super) fn value(
        &self,
        values: &[Option<&Value>],
        around: &dyn Surroundings,
        request: usize,
    ) -> Result<Option<Cell>, TextFault> {
        let mut values = values.iter().copied();
        let mut next = || values.next().flatten();
        Ok(match self {
            Self::Constant(text) => Some(Cell::Value(Value::from(*text))),
            Self::Variable(name) => {
                let value = around
                    .variable(name)
                    .ok_or_else(|| TextFault::NoVariable((*name).to_owned()))?;
                Some(Cell::Value(value))
            }
            Self::Field(..) => next().cloned().map(Cell::Value),
            Self::Template(template, fields) => {
                let known: Vec<(&str, Option<&Value>)> = template
                    .fields()
                    .zip(fields)
                    .filter(|(_, field)| field.is_some())
                    .map(|(field, _)| (field.name.as_str(), next()))
                    .collect();
                let merging = Merging {
                    known: &known,
                    around,
                    request,
                };
                Some(Cell::Value(template.merge(&merging)?.into()))
            }
            Self::Script(script, fields) => {
                let mut merged = Vec::new();
                for ScriptField {
                    inner,
                    template,
                    field,
                } in fields
                {
                    let only = template.only_field();
                    let value = match field {
                        Some(_) if only.is_some_and(|field| !field.is_dated()) => {
                            next().cloned().unwrap_or_default()
                        }
                        _ => {
                            let name = only.map_or("", |field| field.name.as_str());
                            let known: Vec<_> = field.iter().map(|_| (name, next())).collect();
                            let merging = Merging {
                                known: &known,
                                around,
                                request,
                            };
                            // What is no mergefield stays part of the script.
                            if known.is_empty() && around.merge_field(name, request).is_none() {
                                continue;
                            }
                            template.merge(&merging)?.into()
                        }
                    };
                    merged.push((inner.clone(), value));
                }
                Some(Cell::Script(ScriptText {
                    text: (*script).to_owned(),
                    values: merged,
                }))
            }
        })
    }
}

fn located(name: &str) -> Result<Option<(StepId, Location)>, TextFault> {
    Ok(match step_field(name) {
        Some((step, location)) => Some((step, location.parse()?)),
        None => None,
    })
}

/// The mergefields of a text in one row.
struct Merging<'m> {
    known: &'m [(&'m str, Option<&'m Value>)],
    around: &'m dyn Surroundings,
    request: usize,
}

impl mergefield::Source for Merging<'_> {
    fn value(&self, name: &str) -> Option<MergeValue<'_>> {
        if let Some((_, value)) = self.known.iter().find(|(known, _)| *known == name) {
            let text = match value {
                None | Some(Value::Null) => String::new(),
                Some(value) => scalar_text(value),
            };
            return Some(MergeValue::Text(text.into()));
        }
        self.around.merge_field(name, self.request)
    }
}
