//! What a connector can do, by category, with what goes in and what comes out.

use velodrome_model::definition::{
    Authentication, ConnectorDefinition, DataType, Field, HttpMethod, Method, MethodStatus,
    MethodType, Paging, Parameter, Rate, TargetType, ValueOption, scalar_text,
};

/// Methods of one category.
pub struct Group {
    pub name: String,
    pub description: Option<String>,
    pub methods: Vec<Shown>,
}

/// A method as its part of the page shows it.
pub struct Shown {
    /// Also the anchor; keys are unlike each other.
    pub key: String,
    pub name: String,
    pub description: Option<String>,
    pub warning: Option<String>,
    /// The verb, or the kind of what calls nothing.
    pub verb: &'static str,
    pub endpoint: Option<String>,
    /// Beta or Deprecated.
    pub status: Option<&'static str>,
    /// Limits, paging, authentications.
    pub notes: Vec<String>,
    pub parts: Vec<Part>,
}

/// A table of values.
pub struct Part {
    pub title: &'static str,
    pub rows: Vec<Row>,
}

/// One value.
pub struct Row {
    pub label: Option<String>,
    /// Its technical name or its location in the body.
    pub code: String,
    pub kind: &'static str,
    pub is_required: bool,
    pub notes: String,
}

/// The methods that are offered.
pub fn groups(definition: &ConnectorDefinition) -> Vec<Group> {
    let mut out: Vec<Group> = Vec::new();
    for method in definition
        .methods
        .iter()
        .filter(|method| is_offered(method))
    {
        let shown = shown(definition, method);
        match out.iter_mut().find(|group| group.name == method.category) {
            Some(group) => group.methods.push(shown),
            None => out.push(Group {
                name: method.category.clone(),
                description: None,
                methods: vec![shown],
            }),
        }
    }
    let known = |name: &str| {
        definition
            .method_categories
            .iter()
            .find(|category| category.name == name)
    };
    for group in &mut out {
        group.description = known(&group.name).and_then(|category| category.description.clone());
    }
    out.sort_by_key(|group| {
        known(&group.name)
            .and_then(|category| category.display_order)
            .unwrap_or(i64::MAX)
    });
    out
}

fn is_offered(method: &Method) -> bool {
    !method.hide && method.status != MethodStatus::Planned
}

fn shown(definition: &ConnectorDefinition, method: &Method) -> Shown {
    let parts = [
        ("Parameters", parameters(definition, method)),
        (
            match method.kind {
                MethodType::Webhook => "Fields of the payload",
                MethodType::Action | MethodType::Script => "Fields that are sent",
            },
            fields(&method.request.fields, method.kind != MethodType::Webhook),
        ),
        (
            "Fields of the answer",
            fields(&method.response.fields, false),
        ),
    ];
    Shown {
        key: method.key.clone(),
        name: method.name.clone(),
        description: method.description.clone(),
        warning: method.warning.clone(),
        verb: verb(method),
        endpoint: method.endpoint.clone(),
        status: match method.status {
            MethodStatus::Beta => Some("Beta"),
            MethodStatus::Deprecated => Some("Deprecated"),
            MethodStatus::Unknown | MethodStatus::Approved | MethodStatus::Planned => None,
        },
        notes: notes(definition, method),
        parts: parts
            .into_iter()
            .filter(|(_, rows)| !rows.is_empty())
            .map(|(title, rows)| Part { title, rows })
            .collect(),
    }
}

fn verb(method: &Method) -> &'static str {
    match (method.kind, method.http_method) {
        (MethodType::Webhook, _) => "Webhook",
        (MethodType::Script, _) => "Script",
        (MethodType::Action, Some(HttpMethod::GET) | None) => "GET",
        (MethodType::Action, Some(HttpMethod::POST)) => "POST",
        (MethodType::Action, Some(HttpMethod::PATCH)) => "PATCH",
        (MethodType::Action, Some(HttpMethod::PUT)) => "PUT",
        (MethodType::Action, Some(HttpMethod::DELETE)) => "DELETE",
    }
}

fn notes(definition: &ConnectorDefinition, method: &Method) -> Vec<String> {
    let mut out = Vec::new();
    if !method.authentications.is_empty() {
        let names: Vec<&str> = definition
            .authentications
            .iter()
            .filter(|one| method.authentications.contains(&one.key))
            .map(name_of)
            .collect();
        out.push(format!("Only with {}.", names.join(" or ")));
    }
    if let Some(size) = page_size(definition, method) {
        out.push(match size {
            Some(size) => format!("Reads all pages, {size} records at a time."),
            None => "Reads all pages.".to_owned(),
        });
    }
    let paging = paging(definition, method);
    if paging.outbound == Some(true) {
        out.push(match paging.outbound_page_size {
            Some(size) => format!("Sends long lists in parts of {size}."),
            None => "Sends long lists in parts.".to_owned(),
        });
    }
    if let Some(most) = paging.max_pages {
        out.push(format!("Reads {most} pages at most."));
    }
    if let Some(limit) = &method.rate_limit {
        out.push(rate(limit));
    }
    let asks_provider = method.request.custom_fields_lookup.is_some()
        || method.response.custom_fields_lookup.is_some();
    if asks_provider {
        out.push("Custom fields of the account come on top.".to_owned());
    }
    out
}

fn name_of(one: &Authentication) -> &str {
    one.name.as_deref().unwrap_or(&one.key)
}

fn paging(definition: &ConnectorDefinition, method: &Method) -> Paging {
    let connector = definition.paging.clone().unwrap_or_default();
    method.paging.clone().unwrap_or_default().over(&connector)
}

/// How many records a page of a method holds; none where it turns no pages.
fn page_size(definition: &ConnectorDefinition, method: &Method) -> Option<Option<u32>> {
    let paging = paging(definition, method);
    let parameters = method.parameters.iter().chain(&definition.parameters);
    let turns = parameters
        .flat_map(|parameter| &parameter.values)
        .any(|value| value.text().contains("CYCLR_PAGE"));
    (paging.inbound == Some(true) && turns).then_some(paging.inbound_page_size)
}

/// A limit as a sentence.
pub fn rate(limit: &Rate) -> String {
    let mut out = match (
        limit.max_requests_per_second,
        limit.seconds_between_requests,
    ) {
        (Some(1.0), _) => "At most one request a second".to_owned(),
        (Some(count), _) => format!("At most {count} requests a second"),
        (None, Some(1.0)) => "At least a second between two requests".to_owned(),
        (None, Some(seconds)) => format!("At least {seconds} seconds between two requests"),
        (None, None) => "No limit".to_owned(),
    };
    if let Some(burst) = limit.burst.filter(|burst| *burst > 1) {
        out.push_str(&format!(", after a pause {burst} at once"));
    }
    out.push('.');
    out
}

/// What a step asks for beside the body: the method's own parameters, and those that all methods have.
fn parameters(definition: &ConnectorDefinition, method: &Method) -> Vec<Row> {
    let shared = definition.parameters.iter().filter(|shared| {
        let is_setting = shared.account_connector_property || shared.partner_connector_property;
        let is_replaced = method.parameters.iter().any(|own| {
            own.target_type == shared.target_type && own.target_name == shared.target_name
        });
        !is_setting && !is_replaced
    });
    method
        .parameters
        .iter()
        .chain(shared)
        .filter(|parameter| !parameter.hide)
        .map(parameter)
        .collect()
}

fn parameter(parameter: &Parameter) -> Row {
    let mut notes = Notes::of(parameter.description.as_deref());
    if parameter.target_type == TargetType::FilterField {
        notes.add("Filters the records that were read.");
    }
    notes.choices(&parameter.values, parameter.allow_other);
    if let Some(lookup) = &parameter.trigger {
        notes.add(&format!("Chosen from a list ({lookup})."));
    }
    if let Some(value) = &parameter.default_value {
        notes.add(&format!("Left blank: {}.", scalar_text(value)));
    }
    Row {
        label: parameter
            .display_name
            .clone()
            .filter(|label| *label != parameter.target_name),
        code: parameter.target_name.clone(),
        kind: type_name(parameter.data_type),
        is_required: !parameter.optional && parameter.default_value.is_none(),
        notes: notes.0,
    }
}

fn fields(fields: &[Field], are_asked: bool) -> Vec<Row> {
    fields
        .iter()
        .filter(|field| !field.hide)
        .map(|field| {
            let mut notes = Notes::of(field.description.as_deref());
            notes.choices(&field.values, true);
            if are_asked {
                if let Some(lookup) = &field.trigger {
                    notes.add(&format!("Chosen from a list ({lookup})."));
                }
                if let Some(value) = &field.default_value {
                    notes.add(&format!("Left blank: {}.", scalar_text(value)));
                }
                if field.read_only {
                    notes.add("Never sent.");
                }
            }
            Row {
                label: field
                    .display_field
                    .clone()
                    .or_else(|| field.system_field.clone()),
                code: field.connector_field.clone(),
                kind: type_name(field.data_type),
                is_required: are_asked
                    && !field.optional
                    && !field.read_only
                    && field.default_value.is_none(),
                notes: notes.0,
            }
        })
        .collect()
}

fn type_name(kind: Option<DataType>) -> &'static str {
    match kind.unwrap_or_default() {
        DataType::Undefined => "Any",
        DataType::Text => "Text",
        DataType::Integer => "Integer",
        DataType::Float => "Float",
        DataType::Boolean => "Boolean",
        DataType::DateTime => "DateTime",
        DataType::File => "File",
        DataType::Decimal => "Decimal",
    }
}

/// Sentences about a value.
struct Notes(String);

impl Notes {
    fn of(description: Option<&str>) -> Self {
        Self(description.unwrap_or_default().trim().to_owned())
    }

    fn add(&mut self, sentence: &str) {
        if !self.0.is_empty() {
            if !self.0.ends_with(['.', '?', '!', ':']) {
                self.0.push('.');
            }
            self.0.push(' ');
        }
        self.0.push_str(sentence);
    }

    fn choices(&mut self, values: &[ValueOption], allow_other: bool) {
        if values.is_empty() {
            return;
        }
        let words: Vec<String> = values
            .iter()
            .map(|value| {
                let (text, label) = (value.text(), value.label());
                if label.eq_ignore_ascii_case(&text) {
                    text
                } else {
                    format!("{text} ({label})")
                }
            })
            .collect();
        let beginning = if allow_other { "Such as" } else { "One of" };
        self.add(&format!("{beginning} {}.", words.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn definition() -> ConnectorDefinition {
        serde_json::from_value(json!({
            "format": "velodrome.connector/1",
            "slug": "acme",
            "name": "Acme",
            "release": {"number": 1, "status": "Live"},
            "authentications": [{"key": "key", "type": "ApiKey", "name": "API key"}],
            "paging": {"inbound": true, "inboundPageSize": 50},
            "parameters": [
                {"targetType": "QueryString", "targetName": "lang", "optional": true},
                {"targetType": "MergeField", "targetName": "Host", "accountConnectorProperty": true},
            ],
            "methodCategories": [
                {"name": "Notes", "displayOrder": 2},
                {"name": "Deals", "displayOrder": 1, "description": "Opportunities."},
            ],
            "methods": [
                {"key": "add-note", "name": "Add Note", "category": "Notes", "type": "Action", "httpMethod": "POST",
                 "endpoint": "https://acme.example/notes", "authentications": ["key"],
                 "rateLimit": {"secondsBetweenRequests": 3.0, "burst": 5},
                 "request": {"fields": [{"connectorField": "text"}, {"connectorField": "at", "optional": true}]}},
                {"key": "list-deals", "name": "List Deals", "category": "Deals", "type": "Action", "httpMethod": "GET",
                 "endpoint": "https://acme.example/deals",
                 "parameters": [
                    {"targetType": "QueryString", "targetName": "state", "description": "Only these", "optional": true,
                     "values": [{"value": "o", "label": "Open"}, "won"]},
                    {"targetType": "QueryString", "targetName": "page", "hide": true, "values": ["CYCLR_PAGE_NUMBER"]},
                 ],
                 "response": {"fields": [{"connectorField": "[data].id", "systemField": "DealId", "dataType": "Integer"}]}},
                {"key": "prove", "name": "Prove", "category": "Deals", "type": "Action", "httpMethod": "GET",
                 "endpoint": "https://acme.example/me", "hide": true},
            ],
        }))
        .unwrap()
    }

    #[test]
    fn methods_stand_in_the_order_of_their_categories_without_hidden_ones() {
        let groups = groups(&definition());

        let keys: Vec<&str> = groups
            .iter()
            .flat_map(|group| &group.methods)
            .map(|method| method.key.as_str())
            .collect();
        assert_eq!(keys, ["list-deals", "add-note"]);
        assert_eq!(groups[0].description.as_deref(), Some("Opportunities."));
    }

    #[test]
    fn a_method_says_what_it_asks_and_what_it_answers() {
        let groups = groups(&definition());

        let list = &groups[0].methods[0];
        let codes =
            |part: &Part| -> Vec<String> { part.rows.iter().map(|row| row.code.clone()).collect() };
        assert_eq!(codes(&list.parts[0]), ["state", "lang"]);
        assert_eq!(
            list.parts[0].rows[0].notes,
            "Only these. One of o (Open), won."
        );
        assert_eq!(list.parts[1].title, "Fields of the answer");
        assert_eq!(list.parts[1].rows[0].label.as_deref(), Some("DealId"));
        assert_eq!(list.notes, ["Reads all pages, 50 records at a time."]);
        let add = &groups[1].methods[0];
        let required: Vec<bool> = add.parts[1]
            .rows
            .iter()
            .map(|row| row.is_required)
            .collect();
        assert_eq!(required, [true, false]);
        assert_eq!(
            add.notes,
            [
                "Only with API key.",
                "At least 3 seconds between two requests, after a pause 5 at once."
            ]
        );
    }
}
