//! Connectors that partners and accounts make themselves, and their releases (connectors.md §1).

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    AccountId, ConnectorId, ConnectorUid,
    definition::{ReleaseLevel, ReleaseStatus},
};

/// Whose a custom connector is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectorOwner {
    /// The partner's: every account may install it.
    Partner,
    /// An account's: it and its sub accounts may install it.
    Account(AccountId),
}

/// A connector that a partner or an account made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomConnector {
    /// Internal id.
    pub id: Uuid,
    /// The integer that stays while releases come and go; it stands for the Live release, or for the
    /// Draft while nothing is Live.
    pub number: ConnectorId,
    /// Whose it is.
    pub owner: ConnectorOwner,
    /// Stable id, unique within the partner.
    pub uid: ConnectorUid,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When anything of it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A release of a custom connector, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomRelease {
    /// The custom connector's internal id.
    pub connector: Uuid,
    /// First integer of its block.
    pub id: ConnectorId,
    /// Grows with every release.
    pub number: u32,
    /// State.
    pub status: ReleaseStatus,
    /// What going Live meant for installed connectors; none while it never did.
    pub level: Option<ReleaseLevel>,
    /// Major and minor number that people see.
    pub version: ReleaseVersion,
    /// What changed.
    pub notes: Option<String>,
    /// Hash of the content.
    pub hash: String,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// When it went Live.
    pub published_at: Option<DateTime<Utc>>,
}

/// Major and minor number of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseVersion {
    /// Grows with every Major release.
    pub major: u32,
    /// Grows with every Minor release, and starts again with each Major one.
    pub minor: u32,
}

impl ReleaseVersion {
    /// Of the first release.
    pub const FIRST: Self = Self { major: 1, minor: 0 };

    /// Of the release of this level that follows.
    pub fn next(self, level: ReleaseLevel) -> Self {
        match level {
            ReleaseLevel::Major => Self {
                major: self.major.saturating_add(1),
                minor: 0,
            },
            ReleaseLevel::Minor => Self {
                minor: self.minor.saturating_add(1),
                ..self
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_major_release_starts_the_minor_number_again() {
        let minor = ReleaseVersion::FIRST.next(ReleaseLevel::Minor);
        assert_eq!(minor, ReleaseVersion { major: 1, minor: 1 });
        assert_eq!(
            minor.next(ReleaseLevel::Major),
            ReleaseVersion { major: 2, minor: 0 }
        );
    }
}
