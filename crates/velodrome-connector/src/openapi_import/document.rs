//! The document, the documents it refers to, and walking about in them.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    fmt::Display,
};

use serde_json::Value;
use url::Url;
use velodrome_model::definition::FORMAT;

use super::{ImportError, Resolver, report::Report};
use crate::catalogue::yaml;

/// The most bytes of a document, and of all others that it refers to together.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// The most documents beside the first.
const MAX_OTHERS: usize = 50;
/// How many references may follow one another.
const MAX_HOPS: usize = 32;

/// Which kind of document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// Swagger 2.0.
    Two,
    /// OpenAPI 3.0.
    Three,
    /// OpenAPI 3.1 and what may come after it.
    ThreeOne,
}

/// A document and what it refers to.
pub struct Documents {
    /// The document that is imported comes first.
    all: Vec<(Option<Url>, Value)>,
    by_url: HashMap<Url, usize>,
    /// What OpenID Connect discovery answered, by address.
    discovered: HashMap<String, Value>,
    version: Version,
}

impl Documents {
    /// Reads the document that is imported.
    pub fn read(bytes: &[u8], base: Option<Url>) -> Result<Self, ImportError> {
        let value = parse(bytes)?;
        let version = version(&value)?;
        Ok(Self {
            all: vec![(base, value)],
            by_url: HashMap::new(),
            discovered: HashMap::new(),
            version,
        })
    }

    /// The document that is imported.
    pub fn root(&self) -> Node<'_> {
        Node {
            documents: self,
            document: 0,
            value: &self.all[0].1,
            pointer: String::new(),
        }
    }

    /// Which kind of document it is.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Where the document that is imported came from.
    pub fn base(&self) -> Option<&Url> {
        self.all[0].0.as_ref()
    }

    /// What the discovery at an address answered.
    pub fn discovered(&self, address: &str) -> Option<&Value> {
        self.discovered.get(address)
    }

    /// Loads what the document refers to on its own host, and what that refers to.
    pub async fn load_others(&mut self, resolver: Option<&dyn Resolver>, report: &mut Report) {
        self.discover(resolver).await;
        let mut waiting: VecDeque<(String, Url)> = self.references(0, report).into();
        let mut seen: HashSet<Url> = self.all[0].0.iter().cloned().collect();
        let mut room = MAX_BYTES;
        while let Some((pointer, url)) = waiting.pop_front() {
            if !seen.insert(url.clone()) {
                continue;
            }
            let Some(resolver) = resolver else {
                report.skip(
                    pointer,
                    format!("{url} is another document, and none can be fetched here"),
                );
                continue;
            };
            if self.all.len() > MAX_OTHERS {
                report.skip(
                    pointer,
                    format!(
                        "{url} is left out; a document may refer to at most {MAX_OTHERS} others"
                    ),
                );
                continue;
            }
            let read = match resolver.fetch(&url).await {
                Ok(bytes) if bytes.len() > room => Err(format!(
                    "with {url} the documents have more than {} MiB",
                    MAX_BYTES >> 20
                )),
                Ok(bytes) => {
                    room -= bytes.len();
                    parse(&bytes).map_err(|error| format!("{url}: {error}"))
                }
                Err(error) => Err(format!("{url} can't be fetched: {error}")),
            };
            match read {
                Ok(value) => {
                    let at = self.all.len();
                    self.all.push((Some(url.clone()), value));
                    self.by_url.insert(url, at);
                    waiting.extend(self.references(at, report));
                }
                Err(reason) => report.skip(pointer, reason),
            }
        }
    }

    async fn discover(&mut self, resolver: Option<&dyn Resolver>) {
        let Some(resolver) = resolver else { return };
        let schemes = self.all[0].1.pointer("/components/securitySchemes");
        let addresses: Vec<String> = schemes
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|schemes| schemes.values())
            .filter(|scheme| scheme.get("type").and_then(Value::as_str) == Some("openIdConnect"))
            .filter_map(|scheme| Some(scheme.get("openIdConnectUrl")?.as_str()?.to_owned()))
            .take(MAX_OTHERS)
            .collect();
        for address in addresses {
            if let Ok(url) = Url::parse(&address)
                && let Ok(bytes) = resolver.fetch(&url).await
                && bytes.len() <= MAX_BYTES
                && let Ok(value) = serde_json::from_slice(&bytes)
            {
                self.discovered.insert(address, value);
            }
        }
    }

    /// Other documents on the same host that one refers to, each with the first place where it does.
    fn references(&self, document: usize, report: &mut Report) -> Vec<(String, Url)> {
        let (base, value) = &self.all[document];
        let mut found = Vec::new();
        let mut known = HashSet::new();
        let mut waiting = vec![(String::new(), value)];
        while let Some((pointer, value)) = waiting.pop() {
            match value {
                Value::Object(members) => {
                    if let Some(reference) = members.get("$ref").and_then(Value::as_str)
                        && !reference.starts_with('#')
                        && known.insert(reference)
                    {
                        match self.address(base.as_ref(), reference) {
                            Ok((url, _)) => found.push((self.shown(document, &pointer), url)),
                            Err(reason) => report.skip(self.shown(document, &pointer), reason),
                        }
                    }
                    for (key, member) in members {
                        if member.is_object() || member.is_array() {
                            waiting.push((then(&pointer, key), member));
                        }
                    }
                }
                Value::Array(elements) => {
                    for (at, element) in elements.iter().enumerate() {
                        if element.is_object() || element.is_array() {
                            waiting.push((then(&pointer, at), element));
                        }
                    }
                }
                _ => {}
            }
        }
        found.reverse();
        found
    }

    /// The document and the pointer that a reference to another document names.
    fn address(&self, base: Option<&Url>, reference: &str) -> Result<(Url, String), String> {
        let url = match base {
            Some(base) => base.join(reference),
            None => Url::parse(reference),
        };
        let mut url = url.map_err(|_| {
            format!("the reference {reference:?} leads to another document, and where this one came from is not known")
        })?;
        let fragment = url.fragment().map(str::to_owned).unwrap_or_default();
        url.set_fragment(None);
        let same_host = self.base().is_some_and(|own| {
            own.host_str() == url.host_str()
                && own.port_or_known_default() == url.port_or_known_default()
        });
        if same_host {
            Ok((url, fragment))
        } else {
            Err(format!(
                "{url} is on another host; only documents on the same host are read"
            ))
        }
    }

    fn shown(&self, document: usize, pointer: &str) -> String {
        match &self.all[document].0 {
            Some(url) if document > 0 => format!("{url}#{pointer}"),
            _ => pointer.to_owned(),
        }
    }
}

/// A value in a document and the way to it.
#[derive(Clone)]
pub struct Node<'a> {
    documents: &'a Documents,
    document: usize,
    value: &'a Value,
    pointer: String,
}

impl<'a> Node<'a> {
    /// The documents.
    pub fn documents(&self) -> &'a Documents {
        self.documents
    }

    /// The value.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// The pointer as reports show it.
    pub fn pointer(&self) -> String {
        self.documents.shown(self.document, &self.pointer)
    }

    /// The pointer of a member, whether or not it exists.
    pub fn pointer_of(&self, key: impl Display) -> String {
        self.documents
            .shown(self.document, &then(&self.pointer, key))
    }

    /// What tells this place from all others.
    pub fn place(&self) -> (usize, String) {
        (self.document, self.pointer.clone())
    }

    /// A member, unless it is null.
    pub fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key)?;
        (!value.is_null()).then(|| self.inside(key, value))
    }

    /// The text of a member.
    pub fn text_of(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    /// Whether a member is true.
    pub fn is(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool) == Some(true)
    }

    /// The value's own text.
    pub fn text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// The members of an object, extensions (`x-…`) left out.
    pub fn members(&self) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let own = self.clone();
        let members = self.value.as_object();
        members
            .into_iter()
            .flatten()
            .filter(|(key, _)| !key.starts_with("x-"))
            .map(move |(key, value)| (key.as_str(), own.inside(key, value)))
    }

    /// All members of an object, whatever they are called.
    pub fn all_members(&self) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let own = self.clone();
        let members = self.value.as_object();
        members
            .into_iter()
            .flatten()
            .map(move |(key, value)| (key.as_str(), own.inside(key, value)))
    }

    /// The elements of a list.
    pub fn elements(&self) -> impl Iterator<Item = Self> + use<'a> {
        let own = self.clone();
        let elements = self.value.as_array();
        elements
            .into_iter()
            .flatten()
            .enumerate()
            .map(move |(at, value)| own.inside(at, value))
    }

    /// Whether it refers to another place.
    pub fn is_reference(&self) -> bool {
        self.text_of("$ref").is_some()
    }

    /// What the references lead to; an error says why nowhere.
    pub fn follow(&self) -> Result<Self, String> {
        let mut node = self.clone();
        for _ in 0..MAX_HOPS {
            let Some(reference) = node.text_of("$ref") else {
                return Ok(node);
            };
            node = node.target(reference)?;
        }
        Err("the reference leads to itself".to_owned())
    }

    fn target(&self, reference: &str) -> Result<Self, String> {
        let (document, pointer) = match reference.strip_prefix('#') {
            Some(pointer) => (self.document, pointer.to_owned()),
            None => {
                let base = self.documents.all[self.document].0.as_ref();
                let (url, pointer) = self.documents.address(base, reference)?;
                let document = if self.documents.base() == Some(&url) {
                    Some(0)
                } else {
                    self.documents.by_url.get(&url).copied()
                };
                let document = document.ok_or_else(|| format!("{url} was not read"))?;
                (document, pointer)
            }
        };
        let pointer = percent_encoding::percent_decode_str(&pointer)
            .decode_utf8_lossy()
            .into_owned();
        let value = self.documents.all[document]
            .1
            .pointer(&pointer)
            .ok_or_else(|| format!("the reference {reference:?} leads nowhere"))?;
        Ok(Self {
            documents: self.documents,
            document,
            value,
            pointer,
        })
    }

    fn inside(&self, key: impl Display, value: &'a Value) -> Self {
        Self {
            documents: self.documents,
            document: self.document,
            value,
            pointer: then(&self.pointer, key),
        }
    }
}

fn then(pointer: &str, segment: impl Display) -> String {
    let segment = segment.to_string();
    if segment.contains(['~', '/']) {
        format!(
            "{pointer}/{}",
            segment.replace('~', "~0").replace('/', "~1")
        )
    } else {
        format!("{pointer}/{segment}")
    }
}

fn parse(bytes: &[u8]) -> Result<Value, ImportError> {
    if bytes.len() > MAX_BYTES {
        return Err(ImportError::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{')
        && let Ok(value) = serde_json::from_slice(bytes)
    {
        return Ok(value);
    }
    // What begins like JSON may still be YAML in flow style.
    match yaml::read_up_to(bytes, MAX_BYTES) {
        Ok(document) => Ok(document.value),
        Err(faults) => {
            let fault = faults.into_iter().next();
            Err(ImportError::Unreadable(fault.map_or_else(
                String::new,
                |fault| {
                    let yaml::Mark { line, column } = fault.mark;
                    format!("line {line}, column {column}: {}", fault.message)
                },
            )))
        }
    }
}

fn version(value: &Value) -> Result<Version, ImportError> {
    let no = |pointer, reason: String| Err(ImportError::NotOpenApi { pointer, reason });
    if !value.is_object() {
        return no("", "it is not an object".to_owned());
    }
    if value.get("format").and_then(Value::as_str) == Some(FORMAT) {
        let reason = "it is a connector's definition, which is imported as it is";
        return no("/format", reason.to_owned());
    }
    let text = |key: &str| match value.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        // `swagger: 2.0` without quotes is a number.
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let (pointer, version) = match (text("openapi"), text("swagger")) {
        (Some(version), _) => ("/openapi", version),
        (None, Some(version)) => ("/swagger", version),
        (None, None) => {
            let reason = "it has neither a member openapi nor a member swagger";
            return no("", reason.to_owned());
        }
    };
    match (pointer, version.as_str()) {
        ("/swagger", "2.0" | "2") => Ok(Version::Two),
        ("/openapi", version) if version == "3.0" || version.starts_with("3.0.") => {
            Ok(Version::Three)
        }
        ("/openapi", version) if version == "3" || version.starts_with("3.") => {
            Ok(Version::ThreeOne)
        }
        _ => no(pointer, format!("its version is {version:?}")),
    }
}
