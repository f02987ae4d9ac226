//! V008: every mergefield is well-formed and something fills it.

use std::collections::HashSet;

use velodrome_model::{
    FaultCode,
    definition::{ConnectorDefinition, TargetType},
    mergefield::Template,
};

use super::{
    Subject,
    parts::{connector_parameters, effective_parameters, parameters},
    references::properties,
    texts::{Scope, visit},
};
use crate::catalogue::findings::{Findings, did_you_mean};

/// Names that calls always know, whether or not they have a value.
const ALWAYS: &[&str] = &[
    "LastSuccessfulRunDate",
    "Cyclr_Auth_ApiKey",
    "Cyclr_Auth_Username",
    "Cyclr_Auth_Password",
    "Cyclr_Webhook_Url",
    "Cyclr_Webhook_Id",
    "CyclrObjectName",
    "AccountId",
    "AccountExternalId",
    "CycleId",
    "TransactionId",
];

/// Credentials that account or partner may hold a value for, without being declared.
const CREDENTIALS: &[&str] = &["ClientId", "ClientSecret", "Scopes", "Username", "Password"];

pub fn check(subject: Subject<'_>, findings: &mut Findings) {
    let definition = subject.definition;
    let shared = shared_names(definition);
    let of_methods: Vec<HashSet<&str>> = definition
        .methods
        .iter()
        .enumerate()
        .map(|(at, method)| {
            effective_parameters(definition, at, method)
                .filter(|part| part.item.target_type == TargetType::MergeField)
                .map(|part| part.item.target_name.as_str())
                .collect()
        })
        .collect();
    // What all methods use may name what each of them declares.
    let of_any_method: HashSet<&str> = of_methods
        .iter()
        .flatten()
        .copied()
        .chain(
            connector_parameters(definition)
                .filter(|part| part.item.target_type == TargetType::MergeField)
                .map(|part| part.item.target_name.as_str()),
        )
        .collect();
    let connector_script = definition.script.is_some() || definition.script_file.is_some();

    visit(definition, |scope, text, pointer| {
        let template: Template = match text.parse() {
            Ok(template) => template,
            Err(error) => {
                return findings.error(FaultCode::V008, pointer, format!("{text:?}: {error}"));
            }
        };
        let (own, scripted) = match scope {
            Scope::Method(at) => {
                let method = &definition.methods[at];
                (
                    &of_methods[at],
                    method.script.is_some() || method.script_file.is_some(),
                )
            }
            Scope::Connector | Scope::Authentication(_) => (&of_any_method, false),
        };
        // A script may set mergefields of any name.
        if scripted || connector_script {
            return;
        }
        for field in template.fields() {
            let name = field.name.as_str();
            let asked = name
                .strip_prefix("Cyclr_Auth_")
                .is_some_and(|name| asks(definition, name));
            if own.contains(name) || shared.contains(name) || asked {
                continue;
            }
            let near = did_you_mean(name, own.iter().chain(&shared).copied());
            let message = format!(
                "nothing fills {{{{{name}}}}}{near}; declare a MergeField parameter of that name"
            );
            findings.error(FaultCode::V008, pointer.clone(), message);
        }
    });

    for part in parameters(definition) {
        let parameter = part.item;
        if parameter.target_type != TargetType::QueryString
            && Template::is_needed(&parameter.target_name)
        {
            let message = "only the targetName of a QueryString parameter may hold a mergefield";
            findings.error(FaultCode::V008, part.pointer().then("targetName"), message);
        }
    }
}

/// Names that every text may use.
fn shared_names(definition: &ConnectorDefinition) -> HashSet<&str> {
    let asked = definition.authentications.iter().flat_map(|one| {
        one.fields
            .keys()
            .map(String::as_str)
            .chain(one.auth_fields.iter().map(|field| field.name.as_str()))
    });
    let mut names: HashSet<&str> = ALWAYS.iter().chain(CREDENTIALS).copied().collect();
    names.extend(asked);
    names.extend(properties(definition));
    names
}

/// Whether an AuthFields authentication asks for a value of this name.
fn asks(definition: &ConnectorDefinition, name: &str) -> bool {
    definition
        .authentications
        .iter()
        .flat_map(|one| &one.auth_fields)
        .any(|field| field.name == name)
}

#[cfg(test)]
mod tests {
    use super::super::sample::errors;

    fn method(members: &str) -> String {
        format!(
            "methods:\n  - {{key: get-thing, name: Get Thing, category: Things, type: Action, httpMethod: GET, {members}}}\n"
        )
    }

    #[test]
    fn a_mergefield_that_nothing_fills_is_a_fault_that_names_the_nearest() {
        let body = method(
            "endpoint: 'https://api.acme.test/{{ThingID}}', parameters: [{targetType: MergeField, targetName: ThingId}]",
        );

        assert_eq!(
            errors(&body),
            [
                "V008 nothing fills {{ThingID}}; did you mean \"ThingId\"?; declare a MergeField parameter of that name"
            ]
        );
    }

    #[test]
    fn parameters_properties_metadata_credentials_and_the_products_own_names_are_sources() {
        let body = "authentications:
  - key: keys
    type: AuthFields
    fields: {Tenant: {label: Tenant}}
    authFields: [{name: Pin, key: pin, type: Password}]
  - key: oauth
    type: OAuth2
    oauth2:
      type: ClientCredentials
      accessTokenUrl: '{{Host}}/token'
      metadata: [{source: TokenResponse, from: base, property: Base}]
parameters:
  - {targetType: HttpHeader, targetName: Host, partnerConnectorProperty: true}
  - {targetType: QueryString, targetName: '{{Host}}', values: ['{{Tenant}} {{Cyclr_Auth_Pin}} {{LastSuccessfulRunDate format=yyyy}}']}
";
        assert_eq!(
            errors(&format!(
                "{body}{}",
                method("endpoint: '{{Base}}/{{AccountId}}/{{ClientId}}'")
            )),
            [""; 0]
        );
    }

    #[test]
    fn a_method_that_drops_a_parameter_can_not_merge_it() {
        let shared = "parameters: [{targetType: MergeField, targetName: Part}]\n";
        let dropped = method(
            "endpoint: 'https://api.acme.test/{{Part}}', parameters: [{targetType: MergeField, targetName: Part, values: [CYCLR_IGNORE_PARAMETER]}]",
        );

        assert_eq!(
            errors(&format!(
                "{shared}{}",
                method("endpoint: 'https://api.acme.test/{{Part}}'")
            )),
            [""; 0]
        );
        assert_eq!(
            errors(&format!("{shared}{dropped}")),
            ["V008 nothing fills {{Part}}; declare a MergeField parameter of that name"]
        );
    }

    #[test]
    fn malformed_mergefields_and_mergefields_in_the_wrong_place_are_faults() {
        let body = method(
            "endpoint: 'https://api.acme.test/{{Thing', parameters: [{targetType: HttpHeader, targetName: 'X-{{AccountId}}'}]",
        );

        let errors = errors(&body);

        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(
            errors[0]
                .starts_with("V008 \"https://api.acme.test/{{Thing\": a mergefield is not closed"),
            "{errors:?}"
        );
        assert_eq!(
            errors[1],
            "V008 only the targetName of a QueryString parameter may hold a mergefield"
        );
    }

    #[test]
    fn a_script_may_set_mergefields_of_any_name() {
        let body = method(
            "endpoint: 'https://api.acme.test/{{Made}}', script: 'function before_action() {}'",
        );

        assert_eq!(errors(&body), [""; 0]);
    }
}
