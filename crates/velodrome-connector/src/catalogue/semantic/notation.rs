//! V009: locations, formats and regular expressions that can't be read.

use std::{collections::HashSet, str::FromStr};

use regex::RegexBuilder;
use velodrome_model::{
    FaultCode,
    definition::{AuthFieldPlace, DataType, TargetType, Validation},
    location::Location,
    mergefield::Template,
    value::DateFormat,
};

use super::{
    Subject,
    parts::{fields, method_pointer, parameters},
};
use crate::catalogue::findings::{Findings, Pointer};

pub fn check(subject: Subject<'_>, findings: &mut Findings) {
    let definition = subject.definition;
    let root = Pointer::root();
    let mut notation = Notation {
        findings,
        patterns: HashSet::new(),
    };

    if let Some(webhook) = &definition.partner_webhook {
        notation.location(&webhook.id_location, || {
            root.then("partnerWebhook").then("idLocation")
        });
    }
    for (at, trigger) in definition.triggers.iter().enumerate() {
        let own = || root.then("triggers").then(at);
        notation.location(&trigger.identifier_key, || own().then("identifierKey"));
        notation.location(&trigger.human_readable_key, || {
            own().then("humanReadableKey")
        });
    }
    let pagings = definition
        .methods
        .iter()
        .enumerate()
        .map(|(at, method)| (&method.paging, method_pointer(at)));
    for (paging, owner) in std::iter::once((&definition.paging, root.clone())).chain(pagings) {
        if let Some(location) = paging
            .as_ref()
            .and_then(|paging| paging.outbound_location.as_ref())
        {
            notation.location(location, || owner.then("paging").then("outboundLocation"));
        }
    }
    for (at, authentication) in definition.authentications.iter().enumerate() {
        let own = || root.then("authentications").then(at);
        for (n, field) in authentication.auth_fields.iter().enumerate() {
            if field.place == AuthFieldPlace::Body {
                notation.location(&field.key, || own().then("authFields").then(n).then("key"));
            }
        }
        for (name, field) in &authentication.fields {
            notation.validation(field.validation.as_ref(), || {
                own().then("fields").then(name)
            });
        }
    }
    for part in parameters(definition) {
        let parameter = part.item;
        if matches!(
            parameter.target_type,
            TargetType::ResponseField | TargetType::FilterField
        ) {
            notation.location(&parameter.target_name, || part.pointer().then("targetName"));
        }
        notation.format(parameter.format.as_deref(), parameter.data_type, || {
            part.pointer()
        });
        notation.validation(parameter.validation.as_ref(), || part.pointer());
    }
    for part in fields(definition) {
        let field = part.item;
        notation.location(&field.connector_field, || {
            part.pointer().then("connectorField")
        });
        notation.format(field.format.as_deref(), field.data_type, || part.pointer());
        notation.validation(field.validation.as_ref(), || part.pointer());
    }
}

/// The most different patterns of a definition.
const MAX_PATTERNS: usize = 500;
/// The most bytes that a pattern may take when compiled.
const MAX_PATTERN_BYTES: usize = 512 * 1024;

struct Notation<'a> {
    findings: &'a mut Findings,
    patterns: HashSet<String>,
}

impl Notation<'_> {
    fn location(&mut self, text: &str, pointer: impl FnOnce() -> Pointer) {
        // A location may be named by a mergefield; then it is read when the value is known.
        if Template::is_needed(text) {
            return;
        }
        if let Err(error) = Location::from_str(text) {
            let pointer = pointer();
            // The schema's own rule catches most; this one knows the rest.
            if !self.findings.knows(FaultCode::V009, &pointer) {
                self.findings
                    .error(FaultCode::V009, pointer, error.to_string());
            }
        }
    }

    fn format(
        &mut self,
        format: Option<&str>,
        kind: Option<DataType>,
        owner: impl Fn() -> Pointer,
    ) {
        let Some(format) = format else { return };
        if kind != Some(DataType::DateTime) {
            let message =
                "a format belongs to the dataType DateTime; set that or remove the format";
            self.findings
                .warning(FaultCode::V009, owner().then("format"), message);
        }
        if let Err(error) = DateFormat::parse(format) {
            self.findings
                .error(FaultCode::V009, owner().then("format"), error.to_string());
        }
    }

    /// Whether a pattern can be read; each is read once, for generated definitions repeat them.
    fn pattern(&mut self, pattern: &str) -> Result<(), String> {
        if self.patterns.contains(pattern) {
            return Ok(());
        }
        if self.patterns.len() >= MAX_PATTERNS {
            return Err(format!(
                "the definition has more than {MAX_PATTERNS} patterns"
            ));
        }
        self.patterns.insert(pattern.to_owned());
        match RegexBuilder::new(pattern)
            .size_limit(MAX_PATTERN_BYTES)
            .build()
        {
            Ok(_) => Ok(()),
            Err(error) => {
                let words = error.to_string();
                // The last line of a syntax error says what is wrong; the others draw a picture of where.
                let last = words.lines().last().unwrap_or_default();
                Err(last.trim().trim_start_matches("error: ").to_owned())
            }
        }
    }

    fn validation(&mut self, validation: Option<&Validation>, owner: impl Fn() -> Pointer) {
        let Some(validation) = validation else { return };
        let own = || owner().then("validation");
        if let Some(pattern) = &validation.pattern
            && let Err(reason) = self.pattern(pattern)
        {
            self.findings.error(
                FaultCode::V009,
                own().then("pattern"),
                format!("the pattern can't be used: {reason}"),
            );
        }
        if validation
            .min_length
            .zip(validation.max_length)
            .is_some_and(|(least, most)| least > most)
        {
            self.findings.error(
                FaultCode::V009,
                own().then("minLength"),
                "minLength is more than maxLength",
            );
        }
        if validation
            .minimum
            .zip(validation.maximum)
            .is_some_and(|(least, most)| least > most)
        {
            self.findings.error(
                FaultCode::V009,
                own().then("minimum"),
                "minimum is more than maximum",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{errors, warnings};

    fn field(members: &str) -> String {
        format!(
            "methods:\n  - {{key: get-thing, name: Get Thing, category: Things, type: Action, httpMethod: GET, \
             endpoint: 'https://api.acme.test/', response: {{fields: [{{{members}}}]}}}}\n"
        )
    }

    #[test]
    fn locations_formats_and_patterns_that_can_not_be_read_are_faults() {
        for (members, told) in [
            ("connectorField: 'a..b'", "is not a location"),
            ("connectorField: '[a'", "is not a location"),
            (
                "connectorField: a, dataType: DateTime, format: \"yyyy'x\"",
                "quoted text",
            ),
            (
                "connectorField: a, validation: {pattern: '('}",
                "unclosed group",
            ),
            (
                "connectorField: a, validation: {pattern: '(?=x)'}",
                "look-around",
            ),
            (
                "connectorField: a, validation: {minLength: 3, maxLength: 2}",
                "minLength is more",
            ),
        ] {
            let errors = errors(&field(members));
            assert!(
                errors.len() == 1 && errors[0].starts_with("V009") && errors[0].contains(told),
                "{members}: {errors:?}"
            );
        }
    }

    #[test]
    fn what_is_written_well_passes() {
        for members in [
            "connectorField: '[data].\\odd.[name]\\.[].x'",
            "connectorField: a, dataType: DateTime, format: unixms",
            "connectorField: a, validation: {pattern: '^[^@ ]+@[^@ ]+$'}",
        ] {
            assert_eq!(errors(&field(members)), [""; 0], "{members}");
        }
    }

    #[test]
    fn a_format_without_a_date_is_odd() {
        let warnings = warnings(&field("connectorField: a, format: yyyy"));
        assert!(
            warnings.iter().any(|warning| warning.starts_with("V009")),
            "{warnings:?}"
        );
    }

    #[test]
    fn a_parameter_that_reads_the_response_is_a_location() {
        let errors = errors(
            "parameters: [{targetType: ResponseField, targetName: 'a..b'}, {targetType: QueryString, targetName: 'a..b'}]\n",
        );
        assert_eq!(errors.len(), 1, "{errors:?}");
    }
}
