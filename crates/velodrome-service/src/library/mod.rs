//! The connector library: what there is to connect with, and the partner's setup of it.

mod error;
mod partner;
mod setup;

use std::sync::Arc;

use indexmap::IndexMap;
use velodrome_connector::catalogue::{Icon, Release, View};
use velodrome_model::{
    AnyActor, ConnectorId, ConnectorUid, ListedConnector, MethodId, PartnerScope,
    definition::ConnectorStatus, numbered::NumberedConnector,
};

pub use error::{LibraryError, SetupError};
pub use partner::{Guide, GuideText, PartnerConnector, SetupChange, SetupForm, SetupValue};
pub use setup::{
    CLIENT_ID, CLIENT_SECRET, Input, SCOPES, Setup, inputs_of, setup_inputs, setup_required,
    uses_callback,
};
pub(crate) use setup::{credential_input, property_input};

use crate::{Workbench, installation::Installations, settings::Settings};

/// The connector library.
#[derive(Clone)]
pub struct Library {
    bench: Workbench,
    settings: Settings,
    installations: Installations,
}

/// A connector as the library lists it.
#[derive(Clone, Debug)]
pub struct LibraryConnector {
    /// The connector release.
    pub listed: ListedConnector,
    /// `data:` URI of the icon.
    pub icon: Option<Arc<str>>,
    /// The partner has not filled in the setup yet.
    pub setup_required: bool,
}

/// A connector by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectorRef {
    /// A release.
    Id(ConnectorId),
    /// A name, case-insensitive.
    Name(String),
}

impl ConnectorRef {
    /// A whole number is an id, anything else a name (openapi: getConnector).
    pub fn parse(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Name(text.to_owned()), Self::Id)
    }
}

impl Library {
    /// The library over these parts.
    pub fn new(bench: Workbench, settings: Settings, installations: Installations) -> Self {
        Self {
            bench,
            settings,
            installations,
        }
    }

    /// Every connector that the partner may install, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, actor: &AnyActor) -> Result<Vec<LibraryConnector>, LibraryError> {
        let view = self.bench.connectors(actor).await?;
        self.list_of(&view, actor.partner()).await
    }

    async fn list_of(
        &self,
        view: &View,
        partner: PartnerScope,
    ) -> Result<Vec<LibraryConnector>, LibraryError> {
        let shows_beta = self.settings.general(partner).await?.show_beta_connectors;
        let setups = self.setups(partner).await?;
        let all = view.all_live();
        let listed = all.iter().filter(|release| is_shown(release, shows_beta));
        Ok(listed
            .map(|release| entry(release, setups.get(&release.listed().uid)))
            .collect())
    }

    /// The connector of this id, or the versions of this name, newest first.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`] when there is none.
    pub async fn find(
        &self,
        actor: &AnyActor,
        connector: &ConnectorRef,
        version: Option<&str>,
    ) -> Result<Vec<LibraryConnector>, LibraryError> {
        let setups = self.setups(actor.partner()).await?;
        let found = releases(&self.bench.connectors(actor).await?, connector, version);
        if found.is_empty() {
            return Err(LibraryError::NotFound);
        }
        Ok(found
            .iter()
            .map(|release| entry(release, setups.get(&release.listed().uid)))
            .collect())
    }

    /// The connector with its methods; the newest version of a name.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`] when there is none.
    pub async fn open(
        &self,
        actor: &AnyActor,
        connector: &ConnectorRef,
        version: Option<&str>,
    ) -> Result<Arc<NumberedConnector>, LibraryError> {
        let view = self.bench.connectors(actor).await?;
        let found = releases(&view, connector, version);
        let release = found.first().ok_or(LibraryError::NotFound)?;
        view.connector(release.id()).ok_or(LibraryError::NotFound)
    }

    /// The connector whose method has this id.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`] when no method has it.
    pub async fn open_method(
        &self,
        actor: &AnyActor,
        method: MethodId,
    ) -> Result<Arc<NumberedConnector>, LibraryError> {
        let view = self.bench.connectors(actor).await?;
        let release = view.release_of(method.0).ok_or(LibraryError::NotFound)?;
        let connector = view.connector(release.id()).ok_or(LibraryError::NotFound)?;
        connector.method(method).ok_or(LibraryError::NotFound)?;
        Ok(connector)
    }

    /// The partner's settings.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The setups of a partner, by connector.
    async fn setups(
        &self,
        scope: PartnerScope,
    ) -> Result<IndexMap<ConnectorUid, Setup>, LibraryError> {
        let unit = self.bench.store.read(&scope).await?;
        let stored = unit.setups().all().await?;
        stored
            .iter()
            .map(|one| Ok((one.connector, Setup::from_stored(one)?)))
            .collect()
    }
}

/// Releases that answer to a reference, newest first.
pub(crate) fn releases(
    view: &View,
    connector: &ConnectorRef,
    version: Option<&str>,
) -> Vec<Arc<Release>> {
    match (connector, version) {
        (ConnectorRef::Id(id), None) => view.release(*id).cloned().into_iter().collect(),
        (ConnectorRef::Id(id), Some(version)) => {
            let of_version = |release: &&Arc<Release>| {
                release
                    .listed()
                    .version
                    .as_deref()
                    .unwrap_or_default()
                    .eq_ignore_ascii_case(version)
            };
            view.release(*id)
                .filter(of_version)
                .cloned()
                .into_iter()
                .collect()
        }
        (ConnectorRef::Name(name), version) => {
            let of_version = |release: &Arc<Release>| {
                let own = release.listed().version.as_deref().unwrap_or_default();
                version.is_none_or(|wanted| own.to_lowercase() == wanted.to_lowercase())
            };
            let mut found = view.versions(name);
            found.retain(of_version);
            found
        }
    }
}

/// A release as the library lists it.
pub(crate) fn entry(release: &Release, setup: Option<&Setup>) -> LibraryConnector {
    let blank = Setup::default();
    LibraryConnector {
        listed: release.listed().clone(),
        icon: icon(release),
        setup_required: setup_required(&release.listed().outline, setup.unwrap_or(&blank)),
    }
}

pub(crate) fn icon(release: &Release) -> Option<Arc<str>> {
    release.icon().map(Icon::data_uri)
}

/// Beta and Planned connectors are listed only where the partner shows them (connectors.md §1).
fn is_shown(release: &Release, shows_beta: bool) -> bool {
    shows_beta
        || !matches!(
            release.listed().status,
            ConnectorStatus::Beta | ConnectorStatus::Planned
        )
}
