//! What each method means: a list, one record, a change.

use serde_json::Value;
use velodrome_model::definition::{
    BodyType, ConnectorDefinition, HttpMethod, Method, Parameter, TargetType,
};
use velodrome_model::numbered::IGNORE_PARAMETER;

use super::addresses::Hosts;
use super::filter::Filter;
use super::hooks::AddressPlace;
use super::pages::Pages;
use super::route::{Fit, Route};
use super::schema::{Shape, bare};
use crate::call::Call;
use crate::rate_limit::{Limit, Limiter};

/// What a method does to a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Reads records.
    List,
    /// Reads the record that the call names.
    Read,
    /// Reads what there is only one of.
    ReadOnly,
    /// Makes a record.
    Create,
    /// Changes the record that the call names.
    Change,
    /// Takes away the record that the call names.
    Remove,
}

/// A method of the definition, ready to be answered.
pub(super) struct Plan {
    pub(super) key: String,
    pub(super) category: String,
    pub(super) verb: HttpMethod,
    pub(super) routes: Vec<Route>,
    pub(super) role: Role,
    /// The collection's path with stars for mergefields.
    pub(super) collection: String,
    pub(super) request: Shape,
    pub(super) request_type: BodyType,
    pub(super) xml_root: Option<String>,
    pub(super) response: Shape,
    pub(super) response_type: BodyType,
    pub(super) pages: Pages,
    pub(super) filters: Vec<Filter>,
    /// Query parameters with one fixed value: they tell methods of one address apart.
    pub(super) constants: Vec<(String, String)>,
    /// Query parameters that a call cannot do without.
    pub(super) required: Vec<String>,
    /// Where it is told an address to post webhooks to.
    hook: Option<AddressPlace>,
    /// The query parameter that names the record, where the path does not.
    id_parameter: Option<String>,
    /// A script may reshape requests and answers.
    pub(super) is_scripted: bool,
    /// Keys of the authentications that may call it; any when empty.
    pub(super) authentications: Vec<String>,
    pub(super) limit: Option<Limiter>,
}

impl Plan {
    /// None for methods that call nothing.
    pub(super) fn new(
        definition: &ConnectorDefinition,
        method: &Method,
        hosts: &Hosts<'_>,
    ) -> Option<Self> {
        let verb = method.http_method?;
        let routes: Vec<Route> = hosts
            .resolve(method.endpoint.as_deref()?)
            .into_iter()
            .map(|found| found.route)
            .collect();
        let route = routes.first()?.clone();
        let parameters = parameters(definition, method);
        let paging = method
            .paging
            .clone()
            .unwrap_or_default()
            .over(&definition.paging.clone().unwrap_or_default());
        let (request, response) = (Shape::new(&method.request), Shape::new(&method.response));
        let pages = Pages::new(&parameters, &request, &response, &paging);
        let id_parameter = id_parameter(&parameters);
        let role = role(method, &route, &response, &pages, id_parameter.is_some());
        let named_by_path = matches!(role, Role::Read | Role::Change | Role::Remove)
            && route.last_field().is_some()
            && id_parameter.is_none();
        let scripts = [
            &definition.script,
            &definition.script_file,
            &method.script,
            &method.script_file,
        ];
        Some(Self {
            key: method.key.clone(),
            category: method.category.clone(),
            hook: AddressPlace::of(definition, method),
            verb,
            role,
            collection: route.shape(named_by_path),
            request_type: method.request_type(),
            xml_root: method.xml_root_element.clone(),
            response_type: method.response_type(),
            filters: Filter::all(&parameters, &response),
            constants: constants(&parameters),
            required: required(&parameters),
            id_parameter: id_parameter.filter(|_| !named_by_path),
            is_scripted: scripts.iter().any(|script| script.is_some()),
            authentications: method.authentications.clone(),
            limit: method.rate_limit.as_ref().map(limiter),
            routes,
            request,
            response,
            pages,
        })
    }

    /// How closely a call fits, whatever its verb.
    pub(super) fn fit(&self, call: &Call) -> Option<Fit> {
        let routes = self.routes.iter().filter(|route| route.host == call.host);
        routes
            .filter_map(|route| {
                let mut fit = route.fit(&call.segments)?;
                for (name, value) in route.constants.iter().chain(&self.constants) {
                    match call.query.get(name) {
                        Some(found) if found == value => fit.score += 2,
                        _ => fit.score = fit.score.saturating_sub(2),
                    }
                }
                Some(fit)
            })
            .max_by_key(|fit| fit.score)
    }

    /// The record that a call names, by path or query.
    pub(super) fn record_id(&self, call: &Call, fit: &Fit) -> Option<String> {
        if let Some(name) = &self.id_parameter {
            return call.query.filled(name).map(str::to_owned);
        }
        let last = self.routes.first()?.last_field()?;
        let found = fit.fields.iter().rev().find(|(name, _)| name == last)?;
        let id = found.1.rsplit('/').next().unwrap_or_default();
        Some(id.to_owned())
    }

    /// Whether the path, rather than query or body, names the record.
    pub(super) fn is_named_by_path(&self) -> bool {
        self.id_parameter.is_none()
            && self
                .routes
                .first()
                .is_some_and(|route| route.last_field().is_some())
            && matches!(self.role, Role::Read | Role::Change | Role::Remove)
    }

    /// The address to post webhooks to, as the call gives it.
    pub(super) fn hook_address(&self, call: &Call, sent: &Value) -> Option<String> {
        self.hook.as_ref()?.read(call, sent)
    }

    /// What its records are called.
    pub(super) fn noun(&self) -> String {
        let noun = self.routes.first().and_then(Route::noun);
        noun.unwrap_or("records").to_owned()
    }
}

/// A bucket for a declared limit: a provider counts whole seconds, so it lets one second's worth go at
/// once, and two at least.
pub(super) fn limiter(rate: &velodrome_model::definition::Rate) -> Limiter {
    let per_second = rate
        .max_requests_per_second
        .or(rate.seconds_between_requests.map(|seconds| 1.0 / seconds))
        .unwrap_or(1.0);
    let burst = rate.burst.unwrap_or(0).max(per_second.ceil() as u32).max(2);
    Limiter::new(Limit { burst, per_second })
}

/// The parameters of a method: its own in place of the connector's of the same target.
pub(super) fn parameters<'a>(
    definition: &'a ConnectorDefinition,
    method: &'a Method,
) -> Vec<&'a Parameter> {
    let overridden = |parameter: &Parameter| {
        method.parameters.iter().any(|own| {
            own.target_type == parameter.target_type && own.target_name == parameter.target_name
        })
    };
    definition
        .parameters
        .iter()
        .filter(|parameter| !overridden(parameter))
        .chain(&method.parameters)
        .filter(|parameter| fixed(parameter).as_deref() != Some(IGNORE_PARAMETER))
        .collect()
}

/// The one value that a hidden parameter sends.
pub(super) fn fixed(parameter: &Parameter) -> Option<String> {
    let first = parameter.values.first().filter(|_| parameter.hide)?;
    Some(first.text())
}

fn constants(parameters: &[&Parameter]) -> Vec<(String, String)> {
    parameters
        .iter()
        .filter(|parameter| parameter.target_type == TargetType::QueryString)
        .filter_map(|parameter| Some((parameter.target_name.clone(), fixed(parameter)?)))
        .filter(|(name, value)| {
            !value.contains("{{")
                && !name.contains("{{")
                && !value.starts_with("CYCLR_")
                && !value.is_empty()
        })
        .collect()
}

fn required(parameters: &[&Parameter]) -> Vec<String> {
    parameters
        .iter()
        .filter(|parameter| {
            parameter.target_type == TargetType::QueryString
                && !parameter.optional
                && !parameter.hide
                && parameter.when.is_none()
                && parameter.authentications.is_empty()
                && !parameter.target_name.contains("{{")
        })
        .map(|parameter| parameter.target_name.clone())
        .collect()
}

fn id_parameter(parameters: &[&Parameter]) -> Option<String> {
    parameters
        .iter()
        .find(|parameter| {
            parameter.target_type == TargetType::QueryString
                && !parameter.optional
                && !parameter.hide
                && bare(&parameter.target_name).ends_with("id")
        })
        .map(|parameter| parameter.target_name.clone())
}

fn role(
    method: &Method,
    route: &Route,
    response: &Shape,
    pages: &Pages,
    has_id_parameter: bool,
) -> Role {
    let word = bare(method.name.split_whitespace().next().unwrap_or_default());
    let says = |words: &[&str]| words.contains(&word.as_str());
    let lists = says(&["list", "search", "find", "query"]);
    let names_record = route.last_field().is_some();
    match method.http_method {
        Some(HttpMethod::GET) | None => {
            if lists && (response.array.is_some() || response.fields.is_empty() || pages.turns()) {
                Role::List
            } else if route.is_open() {
                Role::ReadOnly
            } else if names_record && !pages.turns() {
                Role::Read
            } else if response.array.is_some() {
                Role::List
            } else if has_id_parameter {
                Role::Read
            } else {
                Role::ReadOnly
            }
        }
        Some(HttpMethod::POST) => {
            if (lists || says(&["get"])) && response.array.is_some() {
                Role::List
            } else if says(&["delete", "remove"]) && (names_record || has_id_parameter) {
                Role::Remove
            } else if says(&["update", "edit", "modify", "change"])
                || (names_record && !says(&["create", "add", "new", "insert"]))
            {
                Role::Change
            } else if says(&["get"]) {
                Role::ReadOnly
            } else {
                Role::Create
            }
        }
        Some(HttpMethod::PUT | HttpMethod::PATCH) => {
            if says(&["create", "add"]) {
                Role::Create
            } else {
                Role::Change
            }
        }
        Some(HttpMethod::DELETE) => Role::Remove,
    }
}
