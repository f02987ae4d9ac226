//! Who calls, and what that lets them do (api.md §2).
//!
//! The door asks in this order: is the token or session good, which account does the header name, is
//! the token restricted, is the address allowed, does the role suffice.

mod admission;
mod caller;

pub(crate) use admission::{contains, parse_net};
pub use caller::{AccessError, Caller, Credential};

use std::{net::IpAddr, sync::Arc, time::Duration};

use chrono::TimeDelta;
use ipnet::IpNet;
use tracing::warn;
use velodrome_model::{
    AccountActor, AccountId, AccountKey, AccountScope, Administrator, AdministratorId, AnyActor,
    ExposeSecret, InstanceScope, IpScope, PartnerActor, PartnerId, PartnerScope, Principal,
    PrincipalKind, Role, SecretString, SharedClock,
};
use velodrome_store::{LiveSession, SessionHolder, Store, StoreError, Unit};

use crate::{recent::Recent, tokens};

/// Finds out who calls. Cheap to clone.
#[derive(Clone)]
pub struct Access {
    store: Store,
    clock: SharedClock,
    kept: Arc<Kept>,
}

/// What was found a moment ago; [`Access::forget`] forgets it.
struct Kept {
    tokens: Recent<Vec<u8>, Arc<KeptToken>>,
    accounts: Recent<(PartnerId, String), Arc<Account>>,
    rules: Recent<PartnerId, Arc<Vec<(IpScope, IpNet)>>>,
}

struct KeptToken {
    caller: Caller,
    expires_at: chrono::DateTime<chrono::Utc>,
}

/// What an actor needs of an account.
struct Account {
    scope: AccountScope,
    key: AccountKey,
    parent: Option<AccountId>,
}

/// How long what was found is used again, unless told otherwise.
pub const FRESH: Duration = Duration::from_secs(2);

impl Access {
    /// A door over the store. `fresh` is how long an answer of the store may be used again; zero for
    /// several nodes that must see each other's revocations at once.
    pub fn new(store: Store, clock: SharedClock, fresh: Duration) -> Self {
        let kept = Kept {
            tokens: Recent::new(50_000, fresh),
            accounts: Recent::new(50_000, fresh),
            rules: Recent::new(1_000, fresh),
        };
        Self {
            store,
            clock,
            kept: Arc::new(kept),
        }
    }

    /// Forgets everything: an account, a token or a rule has changed.
    pub fn forget(&self) {
        self.kept.tokens.forget_all();
        self.kept.accounts.forget_all();
        self.kept.rules.forget_all();
    }

    /// Who brings this access token.
    ///
    /// # Errors
    /// [`AccessError::Denied`] when it is unknown, expired or revoked.
    pub async fn token(
        &self,
        token: &SecretString,
        address: Option<IpAddr>,
    ) -> Result<Caller, AccessError> {
        let hash = tokens::hash(token.expose_secret());
        let now = self.clock.now();
        let find = || async { Ok::<_, AccessError>(Arc::new(self.find_token(&hash).await?)) };
        let kept = self.kept.tokens.get(&hash, find).await?;
        if kept.expires_at <= now {
            return Err(AccessError::Denied { given: true });
        }
        let mut caller = kept.caller.clone();
        caller.principal.address = address;
        Ok(caller)
    }

    async fn find_token(&self, hash: &[u8]) -> Result<KeptToken, AccessError> {
        let unit = self.store.read(&InstanceScope).await?;
        let token = unit
            .access_token(hash)
            .await?
            .ok_or(AccessError::Denied { given: true })?;
        let mut caller = Caller {
            partner: PartnerScope {
                partner: token.partner,
            },
            principal: Principal {
                kind: PrincipalKind::Client,
                name: token.client_id,
                address: None,
            },
            role: Role::Administrator,
            restricted_to: token.account,
            credential: Credential::Token(token.id),
            administrator: token.administrator,
            must_set_up_second_factor: false,
        };
        if let Some(id) = token.administrator {
            let (person, role) = administrator(&unit, id, token.partner).await?;
            caller.principal = Principal {
                kind: PrincipalKind::Administrator,
                name: person.email,
                address: None,
            };
            caller.role = role;
        }
        Ok(KeptToken {
            caller,
            expires_at: token.expires_at,
        })
    }

    /// Who brings this console session cookie.
    ///
    /// # Errors
    /// [`AccessError::Denied`] when it is unknown, ended or not an administrator's.
    pub async fn session(
        &self,
        cookie: &SecretString,
        address: Option<IpAddr>,
    ) -> Result<Caller, AccessError> {
        let unit = self.store.read(&InstanceScope).await?;
        let denied = AccessError::Denied { given: true };
        let session = unit.session(&tokens::hash(cookie.expose_secret())).await?;
        let Some(session) = session else {
            return Err(denied);
        };
        let SessionHolder::Administrator(id) = session.holder else {
            return Err(denied);
        };
        let (person, role) = administrator(&unit, id, session.partner).await?;
        let partner = unit
            .partner_by_id(session.partner)
            .await?
            .ok_or(StoreError::Stale)?;
        drop(unit);
        if let Err(cause) = self.touch(&session).await {
            // Reading must go on where nothing can be written, on a full disk for instance.
            warn!(%cause, "The use of a session could not be written down");
        }
        Ok(Caller {
            partner: PartnerScope {
                partner: session.partner,
            },
            principal: Principal {
                kind: PrincipalKind::Administrator,
                name: person.email,
                address,
            },
            role,
            restricted_to: None,
            credential: Credential::Session(session.id),
            administrator: Some(id),
            must_set_up_second_factor: partner.security.require_mfa && !person.has_second_factor,
        })
    }

    /// Writes down the use of a session, to the minute: reading a page must not cost a write each time.
    async fn touch(&self, session: &LiveSession) -> Result<(), StoreError> {
        if self.clock.now() - session.last_seen_at < TimeDelta::minutes(1) {
            return Ok(());
        }
        let unit = self.store.begin(&InstanceScope).await?;
        unit.touch_session(session.id).await?;
        unit.commit().await
    }

    /// The caller as one who acts for the whole partner.
    ///
    /// # Errors
    /// [`AccessError::Restricted`] for a token that is bound to an account.
    pub fn partner(&self, caller: &Caller) -> Result<PartnerActor, AccessError> {
        match caller.restricted_to {
            Some(_) => Err(AccessError::Restricted),
            None => Ok(PartnerActor {
                scope: caller.partner,
                principal: caller.principal.clone(),
            }),
        }
    }

    /// The caller as one who acts within an account: the one of the header, else that of the token.
    ///
    /// # Errors
    /// [`AccessError::NoAccount`] without either; [`AccessError::UnknownAccount`] when the partner has no
    /// such account; [`AccessError::OtherAccount`] when the token is restricted to another one.
    pub async fn account(
        &self,
        caller: &Caller,
        header: Option<&str>,
    ) -> Result<AccountActor, AccessError> {
        let account = match (
            header.map(str::trim).filter(|header| !header.is_empty()),
            caller.restricted_to,
        ) {
            (Some(key), _) => self.find_account(caller.partner, key).await?,
            (None, Some(id)) => self.find_account(caller.partner, &id.to_string()).await?,
            (None, None) => return Err(AccessError::NoAccount),
        };
        if caller
            .restricted_to
            .is_some_and(|id| id != account.scope.account)
        {
            return Err(AccessError::OtherAccount);
        }
        Ok(AccountActor {
            scope: account.scope,
            key: account.key.clone(),
            parent: account.parent,
            restricted: caller.restricted_to.is_some(),
            principal: caller.principal.clone(),
        })
    }

    /// The caller as one who reads what both levels may read.
    ///
    /// # Errors
    /// Like [`Access::account`], when the header or the token names an account.
    pub async fn any(
        &self,
        caller: &Caller,
        header: Option<&str>,
    ) -> Result<AnyActor, AccessError> {
        match self.account(caller, header).await {
            Ok(actor) => Ok(AnyActor::Account(actor)),
            Err(AccessError::NoAccount) => self.partner(caller).map(AnyActor::Partner),
            Err(error) => Err(error),
        }
    }

    async fn find_account(
        &self,
        scope: PartnerScope,
        key: &str,
    ) -> Result<Arc<Account>, AccessError> {
        let find = || self.read_account(scope, key);
        self.kept
            .accounts
            .get(&(scope.partner, key.to_owned()), find)
            .await
    }

    async fn read_account(
        &self,
        scope: PartnerScope,
        key: &str,
    ) -> Result<Arc<Account>, AccessError> {
        let unit = self.store.read(&scope).await?;
        let found = unit
            .accounts()
            .find(key)
            .await?
            .ok_or(AccessError::UnknownAccount)?;
        Ok(Arc::new(Account {
            scope: AccountScope {
                partner: scope.partner,
                account: found.id,
            },
            key: found.key,
            parent: found.parent.map(|(id, _)| id),
        }))
    }
}

/// An administrator and its role in a partner. Who is no longer one is denied.
async fn administrator(
    unit: &Unit<InstanceScope>,
    id: AdministratorId,
    partner: PartnerId,
) -> Result<(Administrator, Role), AccessError> {
    let denied = AccessError::Denied { given: true };
    let person = unit.administrators().get(id).await?;
    let Some(person) = person else {
        return Err(denied);
    };
    let memberships = unit.administrators().memberships(id).await?;
    match memberships
        .into_iter()
        .find(|membership| membership.partner == partner)
    {
        Some(membership) => Ok((person, membership.role)),
        None if person.is_instance_administrator => Ok((person, Role::Administrator)),
        None => Err(denied),
    }
}
