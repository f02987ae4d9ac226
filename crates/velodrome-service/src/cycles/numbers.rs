//! Between the numbers of the wire and the names of documents, in both directions: fields of earlier steps,
//! wherever they are mapped, and merge fields in typed text (api.md §13).
//!
//! A document names a field by step and location, `{{<step id> <location>}}` in text. On the wire the field
//! has the number that the step's release gave it, or that of the account's own field.

use std::collections::HashMap;

use velodrome_model::{
    FieldId, StepId,
    cycle::{CycleDocument, FieldSource, Source},
};

use super::{CycleError, StepMethod, connectors::Connectors};
use crate::{Invalid, invalid::bounded_option};

/// The most characters of a typed value.
const MAX_VALUE: usize = 100_000;

/// Kind of a source of a value (openapi: MappingType).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Left out of the request.
    Ignore,
    /// Typed.
    Static,
    /// A field of a step before.
    PreviousStep,
    /// One of the target's values.
    ValueList,
    /// Chosen from a lookup.
    Lookup,
    /// A variable of the cycle.
    Variable,
}

/// A field of a step by its number; undecided halves are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldNumber {
    /// The step.
    pub step: Option<StepId>,
    /// The field.
    pub field: Option<FieldId>,
}

/// A source as callers see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownSource {
    /// None where nothing was mapped yet.
    pub kind: Option<SourceKind>,
    /// Of [`SourceKind::PreviousStep`].
    pub from: FieldNumber,
    /// System name of the variable.
    pub variable: Option<String>,
    /// What was chosen from a lookup.
    pub lookup_value: Option<String>,
    /// The text of what was chosen.
    pub lookup_label: Option<String>,
    /// What was typed or chosen of a list.
    pub value: Option<String>,
}

/// A change of a source. Outer none: keep; inner none: clear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceChange {
    /// Another kind.
    pub kind: Option<SourceKind>,
    /// Step of [`SourceKind::PreviousStep`].
    pub step: Option<Option<StepId>>,
    /// Its field.
    pub field: Option<Option<FieldId>>,
    /// Name of the variable.
    pub variable: Option<Option<String>>,
    /// What was chosen from a lookup.
    pub lookup_value: Option<Option<String>>,
    /// The text of what was chosen.
    pub lookup_label: Option<Option<String>>,
    /// What was typed or chosen of a list.
    pub value: Option<Option<String>>,
}

impl SourceChange {
    /// Judges what can be judged without anything that is stored.
    ///
    /// # Errors
    /// When a text is too long.
    pub(super) fn check(&self) -> Result<(), Invalid> {
        for (property, change) in [
            ("Value", &self.value),
            ("TriggerValue", &self.lookup_value),
            ("TriggerValueDisplayName", &self.lookup_label),
            ("VariableName", &self.variable),
        ] {
            let text = change.as_ref().and_then(Option::as_deref);
            bounded_option(property, text, MAX_VALUE)?;
        }
        Ok(())
    }

    /// The kind that a change without one speaks of, where nothing was mapped yet.
    fn meant(&self) -> Option<SourceKind> {
        let says = |change: &Option<Option<String>>| matches!(change, Some(Some(_)));
        if matches!(self.step, Some(Some(_))) {
            Some(SourceKind::PreviousStep)
        } else if says(&self.lookup_value) {
            Some(SourceKind::Lookup)
        } else if says(&self.variable) {
            Some(SourceKind::Variable)
        } else {
            says(&self.value).then_some(SourceKind::Static)
        }
    }
}

/// Translates for one document.
#[derive(Clone, Copy)]
pub struct Numbers<'a> {
    document: &'a CycleDocument,
    connectors: &'a Connectors,
}

impl<'a> Numbers<'a> {
    /// A translator for the steps of this document.
    pub(super) fn new(document: &'a CycleDocument, connectors: &'a Connectors) -> Self {
        Self {
            document,
            connectors,
        }
    }

    /// The connectors that it knows.
    pub(super) fn connectors(&self) -> &'a Connectors {
        self.connectors
    }

    fn method(&self, step: StepId) -> Option<StepMethod<'a>> {
        self.connectors.of(self.document.step(step)?)
    }

    /// The field as callers name it. One that the release does not have is not named.
    ///
    /// # Errors
    /// When a custom field can't be read.
    pub fn field(&self, source: &FieldSource) -> Result<FieldNumber, CycleError> {
        let field = match (source.step, &source.location) {
            (Some(step), Some(location)) => self.number(step, location)?,
            _ => None,
        };
        Ok(FieldNumber {
            step: source.step,
            field,
        })
    }

    fn number(&self, step: StepId, location: &str) -> Result<Option<FieldId>, CycleError> {
        let Some(method) = self.method(step) else {
            return Ok(None);
        };
        let outputs = method.outputs()?;
        let found = outputs
            .iter()
            .find(|one| one.field.connector_field == location);
        Ok(found.map(|one| one.id))
    }

    /// The location of an earlier step's field.
    ///
    /// # Errors
    /// [`CycleError::Invalid`] when the step has no such field.
    pub(super) fn location(&self, step: StepId, field: FieldId) -> Result<String, CycleError> {
        let outputs = match self.method(step) {
            Some(method) => method.outputs()?,
            None => Vec::new(),
        };
        let found = outputs.into_iter().find(|one| one.id == field);
        found.map(|one| one.field.connector_field).ok_or_else(|| {
            let text = format_args!("Step {step} has no field {field} that can be mapped from.");
            CycleError::invalid("mapping.foreign_field", text)
        })
    }

    /// A request field of a webhook step, as callers name it.
    ///
    /// # Errors
    /// When a custom field can't be read.
    pub fn received(&self, step: StepId, location: &str) -> Result<Option<FieldId>, CycleError> {
        self.number(step, location)
    }

    /// The source as callers see it.
    ///
    /// # Errors
    /// When a custom field can't be read.
    pub fn shown(&self, source: Option<&Source>) -> Result<ShownSource, CycleError> {
        let Some(source) = source else {
            return Ok(ShownSource::default());
        };
        let kind = Some(kind_of(source));
        Ok(match source {
            Source::Ignore => ShownSource {
                kind,
                ..ShownSource::default()
            },
            Source::Static { value } => ShownSource {
                kind,
                value: value.as_deref().map(|text| self.text(text)).transpose()?,
                ..ShownSource::default()
            },
            Source::PreviousStep(from) => ShownSource {
                kind,
                from: self.field(from)?,
                ..ShownSource::default()
            },
            Source::ValueList { value } => ShownSource {
                kind,
                value: value.clone(),
                ..ShownSource::default()
            },
            Source::Lookup { value, label } => ShownSource {
                kind,
                lookup_value: value.clone(),
                lookup_label: label.clone(),
                ..ShownSource::default()
            },
            Source::Variable { name } => ShownSource {
                kind,
                variable: name.clone(),
                ..ShownSource::default()
            },
        })
    }

    /// Typed text as callers see it.
    fn text(&self, text: &str) -> Result<String, CycleError> {
        let mut known: HashMap<StepId, Vec<(String, FieldId)>> = HashMap::new();
        replaced(text, |field| {
            if !known.contains_key(&field.step) {
                let outputs = match self.method(field.step) {
                    Some(method) => method.outputs()?,
                    None => Vec::new(),
                };
                let named = outputs
                    .into_iter()
                    .map(|one| (one.field.connector_field, one.id))
                    .collect();
                known.insert(field.step, named);
            }
            let found = known[&field.step]
                .iter()
                .find(|(location, _)| location == field.what);
            Ok(found.map(|(_, id)| id.to_string()))
        })
    }

    /// Typed text as documents keep it.
    ///
    /// # Errors
    /// [`CycleError::Invalid`] when it names a step that is none of the `sources`, or a field that such a
    /// step does not have.
    fn stored_text(&self, text: &str, sources: &[StepId]) -> Result<String, CycleError> {
        replaced(text, |field| {
            check_source(field.step, sources)?;
            match field.what.parse() {
                Ok(number) => self.location(field.step, number).map(Some),
                // Named by its location already, as an answer shows what the release does not have.
                Err(_) => Ok(Some(field.what.to_owned())),
            }
        })
    }

    /// The source after a change. `sources` are the steps that it may be mapped from.
    ///
    /// # Errors
    /// [`CycleError::Invalid`] when step, field or variable do not fit.
    pub(super) fn changed(
        &self,
        current: Option<&Source>,
        change: &SourceChange,
        sources: &[StepId],
    ) -> Result<Option<Source>, CycleError> {
        let kind = change
            .kind
            .or_else(|| current.map(kind_of))
            .or_else(|| change.meant());
        let Some(kind) = kind else { return Ok(None) };
        let kept = current.filter(|source| kind_of(source) == kind);
        let source = match kind {
            SourceKind::Ignore => Source::Ignore,
            SourceKind::Static => Source::Static {
                value: match (&change.value, kept) {
                    (Some(new), _) => new
                        .as_deref()
                        .map(|text| self.stored_text(text, sources))
                        .transpose()?,
                    (None, Some(Source::Static { value })) => value.clone(),
                    (None, _) => None,
                },
            },
            SourceKind::PreviousStep => {
                let former = match kept {
                    Some(Source::PreviousStep(from)) => from.clone(),
                    _ => FieldSource::default(),
                };
                Source::PreviousStep(self.field_source(
                    former,
                    change.step,
                    change.field,
                    sources,
                )?)
            }
            SourceKind::ValueList => Source::ValueList {
                value: match (&change.value, kept) {
                    (Some(new), _) => new.clone(),
                    (None, Some(Source::ValueList { value })) => value.clone(),
                    (None, _) => None,
                },
            },
            SourceKind::Lookup => {
                let (value, label) = match kept {
                    Some(Source::Lookup { value, label }) => (value.clone(), label.clone()),
                    _ => (None, None),
                };
                // A new value without its text does not keep the text of the former one.
                let label = match &change.lookup_value {
                    Some(new) if *new != value => None,
                    _ => label,
                };
                Source::Lookup {
                    value: change.lookup_value.clone().unwrap_or(value),
                    label: change.lookup_label.clone().unwrap_or(label),
                }
            }
            SourceKind::Variable => Source::Variable {
                name: match (&change.variable, kept) {
                    (Some(Some(name)), _) => Some(self.variable(name)?),
                    (Some(None), _) => None,
                    (None, Some(Source::Variable { name })) => name.clone(),
                    (None, _) => None,
                },
            },
        };
        Ok(Some(source))
    }

    /// A field of an earlier step after a change of either half.
    ///
    /// # Errors
    /// [`CycleError::Invalid`] when step or field do not fit.
    pub(super) fn field_source(
        &self,
        former: FieldSource,
        step: Option<Option<StepId>>,
        field: Option<Option<FieldId>>,
        sources: &[StepId],
    ) -> Result<FieldSource, CycleError> {
        let now = step.unwrap_or(former.step);
        if let Some(step) = now {
            check_source(step, sources)?;
        }
        let location = match (field, now) {
            (Some(Some(field)), Some(step)) => Some(self.location(step, field)?),
            (Some(Some(_)), None) => {
                let text = "SourceStepId is required with SourceFieldId.";
                return Err(CycleError::invalid("mapping.step_required", text));
            }
            (Some(None), _) => None,
            (None, _) => former.location.filter(|_| now == former.step),
        };
        Ok(FieldSource {
            step: now,
            location,
        })
    }

    /// The system name of a variable of the cycle.
    fn variable(&self, name: &str) -> Result<String, CycleError> {
        let found = self.document.variable(name);
        found.map(|one| one.system_name.clone()).ok_or_else(|| {
            let text = format_args!("The cycle has no variable '{name}'.");
            CycleError::invalid("mapping.unknown_variable", text)
        })
    }
}

fn check_source(step: StepId, sources: &[StepId]) -> Result<(), CycleError> {
    if sources.contains(&step) {
        return Ok(());
    }
    let text = format_args!("Step {step} is no step that this one can be mapped from.");
    Err(CycleError::invalid("mapping.foreign_step", text))
}

fn kind_of(source: &Source) -> SourceKind {
    match source {
        Source::Ignore => SourceKind::Ignore,
        Source::Static { .. } => SourceKind::Static,
        Source::PreviousStep(_) => SourceKind::PreviousStep,
        Source::ValueList { .. } => SourceKind::ValueList,
        Source::Lookup { .. } => SourceKind::Lookup,
        Source::Variable { .. } => SourceKind::Variable,
    }
}

/// A merge field that names a field of an earlier step.
struct StepField<'t> {
    step: StepId,
    /// Number or location.
    what: &'t str,
    /// ` format=…`, ` tz=…`, with the blank before.
    options: &'t str,
}

impl<'t> StepField<'t> {
    /// Reads what stands between the braces: `<step> <field>` or `step.<step>.<field>`.
    fn read(inner: &'t str) -> Option<Self> {
        let inner = inner.trim();
        let (step, rest) = match inner.strip_prefix("step.") {
            Some(rest) => rest.split_once('.')?,
            None => inner.split_once(char::is_whitespace)?,
        };
        let options = [" format=", " tz="].into_iter();
        let end = options.filter_map(|key| rest.find(key)).min();
        let (what, options) = rest.split_at(end.unwrap_or(rest.len()));
        Some(Self {
            step: step.parse().ok()?,
            what: what.trim(),
            options,
        })
    }
}

/// The text with the fields of its merge fields about steps named otherwise; where the new name is none, and
/// every other merge field, stays as it was typed.
fn replaced(
    text: &str,
    mut name: impl FnMut(&StepField<'_>) -> Result<Option<String>, CycleError>,
) -> Result<String, CycleError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inner, after)) = after.split_once("}}") else {
            break;
        };
        out.push_str(before);
        let field = StepField::read(inner);
        let new = match &field {
            Some(field) => name(field)?.map(|name| (field, name)),
            None => None,
        };
        match new {
            Some((field, name)) => {
                out.push_str(&format!("{{{{{} {name}{}}}}}", field.step, field.options));
            }
            None => {
                out.push_str("{{");
                out.push_str(inner);
                out.push_str("}}");
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// The steps and locations that merge fields of a document's text name.
pub(super) fn merged(text: &str) -> Vec<(StepId, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((inner, after)) = after.split_once("}}") else {
            break;
        };
        if let Some(field) = StepField::read(inner) {
            found.push((field.step, field.what.to_owned()));
        }
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const STEP: &str = "00000000-0000-0000-0000-000000000007";

    #[test]
    fn merge_fields_about_steps_are_renamed_and_all_other_text_stays() {
        for (text, renamed) in [
            ("plain", "plain".to_owned()),
            (
                "a {{LastSuccessfulRunDate format=yyyy}} b",
                "a {{LastSuccessfulRunDate format=yyyy}} b".to_owned(),
            ),
            ("{{ x y }}", "{{ x y }}".to_owned()),
            ("{{open", "{{open".to_owned()),
            (
                &format!("<{{{{{STEP} 12}}}}>"),
                format!("<{{{{{STEP} [12].x}}}}>"),
            ),
            (
                &format!("{{{{step.{STEP}.12}}}}"),
                format!("{{{{{STEP} [12].x}}}}"),
            ),
            (
                &format!("{{{{{STEP} 12 format=dd MM tz=Europe/Berlin}}}}"),
                format!("{{{{{STEP} [12].x format=dd MM tz=Europe/Berlin}}}}"),
            ),
        ] {
            let out = replaced(text, |field| Ok(Some(format!("[{}].x", field.what))));
            assert_eq!(out.unwrap(), renamed, "{text}");
        }
    }

    #[test]
    fn the_steps_that_a_text_names_are_found() {
        let text = format!("{{{{AccountId}}}} {{{{{STEP} [a].b c}}}} {{{{{STEP} d format=d}}}}");
        let step = StepId(Uuid::from_u128(7));

        assert_eq!(
            merged(&text),
            [(step, "[a].b c".to_owned()), (step, "d".to_owned())]
        );
    }
}
