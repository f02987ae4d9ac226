//! V010: paging variables that can't work.

use velodrome_model::{
    FaultCode,
    definition::{Method, Paging, Parameter, TargetType},
};

use super::{
    Subject,
    parts::{Part, effective_parameters, method_pointer, parameters},
};
use crate::catalogue::findings::{Findings, Pointer, did_you_mean};

const PREFIX: &str = "CYCLR_PAGE_";
const TOKEN: &str = "CYCLR_PAGE_TOKEN";
const NEXT_URL: &str = "CYCLR_PAGE_NEXT_URL";
const SIZE: &str = "CYCLR_PAGE_SIZE";
const KNOWN: [&str; 5] = [
    "CYCLR_PAGE_NUMBER",
    "CYCLR_PAGE_OFFSET",
    SIZE,
    NEXT_URL,
    TOKEN,
];

pub fn check(subject: Subject<'_>, findings: &mut Findings) {
    let definition = subject.definition;
    for part in parameters(definition) {
        check_words(part, findings);
    }
    let connector = definition.paging.clone().unwrap_or_default();
    let mut any_inbound = false;
    for (at, method) in definition.methods.iter().enumerate() {
        let paging = method.paging.clone().unwrap_or_default().over(&connector);
        let inbound = paging.inbound == Some(true);
        any_inbound |= inbound;
        let in_force: Vec<_> = effective_parameters(definition, at, method).collect();
        if inbound {
            check_pairs(&in_force, findings);
        }
        for part in in_force
            .iter()
            .filter(|part| inbound || part.method.is_some())
        {
            check_paged(*part, &paging, inbound, findings);
        }
        check_outbound(at, method, &paging, findings);
    }
    let unused = |part: &Part<'_, Parameter>| {
        part.method.is_none() && variable(part.item).is_some() && !any_inbound
    };
    for part in parameters(definition).filter(unused) {
        let message = "a paging variable, but no method has inbound paging; set paging: {inbound: true} or remove it";
        findings.error(FaultCode::V010, part.pointer().then("values"), message);
    }
}

/// The paging variable that fills the parameter.
fn variable(parameter: &Parameter) -> Option<&str> {
    parameter
        .values
        .first()?
        .value()
        .as_str()
        .filter(|word| word.starts_with(PREFIX))
}

/// The suffix of a token, `None` for other variables: `CYCLR_PAGE_TOKEN_A` has `_A`.
fn token(word: &str) -> Option<&str> {
    word.strip_prefix(TOKEN)
        .filter(|suffix| suffix.is_empty() || suffix.starts_with('_') && suffix.len() > 1)
}

fn check_words(part: Part<'_, Parameter>, findings: &mut Findings) {
    let parameter = part.item;
    if let Some(default) = parameter
        .default_value
        .as_ref()
        .and_then(|value| value.as_str())
        && default.starts_with(PREFIX)
    {
        let message = format!("paging variables stand in values; write values: [{default}]");
        findings.error(
            FaultCode::V010,
            part.pointer().then("defaultValue"),
            message,
        );
    }
    let Some(word) = variable(parameter) else {
        return;
    };
    let place = part.pointer().then("values").then(0);
    if !KNOWN.contains(&word) && token(word).is_none() {
        let message = format!(
            "there is no paging variable {word}{}",
            did_you_mean(word, KNOWN)
        );
        return findings.error(FaultCode::V010, place, message);
    }
    let reads = parameter.target_type == TargetType::ResponseField;
    if word == NEXT_URL && !reads {
        findings.error(
            FaultCode::V010,
            place.clone(),
            format!("{word} is read from the response; use a ResponseField parameter"),
        );
    } else if word != NEXT_URL && token(word).is_none() && reads {
        findings.error(
            FaultCode::V010,
            place.clone(),
            format!("{word} is sent, not read; use a QueryString parameter"),
        );
    }
    if !parameter.hide {
        findings.warning(
            FaultCode::V010,
            place,
            "a parameter that holds a paging variable is hidden; set hide: true",
        );
    }
}

fn check_paged(part: Part<'_, Parameter>, paging: &Paging, inbound: bool, findings: &mut Findings) {
    let Some(word) = variable(part.item) else {
        return;
    };
    let place = part.pointer().then("values").then(0);
    if !inbound {
        let message =
            format!("{word} needs inbound paging; set paging: {{inbound: true}} or remove it");
        findings.error(FaultCode::V010, place, message);
    } else if word != NEXT_URL && token(word).is_none() && paging.inbound_page_size.is_none() {
        // Number and offset need the size too: a page with fewer records is the last.
        findings.error(
            FaultCode::V010,
            place,
            format!("{word} needs inboundPageSize; add it to paging"),
        );
    }
}

/// A token is read from the response by one parameter and sent by another.
fn check_pairs(in_force: &[Part<'_, Parameter>], findings: &mut Findings) {
    let tokens = |reads: bool| {
        in_force.iter().filter_map(move |part| {
            let suffix = token(variable(part.item)?)?;
            ((part.item.target_type == TargetType::ResponseField) == reads)
                .then_some((suffix, part))
        })
    };
    for (reads, lacking) in [
        (true, "no parameter sends it"),
        (false, "no ResponseField parameter reads it"),
    ] {
        for (suffix, part) in tokens(reads) {
            if !tokens(!reads).any(|(other, _)| other == suffix) {
                let message = format!(
                    "{TOKEN}{suffix} has no partner: {lacking}; add one with the same suffix"
                );
                findings.error(
                    FaultCode::V010,
                    part.pointer().then("values").then(0),
                    message,
                );
            }
        }
    }
}

fn check_outbound(at: usize, method: &Method, paging: &Paging, findings: &mut Findings) {
    if paging.outbound != Some(true) {
        return;
    }
    let place = || {
        let own = if method.paging.is_some() {
            method_pointer(at)
        } else {
            Pointer::root()
        };
        own.then("paging")
    };
    if paging.outbound_location.is_none() {
        findings.error(
            FaultCode::V010,
            place(),
            "outbound paging needs outboundLocation, the array that is split",
        );
    }
    if paging.outbound_page_size.is_none() {
        findings.error(
            FaultCode::V010,
            place(),
            "outbound paging needs outboundPageSize",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{errors, warnings};

    fn paged(paging: &str, parameters: &str) -> String {
        format!(
            "methods:\n  - {{key: list-things, name: List Things, category: Things, type: Action, httpMethod: GET, \
             endpoint: 'https://api.acme.test/', paging: {{{paging}}}, parameters: [{parameters}]}}\n"
        )
    }

    fn parameter(kind: &str, name: &str, variable: &str) -> String {
        format!("{{targetType: {kind}, targetName: {name}, hide: true, values: [{variable}]}}")
    }

    const INBOUND: &str = "inbound: true, inboundPageSize: 50";

    #[test]
    fn every_style_of_the_specification_passes() {
        let query = |name, variable| parameter("QueryString", name, variable);
        let read = |name, variable| parameter("ResponseField", name, variable);
        for parameters in [
            [
                query("page", "CYCLR_PAGE_NUMBER"),
                query("limit", "CYCLR_PAGE_SIZE"),
            ]
            .join(","),
            [
                query("offset", "CYCLR_PAGE_OFFSET"),
                query("limit", "CYCLR_PAGE_SIZE"),
            ]
            .join(","),
            read("result.next", "CYCLR_PAGE_NEXT_URL"),
            [
                read("meta.after", "CYCLR_PAGE_TOKEN"),
                query("after", "CYCLR_PAGE_TOKEN"),
            ]
            .join(","),
            [
                read("a", "CYCLR_PAGE_TOKEN_AFTER"),
                query("a", "CYCLR_PAGE_TOKEN_AFTER"),
                read("b", "CYCLR_PAGE_TOKEN_FILTER"),
                query("b", "CYCLR_PAGE_TOKEN_FILTER"),
            ]
            .join(","),
        ] {
            assert_eq!(
                errors(&paged(INBOUND, &parameters)),
                [""; 0],
                "{parameters}"
            );
        }
    }

    #[test]
    fn paging_that_can_not_work_is_a_fault() {
        let query = |variable| parameter("QueryString", "x", variable);
        for (paging, parameters, told) in [
            (
                INBOUND,
                query("CYCLR_PAGE_TOKEN_A"),
                "no ResponseField parameter reads it",
            ),
            (
                INBOUND,
                parameter("ResponseField", "x", "CYCLR_PAGE_TOKEN"),
                "no parameter sends it",
            ),
            (
                "inbound: false",
                query("CYCLR_PAGE_NUMBER"),
                "needs inbound paging",
            ),
            (
                "inbound: true",
                query("CYCLR_PAGE_NUMBER"),
                "needs inboundPageSize",
            ),
            (
                INBOUND,
                query("CYCLR_PAGE_NUMBR"),
                "did you mean \"CYCLR_PAGE_NUMBER\"?",
            ),
            (
                INBOUND,
                query("CYCLR_PAGE_NEXT_URL"),
                "use a ResponseField parameter",
            ),
            (
                INBOUND,
                parameter("ResponseField", "x", "CYCLR_PAGE_SIZE"),
                "use a QueryString parameter",
            ),
            (
                INBOUND,
                "{targetType: QueryString, targetName: x, defaultValue: CYCLR_PAGE_SIZE}".into(),
                "stand in values",
            ),
        ] {
            let errors = errors(&paged(paging, &parameters));
            assert!(
                errors.len() == 1 && errors[0].starts_with("V010") && errors[0].contains(told),
                "{told}: {errors:?}"
            );
        }
        assert_eq!(errors(&paged("outbound: true", "")).len(), 2);
    }

    #[test]
    fn a_connector_parameter_may_page_some_methods_and_not_others() {
        let shared = format!(
            "parameters: [{}]\npaging: {{inboundPageSize: 10}}\n",
            parameter("QueryString", "limit", "CYCLR_PAGE_SIZE")
        );

        assert_eq!(
            errors(&format!("{shared}{}", paged("inbound: true", ""))),
            [""; 0]
        );
        let unused = errors(&format!("{shared}{}", paged("inbound: false", "")));
        assert!(
            unused.len() == 1 && unused[0].contains("no method has inbound paging"),
            "{unused:?}"
        );
    }

    #[test]
    fn a_visible_paging_parameter_is_odd() {
        let visible = "{targetType: QueryString, targetName: x, values: [CYCLR_PAGE_SIZE]}";
        let warnings = warnings(&paged(INBOUND, visible));
        assert!(
            warnings
                .iter()
                .any(|warning| warning.contains("set hide: true")),
            "{warnings:?}"
        );
    }
}
