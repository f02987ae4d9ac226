//! Cycles and templates without their graphs: what is listed and what is switched.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, ConnectorUid, CycleId, FolderId, TemplateId, TemplateReleaseId, cycle::Interval,
    definition::ReleaseStatus,
};

/// An integration of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Cycle {
    /// Its id.
    pub id: CycleId,
    /// The account that it runs for.
    pub account: AccountId,
    /// What people call it.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// What can change without a new graph.
    pub settings: CycleSettings,
    /// What it was installed from; none where it was built by hand.
    pub origin: Option<Origin>,
    /// Run state.
    pub status: CycleStatus,
    /// When it runs.
    pub schedule: CycleSchedule,
    /// The version of its graph that is edited, and that new transactions begin with.
    pub version: i32,
    /// When its newest run that succeeded began.
    pub last_successful_run: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was deleted, which is when it went to the recycle bin.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// What is set for a cycle and does not decide how one transaction runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CycleSettings {
    /// May be copied to the template library.
    pub is_shareable: bool,
    /// Tags, case-sensitive.
    pub tags: Vec<String>,
    /// Hours that data of successful transactions is kept; none inherits.
    pub success_retention_hours: Option<u32>,
    /// Hours that data of errored transactions is kept; none inherits.
    pub errored_retention_hours: Option<u32>,
}

/// The release that a cycle was installed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The template.
    pub template: TemplateId,
    /// The release.
    pub release: TemplateReleaseId,
}

/// Run state of a cycle (cycles.md §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CycleStatus {
    /// Not running: new, deactivated, or stopped by an error.
    #[default]
    Paused,
    /// Scheduled or listening.
    Active,
    /// Finishing what it has begun; paused when nothing is left.
    Stopping,
}

impl CycleStatus {
    /// The word of the wire and of the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "Paused",
            Self::Active => "Active",
            Self::Stopping => "Stopping",
        }
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Paused, Self::Active, Self::Stopping]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// When a cycle runs, as it was activated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CycleSchedule {
    /// Time between two runs; none for webhooks and cycles that run once.
    pub interval: Option<Interval>,
    /// Slot 0.
    pub start: Option<DateTime<Utc>>,
    /// When the next slot is due; none while it is not scheduled.
    pub next: Option<DateTime<Utc>>,
    /// It pauses after its first run.
    pub runs_once: bool,
}

/// An integration that can be installed into accounts.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its id.
    pub id: TemplateId,
    /// What people call it.
    pub name: String,
    /// Free text for users.
    pub description: Option<String>,
    /// Where it lies; none is the root.
    pub folder: Option<FolderId>,
    /// What is set for it.
    pub settings: TemplateSettings,
    /// Offered for installation.
    pub is_published: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was deleted, which is when it went to the recycle bin.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// What is set for a template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateSettings {
    /// Shown to users during installation.
    pub note: Option<String>,
    /// Tags, case-sensitive.
    pub tags: Vec<String>,
    /// An installation copies the custom fields of the template's connectors.
    pub shares_custom_fields: bool,
    /// Interval of installed cycles, minutes; 0 is none.
    pub interval: u16,
    /// Installed cycles run once.
    pub runs_once: bool,
    /// Connectors that are installed anew although the account has them (cycles.md §2, Install).
    pub fresh: Vec<ConnectorUid>,
}

/// A release of a template. Its graph is that of a cycle in the partner's template account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRelease {
    /// Its id.
    pub id: TemplateReleaseId,
    /// The template.
    pub template: TemplateId,
    /// Running number, from 1.
    pub number: i32,
    /// State.
    pub status: ReleaseStatus,
    /// What changed.
    pub notes: Option<String>,
    /// The cycle that holds its graph.
    pub cycle: CycleId,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<String>,
    /// When it went live.
    pub promoted_at: Option<DateTime<Utc>>,
}

/// A folder of the template library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its id.
    pub id: FolderId,
    /// What people call it.
    pub name: String,
    /// The folder that it lies in; none is the root.
    pub parent: Option<FolderId>,
}
