//! What a call needs to know.

use crate::auth::oauth1::Signer;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::time::Duration;
use velodrome_model::{
    AccountConnectorId, SecretString,
    definition::{Authentication, ConnectorDefinition, Method},
};

/// Values of properties by name, of an account connector or of a partner's setup.
pub type Properties = IndexMap<String, SecretString>;

/// One call of a method.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The connector release.
    pub definition: &'a ConnectorDefinition,
    /// The method, one of the definition's.
    pub method: &'a Method,
    /// The authentication that the account connector was installed with.
    pub authentication: &'a Authentication,
    /// Where values come from.
    pub values: Values<'a>,
    /// On whose behalf.
    pub context: &'a Context,
    /// Signs the requests of an OAuth 1.0a connector; ignored by others.
    pub signer: Option<&'a Signer>,
    /// How much to fetch.
    pub mode: Mode,
    /// How long the caller can wait for its turn.
    pub patience: Patience,
    /// What its scripts need.
    pub scripting: super::Scripting<'a>,
    /// Where what is asked and answered is written down, if anywhere.
    pub journal: Option<&'a super::Journal>,
}

/// The sources of values, strongest first (connectors.md §2.2).
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// Given by the step or the caller, by `targetName`.
    pub parameters: &'a Map<String, Value>,
    /// Given by the step or the caller, by location (`connectorField`).
    pub fields: &'a Map<String, Value>,
    /// The account connector's properties, token metadata among them.
    pub properties: &'a Properties,
    /// The partner's setup of the connector.
    pub partner: &'a Properties,
    /// Null among the elements of a given list is a hole: nothing is written there.
    pub sparse: bool,
}

/// On whose behalf a call is made.
#[derive(Clone, Debug)]
pub struct Context {
    /// The account connector; rate limits count per one.
    pub account_connector: AccountConnectorId,
    /// `{{AccountId}}`.
    pub account_id: String,
    /// `{{AccountExternalId}}`.
    pub account_external_id: String,
    /// The account's zone: what a time without a zone means.
    pub zone: Tz,
    /// The partner's Application User Agent.
    pub user_agent: String,
    /// `{{LastSuccessfulRunDate}}`; outside cycles whatever the caller wants to look back to.
    pub last_successful_run: DateTime<Utc>,
    /// Further mergefields: `Cyclr_Webhook_Url`, `CyclrObjectName`, `CycleId`, `TransactionId`,
    /// `IdempotencyKey`…
    pub mergefields: Map<String, Value>,
}

/// How much of a paged answer to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All of it.
    AllPages,
    /// The first page, to try a method out.
    FirstPage,
    /// Whole pages until there are this many records, to see what records look like.
    Records(usize),
}

/// How long a caller can wait for rate limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// A cycle's step: however long it takes; a 429 is waited out and tried again.
    Unbounded,
    /// A person or program on the line: no longer than this at a time, then
    /// [`CallError::RateLimited`](super::CallError::RateLimited); so is a 429.
    AtMost(Duration),
}

impl Patience {
    /// Data on Demand waits up to a minute (connectors.md §12).
    pub const ON_DEMAND: Self = Self::AtMost(Duration::from_secs(60));
}
