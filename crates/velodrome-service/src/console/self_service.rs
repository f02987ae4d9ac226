//! What administrators change of themselves: password, second factor, acceptance of an invitation.

use velodrome_model::{
    AdministratorId, ExposeSecret, InstanceScope, PartnerId, Principal, PrincipalKind, SecretString,
};
use velodrome_store::{Deed, SecondFactor, StoreError};

use super::{Console, NewSecondFactor, second_factor::matching_step};
use crate::{
    Invalid,
    access::{Caller, Credential},
    invalid::bounded_text,
    passwords::{self, HashingFailed, WeakPassword},
    tokens,
};

/// Why something can't be changed.
#[derive(Debug, thiserror::Error)]
pub enum SelfServiceError {
    /// The caller is no administrator with a session.
    #[error("Authorization has been denied for this request.")]
    Denied,
    /// The current password is wrong.
    #[error("The current password is wrong.")]
    WrongPassword,
    /// The code is wrong, too old, or was used.
    #[error("The code is wrong or was used already.")]
    WrongCode,
    /// No second factor is being set up.
    #[error("Begin by creating a second factor.")]
    NothingToConfirm,
    /// The partner demands a second factor.
    #[error("The security settings require a second factor.")]
    SecondFactorRequired,
    /// The invitation is unknown, used or expired.
    #[error("The invitation is unknown, used or expired. Ask for another one.")]
    InvitationGone,
    /// The new password breaks a rule.
    #[error(transparent)]
    WeakPassword(#[from] WeakPassword),
    /// A value breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Hashing failed.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Console {
    /// Changes the caller's password and ends all its other sessions.
    ///
    /// # Errors
    /// [`SelfServiceError::WrongPassword`]; [`SelfServiceError::WeakPassword`].
    pub async fn change_password(
        &self,
        caller: &Caller,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<(), SelfServiceError> {
        let (id, session) = own(caller)?;
        self.confirm_password(id, current).await?;
        let unit = self.store.read(&InstanceScope).await?;
        let partner = unit
            .partner_by_id(caller.partner.partner)
            .await?
            .ok_or(StoreError::Stale)?;
        drop(unit);
        let minimum = usize::try_from(partner.security.minimum_password_length).unwrap_or(10);
        passwords::check_administrator_password(new, minimum)?;
        let hash = self.passwords.hash(new).await?;
        let unit = self.store.begin(&InstanceScope).await?;
        unit.administrators().set_password(id, hash).await?;
        unit.end_sessions_except(id, Some(session)).await?;
        let unit = unit.into_partner(caller.partner.partner);
        unit.access_tokens().delete_of_administrator(id).await?;
        unit.audit(
            &caller.principal,
            deed("administrator.password_changed", id),
        )
        .await?;
        unit.commit().await?;
        self.access.forget();
        Ok(())
    }

    /// Begins to set up a second factor. Replacing one that is in force needs the password, so that a
    /// browser left open is not enough.
    ///
    /// # Errors
    /// [`SelfServiceError::WrongPassword`].
    pub async fn begin_second_factor(
        &self,
        caller: &Caller,
        password: Option<&SecretString>,
    ) -> Result<NewSecondFactor, SelfServiceError> {
        let (id, _) = own(caller)?;
        let unit = self.store.read(&InstanceScope).await?;
        let person = unit
            .administrators()
            .get(id)
            .await?
            .ok_or(SelfServiceError::Denied)?;
        drop(unit);
        if person.has_second_factor {
            let password = password.ok_or(SelfServiceError::WrongPassword)?;
            self.confirm_password(id, password).await?;
        }
        let unit = self.store.begin(&InstanceScope).await?;
        let partner = unit
            .partner_by_id(caller.partner.partner)
            .await?
            .ok_or(StoreError::Stale)?;
        let new = NewSecondFactor::generate(
            &partner.general.application_display_name,
            &caller.principal.name,
        );
        unit.administrators()
            .set_second_factor(id, SecondFactor::Pending, Some(&new.secret))
            .await?;
        unit.commit().await?;
        Ok(new)
    }

    /// Puts the second factor in force that is being set up, by a code of it.
    ///
    /// # Errors
    /// [`SelfServiceError::NothingToConfirm`]; [`SelfServiceError::WrongCode`].
    pub async fn confirm_second_factor(
        &self,
        caller: &Caller,
        code: &SecretString,
    ) -> Result<(), SelfServiceError> {
        let (id, session) = own(caller)?;
        let unit = self.store.begin(&InstanceScope).await?;
        let pending = unit
            .administrators()
            .second_factor(id, SecondFactor::Pending)
            .await?;
        let secret = pending.ok_or(SelfServiceError::NothingToConfirm)?;
        let now = u64::try_from(self.clock.now().timestamp()).unwrap_or(0);
        let step =
            matching_step(&secret, code.expose_secret(), now).ok_or(SelfServiceError::WrongCode)?;
        unit.administrators()
            .set_second_factor(id, SecondFactor::Active, Some(&secret))
            .await?;
        unit.administrators().use_code(id, step).await?;
        unit.end_sessions_except(id, Some(session)).await?;
        let unit = unit.into_partner(caller.partner.partner);
        // Tokens of the password grant were given without it.
        unit.access_tokens().delete_of_administrator(id).await?;
        unit.audit(
            &caller.principal,
            deed("administrator.second_factor_set_up", id),
        )
        .await?;
        unit.commit().await?;
        self.access.forget();
        Ok(())
    }

    /// Removes the caller's second factor.
    ///
    /// # Errors
    /// [`SelfServiceError::WrongPassword`]; [`SelfServiceError::SecondFactorRequired`] when the partner demands one.
    pub async fn remove_second_factor(
        &self,
        caller: &Caller,
        password: &SecretString,
    ) -> Result<(), SelfServiceError> {
        let (id, _) = own(caller)?;
        self.confirm_password(id, password).await?;
        let unit = self.store.begin(&InstanceScope).await?;
        let partner = unit
            .partner_by_id(caller.partner.partner)
            .await?
            .ok_or(StoreError::Stale)?;
        if partner.security.require_mfa {
            return Err(SelfServiceError::SecondFactorRequired);
        }
        unit.administrators()
            .set_second_factor(id, SecondFactor::Active, None)
            .await?;
        let unit = unit.into_partner(partner.id);
        unit.audit(
            &caller.principal,
            deed("administrator.second_factor_removed", id),
        )
        .await?;
        Ok(unit.commit().await?)
    }

    /// Accepts an invitation: sets name and password. Signing in comes next.
    ///
    /// # Errors
    /// [`SelfServiceError::InvitationGone`]; [`SelfServiceError::WeakPassword`]; [`SelfServiceError::Invalid`].
    pub async fn accept_invitation(
        &self,
        token: &SecretString,
        name: Option<&str>,
        password: &SecretString,
        address: Option<std::net::IpAddr>,
    ) -> Result<(), SelfServiceError> {
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        if let Some(name) = name {
            bounded_text("Name", name, 255)?;
        }
        let hash = tokens::hash(token.expose_secret());
        let unit = self.store.read(&InstanceScope).await?;
        let person = unit
            .administrators()
            .invited(&hash)
            .await?
            .ok_or(SelfServiceError::InvitationGone)?;
        let partner = self.partner_of(&unit, person.id).await?;
        let minimum = unit
            .partner_by_id(partner)
            .await?
            .ok_or(StoreError::Stale)?
            .security
            .minimum_password_length;
        drop(unit);
        passwords::check_administrator_password(password, usize::try_from(minimum).unwrap_or(10))?;
        let password = self.passwords.hash(password).await?;
        let unit = self.store.begin(&InstanceScope).await?;
        // Asked again within the unit: of two acceptances one gets it.
        let person = unit
            .administrators()
            .invited(&hash)
            .await?
            .ok_or(SelfServiceError::InvitationGone)?;
        unit.administrators()
            .set_password(person.id, password)
            .await?;
        if let Some(name) = name {
            unit.administrators()
                .set_name(person.id, Some(name.to_owned()))
                .await?;
        }
        let principal = Principal {
            kind: PrincipalKind::Administrator,
            name: person.email,
            address,
        };
        let unit = unit.into_partner(partner);
        unit.audit(
            &principal,
            deed("administrator.invitation_accepted", person.id),
        )
        .await?;
        Ok(unit.commit().await?)
    }

    async fn partner_of(
        &self,
        unit: &velodrome_store::Unit<InstanceScope>,
        id: AdministratorId,
    ) -> Result<PartnerId, SelfServiceError> {
        let memberships = unit.administrators().memberships(id).await?;
        Ok(memberships
            .first()
            .ok_or(SelfServiceError::InvitationGone)?
            .partner)
    }

    /// The password, asked again. Guessing here is slowed down as it is at sign-in.
    async fn confirm_password(
        &self,
        id: AdministratorId,
        password: &SecretString,
    ) -> Result<(), SelfServiceError> {
        let key = id.to_string();
        if self.by_account.wait(&key).is_some() {
            return Err(SelfServiceError::WrongPassword);
        }
        let unit = self.store.read(&InstanceScope).await?;
        let person = unit
            .administrators()
            .get(id)
            .await?
            .ok_or(SelfServiceError::Denied)?;
        drop(unit);
        match self
            .passwords
            .verify(password, person.password_hash.as_deref())
            .await?
        {
            true => {
                self.by_account.succeeded(&key);
                Ok(())
            }
            false => {
                self.by_account.failed(&key);
                Err(SelfServiceError::WrongPassword)
            }
        }
    }
}

fn own(caller: &Caller) -> Result<(AdministratorId, uuid::Uuid), SelfServiceError> {
    match (caller.administrator, caller.credential) {
        (Some(id), Credential::Session(session)) => Ok((id, session)),
        _ => Err(SelfServiceError::Denied),
    }
}

fn deed(action: &'static str, id: AdministratorId) -> Deed {
    Deed {
        action,
        object_type: "Administrator",
        object_id: id.to_string(),
        ..Deed::default()
    }
}
