//! Webhooks of a twin: who registered, what a change posts, how it is signed (connectors.md §6).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use indexmap::IndexMap;
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use velodrome_model::definition::{
    BodyType, ConnectorDefinition, HttpMethod, Method, MethodType, TargetType, WebhookVerify,
};
use velodrome_model::location::Location;

use super::body;
use super::plan::{Plan, Role};
use super::sample;
use super::schema::{Member, Schema, Shape, bare, singular};
use super::suggest::Suggestions;
use crate::call::Call;
use crate::posts::{self, Post};
use crate::records::plain;
use crate::world::World;

/// Registrations at once; the oldest is forgotten.
const MAX_SUBSCRIPTIONS: usize = 1_000;
/// The mergefield that becomes the address to post to.
const ADDRESS: &str = "{{Cyclr_Webhook_Url}}";

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Created,
    Updated,
    Deleted,
}

impl Change {
    /// What a method's role does to a record; none for those that only read.
    pub(super) fn of(role: Role) -> Option<Self> {
        match role {
            Role::Create => Some(Self::Created),
            Role::Change => Some(Self::Updated),
            Role::Remove => Some(Self::Deleted),
            Role::List | Role::Read | Role::ReadOnly => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }

    /// How providers call it.
    fn stems(self) -> &'static [&'static str] {
        match self {
            Self::Created => &["creat", "add", "new", "insert"],
            Self::Updated => &["updat", "chang", "edit", "modif"],
            Self::Deleted => &["delet", "remov"],
        }
    }
}

/// The Webhook methods of a definition that the provider registers by a call.
pub(super) struct Hooks {
    provider: String,
    rules: Vec<Rule>,
    subscriptions: Mutex<IndexMap<(String, String, String), Subscription>>,
}

struct Rule {
    method: String,
    category: String,
    /// No method in its category changes anything, so changes of all others are meant.
    is_general: bool,
    create: String,
    delete: Option<String>,
    payload: Shape,
    kind: BodyType,
    signing: Option<Signing>,
}

struct Signing {
    rules: WebhookVerify,
    secret: String,
}

#[derive(Clone)]
struct Subscription {
    url: String,
}

impl Hooks {
    pub(super) fn new(
        definition: &ConnectorDefinition,
        plans: &[Plan],
        suggestions: &Suggestions<'_>,
    ) -> Self {
        let registers = |key: &str| {
            definition.methods.iter().any(|method| {
                method.webhook.as_ref().is_some_and(|webhook| {
                    [&webhook.create, &webhook.delete, &webhook.update]
                        .into_iter()
                        .flatten()
                        .any(|known| known == key)
                })
            })
        };
        let changes = |category: &str| {
            plans.iter().any(|plan| {
                plan.category == category
                    && Change::of(plan.role).is_some()
                    && !registers(&plan.key)
            })
        };
        let rules = definition.methods.iter().filter_map(|method| {
            let webhook = method
                .webhook
                .as_ref()
                .filter(|_| method.kind == MethodType::Webhook)?;
            let create = webhook.create.clone()?;
            Some(Rule {
                method: method.key.clone(),
                category: method.category.clone(),
                is_general: !changes(&method.category),
                payload: Shape::new(&method.request),
                kind: method.request_type(),
                signing: webhook.verify.clone().map(|rules| Signing {
                    secret: suggestions.merged(&rules.secret),
                    rules,
                }),
                delete: webhook.delete.clone(),
                create,
            })
        });
        Self {
            provider: definition.slug.clone(),
            rules: rules.collect(),
            subscriptions: Mutex::new(IndexMap::new()),
        }
    }

    /// Whether the definition's webhooks are registered by calls.
    pub(super) fn are_registered(&self) -> bool {
        !self.rules.is_empty()
    }

    /// Tells it of a call that changed a record: a registration, its end, or something to post.
    pub(super) fn notice(
        &self,
        world: &Arc<World>,
        tenant: &str,
        change: &Changed<'_>,
        call: &Call,
        sent: &Value,
    ) {
        if self.rules.is_empty() {
            return;
        }
        let key = change.plan.key.as_str();
        let id = change.id();
        if self.rules.iter().any(|rule| rule.create == key) && change.what != Change::Deleted {
            if let Some(url) = change.plan.hook_address(call, sent) {
                let mut subscriptions = self.subscriptions.lock();
                if subscriptions.len() >= MAX_SUBSCRIPTIONS {
                    subscriptions.shift_remove_index(0);
                }
                let place = (tenant.to_owned(), key.to_owned(), id);
                subscriptions.insert(place, Subscription { url });
            }
            return;
        }
        let ended: Vec<&str> = self
            .rules
            .iter()
            .filter(|rule| rule.delete.as_deref() == Some(key))
            .map(|rule| rule.create.as_str())
            .collect();
        if !ended.is_empty() {
            self.subscriptions.lock().retain(|(who, create, known), _| {
                !(who == tenant && ended.contains(&create.as_str()) && *known == id)
            });
            return;
        }
        self.post(world, tenant, change);
    }

    fn post(&self, world: &Arc<World>, tenant: &str, change: &Changed<'_>) {
        let registered: Vec<(String, Subscription)> = self
            .subscriptions
            .lock()
            .iter()
            .filter(|((who, ..), _)| who == tenant)
            .map(|((_, create, _), subscription)| (create.clone(), subscription.clone()))
            .collect();
        for (create, subscription) in registered {
            let meant = self.rules.iter().find(|rule| {
                rule.create == create && (rule.is_general || rule.category == change.plan.category)
            });
            let Some(rule) = meant else { continue };
            let content = body::answer(200, rule.kind, &rule.payload(change));
            let content = match &rule.signing {
                Some(signing) => signing.sign(world, content),
                None => content,
            };
            posts::send(
                world,
                Post {
                    provider: self.provider.clone(),
                    method: rule.method.clone(),
                    url: subscription.url,
                    content,
                },
            );
        }
    }
}

/// A change of a record, by a call of a method.
pub(super) struct Changed<'a> {
    pub(super) what: Change,
    pub(super) plan: &'a Plan,
    pub(super) schema: &'a Schema,
    pub(super) record: &'a Value,
}

impl Changed<'_> {
    fn id(&self) -> String {
        let member = self.schema.id();
        plain(member.and_then(|member| member.location.first(self.record)))
    }

    /// What a field of the payload says of the record: the member of its system name, or of its last name.
    fn member(&self, field: &Member) -> Option<&Value> {
        let members = || self.schema.members.values();
        let system = field.field.system_field.as_deref();
        let by_system = members()
            .find(|member| system.is_some() && member.field.system_field.as_deref() == system);
        let name = bare(field.name());
        let by_name = || members().find(|member| bare(member.name()) == name);
        let noun = singular(self.plan.noun().as_str());
        let own_id = || {
            self.schema
                .id()
                .filter(|_| name == "id" || name == format!("{noun}id"))
        };
        by_system
            .or_else(by_name)
            .or_else(own_id)?
            .location
            .first(self.record)
    }
}

impl Rule {
    /// The definition's payload, filled from the record and from what happened.
    fn payload(&self, change: &Changed<'_>) -> Value {
        let noun = change.plan.noun();
        let mut payload = Value::Null;
        for (location, field) in &self.payload.fields {
            let member = Member::new(location.clone(), field.clone(), &noun);
            let constant = field.default_value.as_ref().filter(|_| field.hide);
            let value = match (constant, change.member(&member)) {
                (Some(constant), _) => sample::typed(&member, &plain(Some(constant))),
                (None, Some(value)) => value.clone(),
                (None, None) if tells_what_happened(&member) => happened(&member, change.what),
                (None, None) => member.value(0),
            };
            put(location, &mut payload, &value);
        }
        if payload.is_null() {
            return json!({"event": change.what.word(), "data": change.record});
        }
        payload
    }
}

fn put(location: &Location, payload: &mut Value, value: &Value) {
    // A payload can hold only one of two fields that contradict each other.
    let _contradicted = location.write(payload, value, &Value::Null);
}

fn tells_what_happened(member: &Member) -> bool {
    let name = bare(member.name());
    ["action", "event", "change", "topic", "trigger", "verb"]
        .iter()
        .any(|word| name.contains(word))
}

fn happened(member: &Member, what: Change) -> Value {
    let chosen = member.field.values.iter().find(|choice| {
        let text = bare(&choice.text());
        what.stems().iter().any(|stem| text.contains(stem))
    });
    match chosen {
        Some(choice) => sample::typed(member, &choice.text()),
        None => json!(what.word()),
    }
}

impl Signing {
    /// Adds the signature of the raw body, and the time where the definition looks for one.
    fn sign(&self, world: &World, content: crate::answer::Answer) -> crate::answer::Answer {
        let key = self.secret.as_bytes();
        let digest = match self.rules.algorithm.as_str() {
            "HMAC-SHA1" => mac::<Hmac<Sha1>>(key, &content.body),
            "HMAC-SHA512" => mac::<Hmac<Sha512>>(key, &content.body),
            _ => mac::<Hmac<Sha256>>(key, &content.body),
        };
        let text = if self.rules.encoding.as_deref() == Some("base64") {
            STANDARD.encode(digest)
        } else {
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        let prefix = self.rules.prefix.as_deref().unwrap_or_default();
        let signed = content.with(self.rules.header.clone(), format!("{prefix}{text}"));
        match &self.rules.timestamp_header {
            Some(name) => signed.with(name.clone(), world.now().timestamp().to_string()),
            None => signed,
        }
    }
}

fn mac<M: Mac + KeyInit>(key: &[u8], body: &[u8]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

/// Where a method that registers webhooks is told the address to post to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AddressPlace {
    Body(Location),
    Query(String),
}

impl AddressPlace {
    /// None for a method that registers nothing.
    pub(super) fn of(definition: &ConnectorDefinition, method: &Method) -> Option<Self> {
        if method.http_method == Some(HttpMethod::GET) {
            return None;
        }
        let in_body = method.request.fields.iter().find_map(|field| {
            let default = plain(Some(field.default_value.as_ref()?));
            default.contains(ADDRESS).then_some(&field.connector_field)
        });
        if let Some(location) = in_body {
            return location.parse().ok().map(Self::Body);
        }
        let parameters = definition.parameters.iter().chain(&method.parameters);
        parameters
            .filter(|parameter| parameter.target_type == TargetType::QueryString)
            .find(|parameter| {
                parameter
                    .values
                    .iter()
                    .any(|value| value.text().contains(ADDRESS))
            })
            .map(|parameter| Self::Query(parameter.target_name.clone()))
    }

    pub(super) fn read(&self, call: &Call, sent: &Value) -> Option<String> {
        let found = match self {
            Self::Body(location) => plain(location.first(sent)),
            Self::Query(name) => call.query.get(name).unwrap_or_default().to_owned(),
        };
        Some(found).filter(|url| !url.is_empty())
    }
}
