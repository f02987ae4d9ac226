//! A provider's facts as a definition.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::auth::{self, Members};
use super::categories;
use super::facts::{Basis, Kind, Provider};
use super::methods;
use super::parameters::{self, fields_in};
use super::template::{Inexpressible, Names, pascal};

/// A definition, and what its guide has to say.
pub struct Draft {
    /// The definition without its release number.
    pub definition: Members,
    /// Where the generic methods call.
    pub base: String,
    /// Ways to authenticate that could not be written down, and why.
    pub left_out: Vec<(String, Inexpressible)>,
    /// What nobody has confirmed, in sentences.
    pub unconfirmed: Vec<String>,
    /// Whether the account's browser comes back from the provider.
    pub has_callback: bool,
}

/// Why nothing came of the facts, or the definition.
pub fn draft(provider: &Provider) -> Result<Draft, Inexpressible> {
    let provider = &parameters::with_choices(provider.clone());
    let mut names = Names::default();
    for auth in &provider.auths {
        auth::name_credentials(provider, auth, &mut names)?;
    }
    for name in provider
        .post_connect
        .iter()
        .flat_map(|step| step.sets.keys())
    {
        if !names.knows(name) {
            names.give(name, super::template::Meaning::Field(pascal(name)))?;
        }
    }
    parameters::name_values(provider, &mut names);
    let base = methods::base(provider, &names)?;

    let (authentications, beside, left_out) = authentications(provider, &names)?;
    let mut carried = carried(provider, &names)?;
    carried.extend(beside);
    let mut methods = Vec::new();
    let mut unconfirmed = Vec::new();
    let test = provider
        .verification
        .as_ref()
        .map(|verification| methods::test(verification, &base, &names));
    match &test {
        Some(Ok(test)) => methods.push(test.clone()),
        _ => unconfirmed.push(
            "No call is known that proves the credentials. They count as good once they are there, and the first \
             call shows whether they are."
                .to_owned(),
        ),
    }
    let mut wanted = BTreeSet::new();
    for text in methods.iter().chain([&Value::from(base.clone())]) {
        fields_in(text, &mut wanted);
    }
    for one in &carried {
        fields_in(&Value::Object(one.clone()), &mut wanted);
    }
    let lookup = methods::lookup(&provider.post_connect, &base, &names, &wanted);
    let mut looked_up = BTreeSet::new();
    let mut proves = matches!(test, Some(Ok(_))).then_some(methods::TEST);
    if let Some((method, filled)) = lookup {
        // One call may do both.
        if proves.is_some() && methods[0]["endpoint"] == method["endpoint"] {
            methods.clear();
            proves = Some(methods::LOOKUP);
        }
        methods.push(method);
        looked_up = filled;
    }
    methods.extend(methods::generic(provider, &base));

    let parameters = properties(
        provider,
        &names,
        &authentications,
        &carried,
        &methods,
        &looked_up,
    )?;
    let is_sure = provider.auths.iter().all(|auth| auth.basis.is_sure())
        && provider.base_url_basis.is_none_or(Basis::is_sure)
        && matches!((&test, &provider.verification), (Some(Ok(_)), Some(call)) if call.basis.is_sure());
    unconfirmed.splice(0..0, doubts(provider));

    let has_callback = authentications.iter().any(|one| {
        one.get("oauth2")
            .is_some_and(|rules| rules["type"] == "AuthorisationCode")
            || one
                .get("oauth1")
                .is_some_and(|rules| rules.get("flow").is_none())
    });
    let mut definition = Members::new();
    definition.insert("format".into(), "velodrome.connector/1".into());
    definition.insert("slug".into(), provider.slug.clone().into());
    definition.insert("name".into(), provider.name.clone().into());
    definition.insert(
        "description".into(),
        description(provider, &authentications).into(),
    );
    definition.insert(
        "categories".into(),
        json!(categories::labels(&provider.categories)),
    );
    definition.insert(
        "status".into(),
        if is_sure { "Approved" } else { "Beta" }.into(),
    );
    definition.insert("release".into(), Value::Null);
    definition.insert("guide".into(), "guide.md".into());
    definition.insert("icon".into(), "icon.svg".into());
    if let Some(home) = provider
        .home_url
        .as_ref()
        .filter(|url| url.starts_with("https://"))
    {
        definition.insert("homepage".into(), home.clone().into());
    }
    definition.insert(
        "authentications".into(),
        authentications.into_iter().map(Value::Object).collect(),
    );
    let all: Vec<Value> = parameters
        .into_iter()
        .chain(carried)
        .map(Value::Object)
        .collect();
    if !all.is_empty() {
        definition.insert("parameters".into(), all.into());
    }
    if let Some(rate) = provider
        .rate_limit
        .as_ref()
        .and_then(|limit| limit.max_requests_per_second)
    {
        definition.insert(
            "rateLimits".into(),
            json!([{"scope": "AccountConnector", "maxRequestsPerSecond": rate}]),
        );
    }
    if !looked_up.is_empty() {
        definition.insert("postInstallPropertyLookup".into(), methods::LOOKUP.into());
    }
    if let Some(key) = proves {
        definition.insert("postInstallTestAuth".into(), key.into());
    }
    definition.insert(
        "methodCategories".into(),
        json!([{"name": methods::CALL_API, "description": "Calls of any path of the API."}]),
    );
    definition.insert("methods".into(), methods.into());
    Ok(Draft {
        definition,
        base,
        left_out,
        unconfirmed,
        has_callback,
    })
}

/// Entries, what every call carries because of them, and those that could not be written.
type Entries = (Vec<Members>, Vec<Members>, Vec<(String, Inexpressible)>);

fn authentications(provider: &Provider, names: &Names) -> Result<Entries, Inexpressible> {
    let mut entries: Vec<Members> = Vec::new();
    let mut beside = Vec::new();
    let mut left_out = Vec::new();
    for one in &provider.auths {
        let usual = auth::key(one);
        let taken = entries.iter().filter(|entry| {
            entry["key"]
                .as_str()
                .is_some_and(|key| key.starts_with(usual))
        });
        let key = match taken.count() {
            0 => usual.to_owned(),
            count => format!("{usual}-{}", count + 1),
        };
        match auth::write(provider, one, &key, names) {
            Ok(written) => {
                entries.push(written.entry);
                beside.extend(written.beside.into_iter().map(|mut carried| {
                    if provider.auths.len() > 1 {
                        carried.insert("authentications".into(), json!([key]));
                    }
                    carried
                }));
            }
            Err(reason) => left_out.push((auth::label(one).to_owned(), reason)),
        }
    }
    if entries.is_empty() {
        let reason = left_out.into_iter().next().map(|(_, reason)| reason);
        return Err(
            reason.unwrap_or_else(|| Inexpressible::new("nobody knows how it authenticates"))
        );
    }
    if entries.len() > 1 {
        let first = &mut entries[0];
        let at = first
            .keys()
            .position(|key| key == "type")
            .map_or(0, |at| at + 1);
        first.shift_insert(at, "default".into(), true.into());
    }
    for carried in &mut beside {
        if entries.len() == 1 {
            carried.shift_remove("authentications");
        }
    }
    Ok((entries, beside, left_out))
}

/// Headers and query parameters that every call carries, beside credentials.
fn carried(provider: &Provider, names: &Names) -> Result<Vec<Members>, Inexpressible> {
    if provider.default_body.is_some() {
        return Err(Inexpressible::new(
            "every body carries values of its own, which needs a script",
        ));
    }
    let mut out = vec![];
    let accepts = provider
        .default_headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("accept"))
        .and_then(|(_, value)| value.as_str())
        .unwrap_or("application/json");
    out.push(auth::carried(
        "HttpHeader",
        "Accept",
        &names.merged(accepts)?,
        false,
    ));
    for (name, value) in &provider.default_headers {
        // The body's type is the method's; the partner's own user agent goes with every call.
        let own = ["accept", "content-type", "user-agent"];
        if own.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            continue;
        }
        let text = value.as_str().unwrap_or_default();
        let mut header = auth::carried(
            "HttpHeader",
            name,
            &names.merged(text)?,
            is_secret(provider, text),
        );
        if may_be_blank(provider, text) {
            header.shift_insert(3, "optional".into(), true.into());
        }
        out.push(header);
    }
    for (name, value) in &provider.default_query {
        let text = value.as_str().unwrap_or_default();
        out.push(auth::carried(
            "QueryString",
            name,
            &names.merged(text)?,
            is_secret(provider, text),
        ));
    }
    Ok(out)
}

fn is_secret(provider: &Provider, text: &str) -> bool {
    super::template::names(text).any(|name| {
        provider
            .parameters
            .iter()
            .any(|known| known.name == name && known.sensitive)
    })
}

fn may_be_blank(provider: &Provider, text: &str) -> bool {
    super::template::names(text).any(|name| {
        match provider.parameters.iter().find(|known| known.name == name) {
            Some(known) => !known.required && known.default.is_none(),
            // What the sign-in or a lookup fills is not there before.
            None => true,
        }
    })
}

/// The values that something in the definition uses.
fn properties(
    provider: &Provider,
    names: &Names,
    authentications: &[Members],
    carried: &[Members],
    methods: &[Value],
    looked_up: &BTreeSet<String>,
) -> Result<Vec<Members>, Inexpressible> {
    let mut shared = BTreeSet::new();
    for method in methods {
        fields_in(method, &mut shared);
    }
    for one in carried {
        fields_in(&Value::Object(one.clone()), &mut shared);
    }
    let own: Vec<(String, BTreeSet<String>)> = authentications
        .iter()
        .map(|entry| {
            let mut found = BTreeSet::new();
            fields_in(&Value::Object(entry.clone()), &mut found);
            (entry["key"].as_str().unwrap_or_default().to_owned(), found)
        })
        .collect();
    let kept: BTreeSet<String> = authentications
        .iter()
        .flat_map(|entry| {
            entry
                .get("oauth2")
                .and_then(|rules| rules["metadata"].as_array())
                .into_iter()
                .flatten()
        })
        .filter_map(|kept| kept["property"].as_str().map(str::to_owned))
        .collect();
    let asked: BTreeSet<&str> = authentications
        .iter()
        .filter_map(|entry| entry.get("fields")?.as_object())
        .flat_map(|fields| fields.keys().map(String::as_str))
        .collect();
    let filled = parameters::filled(provider, looked_up);
    let mut addresses = BTreeSet::new();
    for method in methods {
        fields_in(&method["endpoint"], &mut addresses);
    }
    for entry in authentications {
        for rules in ["oauth1", "oauth2"]
            .into_iter()
            .filter_map(|kind| entry.get(kind))
        {
            for key in ["requestTokenUrl", "authoriseUrl", "accessTokenUrl"] {
                fields_in(&rules[key], &mut addresses);
            }
        }
    }
    let mut out: Vec<Members> = Vec::new();
    let mut written = BTreeSet::new();
    for parameter in &provider.parameters {
        let Some(field) = names.field(&parameter.name) else {
            continue;
        };
        let users: Vec<&str> = own
            .iter()
            .filter(|(_, found)| found.contains(field))
            .map(|(key, _)| key.as_str())
            .collect();
        let is_used = shared.contains(field) || !users.is_empty() || kept.contains(field);
        if !is_used
            || asked.contains(field)
            || field.starts_with("Cyclr_Auth_")
            || !written.insert(field.to_owned())
        {
            continue;
        }
        let is_filled = filled.contains(&parameter.name);
        let mut property = parameters::property(parameter, provider, field, is_filled);
        // Without it there is no address.
        if !is_filled && addresses.contains(field) && !property.contains_key("defaultValue") {
            property.shift_remove("optional");
        }
        if !shared.contains(field) && !users.is_empty() && users.len() < authentications.len() {
            property.insert("authentications".into(), json!(users));
        }
        out.push(property);
    }
    // What the sign-in keeps or a lookup finds need not stand among the values of the facts.
    for name in filled {
        let Some(field) = names.field(&name) else {
            continue;
        };
        if (kept.contains(field) || shared.contains(field)) && written.insert(field.to_owned()) {
            out.push(kept_property(&name, field));
        }
    }
    for field in shared.iter().filter(|field| !known_without_asking(field)) {
        if !written.contains(field) && !asked.contains(field.as_str()) {
            return Err(Inexpressible::new(format!(
                "nobody knows where the value {field} comes from"
            )));
        }
    }
    Ok(out)
}

fn known_without_asking(field: &str) -> bool {
    field.starts_with("Cyclr_Auth_") || matches!(field, "Path" | "ClientId" | "ClientSecret")
}

fn kept_property(name: &str, field: &str) -> Members {
    let mut words = name.replace(['_', '.'], " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    let text = json!({
        "targetType": "MergeField",
        "targetName": field,
        "displayName": words,
        "description": "Kept from the sign-in.",
        "accountConnectorProperty": true,
        "hide": true,
        "optional": true,
    });
    match text {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

fn description(provider: &Provider, authentications: &[Members]) -> String {
    let mut ways: Vec<String> = Vec::new();
    for one in authentications {
        let way = way(one);
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    let calls = format!(
        "Calls any method of the {} API",
        without_remark(&provider.name)
    );
    match ways.as_slice() {
        [] => format!("{calls}."),
        [one] => format!("{calls}, {one}."),
        [before @ .., last] => format!("{calls}, {} or {last}.", before.join(", ")),
    }
}

/// The name without what stands in brackets.
pub fn without_remark(name: &str) -> &str {
    name.split(" (").next().unwrap_or(name)
}

fn way(entry: &Members) -> String {
    let words = match entry["type"].as_str().unwrap_or_default() {
        "ApiKey" => "with an API key",
        "Basic" => "with user name and password",
        "OAuth1" => "signed by OAuth 1.0a",
        "AuthFields" => "with credentials in each call",
        "OAuth2" => match entry
            .get("oauth2")
            .and_then(|rules| rules["type"].as_str())
            .unwrap_or_default()
        {
            "AuthorisationCode" => "signed in by OAuth 2.0",
            "PasswordCredentials" => "signed in with user name and password",
            _ if entry["key"]
                .as_str()
                .is_some_and(|key| key.starts_with("session")) =>
            {
                "logged in with a session"
            }
            _ => "signed in with credentials of an app",
        },
        _ => "without credentials",
    };
    words.to_owned()
}

/// What is not sure among the facts.
fn doubts(provider: &Provider) -> Vec<String> {
    let mut out = Vec::new();
    for auth in &provider.auths {
        let what = auth::label(auth);
        match auth.basis {
            Basis::Registry | Basis::Checked => {}
            Basis::Guide => out.push(format!(
                "Which values {what} takes is known; that calls carry them as they do here has not been tried against \
                 the provider."
            )),
            Basis::GuideInferred | Basis::Knowledge => out.push(format!(
                "How {what} works here is general knowledge of the API, and has not been tried against the provider."
            )),
        }
        if auth.kind == Kind::Code && auth.client_auth.is_none() {
            out.push(
                "Where the token request carries the client's secret is assumed: in its body."
                    .to_owned(),
            );
        }
    }
    if provider
        .base_url_basis
        .is_some_and(|basis| !basis.is_sure())
    {
        out.push("The address of the API has not been tried.".to_owned());
    }
    if let Some(call) = &provider.verification
        && !call.basis.is_sure()
    {
        out.push(format!(
            "Credentials are proved by `{} {}`; that this call is open to every account has not been tried.",
            call.method,
            call.path.replace("{{", "{").replace("}}", "}"),
        ));
    }
    out.dedup();
    out
}
