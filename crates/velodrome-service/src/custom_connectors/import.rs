//! Drafts made of OpenAPI documents, which are typed in, uploaded or fetched (connectors.md §11).

use std::sync::Arc;

use tokio::{runtime::Handle, sync::Semaphore};
use url::Url;
use velodrome_connector::{
    egress::EgressError,
    json_form::Extra,
    openapi_import::{
        self, EgressResolver, FetchError, ImportError, Options, PagingHint, confirm_paging,
    },
};
use velodrome_model::{AccountActor, ConnectorId, FaultCode};

use super::{
    CustomConnectorError, CustomConnectors, ReleaseChoice, ShownCustom, Understood,
    drafts::Becomes, given, kept, partner,
};
use crate::{Invalid, invalid::required_text};

/// Documents that are read at once: each may take some hundred megabytes while it is.
const AT_ONCE: usize = 2;
/// Most characters of a connector's name; the rule of definitions.
const NAME_CHARS: usize = 200;

/// A document, and what to make of it.
#[derive(Clone, Debug, Default)]
pub struct ImportSource {
    /// Where the document is.
    pub url: Option<String>,
    /// The document itself.
    pub document: Option<String>,
    /// Switches paging on for methods whose parameters look like it.
    pub confirm_paging: bool,
}

/// What came of a document.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The draft.
    pub draft: ShownCustom,
    /// What was left out, or has to be looked at.
    pub report: Vec<ImportRemark>,
}

/// A place of the document that has no counterpart in the draft, or that somebody has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRemark {
    /// JSON pointer into the document; behind the address of another document and `#` if it is there.
    pub pointer: String,
    /// Why, and what to do.
    pub reason: String,
}

/// Room for the documents that are read at once.
#[derive(Clone)]
pub(super) struct ImportRoom(Arc<Semaphore>);

impl Default for ImportRoom {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl CustomConnectors {
    /// Makes a connector of an OpenAPI document.
    ///
    /// # Errors
    /// As [`CustomConnectorError`] says; nothing is stored then.
    pub async fn import(
        &self,
        actor: &AccountActor,
        name: &str,
        source: ImportSource,
    ) -> Result<Imported, CustomConnectorError> {
        self.check_enabled(actor).await?;
        let name = required_text("Name", name, NAME_CHARS)?;
        let place = Place::of(&source)?;
        let options = Options {
            name: Some(name),
            ..Options::default()
        };
        let import = self.read(actor, place, options).await?;
        let (definition, report) = finished(import, source.confirm_paging);
        let understood = Understood {
            definition,
            extra: Extra::default(),
            icon: None,
            warnings: Vec::new(),
        };
        let understood = understood
            .bounded()
            .map_err(CustomConnectorError::Invalid)?;
        let draft = self.store(actor, Becomes::Named, understood).await?;
        Ok(Imported { draft, report })
    }

    /// Brings a connector up to date with its OpenAPI document: its newest release and the document
    /// become its draft. Identifiers, names, texts and scripts stay.
    ///
    /// # Errors
    /// As [`CustomConnectorError`] says, [`CustomConnectorError::Changed`] when somebody changed the
    /// connector in between; nothing is changed then.
    pub async fn import_into(
        &self,
        actor: &AccountActor,
        number: ConnectorId,
        source: ImportSource,
    ) -> Result<Imported, CustomConnectorError> {
        self.check_enabled(actor).await?;
        let place = Place::of(&source)?;
        let opened = self.opened(actor, number).await?;
        let releases = opened.releases().await?;
        let newest = ReleaseChoice::Newest
            .among(&releases)
            .ok_or(CustomConnectorError::NoRelease)?;
        let former = kept(&opened.rows(), newest).await?;
        // Fetching and reading take a while, and a unit of work holds a connection.
        drop(opened);

        let options = Options {
            existing: Some(former.definition),
            ..Options::default()
        };
        let import = self.read(actor, place, options).await?;
        let (definition, report) = finished(import, source.confirm_paging);
        let understood = Understood {
            definition,
            extra: former.extra,
            icon: former.icon,
            warnings: Vec::new(),
        };
        let understood = understood
            .bounded()
            .map_err(CustomConnectorError::Invalid)?;
        let becomes = Becomes::After(number, newest);
        let draft = self.store(actor, becomes, understood).await?;
        Ok(Imported { draft, report })
    }

    /// Fetches the document, where it has to be, and what it refers to, and reads it. That takes
    /// processors, so it is done apart from the threads that serve requests.
    async fn read(
        &self,
        actor: &AccountActor,
        place: Place,
        mut options: Options,
    ) -> Result<openapi_import::Import, CustomConnectorError> {
        let general = self.settings.general(partner(actor)).await?;
        let resolver = EgressResolver::new(self.bench.client.clone())
            .with_user_agent(&general.application_user_agent);
        let document = match place {
            Place::Here(text) => text.into_bytes(),
            Place::At(url) => {
                let fetched = resolver.get(&url).await.map_err(not_fetched)?;
                options.base = Some(fetched.url);
                fetched.bytes
            }
        };
        let room = self.imports.0.clone();
        let permit = room
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let here = Handle::current();
        let reading = tokio::task::spawn_blocking(move || {
            let import = openapi_import::import(&document, options, Some(&resolver));
            let import = here.block_on(import);
            drop(permit);
            import
        });
        match reading.await {
            Ok(import) => import.map_err(|error| broken(&error)),
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }
}

/// Where a document comes from.
enum Place {
    Here(String),
    At(Url),
}

impl Place {
    fn of(source: &ImportSource) -> Result<Self, Invalid> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        match (given(&source.url), given(&source.document)) {
            (None, Some(document)) => Ok(Self::Here(document)),
            (Some(address), None) => {
                let url = Url::parse(address.trim()).ok();
                let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
                url.map(Self::At).ok_or_else(|| {
                    let shown: String = address.chars().take(NAME_CHARS).collect();
                    Invalid::new(
                        "custom_connector.address",
                        format_args!(
                            "Url {shown} is not valid; give the http or https address of a document."
                        ),
                    )
                })
            }
            _ => Err(Invalid::new(
                "custom_connector.url_or_document",
                "Either Url or Document is required.",
            )),
        }
    }
}

/// The definition, and what there is to say about it.
fn finished(
    mut import: openapi_import::Import,
    paging: bool,
) -> (
    velodrome_model::definition::ConnectorDefinition,
    Vec<ImportRemark>,
) {
    let skipped = import.report.into_iter().map(|skipped| ImportRemark {
        pointer: skipped.pointer,
        reason: skipped.reason,
    });
    let mut report: Vec<ImportRemark> = skipped.collect();
    for hint in &import.paging {
        if paging {
            confirm_paging(&mut import.definition, hint);
        } else {
            report.push(unconfirmed(hint));
        }
    }
    (import.definition, report)
}

fn unconfirmed(hint: &PagingHint) -> ImportRemark {
    ImportRemark {
        pointer: hint.pointer.clone(),
        reason: format!(
            "the parameters of the method {:?} look like paging by {}, which is off; switch it on if the API works like that",
            hint.method, hint.style
        ),
    }
}

fn broken(error: &ImportError) -> CustomConnectorError {
    let code = match error {
        ImportError::TooLarge | ImportError::Unreadable(_) => FaultCode::V001,
        ImportError::NotOpenApi { .. } => FaultCode::V002,
    };
    CustomConnectorError::Invalid(vec![given::fault(code, error.pointer(), error.to_string())])
}

fn not_fetched(error: FetchError) -> CustomConnectorError {
    let reason = error.to_string();
    match error {
        FetchError::Egress(EgressError::Refused(_)) => CustomConnectorError::AddressRefused(reason),
        FetchError::Egress(EgressError::TooLarge { .. }) => broken(&ImportError::TooLarge),
        FetchError::Status(status) => CustomConnectorError::NotFetched {
            reason,
            status: Some(status.as_u16()),
        },
        FetchError::Egress(_) | FetchError::Slow => CustomConnectorError::NotFetched {
            reason,
            status: None,
        },
    }
}
