//! Console administrators: of the installation by identity, of a partner by membership.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    sea_query::ExprTrait,
};
use velodrome_model::{
    Administrator, AdministratorId, InstanceScope, Membership, PartnerId, PartnerScope, Role,
    SecretString,
};

use crate::{
    StoreError, Unit,
    entity::{administrator, administrator_partner},
    seal::{Place, Sealed},
};

/// Which of the two second factors of an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    /// The one that sign-in asks for.
    Active,
    /// The one being set up.
    Pending,
}

/// Administrators of the installation, before or beyond any partner.
pub struct AdministratorRows<'u> {
    unit: &'u Unit<InstanceScope>,
}

impl Unit<InstanceScope> {
    /// Administrators of the installation.
    pub fn administrators(&self) -> AdministratorRows<'_> {
        AdministratorRows { unit: self }
    }
}

impl AdministratorRows<'_> {
    /// Whether there is any.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn any(&self) -> Result<bool, StoreError> {
        Ok(administrator::Entity::find().count(self.unit.db()).await? > 0)
    }

    /// The administrator of this id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn get(&self, id: AdministratorId) -> Result<Option<Administrator>, StoreError> {
        Ok(administrator::Entity::find_by_id(id.0)
            .one(self.unit.db())
            .await?
            .map(read))
    }

    /// The administrator of this e-mail address, in any case.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find(&self, email: &str) -> Result<Option<Administrator>, StoreError> {
        let folded = administrator::Column::FoldedEmail.eq(email.trim().to_lowercase());
        Ok(administrator::Entity::find()
            .filter(folded)
            .one(self.unit.db())
            .await?
            .map(read))
    }

    /// The administrator whose open invitation has this token hash and has not expired.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn invited(&self, hash: &[u8]) -> Result<Option<Administrator>, StoreError> {
        let row = administrator::Entity::find()
            .filter(administrator::Column::InvitationHash.eq(hash.to_vec()))
            .filter(administrator::Column::InvitationExpiresAt.gt(self.unit.now()))
            .one(self.unit.db())
            .await?;
        Ok(row.map(read))
    }

    /// The partners that an administrator belongs to, the first joined first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn memberships(&self, id: AdministratorId) -> Result<Vec<Membership>, StoreError> {
        let rows = administrator_partner::Entity::find()
            .filter(administrator_partner::Column::AdministratorId.eq(id.0))
            .order_by_asc(administrator_partner::Column::PartnerId)
            .all(self.unit.db())
            .await?;
        rows.into_iter().map(membership).collect()
    }

    /// Makes an administrator; `invitation` is the hash of the token that lets it choose a password.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the e-mail address is taken.
    pub async fn insert(
        &self,
        email: &str,
        password_hash: Option<String>,
        is_instance_administrator: bool,
    ) -> Result<AdministratorId, StoreError> {
        insert(self.unit, email, password_hash, is_instance_administrator).await
    }

    /// Sets the password; an open invitation is thereby accepted.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the administrator is gone.
    pub async fn set_password(
        &self,
        id: AdministratorId,
        password_hash: String,
    ) -> Result<(), StoreError> {
        self.update(administrator::ActiveModel {
            id: Unchanged(id.0),
            password_hash: Set(Some(password_hash)),
            invitation_hash: Set(None),
            invitation_expires_at: Set(None),
            ..Default::default()
        })
        .await
    }

    /// Sets the name.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the administrator is gone.
    pub async fn set_name(
        &self,
        id: AdministratorId,
        name: Option<String>,
    ) -> Result<(), StoreError> {
        self.update(administrator::ActiveModel {
            id: Unchanged(id.0),
            name: Set(name),
            ..Default::default()
        })
        .await
    }

    /// Writes down that the administrator signed in.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the administrator is gone.
    pub async fn signed_in(&self, id: AdministratorId) -> Result<(), StoreError> {
        let last_login_at = Set(Some(self.unit.now()));
        self.update(administrator::ActiveModel {
            id: Unchanged(id.0),
            last_login_at,
            ..Default::default()
        })
        .await
    }

    /// The secret of a second factor.
    ///
    /// # Errors
    /// When the database refuses or the value does not open.
    pub async fn second_factor(
        &self,
        id: AdministratorId,
        which: SecondFactor,
    ) -> Result<Option<SecretString>, StoreError> {
        let Some(row) = administrator::Entity::find_by_id(id.0)
            .one(self.unit.db())
            .await?
        else {
            return Ok(None);
        };
        let bytes = match which {
            SecondFactor::Active => row.totp,
            SecondFactor::Pending => row.totp_pending,
        };
        let Some(bytes) = bytes else { return Ok(None) };
        Ok(Some(
            self.unit
                .sealer()
                .open(&place(which, id), &Sealed::from_bytes(bytes))?,
        ))
    }

    /// Sets or removes a second factor. Setting the active one ends the set-up.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the administrator is gone.
    pub async fn set_second_factor(
        &self,
        id: AdministratorId,
        which: SecondFactor,
        secret: Option<&SecretString>,
    ) -> Result<(), StoreError> {
        let sealed = match secret {
            Some(secret) => Some(
                self.unit
                    .sealer()
                    .seal(&place(which, id), secret)?
                    .into_bytes(),
            ),
            None => None,
        };
        let mut row = administrator::ActiveModel {
            id: Unchanged(id.0),
            ..Default::default()
        };
        match which {
            SecondFactor::Active => {
                row.totp = Set(sealed);
                row.totp_pending = Set(None);
                row.totp_step = Set(None);
            }
            SecondFactor::Pending => row.totp_pending = Set(sealed),
        }
        self.update(row).await
    }

    /// Remembers the time step whose code was used. False when that step, or a later one, was used before:
    /// no code works twice, also when two requests bring it at the same moment.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn use_code(&self, id: AdministratorId, step: i64) -> Result<bool, StoreError> {
        let unused = administrator::Column::TotpStep
            .is_null()
            .or(administrator::Column::TotpStep.lt(step));
        let done = administrator::Entity::update_many()
            .set(administrator::ActiveModel {
                totp_step: Set(Some(step)),
                ..Default::default()
            })
            .filter(administrator::Column::Id.eq(id.0))
            .filter(unused)
            .exec(self.unit.db())
            .await?;
        Ok(done.rows_affected == 1)
    }

    /// Makes the administrator a member of a partner.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is one.
    pub async fn join(
        &self,
        id: AdministratorId,
        membership: &Membership,
    ) -> Result<(), StoreError> {
        join(self.unit, id, membership).await
    }

    async fn update(&self, row: administrator::ActiveModel) -> Result<(), StoreError> {
        match administrator::Entity::update(row)
            .exec(self.unit.db())
            .await
        {
            Ok(_) => Ok(()),
            Err(sea_orm::DbErr::RecordNotUpdated) => Err(StoreError::Stale),
            Err(error) => Err(error.into()),
        }
    }
}

/// Administrators of the unit's partner.
pub struct MemberRows<'u> {
    unit: &'u Unit<PartnerScope>,
}

impl Unit<PartnerScope> {
    /// Administrators of this partner.
    pub fn members(&self) -> MemberRows<'_> {
        MemberRows { unit: self }
    }
}

impl MemberRows<'_> {
    /// All, by e-mail address.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all(&self) -> Result<Vec<(Administrator, Membership)>, StoreError> {
        let rows = administrator_partner::Entity::find()
            .filter(administrator_partner::Column::PartnerId.eq(self.unit.scope().partner.0))
            .all(self.unit.db())
            .await?;
        let people = administrator::Entity::find()
            .filter(administrator::Column::Id.is_in(rows.iter().map(|row| row.administrator_id)))
            .order_by_asc(administrator::Column::FoldedEmail)
            .all(self.unit.db())
            .await?;
        let mut members = Vec::with_capacity(people.len());
        for person in people {
            if let Some(row) = rows.iter().find(|row| row.administrator_id == person.id) {
                members.push((read(person), membership(row.clone())?));
            }
        }
        Ok(members)
    }

    /// One, if it is a member.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn get(
        &self,
        id: AdministratorId,
    ) -> Result<Option<(Administrator, Membership)>, StoreError> {
        let row = administrator_partner::Entity::find_by_id((id.0, self.unit.scope().partner.0))
            .one(self.unit.db())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let person = administrator::Entity::find_by_id(id.0)
            .one(self.unit.db())
            .await?;
        person
            .map(|person| Ok((read(person), membership(row)?)))
            .transpose()
    }

    /// Whoever has this e-mail address in the installation, member or not.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find_anywhere(&self, email: &str) -> Result<Option<Administrator>, StoreError> {
        let folded = administrator::Column::FoldedEmail.eq(email.trim().to_lowercase());
        Ok(administrator::Entity::find()
            .filter(folded)
            .one(self.unit.db())
            .await?
            .map(read))
    }

    /// Makes an administrator of this partner who has yet to accept.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the e-mail address is taken.
    pub async fn invite(&self, email: &str) -> Result<AdministratorId, StoreError> {
        insert(self.unit, email, None, false).await
    }

    /// Opens an invitation: the hash of the token and when it expires.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_invitation(
        &self,
        id: AdministratorId,
        hash: Vec<u8>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        administrator::Entity::update(administrator::ActiveModel {
            id: Unchanged(id.0),
            invitation_hash: Set(Some(hash)),
            invitation_expires_at: Set(Some(expires_at)),
            ..Default::default()
        })
        .exec(self.unit.db())
        .await?;
        Ok(())
    }

    /// Makes an administrator a member.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is one.
    pub async fn join(
        &self,
        id: AdministratorId,
        role: Role,
        notifications: bool,
    ) -> Result<(), StoreError> {
        let partner = self.unit.scope().partner;
        join(
            self.unit,
            id,
            &Membership {
                partner,
                role,
                notifications,
            },
        )
        .await
    }

    /// Writes a member's role and notifications.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is no member.
    pub async fn save(
        &self,
        id: AdministratorId,
        membership: &Membership,
    ) -> Result<(), StoreError> {
        let done = administrator_partner::Entity::update_many()
            .set(administrator_partner::ActiveModel {
                role: Set(membership.role.as_str().to_owned()),
                notifications: Set(membership.notifications),
                ..Default::default()
            })
            .filter(administrator_partner::Column::AdministratorId.eq(id.0))
            .filter(administrator_partner::Column::PartnerId.eq(self.unit.scope().partner.0))
            .exec(self.unit.db())
            .await?;
        if done.rows_affected == 1 {
            Ok(())
        } else {
            Err(StoreError::Stale)
        }
    }

    /// Ends a membership; an administrator of no partner, unless of the installation, is removed with it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn remove(&self, id: AdministratorId) -> Result<(), StoreError> {
        administrator_partner::Entity::delete_many()
            .filter(administrator_partner::Column::AdministratorId.eq(id.0))
            .filter(administrator_partner::Column::PartnerId.eq(self.unit.scope().partner.0))
            .exec(self.unit.db())
            .await?;
        let elsewhere = administrator_partner::Entity::find()
            .filter(administrator_partner::Column::AdministratorId.eq(id.0))
            .count(self.unit.db())
            .await?;
        if elsewhere == 0 {
            administrator::Entity::delete_many()
                .filter(administrator::Column::Id.eq(id.0))
                .filter(administrator::Column::IsInstanceAdministrator.eq(false))
                .exec(self.unit.db())
                .await?;
        }
        Ok(())
    }
}

async fn insert<S: velodrome_model::Scope>(
    unit: &Unit<S>,
    email: &str,
    password_hash: Option<String>,
    is_instance_administrator: bool,
) -> Result<AdministratorId, StoreError> {
    let id = unit.new_id();
    let row = administrator::ActiveModel {
        id: Set(id),
        email: Set(email.trim().to_owned()),
        folded_email: Set(email.trim().to_lowercase()),
        name: Set(None),
        password_hash: Set(password_hash),
        is_instance_administrator: Set(is_instance_administrator),
        totp: Set(None),
        totp_pending: Set(None),
        totp_step: Set(None),
        invitation_hash: Set(None),
        invitation_expires_at: Set(None),
        created_at: Set(unit.now()),
        last_login_at: Set(None),
    };
    administrator::Entity::insert(row)
        .exec_without_returning(unit.db())
        .await?;
    Ok(AdministratorId(id))
}

async fn join<S: velodrome_model::Scope>(
    unit: &Unit<S>,
    id: AdministratorId,
    membership: &Membership,
) -> Result<(), StoreError> {
    let row = administrator_partner::ActiveModel {
        administrator_id: Set(id.0),
        partner_id: Set(membership.partner.0),
        role: Set(membership.role.as_str().to_owned()),
        notifications: Set(membership.notifications),
    };
    administrator_partner::Entity::insert(row)
        .exec_without_returning(unit.db())
        .await?;
    Ok(())
}

fn place(which: SecondFactor, id: AdministratorId) -> Place {
    let column = match which {
        SecondFactor::Active => "totp",
        SecondFactor::Pending => "totp_pending",
    };
    Place::new("administrator", column, id)
}

fn read(row: administrator::Model) -> Administrator {
    Administrator {
        id: AdministratorId(row.id),
        email: row.email,
        name: row.name,
        invitation_pending: row.password_hash.is_none(),
        password_hash: row.password_hash,
        is_instance_administrator: row.is_instance_administrator,
        has_second_factor: row.totp.is_some(),
        second_factor_step: row.totp_step,
        created_at: row.created_at,
        last_login_at: row.last_login_at,
    }
}

fn membership(row: administrator_partner::Model) -> Result<Membership, StoreError> {
    Ok(Membership {
        partner: PartnerId(row.partner_id),
        role: Role::from_word(&row.role).ok_or(StoreError::Corrupt { what: "a role" })?,
        notifications: row.notifications,
    })
}
