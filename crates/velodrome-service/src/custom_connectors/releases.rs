//! Releases of a custom connector, and what is different between them.

use std::str::FromStr;

use velodrome_model::{
    AccountActor, ConnectorId, CustomRelease,
    definition::ReleaseStatus,
    difference::{Difference, differences, keeps_authentication, keeps_what_is_used},
};

use super::{CustomConnectorError, CustomConnectors, package};
use crate::shelves::representative;

/// Which release is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReleaseChoice {
    /// The one with the highest number.
    #[default]
    Newest,
    /// The Live one.
    Live,
    /// The Draft.
    Draft,
    /// The one of this number.
    Number(u32),
}

/// A word that names no release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A release is newest, live, draft or its number.")]
pub struct UnknownChoice;

impl FromStr for ReleaseChoice {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        match text.trim().to_lowercase().as_str() {
            "newest" => Ok(Self::Newest),
            "live" => Ok(Self::Live),
            "draft" => Ok(Self::Draft),
            number => number.parse().map(Self::Number).map_err(|_| UnknownChoice),
        }
    }
}

impl ReleaseChoice {
    /// The release that is meant, among those of a connector, oldest first.
    pub fn among(self, releases: &[CustomRelease]) -> Option<&CustomRelease> {
        let of = |status| releases.iter().find(|one| one.status == status);
        match self {
            Self::Newest => releases.last(),
            Self::Live => of(ReleaseStatus::Live),
            Self::Draft => of(ReleaseStatus::Draft),
            Self::Number(number) => releases.iter().find(|one| one.number == number),
        }
    }
}

/// A release with its users.
#[derive(Clone, Debug)]
pub struct ShownRelease {
    /// The release.
    pub release: CustomRelease,
    /// The integer that people are shown for it.
    pub shown: ConnectorId,
    /// Accounts' connectors that are of it.
    pub installed: u64,
}

/// What is different between two releases.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The one.
    pub from: CustomRelease,
    /// The other.
    pub to: CustomRelease,
    /// Everything that is different.
    pub differences: Vec<Difference>,
    /// Whether installed connectors of the one can move to the other.
    pub is_compatible: bool,
}

impl CustomConnectors {
    /// The releases of a connector, newest first.
    ///
    /// # Errors
    /// [`CustomConnectorError::NotFound`].
    pub async fn releases(
        &self,
        actor: &AccountActor,
        number: ConnectorId,
    ) -> Result<Vec<ShownRelease>, CustomConnectorError> {
        let opened = self.opened(actor, number).await?;
        let connector = &opened.connector;
        let counts = opened.rows().installation_counts(connector.uid).await?;
        let releases = opened.releases().await?;
        let stands = representative(&releases);
        let with_users = releases.into_iter().rev().map(|release| ShownRelease {
            shown: if Some(release.id) == stands {
                connector.number
            } else {
                release.id
            },
            installed: counts.get(&release.id).copied().unwrap_or_default(),
            release,
        });
        Ok(with_users.collect())
    }

    /// What is different between two releases of a connector.
    ///
    /// # Errors
    /// [`CustomConnectorError::NotFound`]; [`CustomConnectorError::NoRelease`] when one of them is not there.
    pub async fn compare(
        &self,
        actor: &AccountActor,
        number: ConnectorId,
        (from, to): (ReleaseChoice, ReleaseChoice),
    ) -> Result<Compared, CustomConnectorError> {
        let opened = self.opened(actor, number).await?;
        let releases = opened.releases().await?;
        let chosen = |choice: ReleaseChoice| {
            let release = choice.among(&releases).cloned();
            release.ok_or(CustomConnectorError::NoRelease)
        };
        let (from, to) = (chosen(from)?, chosen(to)?);
        let old = package(&opened.rows(), from.id).await?.definition();
        let new = package(&opened.rows(), to.id).await?.definition();
        let connector = &opened.connector;
        let mut ways = old.authentications.iter().map(|one| one.uid(connector.uid));
        let is_compatible = keeps_what_is_used(&old, &new)
            && ways.all(|way| keeps_authentication(connector.uid, &new, way));
        Ok(Compared {
            differences: differences(&old, &new),
            from,
            to,
            is_compatible,
        })
    }
}
