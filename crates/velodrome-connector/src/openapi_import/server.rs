//! Where the API is: `servers`, or `host`, `basePath` and `schemes`.

use serde_json::Value;
use url::Url;
use velodrome_model::definition::{Parameter, TargetType, ValueOption};

use super::{
    document::{Node, Version},
    report::Report,
    text::{self, sentence, title, words},
};

/// The property that holds the base address, when there is more than one or none.
const BASE_URL: &str = "BaseUrl";
/// The most servers or values of a variable to choose between.
const MAX_CHOICES: usize = 100;

/// What every endpoint begins with.
#[derive(Clone, Debug, Default)]
pub struct Servers {
    /// The address, without a slash at its end; may hold mergefields.
    pub prefix: String,
    /// Properties that the mergefields name.
    pub parameters: Vec<Parameter>,
}

impl Servers {
    /// Whether a property has this name, in any case.
    pub fn names(&self, name: &str) -> bool {
        let own = |parameter: &Parameter| parameter.target_name.eq_ignore_ascii_case(name);
        self.parameters.iter().any(own)
    }

    /// An address of the document as an absolute one.
    pub fn absolute(&self, root: &Node<'_>, address: &str) -> Option<String> {
        if let Ok(url) = Url::parse(address) {
            return is_http(&url).then(|| address.to_owned());
        }
        let base = Url::parse(&format!("{}/", self.prefix)).ok();
        let base = base.as_ref().filter(|_| !self.prefix.contains("{{"));
        let joined = base.or(root.documents().base())?.join(address).ok()?;
        is_http(&joined).then(|| joined.to_string())
    }
}

/// The servers of the whole document.
pub fn servers(root: &Node<'_>, report: &mut Report) -> Servers {
    if root.documents().version() == Version::Two {
        return swagger(root, report);
    }
    let mut all: Vec<(Node<'_>, String)> = Vec::new();
    for server in root
        .get("servers")
        .iter()
        .flat_map(Node::elements)
        .take(MAX_CHOICES)
    {
        match address(&server) {
            Ok(url) => all.push((server, url)),
            Err(reason) => report.skip(server.pointer(), reason),
        }
    }
    match &all[..] {
        [] => fallback(root),
        [(server, url)] => with_variables(server, url, report),
        several => {
            let choices = several.iter().map(|(server, url)| {
                if server.get("variables").is_some() {
                    report.skip(
                        server.pointer_of("variables"),
                        "of several servers only the address is offered, with the defaults of its variables",
                    );
                }
                let label = server.text_of("description").map(|text| text::line(text, 80));
                (fixed(server, url), label)
            });
            choice(choices.collect())
        }
    }
}

/// The server of one path or operation, if it has its own.
pub fn own(node: &Node<'_>, report: &mut Report) -> Option<String> {
    let servers = node.get("servers")?;
    let mut found = None;
    for server in servers.elements() {
        match address(&server) {
            Ok(url) if found.is_none() => found = Some(fixed(&server, &url)),
            Ok(_) => report.skip(
                server.pointer(),
                "of several servers of one operation the first is used",
            ),
            Err(reason) => report.skip(server.pointer(), reason),
        }
    }
    found.filter(|url| usable(url))
}

fn swagger(root: &Node<'_>, report: &mut Report) -> Servers {
    let path = root.text_of("basePath").unwrap_or_default();
    let path = path.trim_end_matches('/');
    let Some(host) = root.text_of("host").filter(|host| !host.is_empty()) else {
        let mut servers = fallback(root);
        if !servers.prefix.starts_with("{{") {
            servers.prefix = origin(&servers.prefix).unwrap_or(servers.prefix);
        }
        servers.prefix += path;
        return servers;
    };
    let mut schemes: Vec<&str> = Vec::new();
    for scheme in root.get("schemes").iter().flat_map(Node::elements) {
        match scheme.text() {
            Some(known @ ("http" | "https")) => schemes.push(known),
            _ => report.skip(scheme.pointer(), "only http and https are called"),
        }
    }
    // Where both are offered, nobody wants the open one.
    let scheme = if schemes.contains(&"http") && !schemes.contains(&"https") {
        "http"
    } else {
        "https"
    };
    let slash = if path.is_empty() || path.starts_with('/') {
        ""
    } else {
        "/"
    };
    let prefix = format!("{scheme}://{host}{slash}{path}");
    if usable(&prefix) {
        Servers {
            prefix,
            parameters: Vec::new(),
        }
    } else {
        report.skip(
            root.pointer_of("host"),
            format!("{prefix:?} is not an address"),
        );
        fallback(root)
    }
}

fn origin(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    Some(url.origin().ascii_serialization())
}

/// No server: the document's own host, or an address that is asked for.
fn fallback(root: &Node<'_>) -> Servers {
    match root.documents().base().filter(|url| is_http(url)) {
        Some(url) => Servers {
            prefix: url.origin().ascii_serialization(),
            parameters: Vec::new(),
        },
        None => Servers {
            prefix: format!("{{{{{BASE_URL}}}}}"),
            parameters: vec![property(
                BASE_URL,
                "Base URL",
                "Address of the API, e.g. https://api.example.com.",
            )],
        },
    }
}

fn choice(choices: Vec<(String, Option<String>)>) -> Servers {
    let mut parameter = property(BASE_URL, "Base URL", "Which server of the API is used.");
    parameter.default_value = choices.first().map(|(url, _)| Value::from(url.as_str()));
    parameter.values = choices
        .into_iter()
        .map(|(url, label)| ValueOption::Labelled {
            value: Value::String(url),
            label,
        })
        .collect();
    parameter.allow_other = true;
    Servers {
        prefix: format!("{{{{{BASE_URL}}}}}"),
        parameters: vec![parameter],
    }
}

/// One server whose variables are asked for.
fn with_variables(server: &Node<'_>, url: &str, report: &mut Report) -> Servers {
    let mut servers = Servers::default();
    let mut prefix = String::new();
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        prefix += before;
        rest = after;
        let variable = server.get("variables").and_then(|all| all.get(name));
        let clean: String = name
            .chars()
            .map(|letter| {
                if letter.is_alphanumeric() {
                    letter
                } else {
                    '_'
                }
            })
            .collect();
        prefix += &format!("{{{{{clean}}}}}");
        if servers.names(&clean) {
            continue;
        }
        let label = title(&words(name));
        let mut parameter = property(&clean, &label, "");
        parameter.description = None;
        if let Some(variable) = variable {
            let plain = |text: &&str| !text.contains("{{");
            parameter.description = variable
                .text_of("description")
                .and_then(|text| sentence(text, text::FIELD));
            parameter.default_value = variable.text_of("default").filter(plain).map(Value::from);
            parameter.values = variable
                .get("enum")
                .iter()
                .flat_map(Node::elements)
                .filter_map(|value| value.text())
                .filter(plain)
                .take(MAX_CHOICES)
                .map(|text| ValueOption::Plain(Value::from(text)))
                .collect();
        } else {
            report.skip(
                server.pointer_of("url"),
                format!("the variable {name:?} is not described; it is asked for as text"),
            );
        }
        servers.parameters.push(parameter);
    }
    servers.prefix = (prefix + rest).trim_end_matches('/').to_owned();
    servers
}

/// The address of a server, made absolute; braces of variables stay.
fn address(server: &Node<'_>) -> Result<String, String> {
    let url = server.text_of("url").ok_or("the server has no url")?;
    let (url, _) = url.split_once(['?', '#']).unwrap_or((url, ""));
    let absolute = if url.contains("://") || url.starts_with('{') {
        url.to_owned()
    } else {
        let base = server.documents().base().filter(|base| is_http(base));
        let base = base.ok_or_else(|| {
            format!(
                "the address {url:?} is relative, and where the document came from is not known"
            )
        })?;
        // Joining would encode the braces of variables.
        if url.starts_with('/') {
            format!("{}{url}", base.origin().ascii_serialization())
        } else {
            base.join(url)
                .map_err(|error| error.to_string())?
                .to_string()
        }
    };
    if usable(&fixed(server, &absolute)) {
        Ok(absolute.trim_end_matches('/').to_owned())
    } else {
        Err(format!("{url:?} is not an address of http or https"))
    }
}

/// The address with the defaults of its variables.
fn fixed(server: &Node<'_>, url: &str) -> String {
    let mut fixed = String::new();
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let default = server
            .get("variables")
            .and_then(|all| all.get(name)?.get("default"));
        fixed += before;
        fixed += default
            .as_ref()
            .and_then(Node::text)
            .filter(|text| !text.is_empty())
            .unwrap_or("x");
        rest = after;
    }
    fixed += rest;
    fixed.trim_end_matches('/').to_owned()
}

fn usable(address: &str) -> bool {
    let whole = address.starts_with("http://") || address.starts_with("https://");
    let clean = !address.contains(['{', '}']) && !address.contains(char::is_whitespace);
    whole && clean && Url::parse(address).is_ok_and(|url| is_http(&url))
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
}

/// A property that is asked for at installation.
fn property(name: &str, label: &str, description: &str) -> Parameter {
    Parameter {
        display_name: Some(if label.is_empty() { name } else { label }.to_owned()),
        description: Some(description.to_owned()),
        account_connector_property: true,
        ..parameter(TargetType::MergeField, name)
    }
}

/// A parameter that says nothing but its target.
pub fn parameter(target_type: TargetType, target_name: &str) -> Parameter {
    Parameter {
        unique_identifier: None,
        target_type,
        target_name: target_name.to_owned(),
        display_name: None,
        description: None,
        trigger: None,
        hide: false,
        optional: false,
        data_type: None,
        format: None,
        values: Vec::new(),
        allow_other: false,
        default_value: None,
        display_order: None,
        sensitive: false,
        multiline: false,
        account_connector_property: false,
        partner_connector_property: false,
        authentications: Vec::new(),
        validation: None,
        when: None,
    }
}
