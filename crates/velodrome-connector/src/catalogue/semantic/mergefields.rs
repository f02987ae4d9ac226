//! V008: every mergefield is well-formed and something fills it.

use std::collections::HashSet;

use velodrome_model::{
    FaultCode,
    definition::{ConnectorDefinition, Method, Parameter, TargetType},
    mergefield::Template,
    numbered::ignores,
};

use super::{
    Subject,
    parts::{connector_parameters, parameters},
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
    "IdempotencyKey",
];

/// Credentials that account or partner may hold a value for, without being declared.
const CREDENTIALS: &[&str] = &["ClientId", "ClientSecret", "Scopes", "Username", "Password"];

pub fn check(subject: Subject<'_>, findings: &mut Findings) {
    let definition = subject.definition;
    let shared = shared_names(definition);
    let of_connector: HashSet<&str> = connector_parameters(definition)
        .map(|part| part.item)
        .filter_map(merged_name)
        .collect();
    let of_methods: Vec<MethodNames> = definition.methods.iter().map(MethodNames::new).collect();
    let of_any_method: HashSet<&str> = definition
        .methods
        .iter()
        .flat_map(|method| &method.parameters)
        .filter_map(merged_name)
        .collect();
    let connector_script = definition.script.is_some() || definition.script_file.is_some();

    visit(definition, |scope, text, pointer| {
        let template: Template = match text.parse() {
            Ok(template) => template,
            Err(error) => {
                return findings.error(FaultCode::V008, pointer, format!("{text:?}: {error}"));
            }
        };
        let own = match scope {
            Scope::Method(at) => Some(&of_methods[at]),
            // What all methods use may name what each of them declares.
            Scope::Connector | Scope::Authentication => None,
        };
        // A script may set mergefields of any name.
        if connector_script || own.is_some_and(|own| own.scripted) {
            return;
        }
        for field in template.fields() {
            let name = field.name.as_str();
            let declared = match own {
                Some(own) => {
                    own.merged.contains(name)
                        || of_connector.contains(name) && !own.dropped.contains(name)
                }
                None => of_connector.contains(name) || of_any_method.contains(name),
            };
            let asked = name
                .strip_prefix("Cyclr_Auth_")
                .is_some_and(|name| asks(definition, name));
            if declared || asked || shared.contains(name) {
                continue;
            }
            let near = own.map_or(&of_any_method, |own| &own.merged);
            let near = did_you_mean(
                name,
                near.iter().chain(&of_connector).chain(&shared).copied(),
            );
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

/// The mergefields of a method.
struct MethodNames<'a> {
    merged: HashSet<&'a str>,
    /// Inherited ones that it does not want.
    dropped: HashSet<&'a str>,
    scripted: bool,
}

impl<'a> MethodNames<'a> {
    fn new(method: &'a Method) -> Self {
        let dropped = method.parameters.iter().filter(|parameter| {
            parameter.target_type == TargetType::MergeField && ignores(parameter)
        });
        Self {
            merged: method.parameters.iter().filter_map(merged_name).collect(),
            dropped: dropped
                .map(|parameter| parameter.target_name.as_str())
                .collect(),
            scripted: method.script.is_some() || method.script_file.is_some(),
        }
    }
}

/// The name under which a parameter can be merged.
fn merged_name(parameter: &Parameter) -> Option<&str> {
    let merged = parameter.target_type == TargetType::MergeField && !ignores(parameter);
    merged.then_some(parameter.target_name.as_str())
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
