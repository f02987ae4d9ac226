//! Bringing a definition up to date that was imported earlier.
//!
//! What a person may have written stays: keys, ids, names, texts, scripts, and everything a document
//! says nothing of. What the document says about shapes — addresses, types, what is required — is new.

use std::collections::{HashMap, HashSet};

use velodrome_model::definition::{
    ConnectorDefinition, Field, HttpMethod, Message, Method, MethodType, Parameter, ReleaseStatus,
};

use super::{report::Report, text::words};
use crate::slug::{Keys, slug};

/// Finds the methods that operations became earlier.
#[derive(Default)]
pub struct Matcher<'e> {
    by_key: HashMap<&'e str, &'e Method>,
    by_call: HashMap<(HttpMethod, String), &'e str>,
    taken: HashSet<String>,
}

impl<'e> Matcher<'e> {
    /// A matcher over the methods of a definition; their keys are given to nobody else.
    pub fn new(existing: Option<&'e ConnectorDefinition>, keys: &mut Keys) -> Self {
        let mut own = Self::default();
        for method in existing.into_iter().flat_map(|existing| &existing.methods) {
            keys.reserve(&method.key);
            own.by_key.insert(&method.key, method);
            if let (Some(http), Some(endpoint)) = (method.http_method, &method.endpoint) {
                let plain = plain_address(endpoint);
                own.by_call.entry((http, plain)).or_insert(&method.key);
            }
        }
        own
    }

    /// The key of the method that an operation became: by operationId, else by verb and path.
    ///
    /// `endpoint` is the whole address and `path` the part of it that the document's path is.
    pub fn key(
        &mut self,
        id: Option<&str>,
        http: HttpMethod,
        endpoint: &str,
        path: &str,
    ) -> Option<String> {
        let free = |key: &&'e str| !self.taken.contains(*key);
        let by_id = id.map(|id| slug(&words(id))).and_then(|key| {
            let method = self.by_key.get(key.as_str())?;
            (method.kind == MethodType::Action).then_some(method.key.as_str())
        });
        let by_call = || self.by_call.get(&(http, plain_address(endpoint))).copied();
        // The base may be another than it was; then the path has to say it alone.
        let by_path = || {
            let path = plain(path);
            let mut same = self
                .by_call
                .iter()
                .filter(|((verb, address), _)| *verb == http && address.ends_with(&path));
            match (same.next(), same.next()) {
                (Some((_, key)), None) => Some(*key),
                _ => None,
            }
        };
        let key = by_id
            .filter(free)
            .or_else(|| by_call().filter(free))
            .or_else(|| by_path().filter(free))?;
        self.taken.insert(key.to_owned());
        Some(key.to_owned())
    }

    /// The key of the method that a webhook became.
    pub fn webhook_key(&mut self, name: &str) -> Option<String> {
        let method = self.by_key.get(slug(name).as_str())?;
        let own = method.kind == MethodType::Webhook && self.taken.insert(method.key.clone());
        own.then(|| method.key.clone())
    }
}

/// The path of an endpoint, the same whatever its variables are called; its base is a mergefield or
/// scheme and host.
fn plain_address(endpoint: &str) -> String {
    let path = match endpoint.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => match endpoint
            .strip_prefix("{{")
            .and_then(|rest| rest.split_once("}}"))
        {
            Some((_, rest)) => rest,
            None => endpoint,
        },
    };
    plain(path)
}

fn plain(path: &str) -> String {
    let mut plain = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once("{{") {
        plain += before;
        plain += "{}";
        rest = after.split_once("}}").map_or("", |(_, after)| after);
    }
    plain + rest
}

/// Puts what a person wrote into what was imported anew.
pub fn merge(
    existing: ConnectorDefinition,
    fresh: &mut ConnectorDefinition,
    origins: &mut Vec<String>,
    report: &mut Report,
) {
    let mut old: HashMap<String, Method> = HashMap::new();
    let mut order = Vec::new();
    for method in existing.methods {
        order.push(method.key.clone());
        old.insert(method.key.clone(), method);
    }
    for method in &mut fresh.methods {
        if let Some(known) = old.remove(&method.key) {
            keep_method(known, method);
        }
    }
    for key in order {
        if let Some(kept) = old.remove(&key) {
            report.skip(
                "",
                format!("no operation of the document is the method {key:?}; it was kept as it is"),
            );
            fresh.methods.push(kept);
            origins.push(String::new());
        }
    }
    let known: HashSet<String> = existing
        .authentications
        .iter()
        .map(|one| one.key.clone())
        .collect();
    let added = fresh.authentications.drain(..).filter(|one| {
        let none = one.key == "none" && !known.is_empty();
        !known.contains(&one.key) && !none
    });
    let mut authentications = existing.authentications;
    let has_default = authentications.iter().any(|one| one.default);
    authentications.extend(added.map(|mut one| {
        one.default &= !has_default;
        one
    }));
    for method in &mut fresh.methods {
        method
            .authentications
            .retain(|key| authentications.iter().any(|one| one.key == *key));
    }
    let mut parameters = existing.parameters;
    for parameter in fresh.parameters.drain(..) {
        match parameters
            .iter_mut()
            .find(|known| known.same_target(&parameter))
        {
            // The choice of servers is the document's.
            Some(known) => known.values = parameter.values,
            None => parameters.push(parameter),
        }
    }
    let mut categories = existing.method_categories;
    for category in fresh.method_categories.drain(..) {
        if !categories.iter().any(|known| known.name == category.name) {
            categories.push(category);
        }
    }
    let used: HashSet<&str> = fresh
        .methods
        .iter()
        .map(|method| method.category.as_str())
        .collect();
    categories.retain(|category| used.contains(category.name.as_str()));
    let mut release = existing.release;
    if release.status != ReleaseStatus::Draft {
        release.number = release.number.saturating_add(1);
        release.status = ReleaseStatus::Draft;
        release.comments = None;
    }
    let methods = std::mem::take(&mut fresh.methods);
    *fresh = ConnectorDefinition {
        version: fresh.version.take().or(existing.version),
        description: existing.description.or_else(|| fresh.description.take()),
        release,
        authentications,
        parameters,
        method_categories: categories,
        methods,
        format: existing.format,
        slug: existing.slug,
        unique_identifier: existing.unique_identifier,
        name: existing.name,
        categories: existing.categories,
        status: existing.status,
        icon: existing.icon,
        guide: existing.guide,
        homepage: existing.homepage,
        billable: existing.billable,
        utility: existing.utility,
        requires_ip_allowlist: existing.requires_ip_allowlist,
        allowed_hosts: existing.allowed_hosts,
        rate_limits: existing.rate_limits,
        paging: existing.paging,
        post_install_property_lookup: existing.post_install_property_lookup,
        post_install_test_auth: existing.post_install_test_auth,
        partner_webhook: existing.partner_webhook,
        triggers: existing.triggers,
        script: existing.script,
        script_file: existing.script_file,
    };
}

fn keep_method(known: Method, fresh: &mut Method) {
    keep_message(known.request, &mut fresh.request);
    keep_message(known.response, &mut fresh.response);
    let mut parameters = std::mem::take(&mut fresh.parameters);
    let mut kept = Vec::new();
    for own in known.parameters {
        let at = parameters
            .iter()
            .position(|parameter| parameter.same_target(&own));
        match at {
            Some(at) => kept.push(keep_parameter(own, parameters.remove(at))),
            // Of what only the definition has, the document can't say anything.
            None if own.hide => kept.push(own),
            None => {}
        }
    }
    kept.extend(parameters);
    let renamed = std::mem::take(&mut fresh.endpoint);
    *fresh = Method {
        parameters: kept,
        endpoint: renamed,
        request: std::mem::take(&mut fresh.request),
        response: std::mem::take(&mut fresh.response),
        http_method: fresh.http_method,
        kind: fresh.kind,
        data_type: fresh.data_type,
        xml_root_element: fresh.xml_root_element.take(),
        authentications: std::mem::take(&mut fresh.authentications),
        description: known.description.or_else(|| fresh.description.take()),
        paging: known.paging.or_else(|| fresh.paging.take()),
        key: known.key,
        unique_identifier: known.unique_identifier,
        name: known.name,
        warning: known.warning,
        comments: known.comments,
        status: known.status,
        category: known.category,
        subcategory: known.subcategory,
        hide: known.hide,
        timeout_seconds: known.timeout_seconds,
        for_enhanced_custom_fields: known.for_enhanced_custom_fields,
        responds_to_webhook: known.responds_to_webhook,
        rate_limit: known.rate_limit,
        webhook: known.webhook,
        script: known.script,
        script_file: known.script_file,
    };
}

fn keep_parameter(known: Parameter, fresh: Parameter) -> Parameter {
    // A hidden parameter holds a constant or a paging variable that a person put there.
    let values = if known.hide {
        known.values
    } else {
        fresh.values
    };
    Parameter {
        values,
        optional: fresh.optional || known.hide && known.optional,
        data_type: known.data_type.or(fresh.data_type),
        format: known.format.or(fresh.format),
        validation: known.validation.or(fresh.validation),
        default_value: known.default_value.or(fresh.default_value),
        description: known.description.or(fresh.description),
        display_name: known.display_name.or(fresh.display_name),
        ..known
    }
}

fn keep_message(known: Message, fresh: &mut Message) {
    fresh.custom_fields_lookup = known.custom_fields_lookup;
    let mut old: HashMap<String, Field> = HashMap::new();
    for field in known.fields {
        old.entry(field.connector_field.clone()).or_insert(field);
    }
    for field in &mut fresh.fields {
        let Some(known) = old.remove(&field.connector_field) else {
            continue;
        };
        field.unique_identifier = known.unique_identifier;
        field.system_field = known.system_field;
        field.display_field = known.display_field;
        field.description = known.description.or_else(|| field.description.take());
        field.hide = known.hide;
        field.default_value = known.default_value;
        field.trigger = known.trigger;
        field.display_order = known.display_order;
        field.format = known.format.or_else(|| field.format.take());
    }
    // A systemField that somebody gave may be the one that an added field would have.
    let mut names = HashSet::new();
    for field in &mut fresh.fields {
        if let Some(name) = &field.system_field
            && !names.insert(name.clone())
        {
            field.system_field = None;
        }
    }
}
