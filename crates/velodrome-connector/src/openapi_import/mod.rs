//! OpenAPI documents made Draft definitions (connectors.md §11).
//!
//! Swagger 2.0, OpenAPI 3.0 and 3.1, JSON or YAML. [`import`] reads a document and what it refers to;
//! whatever has no counterpart in a definition is left out and reported. The result passes the check
//! of definitions, whatever the document. Nothing here goes out: other documents come through the
//! caller's [`Resolver`].

mod document;
mod merge;
mod operation;
mod paging;
mod parameters;
mod report;
mod resolver;
mod schema;
mod security;
mod server;
mod text;
mod verify;

use async_trait::async_trait;
use serde::Serialize;
use url::Url;
use velodrome_model::definition::{
    ConnectorDefinition, ConnectorStatus, FORMAT, MethodCategory, Release, ReleaseLevel,
    ReleaseStatus,
};

pub use document::MAX_BYTES;
pub use paging::{PagingHint, confirm_paging};
pub use report::Skipped;
pub use resolver::{EgressResolver, FetchError, Fetched};

use crate::slug::slug;
use document::Documents;
use report::Report;

/// What to make of a document.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Name of the connector; the document's title when absent.
    pub name: Option<String>,
    /// Slug of the connector; that of the name when absent. Ignored when there is a definition already.
    pub slug: Option<String>,
    /// Where the document came from; relative addresses and references start there.
    pub base: Option<Url>,
    /// A definition that was imported earlier and is brought up to date.
    pub existing: Option<ConnectorDefinition>,
}

/// What came of a document.
#[derive(Clone, Debug)]
pub struct Import {
    /// The definition, a Draft.
    pub definition: ConnectorDefinition,
    /// Every element that was left out, in the order it was met.
    pub report: Vec<Skipped>,
    /// Methods whose parameters look like paging, which is off until [`confirm_paging`].
    pub paging: Vec<PagingHint>,
}

/// Why a document can't be imported at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// More than [`MAX_BYTES`].
    #[error("the document has more than {} MiB; remove what you don't need", MAX_BYTES >> 20)]
    TooLarge,
    /// Neither JSON nor YAML.
    #[error("the document is neither JSON nor YAML: {0}")]
    Unreadable(String),
    /// Some other document.
    #[error("this is no OpenAPI document: {reason}; give one of Swagger 2.0, OpenAPI 3.0 or 3.1")]
    NotOpenApi {
        /// JSON pointer to what is wrong.
        pointer: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl ImportError {
    /// JSON pointer to what is wrong; empty for the whole document.
    pub fn pointer(&self) -> &'static str {
        match self {
            Self::TooLarge | Self::Unreadable(_) => "",
            Self::NotOpenApi { pointer, .. } => pointer,
        }
    }
}

/// Fetches documents that another one refers to, through the egress guard.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// The content at an address, at most [`MAX_BYTES`]; an error says in words why there is none.
    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, String>;
}

/// How an import is shown with `--json` and by the API.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportSummary<'a> {
    /// How many methods there are now.
    pub methods: usize,
    /// What was left out.
    pub report: &'a [Skipped],
    /// Methods whose parameters look like paging.
    pub paging: &'a [PagingHint],
}

impl Import {
    /// Its outcome without the definition.
    pub fn summary(&self) -> ImportSummary<'_> {
        ImportSummary {
            methods: self.definition.methods.len(),
            report: &self.report,
            paging: &self.paging,
        }
    }
}

/// Imports a document.
///
/// Without a resolver, references to other documents are reported and left out.
///
/// # Errors
///
/// A document that is too large, can't be read, or is none of OpenAPI. Everything else is reported.
pub async fn import(
    document: &[u8],
    options: Options,
    resolver: Option<&dyn Resolver>,
) -> Result<Import, ImportError> {
    let mut report = Report::default();
    let mut documents = Documents::read(document, options.base.clone())?;
    documents.load_others(resolver, &mut report).await;
    Ok(convert(&documents, options, report))
}

fn convert(documents: &Documents, options: Options, mut report: Report) -> Import {
    let root = documents.root();
    let info = root.get("info");
    let text = |key: &str| info.as_ref().and_then(|info| info.get(key)?.text());
    let name = options
        .name
        .as_deref()
        .or(text("title"))
        .map(|name| text::line(name, 200))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "Imported API".to_owned());
    let wanted = options.slug.as_deref().unwrap_or(&name);
    let slug = match slug(wanted) {
        slug if slug.is_empty() => "imported-api".to_owned(),
        slug => slug,
    };
    let servers = server::servers(&root, &mut report);
    let security = security::authentications(&root, &servers, &mut report);
    let operations = operation::methods(
        &root,
        &servers,
        &security,
        options.existing.as_ref(),
        &mut report,
    );
    let mut definition = ConnectorDefinition {
        format: FORMAT.to_owned(),
        slug,
        unique_identifier: None,
        name,
        version: text("version").map(|version| text::line(version, 50)),
        description: text("description").and_then(|text| text::sentence(text, text::METHOD)),
        categories: Vec::new(),
        status: ConnectorStatus::default(),
        release: Release {
            number: 1,
            status: ReleaseStatus::Draft,
            level: ReleaseLevel::default(),
            comments: None,
        },
        icon: None,
        guide: None,
        homepage: None,
        billable: false,
        utility: false,
        requires_ip_allowlist: false,
        allowed_hosts: Vec::new(),
        authentications: security.authentications,
        parameters: servers.parameters.clone(),
        rate_limits: Vec::new(),
        paging: None,
        post_install_property_lookup: None,
        post_install_test_auth: None,
        partner_webhook: None,
        triggers: Vec::new(),
        method_categories: categories(&root, &operations.methods),
        methods: operations.methods,
        script: None,
        script_file: None,
    };
    let mut origins = operations.origins;
    if let Some(existing) = options.existing {
        merge::merge(existing, &mut definition, &mut origins, &mut report);
    }
    verify::verify(&mut definition, &mut origins, &mut report);
    let mut paging = operations.paging;
    paging.retain(|hint| {
        definition.method(&hint.method).is_some_and(|method| {
            method
                .paging
                .as_ref()
                .is_none_or(|paging| paging.inbound != Some(true))
        })
    });
    Import {
        definition,
        report: report.into_items(),
        paging,
    }
}

/// The categories in use, with what the document's tags say of them.
fn categories(
    root: &document::Node<'_>,
    methods: &[velodrome_model::definition::Method],
) -> Vec<MethodCategory> {
    let mut found: Vec<MethodCategory> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for method in methods {
        if known.insert(method.category.as_str()) {
            found.push(MethodCategory {
                name: method.category.clone(),
                description: None,
                display_order: None,
                customisation: None,
            });
        }
    }
    for tag in root.get("tags").iter().flat_map(document::Node::elements) {
        let of = |key| tag.get(key).and_then(|value| value.text());
        if let (Some(name), Some(description)) = (of("name"), of("description")) {
            let name = text::line(name, 100);
            if let Some(category) = found.iter_mut().find(|category| category.name == name) {
                category.description = text::sentence(description, text::FIELD);
            }
        }
    }
    // The rule of definitions allows so many; more are nothing that anybody could look at.
    found.truncate(1000);
    found
}
