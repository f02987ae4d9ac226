//! Browser sessions of people in one account, begun with a sign-in token (embedding.md §3).

use std::net::IpAddr;

use chrono::TimeDelta;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use velodrome_model::{
    AccountActor, AccountScope, ExposeSecret, InstanceScope, Partner, PartnerScope, Principal,
    PrincipalKind, SecretString, SharedClock, User,
};
use velodrome_store::{
    Deed, LiveSession, NewUserSession, OneTimeToken, SessionHolder, Store, StoreError,
    TokenPurpose, Unit,
};

use crate::tokens;

/// An unused session ends after this long; sooner where the partner's security settings say so.
const IDLE: TimeDelta = TimeDelta::minutes(60);
/// Reading a page must not cost a write each time, so sessions slide by steps of this.
const STEP: TimeDelta = TimeDelta::minutes(1);

/// Lets people of accounts in and out. Cheap to clone.
#[derive(Clone)]
pub struct AccountSessions {
    store: Store,
    clock: SharedClock,
}

/// A session that has just begun.
#[derive(Debug)]
pub struct BegunSession {
    /// Value of the cookie.
    pub cookie: SecretString,
    /// Whose brand and settings apply.
    pub partner: PartnerScope,
}

/// Somebody with a session in an account.
#[derive(Debug)]
pub struct AccountSession {
    id: Uuid,
    /// Display name of the account.
    pub account_name: String,
    /// Who, and on whose behalf.
    pub actor: AccountActor,
    /// Proves that a form was made for this session, for nobody else knows it.
    pub form_token: SecretString,
}

/// Why somebody has no session.
#[derive(Debug, thiserror::Error)]
pub enum AccountSessionError {
    /// The sign-in token is unknown, used or expired, or its user may no longer enter.
    #[error("the link was used before or has expired")]
    Gone,
    /// There is no session, or it has ended.
    #[error("nobody is signed in")]
    SignedOut,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AccountSession {
    /// Whether a form comes from a page of this session.
    pub fn owns_form(&self, token: &str) -> bool {
        let right = self.form_token.expose_secret().as_bytes();
        right.ct_eq(token.as_bytes()).into()
    }
}

impl AccountSessions {
    /// Sessions in this store.
    pub fn new(store: Store, clock: SharedClock) -> Self {
        Self { store, clock }
    }

    /// Uses a sign-in token up and begins a session of its user. Of two who bring it, one gets in.
    ///
    /// # Errors
    /// [`AccountSessionError::Gone`] when the token is not, or no longer, good.
    pub async fn begin(
        &self,
        token: &str,
        address: Option<IpAddr>,
        user_agent: Option<&str>,
    ) -> Result<BegunSession, AccountSessionError> {
        let unit = self.store.begin(&InstanceScope).await?;
        let taken = unit
            .take_one_time_token(TokenPurpose::SignIn, &tokens::hash_hex(token))
            .await?
            .ok_or(AccountSessionError::Gone)?;
        let partner = partner(&unit, &taken.scope).await?;
        let unit = unit.into_partner(partner.id);
        let user = may_enter(&unit, &taken)
            .await?
            .ok_or(AccountSessionError::Gone)?;
        unit.users().signed_in(user.id).await?;
        let unit = unit.into_account(taken.scope.account);
        let cookie = tokens::mint("us_");
        let new = NewUserSession {
            hash: tokens::hash(cookie.expose_secret()),
            user: user.id,
            address: address.map(|address| address.to_canonical().to_string()),
            user_agent: user_agent.map(|agent| agent.chars().take(256).collect()),
            expires_at: self.clock.now() + lifetime(&partner),
        };
        let session = unit.begin_user_session(new).await?;
        let deed = Deed {
            action: "session.begun",
            object_type: "Session",
            object_id: session.to_string(),
            ..Deed::default()
        };
        unit.audit(&principal(user.name, address), deed).await?;
        unit.commit().await?;
        Ok(BegunSession {
            cookie,
            partner: PartnerScope {
                partner: partner.id,
            },
        })
    }

    /// Whose cookie this is. Using a session keeps it alive.
    ///
    /// # Errors
    /// [`AccountSessionError::SignedOut`] when it is no session of an account's user, or has ended.
    pub async fn find(
        &self,
        cookie: &SecretString,
        address: Option<IpAddr>,
    ) -> Result<AccountSession, AccountSessionError> {
        let unit = self.store.read(&InstanceScope).await?;
        let live = unit
            .session(&tokens::hash(cookie.expose_secret()))
            .await?
            .ok_or(AccountSessionError::SignedOut)?;
        let SessionHolder::User(user, account) = live.holder else {
            return Err(AccountSessionError::SignedOut);
        };
        let scope = AccountScope {
            partner: live.partner,
            account,
        };
        let partner = partner(&unit, &scope).await?;
        let unit = unit.into_partner(partner.id);
        let user = unit.users().get(user).await?;
        let account = unit.accounts().get(account).await?;
        drop(unit);
        let (Some(user), Some(account)) = (user, account) else {
            return Err(AccountSessionError::SignedOut);
        };
        self.slide(&live, &scope, &partner).await?;
        Ok(AccountSession {
            id: live.id,
            account_name: account.name,
            actor: AccountActor {
                scope,
                key: account.key,
                parent: account.parent.map(|(id, _)| id),
                restricted: true,
                principal: principal(user.name, address),
            },
            form_token: form_token(cookie),
        })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end(&self, session: &AccountSession) -> Result<(), AccountSessionError> {
        let unit = self.store.begin(&session.actor.scope).await?;
        unit.end_account_session(session.id).await?;
        Ok(unit.commit().await?)
    }

    async fn slide(
        &self,
        live: &LiveSession,
        scope: &AccountScope,
        partner: &Partner,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        if now - live.last_seen_at < STEP {
            return Ok(());
        }
        let unit = self.store.begin(scope).await?;
        unit.extend_session(live.id, now + lifetime(partner))
            .await?;
        unit.commit().await
    }
}

async fn partner(unit: &Unit<InstanceScope>, scope: &AccountScope) -> Result<Partner, StoreError> {
    unit.partner_by_id(scope.partner)
        .await?
        .ok_or(StoreError::Stale)
}

/// The token's user, if it may still enter the account: that may have been taken away since.
async fn may_enter(
    unit: &Unit<PartnerScope>,
    token: &OneTimeToken,
) -> Result<Option<User>, StoreError> {
    let Some(user) = token.user else {
        return Ok(None);
    };
    let user = unit.users().get(user).await?;
    let account = unit.accounts().get(token.scope.account).await?;
    Ok(user
        .zip(account)
        .filter(|(user, account)| user.accounts.contains(&account.key))
        .map(|(user, _)| user))
}

fn lifetime(partner: &Partner) -> TimeDelta {
    IDLE.min(TimeDelta::minutes(
        partner.security.session_lifetime_minutes,
    ))
}

/// What forms of a session carry. The cookie can't be found from it, nor it from the stored hash of the
/// cookie.
fn form_token(cookie: &SecretString) -> SecretString {
    tokens::hash_hex(&format!("form {}", cookie.expose_secret())).into()
}

fn principal(name: String, address: Option<IpAddr>) -> Principal {
    Principal {
        kind: PrincipalKind::User,
        name,
        address,
    }
}
