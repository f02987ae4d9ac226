//! Who acts, and on whose behalf: the values that make tenancy impossible to forget.
//!
//! A unit of work can only be begun with a [`Scope`], and the scope's type decides which rows it can
//! reach. An actor is made once, at the door, from a token or a session.

use std::net::IpAddr;

use crate::{AccountId, AccountKey, PartnerId};

/// What a unit of work may reach.
pub trait Scope: Clone + Send + Sync + 'static {}

/// Everything of the installation: data keys, connector releases, sessions before sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceScope;

/// Everything of one partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartnerScope {
    /// The partner.
    pub partner: PartnerId,
}

/// Everything of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountScope {
    /// The partner that the account belongs to.
    pub partner: PartnerId,
    /// The account.
    pub account: AccountId,
}

impl Scope for InstanceScope {}
impl Scope for PartnerScope {}
impl Scope for AccountScope {}

/// Who did something, for the audit log (openapi: AuditLogEntry).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Kind of actor.
    pub kind: PrincipalKind,
    /// User name, client id, or what part of the system.
    pub name: String,
    /// Where the request came from.
    pub address: Option<IpAddr>,
}

/// Kind of actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum PrincipalKind {
    /// A console administrator.
    Administrator,
    /// A user of accounts.
    User,
    /// An API client.
    Client,
    /// Velodrome itself.
    System,
}

/// Someone who may act for a whole partner: an unrestricted token or a console session.
#[derive(Clone, Debug)]
pub struct PartnerActor {
    /// What the actor may reach.
    pub scope: PartnerScope,
    /// Who it is.
    pub principal: Principal,
}

/// Someone who acts within one account.
#[derive(Clone, Debug)]
pub struct AccountActor {
    /// What the actor may reach.
    pub scope: AccountScope,
    /// The account's id as the partner knows it.
    pub key: AccountKey,
    /// The parent whose connectors a sub account sees read-only.
    pub parent: Option<AccountId>,
    /// The token is restricted to this account (`scope=account:{id}`).
    pub restricted: bool,
    /// Who it is.
    pub principal: Principal,
}

/// Someone who may read what both levels may read.
#[derive(Clone, Debug)]
pub enum AnyActor {
    /// No account named.
    Partner(PartnerActor),
    /// Within an account.
    Account(AccountActor),
}

impl AnyActor {
    /// The partner either way.
    pub fn partner(&self) -> PartnerScope {
        match self {
            Self::Partner(actor) => actor.scope,
            Self::Account(actor) => PartnerScope {
                partner: actor.scope.partner,
            },
        }
    }
}
