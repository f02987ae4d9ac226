//! Signing in to the console: password, second factor, sessions.

mod second_factor;
mod self_service;

pub use second_factor::NewSecondFactor;
pub use self_service::SelfServiceError;

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use velodrome_model::{
    Administrator, ConsoleSession, ExposeSecret, InstanceScope, IpScope, Membership, Partner,
    PartnerId, PartnerScope, Principal, PrincipalKind, Role, SecretString, SharedClock,
};
use velodrome_store::{Deed, NewSession, SecondFactor, SessionHolder, Store, StoreError, Unit};

use crate::{
    Access, Throttle,
    access::{AccessError, Caller, Credential},
    passwords::{HashingFailed, Passwords},
    tokens,
};

/// Signs administrators in and out. Cheap to clone.
#[derive(Clone)]
pub struct Console {
    store: Store,
    access: Access,
    passwords: Passwords,
    clock: SharedClock,
    by_address: Throttle,
    by_account: Throttle,
}

/// What somebody who signs in brings.
#[derive(Debug)]
pub struct SignIn {
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: SecretString,
    /// Code of the second factor.
    pub code: Option<SecretString>,
    /// Where from.
    pub address: Option<IpAddr>,
    /// The browser.
    pub user_agent: Option<String>,
}

/// A session that has just begun.
#[derive(Debug)]
pub struct SignedIn {
    /// Value of the session cookie.
    pub cookie: SecretString,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Who.
    pub holder: Holder,
}

/// Whose session it is.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The administrator.
    pub administrator: Administrator,
    /// Rights in the partner.
    pub role: Role,
    /// The partner.
    pub partner: Partner,
    /// The partner demands a second factor and there is none yet: nothing else works before it is set up.
    pub must_set_up_second_factor: bool,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Wrong e-mail address, password or code.
    #[error("The e-mail address, password or code is wrong.")]
    InvalidCredentials,
    /// The password is right; a code is needed.
    #[error("Enter the code of your authenticator app.")]
    SecondFactorRequired,
    /// Too many failures.
    #[error("Too many attempts. Wait before you try again.")]
    Throttled(Duration),
    /// IP rules keep this address out.
    #[error("The address of the caller is not allowed.")]
    Address,
    /// Hashing failed.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Console {
    /// A console over the store, behind this door.
    pub fn new(store: Store, access: Access, passwords: Passwords, clock: SharedClock) -> Self {
        let by_address = Throttle::new(clock.clone(), 20, TimeDelta::minutes(5));
        let by_account = Throttle::new(clock.clone(), 5, TimeDelta::minutes(1));
        Self {
            store,
            access,
            passwords,
            clock,
            by_address,
            by_account,
        }
    }

    /// Begins a session.
    ///
    /// # Errors
    /// [`SignInError`] says why not; a wrong address and a wrong password look and take the same.
    pub async fn sign_in(&self, request: SignIn) -> Result<SignedIn, SignInError> {
        let account = request.email.trim().to_lowercase();
        let address = request.address.map_or_else(
            || "unknown".to_owned(),
            |address| address.to_canonical().to_string(),
        );
        let wait = self
            .by_account
            .wait(&account)
            .max(self.by_address.wait(&address));
        if let Some(wait) = wait {
            return Err(SignInError::Throttled(wait));
        }
        let outcome = self.check(&request).await;
        match &outcome {
            Ok(_) => self.by_account.succeeded(&account),
            Err(SignInError::InvalidCredentials) => {
                self.by_account.failed(&account);
                self.by_address.failed(&address);
            }
            Err(_) => {}
        }
        let (administrator, membership) = outcome?;
        self.begin(administrator, membership, request).await
    }

    async fn check(&self, request: &SignIn) -> Result<(Administrator, Membership), SignInError> {
        let unit = self.store.read(&InstanceScope).await?;
        let person = unit.administrators().find(&request.email).await?;
        drop(unit);
        let hash = person
            .as_ref()
            .and_then(|person| person.password_hash.as_deref());
        let matches = self.passwords.verify(&request.password, hash).await?;
        let person = person
            .filter(|_| matches)
            .ok_or(SignInError::InvalidCredentials)?;
        if person.has_second_factor {
            let code = request
                .code
                .as_ref()
                .filter(|code| !code.expose_secret().trim().is_empty());
            let code = code.ok_or(SignInError::SecondFactorRequired)?;
            if !self.use_code(person.id, SecondFactor::Active, code).await? {
                return Err(SignInError::InvalidCredentials);
            }
        }
        let unit = self.store.read(&InstanceScope).await?;
        let membership = match unit
            .administrators()
            .memberships(person.id)
            .await?
            .into_iter()
            .next()
        {
            Some(membership) => membership,
            None if person.is_instance_administrator => {
                let partner = unit.default_partner().await?.ok_or(StoreError::Corrupt {
                    what: "the default partner",
                })?;
                Membership {
                    partner: partner.id,
                    role: Role::Administrator,
                    notifications: false,
                }
            }
            None => return Err(SignInError::InvalidCredentials),
        };
        drop(unit);
        let scope = PartnerScope {
            partner: membership.partner,
        };
        match self
            .access
            .admit(scope, IpScope::Console, request.address)
            .await
        {
            Ok(()) => Ok((person, membership)),
            Err(AccessError::Store(error)) => Err(SignInError::Store(error)),
            Err(_) => Err(SignInError::Address),
        }
    }

    async fn begin(
        &self,
        person: Administrator,
        membership: Membership,
        request: SignIn,
    ) -> Result<SignedIn, SignInError> {
        let now = self.clock.now();
        let unit = self.store.begin(&InstanceScope).await?;
        let partner = partner(&unit, membership.partner).await?;
        let expires_at = now + TimeDelta::minutes(partner.security.session_lifetime_minutes);
        let cookie = tokens::mint("cn_");
        let new = NewSession {
            hash: tokens::hash(cookie.expose_secret()),
            partner: partner.id,
            holder: SessionHolder::Administrator(person.id),
            address: request
                .address
                .map(|address| address.to_canonical().to_string()),
            user_agent: request
                .user_agent
                .map(|agent| agent.chars().take(256).collect()),
            expires_at,
        };
        let session = unit.begin_session(new).await?;
        unit.administrators().signed_in(person.id).await?;
        let principal = Principal {
            kind: PrincipalKind::Administrator,
            name: person.email.clone(),
            address: request.address,
        };
        let deed = Deed {
            action: "session.begun",
            object_type: "Session",
            object_id: session.to_string(),
            ..Deed::default()
        };
        let unit = unit.into_partner(partner.id);
        unit.audit(&principal, deed).await?;
        unit.commit().await?;
        let holder = holder(person, membership.role, partner);
        Ok(SignedIn {
            cookie,
            expires_at,
            holder,
        })
    }

    /// Whose session a caller's is.
    ///
    /// # Errors
    /// [`AccessError::Denied`] when the caller has no session.
    pub async fn holder(&self, caller: &Caller) -> Result<Holder, AccessError> {
        let denied = AccessError::Denied { given: true };
        let (Some(id), Credential::Session(_)) = (caller.administrator, caller.credential) else {
            return Err(denied);
        };
        let unit = self.store.read(&InstanceScope).await?;
        let person = unit.administrators().get(id).await?;
        let Some(person) = person else {
            return Err(denied);
        };
        let partner = partner(&unit, caller.partner.partner).await?;
        Ok(holder(person, caller.role, partner))
    }

    /// The brand that the sign-in page shows.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn brand(&self) -> Result<Partner, StoreError> {
        let unit = self.store.read(&InstanceScope).await?;
        unit.default_partner().await?.ok_or(StoreError::Corrupt {
            what: "the default partner",
        })
    }

    /// Ends the caller's session.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign_out(&self, caller: &Caller) -> Result<(), StoreError> {
        let (Some(id), Credential::Session(session)) = (caller.administrator, caller.credential)
        else {
            return Ok(());
        };
        let unit = self.store.begin(&InstanceScope).await?;
        unit.end_session(id, session).await?;
        unit.commit().await
    }

    /// The caller's own sessions, the latest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sessions(&self, caller: &Caller) -> Result<Vec<ConsoleSession>, StoreError> {
        let Some(id) = caller.administrator else {
            return Ok(Vec::new());
        };
        self.store.read(&InstanceScope).await?.sessions_of(id).await
    }

    /// Ends one of the caller's own sessions. False when there is none of this id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_session(
        &self,
        caller: &Caller,
        session: uuid::Uuid,
    ) -> Result<bool, StoreError> {
        let Some(id) = caller.administrator else {
            return Ok(false);
        };
        let unit = self.store.begin(&InstanceScope).await?;
        let ended = unit.end_session(id, session).await?;
        unit.commit().await?;
        Ok(ended)
    }
}

async fn partner(unit: &Unit<InstanceScope>, id: PartnerId) -> Result<Partner, StoreError> {
    unit.partner_by_id(id).await?.ok_or(StoreError::Stale)
}

fn holder(administrator: Administrator, role: Role, partner: Partner) -> Holder {
    let must_set_up_second_factor =
        partner.security.require_mfa && !administrator.has_second_factor;
    Holder {
        administrator,
        role,
        partner,
        must_set_up_second_factor,
    }
}
