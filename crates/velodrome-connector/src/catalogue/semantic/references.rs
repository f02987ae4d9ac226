//! V005 and V006: references to methods, lookups, categories, authentications and properties.

use std::collections::HashSet;

use velodrome_model::{
    FaultCode,
    definition::{ConnectorDefinition, Method, MethodType},
};

use super::{
    Subject,
    parts::{connector_parameters, effective_parameters, fields, method_pointer, parameters},
};
use crate::catalogue::findings::{Findings, Pointer, did_you_mean};

/// Response fields without which rows of a custom field lookup mean nothing.
const REQUIRED_OF_LOOKUPS: [&str; 2] = ["cyclr_field_location", "cyclr_display_name"];

pub fn check(subject: Subject<'_>, findings: &mut Findings) {
    let mut references = References {
        definition: subject.definition,
        findings,
    };
    references.methods();
    references.lookups();
    references.categories();
    references.authentications();
    references.properties();
    references.custom_field_lookups();
}

struct References<'a> {
    definition: &'a ConnectorDefinition,
    findings: &'a mut Findings,
}

impl<'a> References<'a> {
    fn methods(&mut self) {
        let definition = self.definition;
        let root = Pointer::root();
        let post_install = [
            (
                "postInstallPropertyLookup",
                &definition.post_install_property_lookup,
            ),
            ("postInstallTestAuth", &definition.post_install_test_auth),
        ];
        for (key, method) in post_install {
            if let Some(method) = method {
                self.callable(method, root.then(key));
            }
        }
        for (at, trigger) in definition.triggers.iter().enumerate() {
            self.callable(
                &trigger.method,
                root.then("triggers").then(at).then("method"),
            );
        }
        for (at, method) in definition.methods.iter().enumerate() {
            let own = method_pointer(at);
            for (body, message) in [("request", &method.request), ("response", &method.response)] {
                if let Some(lookup) = &message.custom_fields_lookup {
                    self.callable(lookup, own.then(body).then("customFieldsLookup"));
                }
            }
            let Some(webhook) = &method.webhook else {
                continue;
            };
            for (key, target) in [
                ("create", &webhook.create),
                ("delete", &webhook.delete),
                ("update", &webhook.update),
            ] {
                let Some(target) = target else { continue };
                let pointer = own.then("webhook").then(key);
                if let Some(found) = self.method(target, &pointer)
                    && found.kind != MethodType::Action
                {
                    let message =
                        format!("{target:?} is no Action; name a method that calls the provider");
                    self.findings.error(FaultCode::V006, pointer, message);
                }
            }
        }
    }

    fn method(&mut self, key: &str, pointer: &Pointer) -> Option<&'a Method> {
        let found = self.definition.method(key);
        if found.is_none() {
            let near = did_you_mean(
                key,
                self.definition
                    .methods
                    .iter()
                    .map(|method| method.key.as_str()),
            );
            self.findings.error(
                FaultCode::V005,
                pointer.clone(),
                format!("there is no method {key:?}{near}"),
            );
        }
        found
    }

    fn callable(&mut self, key: &str, pointer: Pointer) {
        if self
            .method(key, &pointer)
            .is_some_and(|method| method.kind == MethodType::Webhook)
        {
            let message =
                format!("{key:?} is a Webhook, which can't be called; name an Action or a Script");
            self.findings.error(FaultCode::V006, pointer, message);
        }
    }

    fn lookups(&mut self) {
        let definition = self.definition;
        let of_parameters = parameters(definition).filter_map(|part| {
            part.item
                .trigger
                .as_deref()
                .map(|name| (name, part.pointer()))
        });
        let of_fields = fields(definition).filter_map(|part| {
            part.item
                .trigger
                .as_deref()
                .map(|name| (name, part.pointer()))
        });
        let used: Vec<(&str, Pointer)> = of_parameters
            .chain(of_fields)
            .map(|(name, pointer)| (name, pointer.then("trigger")))
            .collect();
        for (name, pointer) in used {
            self.lookup(name, pointer);
        }
        for (at, category) in definition.method_categories.iter().enumerate() {
            let lookup = category
                .customisation
                .as_ref()
                .and_then(|custom| custom.object_lookup_trigger.as_deref());
            if let Some(name) = lookup {
                let own = Pointer::root().then("methodCategories").then(at);
                self.lookup(name, own.then("customisation").then("objectLookupTrigger"));
            }
        }
    }

    fn lookup(&mut self, name: &str, pointer: Pointer) {
        if self.definition.trigger(name).is_none() {
            let near = did_you_mean(
                name,
                self.definition
                    .triggers
                    .iter()
                    .map(|trigger| trigger.name.as_str()),
            );
            self.findings.error(
                FaultCode::V005,
                pointer,
                format!("there is no trigger {name:?}{near}"),
            );
        }
    }

    /// A method may be in a category that is not listed; a listed one without methods is a typing error.
    fn categories(&mut self) {
        let used: HashSet<&str> = self
            .definition
            .methods
            .iter()
            .map(|method| method.category.as_str())
            .collect();
        for (at, category) in self.definition.method_categories.iter().enumerate() {
            if used.contains(category.name.as_str()) {
                continue;
            }
            let near = did_you_mean(&category.name, used.iter().copied());
            let pointer = Pointer::root()
                .then("methodCategories")
                .then(at)
                .then("name");
            self.findings.error(
                FaultCode::V005,
                pointer,
                format!("no method is in the category {:?}{near}", category.name),
            );
        }
    }

    fn authentications(&mut self) {
        let definition = self.definition;
        let of_methods = definition
            .methods
            .iter()
            .enumerate()
            .map(|(at, method)| (&method.authentications, method_pointer(at)));
        let restricted: Vec<(&String, Pointer)> = parameters(definition)
            .filter(|part| !part.item.authentications.is_empty())
            .map(|part| (&part.item.authentications, part.pointer()))
            .chain(of_methods)
            .flat_map(|(keys, owner)| {
                keys.iter()
                    .enumerate()
                    .map(move |(at, key)| (key, owner.then("authentications").then(at)))
            })
            .collect();
        for (key, pointer) in restricted {
            let known = || {
                definition
                    .authentications
                    .iter()
                    .map(|one| one.key.as_str())
            };
            if !known().any(|own| own == key) {
                let message = format!(
                    "there is no authentication {key:?}{}",
                    did_you_mean(key, known())
                );
                self.findings.error(FaultCode::V005, pointer, message);
            }
        }
    }

    fn properties(&mut self) {
        let definition = self.definition;
        if let Some(webhook) = &definition.partner_webhook {
            let known = || properties(definition);
            if !known().any(|name| name == webhook.property) {
                let message = format!(
                    "there is no property {:?}{}; declare a parameter with accountConnectorProperty, or metadata",
                    webhook.property,
                    did_you_mean(&webhook.property, known())
                );
                self.findings.error(
                    FaultCode::V005,
                    Pointer::root().then("partnerWebhook").then("property"),
                    message,
                );
            }
        }
        let connector = connector_parameters(definition).collect::<Vec<_>>();
        let mut scopes = vec![(connector.clone(), connector)];
        for (at, method) in definition.methods.iter().enumerate() {
            let own = super::parts::method_parameters(at, method).collect();
            scopes.push((own, effective_parameters(definition, at, method).collect()));
        }
        for (declared, visible) in scopes {
            for part in declared {
                let Some(when) = &part.item.when else {
                    continue;
                };
                let known = || visible.iter().map(|other| other.item.target_name.as_str());
                if !known().any(|name| name == when.parameter) {
                    let message = format!(
                        "there is no parameter {:?}{}",
                        when.parameter,
                        did_you_mean(&when.parameter, known())
                    );
                    self.findings.error(
                        FaultCode::V005,
                        part.pointer().then("when").then("parameter"),
                        message,
                    );
                }
            }
        }
    }

    fn custom_field_lookups(&mut self) {
        for (at, method) in self.definition.methods.iter().enumerate() {
            if !method.for_enhanced_custom_fields {
                continue;
            }
            for required in REQUIRED_OF_LOOKUPS {
                if !method
                    .response
                    .fields
                    .iter()
                    .any(|field| field.system_field.as_deref() == Some(required))
                {
                    let message = format!(
                        "a lookup of custom fields needs a response field with the systemField {required}"
                    );
                    self.findings.error(
                        FaultCode::V006,
                        method_pointer(at).then("forEnhancedCustomFields"),
                        message,
                    );
                }
            }
        }
    }
}

/// Names of everything that an account or partner may hold a value for.
pub fn properties(definition: &ConnectorDefinition) -> impl Iterator<Item = &str> {
    let declared = parameters(definition)
        .filter(|part| part.item.account_connector_property || part.item.partner_connector_property)
        .map(|part| part.item.target_name.as_str());
    let metadata = definition.authentications.iter().flat_map(|one| {
        let oauth1 = one.oauth1.iter().flat_map(|oauth| &oauth.metadata);
        oauth1
            .chain(one.oauth2.iter().flat_map(|oauth| &oauth.metadata))
            .map(|member| member.property.as_str())
    });
    declared.chain(metadata)
}

#[cfg(test)]
mod tests {
    use super::super::sample::errors;

    const LIST: &str = "{key: list-things, name: List Things, category: Things, type: Action, httpMethod: GET, endpoint: 'https://api.acme.test/'}";
    const HOOK: &str = "{key: thing-changed, name: Thing Changed, category: Things, type: Webhook, webhook: {create: list-things}}";

    #[test]
    fn references_to_what_is_not_there_name_the_nearest() {
        let body = format!(
            "postInstallTestAuth: list-thing\n\
             triggers: [{{name: Things, method: list-things, identifierKey: a, humanReadableKey: b}}]\n\
             parameters:\n  - {{targetType: MergeField, targetName: A, trigger: Thing, authentications: [nome], when: {{parameter: B, equals: 1}}}}\n\
             methodCategories: [{{name: Thinks}}]\n\
             partnerWebhook: {{idLocation: id, property: Site}}\n\
             methods: [{LIST}]\n"
        );

        assert_eq!(
            errors(&body),
            [
                "V005 there is no method \"list-thing\"; did you mean \"list-things\"?",
                "V005 there is no trigger \"Thing\"; did you mean \"Things\"?",
                "V005 there is no authentication \"nome\"; did you mean \"none\"?",
                "V005 there is no parameter \"B\"; did you mean \"A\"?",
                "V005 no method is in the category \"Thinks\"; did you mean \"Things\"?",
                "V005 there is no property \"Site\"; declare a parameter with accountConnectorProperty, or metadata",
            ]
        );
    }

    #[test]
    fn references_to_the_wrong_kind_are_faults() {
        let body = format!(
            "postInstallTestAuth: thing-changed\nmethods:\n  - {LIST}\n  - {HOOK}\n  \
             - {{key: other-changed, name: Other Changed, category: Things, type: Webhook, webhook: {{create: thing-changed}}}}\n  \
             - {{key: list-fields, name: List Fields, category: Things, type: Action, httpMethod: GET, endpoint: 'https://api.acme.test/', forEnhancedCustomFields: true}}\n"
        );

        assert_eq!(
            errors(&body),
            [
                "V006 \"thing-changed\" is a Webhook, which can't be called; name an Action or a Script",
                "V006 \"thing-changed\" is no Action; name a method that calls the provider",
                "V006 a lookup of custom fields needs a response field with the systemField cyclr_field_location",
                "V006 a lookup of custom fields needs a response field with the systemField cyclr_display_name",
            ]
        );
    }
}
