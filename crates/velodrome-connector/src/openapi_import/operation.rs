//! Operations and webhooks made methods.

use velodrome_model::{
    definition::{
        BodyType, ConnectorDefinition, Field, HttpMethod, Message, Method, MethodStatus, MethodType,
    },
    identity::Direction,
};

use super::{
    document::{Node, Version},
    merge,
    paging::{self, PagingHint},
    parameters::{Taken, parameters},
    report::Report,
    schema::{Merged, fields, most_fields},
    security::Security,
    server::{self, Servers, parameter},
    text::{self, sentence, title, words},
};
use crate::slug::Keys;

/// The most methods; the rule of definitions.
const MAX_METHODS: usize = 5000;

const VERBS: [(&str, HttpMethod); 5] = [
    ("get", HttpMethod::GET),
    ("post", HttpMethod::POST),
    ("put", HttpMethod::PUT),
    ("patch", HttpMethod::PATCH),
    ("delete", HttpMethod::DELETE),
];
/// Members of a path that are no operations.
const OTHERS: [&str; 5] = ["parameters", "servers", "summary", "description", "$ref"];

/// Methods and where they came from.
#[derive(Default)]
pub struct Operations {
    /// The methods.
    pub methods: Vec<Method>,
    /// The pointer of each method's operation.
    pub origins: Vec<String>,
    /// Those that look like paging.
    pub paging: Vec<PagingHint>,
}

/// Reads all operations.
pub fn methods(
    root: &Node<'_>,
    servers: &Servers,
    security: &Security,
    existing: Option<&ConnectorDefinition>,
    report: &mut Report,
) -> Operations {
    let mut keys = Keys::default();
    let mut matcher = merge::Matcher::new(existing, &mut keys);
    let mut reader = Reader {
        servers,
        security,
        report,
        keys,
        most: most_fields(count(root)),
        errors: 0,
        found: Operations::default(),
    };
    let Some(paths) = root.get("paths") else {
        if root.get("webhooks").is_none() {
            reader.report.skip("/paths", "the document has no paths");
        }
        reader.webhooks(root, &mut matcher);
        return reader.found;
    };
    for (path, item) in paths.members() {
        reader.path(path, &item, &mut matcher);
    }
    reader.webhooks(root, &mut matcher);
    if reader.errors > 0 {
        let message = format!(
            "answers that say what went wrong ({} in all) have no counterpart; calls fail with them",
            reader.errors
        );
        reader.report.skip("/paths", message);
    }
    reader.found
}

struct Reader<'r> {
    servers: &'r Servers,
    security: &'r Security,
    report: &'r mut Report,
    keys: Keys,
    /// How many fields a body may have.
    most: usize,
    errors: usize,
    found: Operations,
}

impl Reader<'_> {
    fn path(&mut self, path: &str, given: &Node<'_>, matcher: &mut merge::Matcher<'_>) {
        let item = match given.follow() {
            Ok(item) => item,
            Err(reason) => return self.report.skip(given.pointer(), reason),
        };
        if !path.starts_with('/') || path.contains("{{") || path.contains(char::is_control) {
            return self
                .report
                .skip(given.pointer(), "a path begins with a slash");
        }
        for (verb, operation) in item.members() {
            let Some((_, http)) = VERBS.iter().find(|(name, _)| *name == verb) else {
                if !OTHERS.contains(&verb) {
                    self.report.skip(
                        operation.pointer(),
                        format!(
                            "{} is not among GET, POST, PUT, PATCH and DELETE",
                            verb.to_uppercase()
                        ),
                    );
                }
                continue;
            };
            if !operation.value().is_object() {
                self.report
                    .skip(operation.pointer(), "the operation is not an object");
            } else if self.found.methods.len() >= MAX_METHODS {
                self.report.skip(
                    operation.pointer(),
                    format!("a connector has at most {MAX_METHODS} methods"),
                );
            } else if let Err(reason) = self.operation(path, *http, &item, &operation, matcher) {
                self.report.skip(operation.pointer(), reason);
            }
        }
    }

    fn operation(
        &mut self,
        path: &str,
        http: HttpMethod,
        item: &Node<'_>,
        operation: &Node<'_>,
        matcher: &mut merge::Matcher<'_>,
    ) -> Result<(), String> {
        let mut taken = parameters(item, operation, self.servers, self.report);
        let prefix = server::own(operation, self.report)
            .or_else(|| server::own(item, self.report))
            .unwrap_or_else(|| self.servers.prefix.clone());
        let path_part = self.merged_path(path, operation, &mut taken)?;
        let endpoint = format!("{prefix}{path_part}");
        let id = operation
            .text_of("operationId")
            .filter(|id| !id.trim().is_empty());
        let verb = verb_word(http);
        let summary = operation
            .text_of("summary")
            .map(|text| text::line(text, 120));
        let summary = summary.map(|text| text.trim_end_matches('.').to_owned());
        let name = summary
            .filter(|name| !name.is_empty())
            .or_else(|| {
                id.map(|id| title(&words(id)))
                    .filter(|name| !name.is_empty())
            })
            .unwrap_or_else(|| {
                format!("{verb} {}", title(&words(path)))
                    .trim_end()
                    .to_owned()
            });
        let key = matcher
            .key(id, http, &endpoint, &path_part)
            .unwrap_or_else(|| {
                let wanted = match id {
                    Some(id) => words(id),
                    None => format!("{verb} {}", words(path)),
                };
                self.keys.key(&wanted, "operation")
            });
        let security = operation.get("security");
        let (request, xml_root) = self.request(operation, &taken);
        let response = self.response(operation);
        self.skip_others(operation);
        let mut method = Method {
            description: description(operation),
            status: if operation.is("deprecated") {
                MethodStatus::Deprecated
            } else {
                MethodStatus::default()
            },
            http_method: Some(http),
            endpoint: Some(endpoint),
            xml_root_element: xml_root,
            authentications: security
                .map(|all| self.security.restriction(&all, self.report))
                .unwrap_or_default(),
            parameters: taken.parameters,
            request,
            response,
            ..blank(key, name, category(operation, path), MethodType::Action)
        };
        if http == HttpMethod::GET {
            let hint = paging::hint(&mut method, operation.pointer());
            self.found.paging.extend(hint);
        }
        self.found.methods.push(method);
        self.found.origins.push(operation.pointer());
        Ok(())
    }

    /// The path with mergefields for its variables.
    fn merged_path<'a>(
        &mut self,
        path: &'a str,
        operation: &Node<'_>,
        taken: &mut Taken<'a>,
    ) -> Result<String, String> {
        let mut merged = String::new();
        let mut rest = path;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, after) = rest.split_at(at);
            let inside = after
                .strip_prefix('{')
                .and_then(|after| after.split_once('}'));
            let Some((name, after)) = inside.filter(|(name, _)| !name.contains('{')) else {
                return Err("the braces of the path do not pair".to_owned());
            };
            let field = match taken.path.get(name) {
                Some(field) => field.clone(),
                None => {
                    self.report.skip(
                        operation.pointer(),
                        format!("the path names {name:?}, which no parameter describes; it is asked for as text"),
                    );
                    let field = taken.merge_name(name, self.servers);
                    let mut made =
                        parameter(velodrome_model::definition::TargetType::MergeField, &field);
                    let label = title(&words(name));
                    made.display_name = (!label.is_empty()).then_some(label);
                    taken.parameters.push(made);
                    taken.path.insert(name, field.clone());
                    field
                }
            };
            merged += before;
            merged += &format!("{{{{{field}}}}}");
            rest = after;
        }
        Ok((merged + rest).replace(char::is_whitespace, "%20"))
    }

    fn request(&mut self, operation: &Node<'_>, taken: &Taken<'_>) -> (Message, Option<String>) {
        if operation.documents().version() == Version::Two {
            return self.swagger_request(operation, taken);
        }
        let body = operation.get("requestBody").map(|body| {
            let at = body.pointer();
            body.follow().map_err(|reason| (at, reason))
        });
        let body = match body {
            Some(Ok(body)) => body,
            Some(Err((at, reason))) => {
                self.report.skip(at, reason);
                return (Message::default(), None);
            }
            None => return (Message::default(), None),
        };
        let Some((kind, content)) = self.content(&body) else {
            return (Message::default(), None);
        };
        let optional = !body.is("required");
        self.message(content.get("schema"), Direction::Request, kind, optional)
    }

    fn swagger_request(
        &mut self,
        operation: &Node<'_>,
        taken: &Taken<'_>,
    ) -> (Message, Option<String>) {
        let types = operation
            .get("consumes")
            .or_else(|| operation.documents().root().get("consumes"));
        let types: Vec<&str> = types
            .iter()
            .flat_map(Node::elements)
            .filter_map(|one| one.text())
            .collect();
        if let Some(body) = &taken.body {
            let kind = best(&types).map_or(BodyType::Json, |(_, kind)| kind);
            return self.message(
                body.get("schema"),
                Direction::Request,
                kind,
                !body.is("required"),
            );
        }
        if taken.form.is_empty() {
            return (Message::default(), None);
        }
        let mut own = Vec::new();
        for node in &taken.form {
            let merged = Merged::of(node, self.report);
            let Some(name) = node.text_of("name").filter(|name| is_location(name)) else {
                self.report
                    .skip(node.pointer(), "the name can't be part of a location");
                continue;
            };
            let name = if merged.is_list() {
                format!("[{name}]")
            } else {
                name.to_owned()
            };
            let (data_type, format) = match merged.items().filter(|_| merged.is_list()) {
                Some(items) => Merged::of(items, self.report).data_type(),
                None => merged.data_type(),
            };
            own.push(Field {
                optional: !node.is("required"),
                description: node
                    .text_of("description")
                    .and_then(|text| sentence(text, text::FIELD)),
                data_type,
                format,
                values: merged.options(node, self.report),
                validation: merged.validation.clone(),
                ..Field::at(name)
            });
        }
        let files = taken
            .form
            .iter()
            .any(|node| node.text_of("type") == Some("file"));
        let kind = if files || best(&types).is_some_and(|(_, kind)| kind == BodyType::File) {
            BodyType::File
        } else {
            BodyType::Form
        };
        let message = Message {
            data_type: Some(kind),
            fields: own,
            ..Message::default()
        };
        (message, None)
    }

    fn response(&mut self, operation: &Node<'_>) -> Message {
        let Some(responses) = operation.get("responses") else {
            return Message::default();
        };
        let all: Vec<(&str, Node<'_>)> = responses.members().collect();
        let find = |wanted: &str| all.iter().find(|(status, _)| *status == wanted);
        let chosen = ["200", "201", "202"]
            .into_iter()
            .find_map(find)
            .or_else(|| all.iter().find(|(status, _)| status.starts_with('2')))
            .or_else(|| find("default"));
        for (status, node) in &all {
            if chosen.is_some_and(|(known, _)| known == status) {
                continue;
            }
            if status.starts_with('2') {
                self.report
                    .skip(node.pointer(), "another answer describes the response");
            } else {
                self.errors += 1;
            }
        }
        let Some((_, given)) = chosen else {
            return Message::default();
        };
        let node = match given.follow() {
            Ok(node) => node,
            Err(reason) => {
                self.report.skip(given.pointer(), reason);
                return Message::default();
            }
        };
        if let Some(links) = node.get("links") {
            self.report
                .skip(links.pointer(), "links have no counterpart");
        }
        if operation.documents().version() == Version::Two {
            let Some(schema) = node.get("schema") else {
                return Message::default();
            };
            let types = operation
                .get("produces")
                .or_else(|| operation.documents().root().get("produces"));
            let types: Vec<&str> = types
                .iter()
                .flat_map(Node::elements)
                .filter_map(|one| one.text())
                .collect();
            let kind = if schema.text_of("type") == Some("file") {
                BodyType::SimpleFile
            } else {
                best(&types).map_or(BodyType::Json, |(_, kind)| kind)
            };
            return self
                .message(Some(schema), Direction::Response, kind, false)
                .0;
        }
        match self.content(&node) {
            Some((kind, content)) => {
                self.message(content.get("schema"), Direction::Response, kind, false)
                    .0
            }
            None => Message::default(),
        }
    }

    /// The content type that is used; the others are reported.
    fn content<'a>(&mut self, body: &Node<'a>) -> Option<(BodyType, Node<'a>)> {
        let all: Vec<(&str, Node<'a>)> = body.get("content")?.all_members().collect();
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        let (at, kind) = best(&names)?;
        for (other, (_, node)) in all.iter().enumerate() {
            if other != at {
                self.report
                    .skip(node.pointer(), format!("{} is used instead", names[at]));
            }
        }
        all.into_iter().nth(at).map(|(_, node)| (kind, node))
    }

    fn message(
        &mut self,
        schema: Option<Node<'_>>,
        direction: Direction,
        kind: BodyType,
        optional: bool,
    ) -> (Message, Option<String>) {
        let mut message = Message {
            data_type: Some(kind).filter(|kind| *kind != BodyType::Json),
            ..Message::default()
        };
        let request = direction == Direction::Request;
        if kind == BodyType::SimpleFile || kind == BodyType::PlainText {
            if request {
                let file = kind == BodyType::SimpleFile;
                let mut only = Field::at(if file { "file" } else { "text" });
                only.data_type = file.then_some(velodrome_model::definition::DataType::File);
                only.optional = optional;
                message.fields.push(only);
            }
            return (message, None);
        }
        let Some(schema) = schema else {
            return (message, None);
        };
        let merged = Merged::of(&schema, self.report);
        message.fields = fields(&schema, &merged, direction, kind, self.most, self.report);
        if optional {
            for field in &mut message.fields {
                field.optional = true;
            }
        }
        if message.fields.is_empty()
            && !schema
                .value()
                .as_object()
                .is_some_and(serde_json::Map::is_empty)
        {
            let body = direction.key();
            self.report.skip(
                schema.pointer(),
                format!("the {body} has no fields that can be named"),
            );
        }
        let xml_root = (request && kind == BodyType::Xml)
            .then(|| merged.xml_root())
            .flatten()
            .filter(|name| is_location(name));
        (message, xml_root)
    }

    /// What operations have beside what methods have.
    fn skip_others(&mut self, operation: &Node<'_>) {
        for (name, callback) in operation.get("callbacks").iter().flat_map(Node::members) {
            self.report.skip(
                callback.pointer(),
                format!("the callback {name:?} has no counterpart; add a Webhook method"),
            );
        }
    }

    fn webhooks(&mut self, root: &Node<'_>, matcher: &mut merge::Matcher<'_>) {
        let Some(webhooks) = root.get("webhooks") else {
            return;
        };
        for (name, given) in webhooks.members() {
            let item = match given.follow() {
                Ok(item) => item,
                Err(reason) => {
                    self.report.skip(given.pointer(), reason);
                    continue;
                }
            };
            let mut bodies = item
                .members()
                .filter(|(verb, _)| VERBS.iter().any(|(known, _)| known == verb));
            let Some((_, operation)) = bodies.next() else {
                self.report
                    .skip(given.pointer(), "the webhook has no operation");
                continue;
            };
            for (_, other) in bodies {
                self.report.skip(
                    other.pointer(),
                    "of several operations of a webhook the first is used",
                );
            }
            if self.found.methods.len() >= MAX_METHODS {
                self.report.skip(
                    operation.pointer(),
                    format!("a connector has at most {MAX_METHODS} methods"),
                );
                continue;
            }
            let id = operation.text_of("operationId");
            let label = operation
                .text_of("summary")
                .map(|text| text::line(text, 120))
                .filter(|label| !label.is_empty())
                .unwrap_or_else(|| title(&words(name)));
            let wanted = words(id.unwrap_or(name));
            let key = matcher
                .webhook_key(&wanted)
                .unwrap_or_else(|| self.keys.key(&wanted, "webhook"));
            let (request, _) = self.request(&operation, &Taken::default());
            let label = if label.is_empty() { key.clone() } else { label };
            self.found.methods.push(Method {
                description: description(&operation),
                request,
                ..blank(
                    key,
                    label,
                    category(&operation, "/webhooks"),
                    MethodType::Webhook,
                )
            });
            self.found.origins.push(operation.pointer());
        }
    }
}

/// How many operations there are, about.
fn count(root: &Node<'_>) -> usize {
    let paths = root.get("paths");
    let items = paths.iter().flat_map(Node::members);
    items
        .flat_map(|(_, item)| item.members())
        .filter(|(verb, _)| VERBS.iter().any(|(known, _)| known == verb))
        .count()
}

/// The content type of the highest rank and its position.
fn best(types: &[&str]) -> Option<(usize, BodyType)> {
    types
        .iter()
        .enumerate()
        .map(|(at, name)| (rank(name), at))
        .min_by_key(|((rank, _), at)| (*rank, *at))
        .map(|((_, kind), at)| (at, kind))
}

fn rank(name: &str) -> (u8, BodyType) {
    let name = name
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match name.as_str() {
        "application/json" => (0, BodyType::Json),
        _ if name.ends_with("+json") || name == "*/*" || name == "application/*" => {
            (1, BodyType::Json)
        }
        "application/x-www-form-urlencoded" => (2, BodyType::Form),
        "multipart/related" => (4, BodyType::MultipartRelated),
        _ if name.starts_with("multipart/") => (3, BodyType::File),
        "application/xml" | "text/xml" => (5, BodyType::Xml),
        _ if name.ends_with("+xml") => (6, BodyType::Xml),
        _ if name.starts_with("text/") => (7, BodyType::PlainText),
        _ => (8, BodyType::SimpleFile),
    }
}

fn description(operation: &Node<'_>) -> Option<String> {
    operation
        .text_of("description")
        .and_then(|text| sentence(text, text::METHOD))
        .or_else(|| {
            operation
                .text_of("summary")
                .and_then(|text| sentence(text, text::METHOD))
        })
}

fn category(operation: &Node<'_>, path: &str) -> String {
    let tag = operation
        .get("tags")
        .and_then(|tags| tags.elements().next());
    let tag = tag
        .as_ref()
        .and_then(Node::text)
        .map(|tag| text::line(tag, 100));
    tag.filter(|tag| !tag.is_empty()).unwrap_or_else(|| {
        let segment = path
            .split('/')
            .find(|segment| !segment.is_empty() && !segment.starts_with('{'));
        let name = title(&words(segment.unwrap_or_default()));
        if name.is_empty() {
            "General".to_owned()
        } else {
            text::line(&name, 100)
        }
    })
}

fn verb_word(http: HttpMethod) -> &'static str {
    match http {
        HttpMethod::GET => "Get",
        HttpMethod::POST => "Create",
        HttpMethod::PUT | HttpMethod::PATCH => "Update",
        HttpMethod::DELETE => "Delete",
    }
}

fn is_location(name: &str) -> bool {
    !name.is_empty() && !name.contains(['.', '[', ']', '\\']) && !name.contains("{{")
}

fn blank(key: String, name: String, category: String, kind: MethodType) -> Method {
    Method {
        key,
        unique_identifier: None,
        name,
        description: None,
        warning: None,
        comments: None,
        status: MethodStatus::default(),
        category,
        subcategory: None,
        kind,
        http_method: None,
        endpoint: None,
        hide: false,
        data_type: None,
        xml_root_element: None,
        timeout_seconds: None,
        authentications: Vec::new(),
        for_enhanced_custom_fields: false,
        responds_to_webhook: false,
        parameters: Vec::new(),
        request: Message::default(),
        response: Message::default(),
        paging: None,
        rate_limit: None,
        webhook: None,
        script: None,
        script_file: None,
    }
}
