//! Administrators of a partner, as other administrators manage them.

use chrono::TimeDelta;
use velodrome_model::{
    Administrator, AdministratorId, Membership, PartnerActor, Role, SecretString, SharedClock,
};
use velodrome_store::{Deed, Store, StoreError};

use crate::{Access, Invalid, invalid, tokens};

/// Invites, changes and removes administrators. Cheap to clone.
#[derive(Clone)]
pub struct Administrators {
    store: Store,
    access: Access,
    clock: SharedClock,
}

/// An administrator and its place in the partner.
pub type Member = (Administrator, Membership);

/// Somebody who has just been invited.
#[derive(Debug)]
pub struct Invited {
    /// The administrator.
    pub member: Member,
    /// The token that lets it choose a password; absent for somebody who has one already.
    pub token: Option<SecretString>,
}

/// Why something can't be done with an administrator.
#[derive(Debug, thiserror::Error)]
pub enum AdministratorError {
    /// The partner has no such administrator.
    #[error("there is no such administrator")]
    NotFound,
    /// Somebody with this address is an administrator of the partner already.
    #[error("An administrator with this e-mail address exists already.")]
    Exists,
    /// Nobody would be left to manage the partner.
    #[error("The last administrator of the partner must stay one.")]
    Last,
    /// A value breaks a rule; nothing was changed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How long an invitation is good.
const INVITATION: TimeDelta = TimeDelta::days(7);

impl Administrators {
    /// Administrators in this store, kept at this door.
    pub fn new(store: Store, access: Access, clock: SharedClock) -> Self {
        Self {
            store,
            access,
            clock,
        }
    }

    /// All, by e-mail address.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, actor: &PartnerActor) -> Result<Vec<Member>, AdministratorError> {
        Ok(self.store.read(&actor.scope).await?.members().all().await?)
    }

    /// Invites somebody. Inviting again whoever has not accepted makes a new invitation.
    ///
    /// # Errors
    /// [`AdministratorError::Invalid`]; [`AdministratorError::Exists`].
    pub async fn invite(
        &self,
        actor: &PartnerActor,
        email: &str,
        role: Role,
    ) -> Result<Invited, AdministratorError> {
        let email = invalid::email("Email", email)?;
        let unit = self.store.begin(&actor.scope).await?;
        let known = unit.members().find_anywhere(&email).await?;
        let id = match &known {
            Some(person) => person.id,
            None => unit.members().invite(&email).await?,
        };
        match unit.members().get(id).await? {
            Some((person, _)) if !person.invitation_pending => {
                return Err(AdministratorError::Exists);
            }
            Some((_, membership)) => {
                unit.members()
                    .save(id, &Membership { role, ..membership })
                    .await?
            }
            None => unit.members().join(id, role, false).await?,
        }
        let mut token = None;
        if known.is_none_or(|person| person.invitation_pending) {
            let minted = tokens::mint("iv_");
            let hash = tokens::hash(velodrome_model::ExposeSecret::expose_secret(&minted));
            unit.members()
                .set_invitation(id, hash, self.clock.now() + INVITATION)
                .await?;
            token = Some(minted);
        }
        let member = unit
            .members()
            .get(id)
            .await?
            .ok_or(AdministratorError::NotFound)?;
        unit.audit(
            &actor.principal,
            deed("administrator.invited", &member.0, Some(role.as_str())),
        )
        .await?;
        unit.commit().await?;
        Ok(Invited { member, token })
    }

    /// Changes role or notifications; `None` keeps.
    ///
    /// # Errors
    /// [`AdministratorError::NotFound`]; [`AdministratorError::Last`] when nobody could manage the partner.
    pub async fn change(
        &self,
        actor: &PartnerActor,
        id: AdministratorId,
        role: Option<Role>,
        notifications: Option<bool>,
    ) -> Result<Member, AdministratorError> {
        let unit = self.store.begin(&actor.scope).await?;
        let (person, mut membership) = unit
            .members()
            .get(id)
            .await?
            .ok_or(AdministratorError::NotFound)?;
        if role.is_some_and(|role| role != Role::Administrator)
            && is_last(&unit.members().all().await?, id)
        {
            return Err(AdministratorError::Last);
        }
        membership.role = role.unwrap_or(membership.role);
        membership.notifications = notifications.unwrap_or(membership.notifications);
        unit.members().save(id, &membership).await?;
        unit.audit(
            &actor.principal,
            deed(
                "administrator.changed",
                &person,
                Some(membership.role.as_str()),
            ),
        )
        .await?;
        unit.commit().await?;
        self.access.forget();
        Ok((person, membership))
    }

    /// Removes an administrator from the partner and ends its sessions and tokens.
    ///
    /// # Errors
    /// [`AdministratorError::NotFound`]; [`AdministratorError::Last`].
    pub async fn remove(
        &self,
        actor: &PartnerActor,
        id: AdministratorId,
    ) -> Result<(), AdministratorError> {
        let unit = self.store.begin(&actor.scope).await?;
        let (person, _) = unit
            .members()
            .get(id)
            .await?
            .ok_or(AdministratorError::NotFound)?;
        if is_last(&unit.members().all().await?, id) {
            return Err(AdministratorError::Last);
        }
        unit.end_member_sessions(id).await?;
        unit.access_tokens().delete_of_administrator(id).await?;
        unit.members().remove(id).await?;
        unit.audit(
            &actor.principal,
            deed("administrator.removed", &person, None),
        )
        .await?;
        unit.commit().await?;
        self.access.forget();
        Ok(())
    }
}

/// Whether nobody else can sign in and manage the partner.
fn is_last(members: &[Member], id: AdministratorId) -> bool {
    !members.iter().any(|(person, membership)| {
        person.id != id && membership.role == Role::Administrator && person.password_hash.is_some()
    })
}

fn deed(action: &'static str, person: &Administrator, comment: Option<&str>) -> Deed {
    Deed {
        action,
        object_type: "Administrator",
        object_id: person.id.to_string(),
        comment: Some(comment.map_or_else(
            || person.email.clone(),
            |comment| format!("{} as {comment}", person.email),
        )),
        ..Deed::default()
    }
}
