//! What the operator of the installation does at the command line, when nobody can sign in.

use velodrome_model::{
    ExposeSecret, InstanceScope, Membership, PartnerId, Principal, PrincipalKind, Role,
    SecretString,
};
use velodrome_store::{Deed, SecondFactor, Store, StoreError};

use crate::{
    Invalid, invalid,
    passwords::{self, HashingFailed, Passwords, WeakPassword},
    tokens,
};

/// Characters that an operator's choice of password needs at least.
const SHORTEST_PASSWORD: usize = 10;

/// Manages administrators without being one. Cheap to clone.
#[derive(Clone)]
pub struct Operator {
    store: Store,
    passwords: Passwords,
}

/// Why the operator can't do something.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// There is no partner yet.
    #[error("the installation is empty; `velodrome serve` makes the first administrator")]
    Empty,
    /// Somebody has the address already.
    #[error(
        "there is an administrator {0} already; `velodrome admin reset-password` gives it a new password"
    )]
    Exists(String),
    /// Nobody has the address.
    #[error("there is no administrator {0}")]
    NotFound(String),
    /// A value breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The password breaks a rule.
    #[error(transparent)]
    WeakPassword(#[from] WeakPassword),
    /// Hashing failed.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An administrator's address, and the password that was made up for it.
#[derive(Debug)]
pub struct Admitted {
    /// E-mail address.
    pub email: String,
    /// Made up; none when the operator chose it.
    pub password: Option<SecretString>,
}

impl Operator {
    /// The operator of this store.
    pub fn new(store: Store, passwords: Passwords) -> Self {
        Self { store, passwords }
    }

    /// Makes an administrator of the default partner.
    ///
    /// # Errors
    /// [`OperatorError::Exists`]; [`OperatorError::Empty`]; a value that breaks a rule.
    pub async fn create_administrator(
        &self,
        email: &str,
        password: Option<SecretString>,
    ) -> Result<Admitted, OperatorError> {
        let email = invalid::email("The address", email)?;
        let (hash, made_up) = self.hash(password).await?;
        let unit = self.store.begin(&InstanceScope).await?;
        let partner = unit
            .default_partner()
            .await?
            .ok_or(OperatorError::Empty)?
            .id;
        if unit.administrators().find(&email).await?.is_some() {
            return Err(OperatorError::Exists(email));
        }
        let id = unit
            .administrators()
            .insert(&email, Some(hash), true)
            .await?;
        let membership = Membership {
            partner,
            role: Role::Administrator,
            notifications: false,
        };
        unit.administrators().join(id, &membership).await?;
        let unit = unit.into_partner(partner);
        unit.audit(
            &operator(),
            deed("administrator.created", id.to_string(), &email),
        )
        .await?;
        unit.commit().await?;
        Ok(Admitted {
            email,
            password: made_up,
        })
    }

    /// Gives an administrator a new password, removes its second factor and ends its sessions: whoever
    /// has lost one of them gets in again, and nobody else stays in.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`]; a password that breaks a rule.
    pub async fn reset_password(
        &self,
        email: &str,
        password: Option<SecretString>,
    ) -> Result<Admitted, OperatorError> {
        let (hash, made_up) = self.hash(password).await?;
        let unit = self.store.begin(&InstanceScope).await?;
        let person = unit.administrators().find(email).await?;
        let person = person.ok_or_else(|| OperatorError::NotFound(email.to_owned()))?;
        unit.administrators().set_password(person.id, hash).await?;
        for factor in [SecondFactor::Active, SecondFactor::Pending] {
            unit.administrators()
                .set_second_factor(person.id, factor, None)
                .await?;
        }
        unit.end_sessions_except(person.id, None).await?;
        let partners: Vec<PartnerId> = unit
            .administrators()
            .memberships(person.id)
            .await?
            .iter()
            .map(|membership| membership.partner)
            .collect();
        let Some((first, others)) = partners.split_first() else {
            unit.commit().await?;
            return Ok(Admitted {
                email: person.email,
                password: made_up,
            });
        };
        let unit = unit.into_partner(*first);
        let deed = deed(
            "administrator.password_reset",
            person.id.to_string(),
            &person.email,
        );
        unit.access_tokens()
            .delete_of_administrator(person.id)
            .await?;
        unit.audit(&operator(), deed.clone()).await?;
        unit.commit().await?;
        for partner in others {
            let scope = velodrome_model::PartnerScope { partner: *partner };
            let unit = self.store.begin(&scope).await?;
            unit.access_tokens()
                .delete_of_administrator(person.id)
                .await?;
            unit.audit(&operator(), deed.clone()).await?;
            unit.commit().await?;
        }
        Ok(Admitted {
            email: person.email,
            password: made_up,
        })
    }

    async fn hash(
        &self,
        given: Option<SecretString>,
    ) -> Result<(String, Option<SecretString>), OperatorError> {
        match given {
            Some(password) => {
                passwords::check_administrator_password(&password, SHORTEST_PASSWORD)?;
                Ok((self.passwords.hash(&password).await?, None))
            }
            None => {
                let password = SecretString::from(tokens::mint("").expose_secret());
                let hash = self.passwords.hash(&password).await?;
                Ok((hash, Some(password)))
            }
        }
    }
}

fn operator() -> Principal {
    Principal {
        kind: PrincipalKind::System,
        name: "Command line".to_owned(),
        address: None,
    }
}

fn deed(action: &'static str, id: String, email: &str) -> Deed {
    Deed {
        action,
        object_type: "Administrator",
        object_id: id,
        comment: Some(email.to_owned()),
        ..Deed::default()
    }
}
