//! One request of a call, ready to be sent.

use std::borrow::Cow;

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCEPT, CONTENT_TYPE, USER_AGENT},
};
use serde_json::{Map, Value};
use url::Url;
use velodrome_model::{
    ExposeSecret,
    definition::{FieldsIn, HttpMethod, Message, TargetType, scalar_text},
    location::Location,
    mergefield::Template,
};

use super::{
    Call, CallError,
    values::{Fields, Parameters},
};
use crate::{
    auth::{
        ApplyError, BodyToSign, Credential, CredentialError, Unauthenticated, apply, body_values,
        identity, oauth1,
    },
    body::{EncodedBody, accept, encode},
    egress::Identity,
};

/// A request with everything in it.
pub(super) struct Prepared {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: EncodedBody,
    /// The body holds credentials.
    pub secret_body: bool,
    /// The certificate to show.
    pub identity: Option<Identity>,
}

/// A request before its address is merged and its body encoded; scripts may change it.
pub(super) struct Draft {
    /// Headers by name; lists repeat it.
    pub headers: Vec<(String, Value)>,
    /// Pairs of the query; lists repeat the name.
    pub query: Vec<(String, Value)>,
    /// The body.
    pub body: Value,
    /// Where it goes.
    endpoint: Endpoint,
}

/// Where a request goes.
enum Endpoint {
    /// To the method's own endpoint.
    Method,
    /// To the next page's address, as the former page gave it.
    Next(Url),
    /// To where a script said.
    Script(String),
}

impl Draft {
    /// A draft of this page, with the fields where the method wants them. `next` is its address, where the
    /// former page gave it.
    pub(super) fn new(
        fields: &Fields<'_>,
        request: &Message,
        mut body: Value,
        next: Option<&Url>,
    ) -> Result<Self, CallError> {
        let mut headers = named(fields, TargetType::HttpHeader)?;
        if let Some(name) = &request.header_fields {
            headers.extend(taken(&mut body, name));
        }
        let in_query = match (request.placement, &mut body) {
            (FieldsIn::Query, Value::Object(members)) => {
                let members = std::mem::take(members);
                body = Value::Null;
                members
            }
            _ => Map::new(),
        };
        let query = match next {
            Some(_) => Vec::new(),
            None => {
                let mut query = named(fields, TargetType::QueryString)?;
                query.extend(in_query);
                query
            }
        };
        Ok(Self {
            headers,
            query,
            body,
            endpoint: next.map_or(Endpoint::Method, |next| Endpoint::Next(next.clone())),
        })
    }

    /// The endpoint as scripts see it, mergefields and all.
    pub(super) fn endpoint_text(&self, call: &Call<'_>) -> String {
        match &self.endpoint {
            Endpoint::Method => call.method.endpoint.clone().unwrap_or_default(),
            Endpoint::Next(url) => url.to_string(),
            Endpoint::Script(said) => said.clone(),
        }
    }

    /// Sends it elsewhere; what it was called before stays what it is.
    pub(super) fn set_endpoint(&mut self, call: &Call<'_>, said: String) {
        if said != self.endpoint_text(call) {
            self.endpoint = Endpoint::Script(said);
        }
    }
}

/// Builds a request, all but its credentials.
pub(super) fn prepare(
    call: &Call<'_>,
    fields: &Fields<'_>,
    draft: &Draft,
    credential: Option<&Credential>,
) -> Result<Prepared, CallError> {
    let method = http_method(call.method.http_method)?;
    let mut headers = HeaderMap::new();
    headers.insert(
        USER_AGENT,
        header_value("User-Agent", &call.context.user_agent)?,
    );
    if let Some(accept) = accept(call.method.response_type()) {
        headers.insert(ACCEPT, accept);
    }
    let mut body = Cow::Borrowed(&draft.body);
    let mut secret_body = false;
    if let Some(credential) = credential {
        for one in body_values(call.authentication, credential).map_err(not_applied)? {
            let location: Location = one
                .location
                .parse()
                .map_err(|error| CallError::build(one.location, &format!("{error}")))?;
            secret_body = true;
            if location.first(&body).is_none() {
                let value = Value::from(one.value.expose_secret());
                location
                    .write(body.to_mut(), &value, &Value::Null)
                    .map_err(|error| CallError::build(one.location, &error.to_string()))?;
            }
        }
    }
    let boundary = format!("{:032x}", rand::random::<u128>());
    let body = encode(
        call.method.request_type(),
        &body,
        call.method.xml_root_element.as_deref(),
        &boundary,
    )
    .map_err(|error| CallError::Build {
        field: None,
        message: error.to_string(),
    })?;
    match &body {
        EncodedBody::Form(_) => {
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            );
        }
        EncodedBody::Bytes {
            content_type: Some(content_type),
            ..
        } => {
            headers.insert(CONTENT_TYPE, content_type.clone());
        }
        EncodedBody::Empty
        | EncodedBody::Bytes {
            content_type: None, ..
        } => {}
    }
    let url = address(call, fields, draft)?;
    set_headers(&mut headers, fields.parameters(), draft)?;
    Ok(Prepared {
        method,
        url,
        headers,
        body,
        secret_body,
        identity: None,
    })
}

impl Prepared {
    /// Puts the credential on it.
    pub(super) fn authenticate(
        &mut self,
        call: &Call<'_>,
        credential: &Credential,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), CallError> {
        let body = match &mut self.body {
            EncodedBody::Empty => BodyToSign::Empty,
            EncodedBody::Form(pairs) => BodyToSign::Form(pairs),
            EncodedBody::Bytes { content, .. } => BodyToSign::Bytes(content),
        };
        let request = Unauthenticated {
            method: &self.method,
            url: &mut self.url,
            headers: &mut self.headers,
            body,
        };
        let signer = call.signer.map(|signer| {
            (
                signer,
                oauth1::Once {
                    now,
                    nonce: rand::random(),
                },
            )
        });
        apply(request, call.authentication, credential, signer).map_err(not_applied)
    }
}

/// The client certificate of a call; `setup` answers from setup alone, for a value given with a call never
/// decides in whose name it is made.
pub(super) fn identity_of(
    call: &Call<'_>,
    setup: &Fields<'_>,
) -> Result<Option<Identity>, CallError> {
    let Some(tls) = &call.authentication.tls else {
        return Ok(None);
    };
    identity(tls, setup)
        .map(Some)
        .map_err(|error| CallError::Build {
            field: None,
            message: format!("the client certificate is not set up: {error}"),
        })
}

/// A credential that does not fit the definition is as good as none.
pub(super) fn not_applied(error: ApplyError) -> CallError {
    match error {
        ApplyError::NotAuthenticated => CredentialError::NotAuthenticated.into(),
        other => CallError::Build {
            field: None,
            message: other.to_string(),
        },
    }
}

fn http_method(method: Option<HttpMethod>) -> Result<Method, CallError> {
    Ok(match method {
        Some(HttpMethod::GET) => Method::GET,
        Some(HttpMethod::POST) => Method::POST,
        Some(HttpMethod::PATCH) => Method::PATCH,
        Some(HttpMethod::PUT) => Method::PUT,
        Some(HttpMethod::DELETE) => Method::DELETE,
        None => return Err(not_callable()),
    })
}

fn not_callable() -> CallError {
    CallError::Build {
        field: None,
        message: "the method makes no request".to_owned(),
    }
}

fn address(call: &Call<'_>, fields: &Fields<'_>, draft: &Draft) -> Result<Url, CallError> {
    let endpoint = match &draft.endpoint {
        Endpoint::Next(next) => return Ok(with_query(next.clone(), &draft.query)),
        Endpoint::Method => call.method.endpoint.as_deref().ok_or_else(not_callable)?,
        Endpoint::Script(said) => said,
    };
    let template: Template = endpoint.parse().map_err(|error| CallError::Build {
        field: None,
        message: format!("the endpoint is malformed: {error}"),
    })?;
    let mut url = template
        .merge_address(fields)
        .map_err(|error| CallError::address(&error))?;
    url.set_fragment(None);
    Ok(with_query(url, &draft.query))
}

fn with_query(mut url: Url, query: &[(String, Value)]) -> Url {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in query {
        match value {
            Value::Array(values) => pairs.extend(
                values
                    .iter()
                    .filter(|v| !v.is_null())
                    .map(|v| (name.clone(), scalar_text(v))),
            ),
            Value::Null => {}
            scalar => pairs.push((name.clone(), scalar_text(scalar))),
        }
    }
    if !pairs.is_empty() {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    url
}

fn set_headers(
    headers: &mut HeaderMap,
    parameters: &Parameters<'_>,
    draft: &Draft,
) -> Result<(), CallError> {
    for (name, value) in &draft.headers {
        let header = HeaderName::try_from(name.as_str())
            .map_err(|_| CallError::build(name, "it is no header name"))?;
        let sensitive = parameters
            .iter()
            .any(|one| one.parameter.sensitive && one.parameter.target_name == *name);
        headers.remove(&header);
        let values = match value {
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        for value in values.iter().filter(|value| !value.is_null()) {
            let mut value = header_value(name, &scalar_text(value))?;
            value.set_sensitive(sensitive);
            headers.append(header.clone(), value);
        }
    }
    Ok(())
}

/// The members of one of a body's objects, which is no part of it any more; a body that had nothing else is
/// none.
fn taken(body: &mut Value, name: &str) -> Map<String, Value> {
    let Some(members) = body.as_object_mut() else {
        return Map::new();
    };
    let taken = members.remove(name);
    if taken.is_some() && members.is_empty() {
        *body = Value::Null;
    }
    match taken {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// The parameters of one target with the names and values of this page; those without either are left out.
fn named(fields: &Fields<'_>, target: TargetType) -> Result<Vec<(String, Value)>, CallError> {
    let mut named = Vec::new();
    for one in fields
        .parameters()
        .iter()
        .filter(|one| one.parameter.target_type == target)
    {
        let Some(name) = fields.target_name(one)? else {
            continue;
        };
        if let Some(value) = fields.parameter_value(one)? {
            named.push((name, value));
        }
    }
    Ok(named)
}

fn header_value(name: &str, text: &str) -> Result<HeaderValue, CallError> {
    HeaderValue::try_from(text.trim()).map_err(|_| {
        CallError::build(
            name,
            "the value contains characters that no header can carry",
        )
    })
}
