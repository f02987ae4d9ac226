//! A whole twin: endpoints of its protocols, and its methods.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use parking_lot::Mutex;
use serde_json::{Map, Value};
use velodrome_model::definition::{
    BodyType, ConnectorDefinition, DataType, Field, HttpMethod, Metadata,
};
use velodrome_model::location::Location;

use super::addresses::{Addresses, Hosts};
use super::body;
use super::card;
use super::collection::Collection;
use super::gate::{Denied, Gate};
use super::hooks::{Change, Changed, Hooks};
use super::pages::{Page, Records};
use super::plan::{Plan, Role, limiter};
use super::render;
use super::request_check;
use super::route::{Fit, collection};
use super::sample;
use super::schema::{Member, Schema, bare, write};
use super::suggest::Suggestions;
use super::token_answer;
use super::token_endpoint::{OAuth1Door, OAuth2Door, suggested_client};
use crate::answer::Answer;
use crate::call::Call;
use crate::rate_limit::Limiter;
use crate::records::plain;
use crate::twin::{Site, Text, Twin};
use crate::world::World;

/// Collections that hold changes at once; the one unused for longest is forgotten.
const MAX_COLLECTIONS: usize = 1_000;

/// How a twin takes a call. Several twins may share a host, and each is asked.
pub(crate) enum Attempt {
    /// It has nothing at this address.
    NotMine(Answer),
    /// It has, but does not take the call.
    Refused(Answer),
    Answered(Answer),
}

/// One definition's twin.
pub(crate) struct DefinitionSite {
    world: Arc<World>,
    /// The client id that its card suggests.
    client: String,
    gates: Vec<Gate>,
    oauth1: Vec<OAuth1Door>,
    oauth2: Vec<OAuth2Door>,
    plans: Vec<Plan>,
    hooks: Hooks,
    schemas: HashMap<String, Schema>,
    /// Values of mergefields in hosts, to be handed out.
    given: IndexMap<String, String>,
    collections: Mutex<IndexMap<(String, String), Collection>>,
    limits: Vec<Limiter>,
}

/// A method that a call is for.
struct Found<'a> {
    plan: &'a Plan,
    fit: Fit,
}

impl DefinitionSite {
    /// Builds the twin and what the sandbox shows of it.
    pub(crate) fn build(world: &Arc<World>, definition: &ConnectorDefinition) -> (Twin, Arc<Self>) {
        let addresses = Addresses::from(definition);
        let hosts = Hosts::new(&addresses);
        let origins = addresses.origins();
        let plans: Vec<Plan> = definition
            .methods
            .iter()
            .filter_map(|method| Plan::new(definition, method, &hosts))
            .collect();
        let mut oauth1 = Vec::new();
        let mut oauth2 = Vec::new();
        let mut gates = Vec::new();
        let (name, slug) = (&definition.name, &definition.slug);
        fn suggestions<'a>(
            world: &'a World,
            definition: &'a ConnectorDefinition,
            given: &'a IndexMap<String, String>,
        ) -> Suggestions<'a> {
            Suggestions {
                definition,
                given,
                keys: &world.keys,
            }
        }
        // The protocols' addresses first: they may give hosts, too.
        for authentication in &definition.authentications {
            let members = |hosts: &Hosts<'_>, list: &[Metadata]| members(list, &hosts.given());
            let door1 = authentication.oauth1.as_ref().map(|rules| {
                OAuth1Door::new(
                    world,
                    name,
                    slug,
                    rules,
                    members(&hosts, &rules.metadata),
                    &hosts,
                )
            });
            let door2 = authentication.oauth2.as_ref().map(|rules| {
                OAuth2Door::new(
                    world,
                    name,
                    slug,
                    rules,
                    members(&hosts, &rules.metadata),
                    &hosts,
                    rules.assertion.as_ref().map(|assertion| {
                        suggestions(world, definition, &hosts.given()).merged(&assertion.key)
                    }),
                )
            });
            gates.push(Gate::new(
                definition,
                authentication,
                door1.as_ref().map(|door| &door.server),
                door2.as_ref().map(|door| &door.server),
            ));
            oauth1.extend(door1);
            oauth2.extend(door2);
        }
        let given = hosts.given();
        let suggestions = suggestions(world, definition, &given);
        let hooks = Hooks::new(definition, &plans, &suggestions);
        let card = card::card(&suggestions, &origins, &plans, hooks.are_registered());
        let site = Arc::new(Self {
            world: world.clone(),
            client: suggested_client(&definition.slug).0,
            hooks,
            schemas: schemas(definition, &plans),
            given: handed_out(definition, &given),
            gates,
            plans,
            collections: Mutex::new(IndexMap::new()),
            limits: definition
                .rate_limits
                .iter()
                .map(|limit| limiter(&limit.rate))
                .collect(),
            oauth1,
            oauth2,
        });
        let twin = Twin {
            card,
            sites: origins
                .iter()
                .filter_map(|origin| url::Url::parse(origin).ok()?.host_str().map(str::to_owned))
                .map(|host| (Text::Owned(host), site.clone() as Arc<dyn Site>))
                .collect(),
            oauth2: site.oauth2.iter().map(|door| door.server.clone()).collect(),
            oauth1: site.oauth1.first().map(|door| door.server.clone()),
        };
        (twin, site)
    }

    /// Whether a call names the client that this twin's card suggests.
    fn is_meant_by(&self, call: &Call) -> bool {
        let is_own = |value: &str| value == self.client;
        call.query.0.iter().any(|(_, value)| is_own(value))
            || call.form().0.iter().any(|(_, value)| is_own(value))
            || call.basic().is_some_and(|(user, _)| is_own(&user))
            || call.json().is_ok_and(|body| {
                let members = body.as_object().into_iter().flatten();
                members
                    .into_iter()
                    .any(|(_, value)| value.as_str().is_some_and(is_own))
            })
    }

    /// Takes a call, or says why not.
    pub(crate) fn attempt(&self, call: &Call) -> Attempt {
        let protocol = self
            .oauth2
            .iter()
            .filter_map(|door| door.answer(call))
            .chain(self.oauth1.iter().filter_map(|door| door.answer(call)));
        let mut refused = None;
        for answer in protocol {
            if answer.status < 400 {
                return Attempt::Answered(answer);
            }
            refused.get_or_insert(answer);
        }
        if let Some(answer) = refused {
            return Attempt::Refused(answer);
        }
        let found = match self.find(call) {
            Ok(found) => found,
            Err(attempt) => return attempt,
        };
        let kind = found.plan.response_type;
        let sent = body::read(
            call,
            found.plan.request_type,
            found.plan.xml_root.as_deref(),
        );
        let tenant = match self.admit(call, found.plan, sent.as_ref().unwrap_or(&Value::Null)) {
            Ok(tenant) => tenant,
            Err(denied) => return Attempt::Refused(refusal(denied, kind)),
        };
        let answered = self
            .within_limits(found.plan, &tenant)
            .and_then(|()| sent.map_err(|reason| body::problem(400, kind, "bad_request", &reason)))
            .and_then(|sent| self.run(call, &found, &tenant, &sent));
        Attempt::Answered(answered.unwrap_or_else(|refusal| refusal))
    }

    fn find(&self, call: &Call) -> Result<Found<'_>, Attempt> {
        let verb = call.method.as_str();
        let at_address: Vec<Found<'_>> = self
            .plans
            .iter()
            .filter_map(|plan| {
                Some(Found {
                    fit: plan.fit(call)?,
                    plan,
                })
            })
            .collect();
        if at_address.is_empty() {
            let reason = "there is no such path";
            return Err(Attempt::NotMine(body::problem(
                404,
                BodyType::Json,
                "not_found",
                reason,
            )));
        }
        let kind = at_address
            .first()
            .map_or(BodyType::Json, |found| found.plan.response_type);
        let allowed: Vec<&str> = at_address
            .iter()
            .map(|found| word(found.plan.verb))
            .collect();
        let allowed = allowed.join(", ");
        let best = at_address
            .into_iter()
            .filter(|found| word(found.plan.verb) == verb)
            .map(|found| (found.fit.score + likeness(call, found.plan), found))
            // Of equals the first declared; `max_by_key` would take the last.
            .reduce(|best, other| if other.0 > best.0 { other } else { best });
        match best {
            Some((_, found)) => Ok(found),
            None => Err(Attempt::Refused(
                body::problem(
                    405,
                    kind,
                    "method_not_allowed",
                    "the path takes another verb",
                )
                .with("allow", allowed),
            )),
        }
    }

    fn admit(&self, call: &Call, plan: &Plan, body: &Value) -> Result<String, Denied> {
        let mut denied = None;
        for gate in &self.gates {
            if !plan.authentications.is_empty() && !plan.authentications.contains(&gate.key) {
                continue;
            }
            match gate.admit(call, body) {
                Ok(tenant) => return Ok(tenant),
                Err(reason) => {
                    denied.get_or_insert(reason);
                }
            }
        }
        Err(denied.unwrap_or(Denied {
            status: 403,
            reason: "no authentication may call this method".to_owned(),
            challenge: String::new(),
            answer: None,
        }))
    }

    fn within_limits(&self, plan: &Plan, tenant: &str) -> Result<(), Answer> {
        for limit in self.limits.iter().chain(&plan.limit) {
            if let Err(budget) = limit.take(&self.world, tenant) {
                let reason = "too many requests";
                return Err(
                    body::problem(429, plan.response_type, "rate_limited", reason)
                        .with("retry-after", budget.wait.max(1).to_string()),
                );
            }
        }
        Ok(())
    }

    fn run(
        &self,
        call: &Call,
        found: &Found<'_>,
        tenant: &str,
        sent: &Value,
    ) -> Result<Answer, Answer> {
        let plan = found.plan;
        let bad = |status: u16, code: &str, reason: &str| {
            body::problem(status, plan.response_type, code, reason)
        };
        if !plan.is_scripted {
            if let Some(name) = plan
                .required
                .iter()
                .find(|name| call.query.filled(name).is_none())
            {
                let reason = format!("the parameter {name} is required");
                return Err(bad(400, "missing_parameter", &reason));
            }
            let is_whole = plan.verb != HttpMethod::PATCH && plan.role != Role::Change;
            request_check::check(&plan.request, plan.request_type, sent, is_whole)
                .map_err(|reason| bad(422, "invalid_field", &reason))?;
        }
        let schema = self
            .schemas
            .get(&plan.collection)
            .ok_or_else(|| bad(404, "not_found", "there is no such collection"))?;
        let key = collection(&call.segments, plan.is_named_by_path());
        let mut collections = self.collections.lock();
        let at = (tenant.to_owned(), key);
        if !collections.contains_key(&at) && collections.len() >= MAX_COLLECTIONS {
            collections.shift_remove_index(0);
        }
        let records = collections.entry(at).or_default();
        let missing = || bad(404, "not_found", "there is no such record");
        match plan.role {
            Role::List => self.list(call, found, schema, records, sent),
            Role::ReadOnly => Ok(self.one(
                plan,
                200,
                records
                    .first(schema)
                    .map_or_else(|| schema.record(0), |(_, record)| record),
            )),
            Role::Read => {
                let id = plan.record_id(call, &found.fit).unwrap_or_default();
                let (_, record) = records.find(schema, &id).ok_or_else(missing)?;
                Ok(self.one(plan, 200, record))
            }
            Role::Create => {
                let mut made = Vec::new();
                for entry in entries(plan, sent) {
                    let number = records.room(schema).ok_or_else(|| {
                        bad(403, "limit_reached", "the sandbox keeps no more records")
                    })?;
                    let record = self.taken(plan, schema, schema.record(number), &entry, true);
                    records.put(number, record.clone());
                    self.tell(call, plan, tenant, schema, &record, sent);
                    made.push(record);
                }
                Ok(self.several(
                    plan,
                    if plan.verb == HttpMethod::POST {
                        201
                    } else {
                        200
                    },
                    made,
                ))
            }
            Role::Change => {
                let named = plan
                    .record_id(call, &found.fit)
                    .or_else(|| id_in(plan, schema, sent));
                let found = match &named {
                    Some(id) => records.find(schema, id).ok_or_else(missing)?,
                    None => records
                        .first(schema)
                        .unwrap_or_else(|| (0, schema.record(0))),
                };
                let entry = entries(plan, sent)
                    .into_iter()
                    .next()
                    .unwrap_or(Value::Null);
                let record = self.taken(plan, schema, found.1, &entry, false);
                records.put(found.0, record.clone());
                self.tell(call, plan, tenant, schema, &record, sent);
                Ok(self.one(plan, 200, record))
            }
            Role::Remove => {
                let named = plan
                    .record_id(call, &found.fit)
                    .or_else(|| id_in(plan, schema, sent));
                let (number, record) = match named {
                    Some(id) => records.find(schema, &id).ok_or_else(missing)?,
                    None => records.first(schema).ok_or_else(missing)?,
                };
                records.remove(number);
                self.tell(call, plan, tenant, schema, &record, sent);
                if plan.response.fields.is_empty() {
                    return Ok(Answer::empty(204));
                }
                Ok(self.one(plan, 200, record))
            }
        }
    }

    fn list(
        &self,
        call: &Call,
        found: &Found<'_>,
        schema: &Schema,
        records: &Collection,
        sent: &Value,
    ) -> Result<Answer, Answer> {
        let plan = found.plan;
        let bad = |reason: String| body::problem(400, plan.response_type, "bad_request", &reason);
        let mut found_records = Records {
            numbers: records.numbers(schema),
            schema,
            collection: records,
        };
        if plan.filters.iter().any(|filter| filter.is_used(call)) {
            let mut kept = Vec::new();
            for number in &found_records.numbers {
                let record = found_records.record(*number);
                let mut keeps = true;
                for filter in &plan.filters {
                    keeps &= filter.keeps(call, &record).map_err(bad)?;
                }
                if keeps {
                    kept.push(*number);
                }
            }
            found_records.numbers = kept;
        }
        let secrets: Vec<String> = self
            .gates
            .iter()
            .flat_map(Gate::secret_parameters)
            .collect();
        let page = plan
            .pages
            .cut(call, &found.fit.fields, sent, &found_records, &secrets)
            .map_err(bad)?;
        Ok(body::answer(
            200,
            plan.response_type,
            &render::body(plan, page, &self.given),
        ))
    }

    /// Tells those who registered for it of a change.
    fn tell(
        &self,
        call: &Call,
        plan: &Plan,
        tenant: &str,
        schema: &Schema,
        record: &Value,
        sent: &Value,
    ) {
        if let Some(what) = Change::of(plan.role) {
            let change = Changed {
                what,
                plan,
                schema,
                record,
            };
            self.hooks.notice(&self.world, tenant, &change, call, sent);
        }
    }

    fn one(&self, plan: &Plan, status: u16, record: Value) -> Answer {
        self.several(plan, status, vec![record])
    }

    fn several(&self, plan: &Plan, status: u16, records: Vec<Value>) -> Answer {
        let page = Page {
            total: records.len(),
            records,
            leads: Vec::new(),
            has_more: false,
        };
        body::answer(
            status,
            plan.response_type,
            &render::body(plan, page, &self.given),
        )
    }

    /// A record after a client's values have been put into it.
    fn taken(
        &self,
        plan: &Plan,
        schema: &Schema,
        mut record: Value,
        entry: &Value,
        is_new: bool,
    ) -> Value {
        let now = self.world.now();
        for member in schema.members.values() {
            let name = bare(member.name());
            let stamped = ["updat", "modif", "chang"]
                .iter()
                .any(|word| name.contains(word))
                || (is_new && name.contains("creat"));
            if stamped
                && member.data_type() == DataType::DateTime
                && member.location.array_depth() == 0
            {
                write(
                    member,
                    &mut record,
                    &sample::date(member.field.format.as_deref(), now),
                );
            }
        }
        for (location, field) in &plan.request.fields {
            let Some(inside) = plan.request.inside(location) else {
                continue;
            };
            let values: Vec<Value> = inside.read(entry).into_iter().flatten().cloned().collect();
            if values.is_empty()
                || field.hide && field.values.iter().any(|v| v.text().starts_with("CYCLR_"))
            {
                continue;
            }
            let member = known(schema, &inside, field.system_field.as_deref())
                .unwrap_or_else(|| Member::new(inside.clone(), Field::at(""), ""));
            if member.is_own_id && is_new && !member.field.values.is_empty() {
                continue;
            }
            let value = if member.location.array_depth() > 0 {
                if let Some(array) = member.location.outermost_array() {
                    clear(&array, &mut record, values.len());
                }
                Value::Array(values)
            } else {
                match values.into_iter().next() {
                    // Forms and XML carry text; the record keeps its own types.
                    Some(Value::String(text)) => sample::typed(&member, &text),
                    Some(value) => value,
                    None => continue,
                }
            };
            write(&member, &mut record, &value);
        }
        record
    }
}

impl Site for DefinitionSite {
    fn answer(&self, call: &Call) -> Answer {
        match self.attempt(call) {
            Attempt::NotMine(answer) | Attempt::Refused(answer) | Attempt::Answered(answer) => {
                answer
            }
        }
    }
}

/// How much a body looks like what a method takes: tells methods of one address and verb apart.
fn likeness(call: &Call, plan: &Plan) -> usize {
    if call.body.is_empty() || plan.request.fields.is_empty() {
        return 0;
    }
    let Ok(sent) = body::read(call, plan.request_type, plan.xml_root.as_deref()) else {
        return 0;
    };
    let constants = plan.request.fields.iter().filter(|(location, field)| {
        let fixed = field.default_value.as_ref().filter(|_| field.hide);
        fixed.is_some() && plain(location.first(&sent)) == plain(fixed)
    });
    let present = plan
        .request
        .fields
        .iter()
        .any(|(location, _)| location.first(&sent).is_some());
    usize::from(present) + 2 * constants.count()
}

fn refusal(denied: Denied, kind: BodyType) -> Answer {
    if let Some(answer) = denied.answer {
        return answer;
    }
    let code = if denied.status == 401 {
        "unauthorized"
    } else {
        "forbidden"
    };
    body::problem(denied.status, kind, code, &denied.reason)
        .with("www-authenticate", denied.challenge)
}

fn word(verb: HttpMethod) -> &'static str {
    match verb {
        HttpMethod::GET => "GET",
        HttpMethod::POST => "POST",
        HttpMethod::PATCH => "PATCH",
        HttpMethod::PUT => "PUT",
        HttpMethod::DELETE => "DELETE",
    }
}

/// The records in a body: the elements of its array, or the one that it is.
fn entries(plan: &Plan, sent: &Value) -> Vec<Value> {
    match (&plan.request.array, plan.request.root()) {
        (Some(array), _) => {
            let mut sent = sent.clone();
            array.take_array(&mut sent).unwrap_or_default()
        }
        (None, Some(root)) => vec![root.first(sent).cloned().unwrap_or(Value::Null)],
        (None, None) => vec![sent.clone()],
    }
}

/// The id that a body itself names.
fn id_in(plan: &Plan, schema: &Schema, sent: &Value) -> Option<String> {
    let id = schema.id()?;
    let entry = entries(plan, sent).into_iter().next()?;
    let own = plan.request.fields.iter().find(|(location, field)| {
        plan.request
            .inside(location)
            .is_some_and(|inside| inside == id.location)
            || (field.system_field.is_some() && field.system_field == id.field.system_field)
    });
    let location = match own {
        Some((location, _)) => plan.request.inside(location)?,
        None => return None,
    };
    location.first(&entry).map(|value| plain(Some(value)))
}

/// The member of a record that a request field means: the same place, the same system name, or the
/// same last name.
fn known(schema: &Schema, inside: &Location, system: Option<&str>) -> Option<Member> {
    if let Some(member) = schema.members.get(&inside.to_string()) {
        return Some(member.clone());
    }
    let alike = |member: &&Member| member.location.array_depth() == inside.array_depth();
    let by_system = schema
        .members
        .values()
        .filter(alike)
        .find(|member| system.is_some() && member.field.system_field.as_deref() == system);
    let name = bare(inside.last_name().unwrap_or_default());
    by_system
        .or_else(|| {
            schema
                .members
                .values()
                .filter(alike)
                .find(|member| !member.is_own_id && bare(member.name()) == name)
        })
        .cloned()
}

/// Cuts an array to what the client sent, so that made-up elements do not stay behind.
fn clear(array: &Location, record: &mut Value, count: usize) {
    if let Some(mut elements) = array.take_array(record) {
        elements.truncate(count);
        // It was taken from there, so there is a place for it.
        let _back = array.put_array(record, elements);
    }
}

fn schemas(definition: &ConnectorDefinition, plans: &[Plan]) -> HashMap<String, Schema> {
    let mut schemas: HashMap<String, Schema> = HashMap::new();
    // Lists first: they say best what a record is.
    let ordered = plans
        .iter()
        .filter(|plan| plan.role == Role::List)
        .chain(plans.iter().filter(|plan| plan.role != Role::List));
    for plan in ordered {
        let schema = schemas
            .entry(plan.collection.clone())
            .or_insert_with(|| Schema::new(&plan.noun()));
        schema.learn(&plan.response);
        match plan.role {
            Role::List => {
                schema.is_open = false;
                schema.seeded = schema.seeded.max(plan.pages.seeded());
            }
            Role::ReadOnly if schema.is_open => schema.seeded = schema.seeded.max(1),
            _ => {}
        }
    }
    for schema in schemas.values_mut() {
        schema.settle();
    }
    let targets: HashMap<&str, Member> = definition
        .triggers
        .iter()
        .filter_map(|trigger| {
            let plan = plans.iter().find(|plan| plan.key == trigger.method)?;
            let location: Location = trigger.identifier_key.parse().ok()?;
            let inside = plan.response.inside(&location)?;
            let schema = schemas.get(&plan.collection)?;
            let member = schema.members.get(&inside.to_string())?;
            Some((trigger.name.as_str(), member.clone()))
        })
        .collect();
    for schema in schemas.values_mut() {
        for member in schema.members.values_mut() {
            let target = member
                .field
                .trigger
                .as_deref()
                .and_then(|name| targets.get(name));
            if let (Some(target), false) = (target, member.is_own_id) {
                member.refers_to = Some(Box::new(target.clone()));
            }
        }
    }
    schemas
}

/// Metadata with values: of a mergefield in a host the host, of others something of that name.
fn members(list: &[Metadata], given: &IndexMap<String, String>) -> Vec<token_answer::Member> {
    list.iter()
        .map(|metadata| token_answer::Member {
            source: metadata.source,
            from: metadata.from.clone(),
            value: match given.get(&metadata.property) {
                Some(value) => value.clone(),
                None => sample::by_name(&metadata.property, "company", 0),
            },
        })
        .collect()
}

/// Values that a lookup after the installation reads from an answer (connectors.md §7).
fn handed_out(
    definition: &ConnectorDefinition,
    given: &IndexMap<String, String>,
) -> IndexMap<String, String> {
    if definition.post_install_property_lookup.is_none() {
        return IndexMap::new();
    }
    given.clone()
}

/// What several twins at one host answer together: the one whose client asks, else the first that takes the
/// call. Products of one company share its sign-in.
pub(crate) struct SharedHost(pub(crate) Vec<Arc<DefinitionSite>>);

impl Site for SharedHost {
    fn answer(&self, call: &Call) -> Answer {
        let mut best: Option<(u8, Answer)> = None;
        let (meant, others): (Vec<_>, Vec<_>) = if self.0.len() > 1 {
            self.0.iter().partition(|site| site.is_meant_by(call))
        } else {
            (self.0.iter().collect(), Vec::new())
        };
        for site in meant.into_iter().chain(others) {
            let (rank, answer) = match site.attempt(call) {
                Attempt::Answered(answer) => return answer,
                Attempt::Refused(answer) => (1, answer),
                Attempt::NotMine(answer) => (0, answer),
            };
            if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                best = Some((rank, answer));
            }
        }
        best.map_or_else(
            || Answer::json(404, &Value::Object(Map::new())),
            |(_, answer)| answer,
        )
    }
}
