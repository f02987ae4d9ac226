//! The review of a connector: good and bad credentials, lists to their end, lookups, declared fields.

use std::{collections::HashSet, sync::PoisonError};

use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use velodrome_model::{
    SecretString,
    definition::{
        AuthType, BodyType, ConnectorDefinition, Field, HttpMethod, Method, MethodType, Paging,
        scalar_text,
    },
    location::{self, Location},
};

use super::{Connection, Inputs, Way};
use crate::{
    auth::{BasicCredential, Credential, OAuth1Token, OAuth2Token},
    call::CallError,
};

/// What no provider takes for a credential of ours.
const WRONG: &str = "velodrome-wrong-credential";
/// Records a page when a trial need not be as large as the definition says.
const SMALL_PAGE: u32 = 20;

/// How much must be right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The credentials work, and every method that may be called answers.
    Basic,
    /// Wrong credentials are refused, lists page to their end with each record once, lookups answer, and
    /// every required field that is declared appears.
    #[default]
    Careful,
    /// Optional fields appear too, and what could not be judged counts as a fault.
    Strict,
}

/// What a review may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// How much must be right.
    pub depth: Depth,
    /// Whether methods that create, change and delete are called. At a real provider only records that
    /// the review has made itself are changed and deleted.
    pub write: bool,
    /// The provider is a twin: nobody's records are in danger, lists are long enough to turn pages.
    pub is_twin: bool,
    /// Pages that a list may have; lists with more are not read to their end. 0 for the definition's own
    /// bound.
    pub max_pages: u32,
}

/// What a review found, in words that hold none of the values.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// Methods that answered as they should.
    pub passed: Vec<String>,
    /// What is wrong.
    pub faults: Vec<String>,
    /// What could not be judged, and what was left out.
    pub notes: Vec<String>,
}

impl Scope {
    /// The definition as a trial calls it: with this bound on pages; at a twin without waiting for the
    /// definition's own limits, and with small pages, which turn as large ones do.
    pub fn tailored(&self, definition: &ConnectorDefinition) -> ConnectorDefinition {
        let mut definition = definition.clone();
        if self.is_twin {
            definition.rate_limits.clear();
            for method in &mut definition.methods {
                method.rate_limit = None;
            }
        }
        let of_methods = definition
            .methods
            .iter_mut()
            .map(|method| &mut method.paging);
        for paging in of_methods.chain([&mut definition.paging]).flatten() {
            if self.is_twin {
                paging.inbound_page_size =
                    paging.inbound_page_size.map(|size| size.min(SMALL_PAGE));
            }
            if self.max_pages > 0 {
                paging.max_pages = Some(paging.max_pages.unwrap_or(u32::MAX).min(self.max_pages));
            }
        }
        definition
    }
}

/// Reviews a connector; the definition should be [`Scope::tailored`].
pub async fn review(
    definition: &ConnectorDefinition,
    inputs: &Inputs,
    way: Way<'_>,
    scope: Scope,
) -> Review {
    let mut review = Review::default();
    let connection = match Connection::open(definition, inputs, way).await {
        Ok(connection) => connection,
        Err(reason) => {
            review
                .faults
                .push(format!("the credentials do not work: {reason}"));
            return review;
        }
    };
    let mut reviewer = Reviewer {
        connection: &connection,
        scope,
        review: &mut review,
    };
    if reviewer.credentials().await {
        reviewer.methods().await;
    }
    if scope.depth == Depth::Strict {
        let unjudged = std::mem::take(&mut review.notes);
        review.faults.extend(unjudged);
    }
    review
}

struct Reviewer<'r, 'a> {
    connection: &'r Connection<'a>,
    scope: Scope,
    review: &'r mut Review,
}

impl Reviewer<'_, '_> {
    fn fault(&mut self, method: &Method, words: impl std::fmt::Display) {
        self.review.faults.push(format!("{}: {words}", method.key));
    }

    fn note(&mut self, method: &Method, words: impl std::fmt::Display) {
        self.review.notes.push(format!("{}: {words}", method.key));
    }

    /// Whether the credentials work; and, looked at with care, whether wrong ones do not.
    async fn credentials(&mut self) -> bool {
        let definition = self.connection.definition();
        let named = definition
            .post_install_test_auth
            .as_deref()
            .and_then(|key| definition.method(key));
        let test = named.or_else(|| {
            let mut methods = definition.methods.iter();
            methods.find(|method| self.is_callable(method) && reads(method))
        });
        let Some(test) = test else {
            let words = "no method can be called to see whether the credentials work";
            self.review.notes.push(words.to_owned());
            return true;
        };
        let parameters = match self.connection.parameters(test).await {
            Ok(parameters) => parameters,
            Err(reason) => {
                self.fault(test, reason);
                return false;
            }
        };
        let fields = self.connection.fields(test);
        if let Err(reason) = self.connection.call(test, &parameters, &fields).await {
            self.fault(test, format!("the credentials do not work: {reason}"));
            return false;
        }
        if self.scope.depth == Depth::Basic {
            return true;
        }
        let Some(wrong) = wrong(&self.connection.credential()) else {
            if self.connection.authentication().kind != AuthType::None {
                self.note(test, "wrong credentials could not be tried");
            }
            return true;
        };
        let outcome = self
            .connection
            .try_call(test, &parameters, &fields, Some(wrong))
            .await;
        match outcome {
            Err(CallError::Upstream { .. } | CallError::Authentication(_)) => {}
            Err(error) => {
                let reason = self.connection.explain(&error);
                self.fault(test, format!("wrong credentials end in another failure: {reason}"));
            }
            // A twin does not see a credential that only a script places.
            Ok(_) if self.scope.is_twin => {
                self.note(test, "the twin cannot see the credentials of this connector");
            }
            Ok(_) => self.fault(
                test,
                "wrong credentials are answered too, so it proves nothing; name another method in postInstallTestAuth",
            ),
        }
        true
    }

    async fn methods(&mut self) {
        let definition = self.connection.definition();
        let mut methods: Vec<&Method> = definition
            .methods
            .iter()
            .filter(|method| self.is_callable(method))
            .collect();
        methods.sort_by_key(|method| order(method));
        for method in methods {
            if !reads(method) && !self.scope.write {
                continue;
            }
            self.method(method).await;
        }
    }

    fn is_callable(&self, method: &Method) -> bool {
        let key = &self.connection.authentication().key;
        method.kind != MethodType::Webhook
            && (method.authentications.is_empty() || method.authentications.contains(key))
    }

    async fn method(&mut self, method: &Method) {
        if !reads(method) && !self.may_touch(method) {
            return self.note(
                method,
                "the review has made no record that this could change",
            );
        }
        let parameters = match self.connection.parameters(method).await {
            Ok(parameters) => parameters,
            Err(reason) => return self.fault(method, reason),
        };
        let fields = self.connection.fields(method);
        let outcome = self
            .connection
            .try_call(method, &parameters, &fields, None)
            .await;
        let reply = match outcome {
            Ok(reply) => reply,
            Err(error @ CallError::Paging { .. }) if self.scope.max_pages > 0 => {
                let reason = self.connection.explain(&error);
                return self.note(method, format!("not read to its end: {reason}"));
            }
            Err(error) => {
                let reason = self.connection.explain(&error);
                return self.fault(
                    method,
                    format!("called with everything that is declared as required: {reason}"),
                );
            }
        };
        for warning in &reply.warnings {
            self.note(method, warning);
        }
        let before = self.review.faults.len();
        let (pages, status) = (reply.pages, reply.status);
        let body = match reply.body.into_value() {
            Ok(body) => body,
            Err(error) => return self.fault(method, self.connection.explain(&error)),
        };
        self.remember(method, &body);
        if method.http_method == Some(HttpMethod::DELETE) {
            self.connection.forget_made(method);
        }
        if self.scope.depth >= Depth::Careful {
            self.list(method, &body, pages);
            self.lookups(method, &body);
            self.declared(method, status, &body);
        }
        if self.review.faults.len() == before {
            self.review.passed.push(method.key.clone());
        }
    }

    /// At a real provider only what the review has made itself is changed or deleted.
    fn may_touch(&self, method: &Method) -> bool {
        let mut parameters = method
            .parameters
            .iter()
            .chain(&self.connection.definition().parameters);
        self.scope.is_twin
            || makes(method)
            || parameters.any(|one| {
                self.connection
                    .made_above(method, &one.target_name)
                    .is_some()
            })
    }

    fn remember(&self, method: &Method, body: &Value) {
        let (true, Some(endpoint)) = (makes(method), &method.endpoint) else {
            return;
        };
        let fields = &method.response.fields;
        let is_hook = |field: &&Field| field.system_field.as_deref() == Some("Cyclr_Webhook_Id");
        let id = fields.iter().find(is_hook).or(fields.iter().find(is_id));
        let value = id.and_then(|field| {
            let location: Location = field.connector_field.parse().ok()?;
            location
                .first(body)
                .filter(|value| !value.is_null())
                .cloned()
        });
        if let Some(value) = value {
            let made = &self.connection.made;
            made.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(endpoint.clone(), value);
        }
    }

    /// A list brings each record once, and comes to its end.
    fn list(&mut self, method: &Method, body: &Value, pages: u32) {
        let Some(found) = records(method, body).filter(|_| lists(method)) else {
            return;
        };
        let distinct: HashSet<String> = found.iter().map(Value::to_string).collect();
        if distinct.len() != found.len() {
            return self.fault(
                method,
                format!(
                    "brings {} records of which {} are distinct; look at its paging",
                    found.len(),
                    distinct.len()
                ),
            );
        }
        if found.is_empty() {
            if self.scope.is_twin {
                return self.fault(method, "shows no records");
            }
            return self.note(
                method,
                "shows no records, so nothing can be said about them",
            );
        }
        let paging = self.paging(method);
        if paging.inbound != Some(true) || !self.turns(method) {
            return;
        }
        let size = paging.inbound_page_size.unwrap_or(0) as usize;
        if self.scope.is_twin && (pages < 3 || found.len() <= 2 * size) {
            self.fault(
                method,
                format!("{pages} pages brought {} records", found.len()),
            );
        } else if pages < 2 {
            let words = format!(
                "one page held all {} records, so paging was not seen",
                found.len()
            );
            self.note(method, words);
        }
    }

    fn paging(&self, method: &Method) -> Paging {
        let connector = self.connection.definition().paging.clone();
        let own = method.paging.clone().unwrap_or_default();
        own.over(&connector.unwrap_or_default())
    }

    /// Whether a paging variable is sent or read.
    fn turns(&self, method: &Method) -> bool {
        let shared = &self.connection.definition().parameters;
        shared
            .iter()
            .chain(&method.parameters)
            .filter_map(|parameter| parameter.values.first())
            .any(|value| {
                let text = value.text();
                text.starts_with("CYCLR_PAGE_") && text != "CYCLR_PAGE_SIZE"
            })
    }

    /// Lookups of this method have something to choose from.
    fn lookups(&mut self, method: &Method, body: &Value) {
        let triggers = &self.connection.definition().triggers;
        for trigger in triggers.iter().filter(|one| one.method == method.key) {
            let (Ok(identifier), Ok(name)) = (
                trigger.identifier_key.parse::<Location>(),
                trigger.human_readable_key.parse::<Location>(),
            ) else {
                continue;
            };
            let pairs = location::zip(&identifier, &name, body);
            let filled = |value: Option<&Value>| {
                value.is_some_and(|value| !value.is_null() && !scalar_text(value).is_empty())
            };
            let (mut choices, mut nameless) = (0, 0);
            for (value, name) in pairs {
                choices += usize::from(filled(value));
                nameless += usize::from(filled(value) && !filled(name));
            }
            if choices == 0 {
                let words = format!(
                    "the lookup {:?} offers nothing: no answer holds {}",
                    trigger.name, trigger.identifier_key
                );
                self.fault(method, words);
            } else if nameless == choices {
                let words = format!(
                    "the lookup {:?} shows no names: no answer holds {}",
                    trigger.name, trigger.human_readable_key
                );
                self.fault(method, words);
            }
        }
    }

    /// What is declared is there.
    fn declared(&mut self, method: &Method, status: StatusCode, body: &Value) {
        let structured = matches!(
            method.response_type(),
            BodyType::Json | BodyType::Xml | BodyType::Form
        );
        let empty = records(method, body).is_some_and(|records| records.is_empty());
        if !structured || empty || status == StatusCode::NO_CONTENT {
            return;
        }
        let strict = self.scope.depth == Depth::Strict;
        let absent: Vec<&str> = method
            .response
            .fields
            .iter()
            .filter(|field| strict || !field.optional)
            .filter(|field| {
                let location = field.connector_field.parse::<Location>();
                location.is_ok_and(|location| location.first(body).is_none())
            })
            .map(|field| field.connector_field.as_str())
            .collect();
        if !absent.is_empty() {
            let words = format!(
                "declared fields are not in the answer: {}; correct their locations or make them optional",
                absent.join(", ")
            );
            self.fault(method, words);
        }
    }
}

/// Whether a field names the record itself, by its own name or by the last one on its way.
fn is_id(field: &&Field) -> bool {
    let last = field.connector_field.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("id")
        || field
            .system_field
            .as_deref()
            .is_some_and(|name| name.ends_with("Id") || name.ends_with("ID"))
}

/// Whether a method only looks.
fn reads(method: &Method) -> bool {
    let word = method.name.split_whitespace().next().unwrap_or_default();
    let says = ["Get", "List", "Search", "Find", "Count"].contains(&word);
    match method.http_method {
        Some(HttpMethod::GET) => true,
        Some(HttpMethod::POST) | None => says,
        Some(HttpMethod::PATCH | HttpMethod::PUT | HttpMethod::DELETE) => false,
    }
}

fn lists(method: &Method) -> bool {
    method.name.starts_with("List ")
}

/// Whether a method makes a record rather than change one.
fn makes(method: &Method) -> bool {
    method.http_method == Some(HttpMethod::POST)
        && ["Create ", "Add ", "Upload "]
            .iter()
            .any(|word| method.name.starts_with(word))
}

/// Records that a list brought, at the array that holds its first field.
fn records(method: &Method, body: &Value) -> Option<Vec<Value>> {
    let first = method.response.fields.first()?;
    let first: Location = first.connector_field.parse().ok()?;
    first.outermost_array()?.take_array(&mut body.clone())
}

fn order(method: &Method) -> u8 {
    match method.http_method {
        Some(HttpMethod::GET) | None => 0,
        Some(HttpMethod::POST) => 1,
        Some(HttpMethod::PATCH | HttpMethod::PUT) => 2,
        Some(HttpMethod::DELETE) => 3,
    }
}

/// The same kind of credential with nothing right in it; none where there is nothing to get wrong.
fn wrong(credential: &Credential) -> Option<Credential> {
    let secret = || SecretString::from(WRONG);
    Some(match credential {
        Credential::None => return None,
        Credential::ApiKey(_) => Credential::ApiKey(secret()),
        Credential::Basic(_) => Credential::Basic(BasicCredential {
            username: WRONG.to_owned(),
            password: secret(),
        }),
        Credential::AuthFields(fields) => {
            let names = fields.keys().cloned();
            Credential::AuthFields(names.map(|name| (name, secret())).collect())
        }
        Credential::OAuth1(_) => Credential::OAuth1(OAuth1Token {
            token: secret(),
            token_secret: secret(),
            metadata: Map::new(),
        }),
        Credential::OAuth2(_) => Credential::OAuth2(OAuth2Token {
            access_token: Some(secret()),
            ..OAuth2Token::default()
        }),
    })
}
