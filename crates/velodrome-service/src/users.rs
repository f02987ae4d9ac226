//! Users: people who may enter accounts.

use velodrome_model::{Page, PageRequest, PartnerActor, SecretString, User};
use velodrome_store::{Deed, Store, StoreError};

use crate::{
    Invalid,
    accounts::{self, AccountError},
    invalid::required_text,
    passwords::{self, HashingFailed, Passwords, WeakPassword},
};

/// The most characters of a user name.
pub(crate) const USER_NAME_CHARS: usize = 256;

/// Makes and changes users. Cheap to clone.
#[derive(Clone)]
pub struct Users {
    store: Store,
    passwords: Passwords,
}

/// Why something can't be done with a user.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The partner has no such account.
    #[error("there is no such account")]
    AccountNotFound,
    /// The partner has no such user.
    #[error("there is no such user")]
    NotFound,
    /// A user has this name already.
    #[error("A user of this name exists already.")]
    NameInUse,
    /// The password breaks a rule.
    #[error(transparent)]
    WeakPassword(#[from] WeakPassword),
    /// A value breaks a rule; nothing was changed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Hashing failed.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AccountError> for UserError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::NotFound(_) => Self::AccountNotFound,
            AccountError::Invalid(invalid) => Self::Invalid(invalid),
            AccountError::Store(error) => Self::Store(error),
            // Looking an account up neither makes nor removes one.
            AccountError::IdInUse | AccountError::TemplateAccount => Self::AccountNotFound,
        }
    }
}

impl Users {
    /// Users in this store.
    pub fn new(store: Store, passwords: Passwords) -> Self {
        Self { store, passwords }
    }

    /// Names of the users who may enter an account, ascending.
    ///
    /// # Errors
    /// [`UserError::AccountNotFound`] when the partner has no such account.
    pub async fn names_in(
        &self,
        actor: &PartnerActor,
        account: &str,
    ) -> Result<Vec<String>, UserError> {
        let unit = self.store.read(&actor.scope).await?;
        let account = accounts::find(&unit, account).await?;
        Ok(unit.users().names_in(account.id).await?)
    }

    /// Lets a user enter an account. An unknown user is made with the password; a known one keeps its own.
    ///
    /// # Errors
    /// [`UserError::AccountNotFound`]; [`UserError::Invalid`] or [`UserError::WeakPassword`].
    pub async fn add(
        &self,
        actor: &PartnerActor,
        account: &str,
        name: &str,
        password: &SecretString,
    ) -> Result<(), UserError> {
        let name = user_name(name)?;
        passwords::check_user_password(password)?;
        // Hashing takes its time, so it happens before the unit of work; for a known user in vain.
        let hash = self.passwords.hash(password).await?;
        let unit = self.store.begin(&actor.scope).await?;
        let account = accounts::find(&unit, account).await?;
        let user = match unit.users().find(&name).await? {
            Some(user) => user,
            None => unit.users().insert(&name, Some(hash)).await?,
        };
        unit.users().grant(user.id, account.id).await?;
        let deed = Deed {
            account: Some(account.id),
            ..deed("user.added_to_account", &user.name)
        };
        unit.audit(&actor.principal, deed).await?;
        Ok(unit.commit().await?)
    }

    /// No longer lets a user enter an account; the user itself stays.
    ///
    /// # Errors
    /// [`UserError::AccountNotFound`]; [`UserError::NotFound`] when the user could not enter it.
    pub async fn remove(
        &self,
        actor: &PartnerActor,
        account: &str,
        name: &str,
    ) -> Result<(), UserError> {
        let name = user_name(name)?;
        let unit = self.store.begin(&actor.scope).await?;
        let account = accounts::find(&unit, account).await?;
        let user = unit.users().find(&name).await?.ok_or(UserError::NotFound)?;
        if !unit.users().revoke(user.id, account.id).await? {
            return Err(UserError::NotFound);
        }
        unit.end_user_sessions(user.id).await?;
        let deed = Deed {
            account: Some(account.id),
            ..deed("user.removed_from_account", &user.name)
        };
        unit.audit(&actor.principal, deed).await?;
        Ok(unit.commit().await?)
    }

    /// Sets a user's password and signs it out everywhere.
    ///
    /// # Errors
    /// [`UserError::NotFound`]; [`UserError::WeakPassword`].
    pub async fn set_password(
        &self,
        actor: &PartnerActor,
        name: &str,
        password: &SecretString,
    ) -> Result<(), UserError> {
        let name = user_name(name)?;
        passwords::check_user_password(password)?;
        let hash = self.passwords.hash(password).await?;
        let unit = self.store.begin(&actor.scope).await?;
        let user = unit.users().find(&name).await?.ok_or(UserError::NotFound)?;
        unit.users().set_password(user.id, hash).await?;
        unit.end_user_sessions(user.id).await?;
        unit.audit(&actor.principal, deed("user.password_set", &user.name))
            .await?;
        Ok(unit.commit().await?)
    }

    /// A page of the partner's users.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        actor: &PartnerActor,
        containing: Option<&str>,
        request: &PageRequest,
    ) -> Result<Page<User>, UserError> {
        Ok(self
            .store
            .read(&actor.scope)
            .await?
            .users()
            .page(containing, request)
            .await?)
    }

    /// Makes a user without access to any account.
    ///
    /// # Errors
    /// [`UserError::NameInUse`]; [`UserError::Invalid`] or [`UserError::WeakPassword`].
    pub async fn create(
        &self,
        actor: &PartnerActor,
        name: &str,
        password: &SecretString,
    ) -> Result<User, UserError> {
        let name = user_name(name)?;
        passwords::check_user_password(password)?;
        let hash = self.passwords.hash(password).await?;
        let unit = self.store.begin(&actor.scope).await?;
        let user = match unit.users().insert(&name, Some(hash)).await {
            Err(error) if error.is_conflict() => return Err(UserError::NameInUse),
            done => done?,
        };
        unit.audit(&actor.principal, deed("user.created", &user.name))
            .await?;
        unit.commit().await?;
        Ok(user)
    }

    /// One user.
    ///
    /// # Errors
    /// [`UserError::NotFound`] when the partner has no such user.
    pub async fn get(&self, actor: &PartnerActor, name: &str) -> Result<User, UserError> {
        self.store
            .read(&actor.scope)
            .await?
            .users()
            .find(name)
            .await?
            .ok_or(UserError::NotFound)
    }

    /// Removes a user from every account and signs it out.
    ///
    /// # Errors
    /// [`UserError::NotFound`] when the partner has no such user.
    pub async fn delete(&self, actor: &PartnerActor, name: &str) -> Result<(), UserError> {
        let unit = self.store.begin(&actor.scope).await?;
        let user = unit.users().find(name).await?.ok_or(UserError::NotFound)?;
        unit.users().delete(user.id).await?;
        unit.audit(&actor.principal, deed("user.deleted", &user.name))
            .await?;
        Ok(unit.commit().await?)
    }
}

fn user_name(name: &str) -> Result<String, Invalid> {
    let name = required_text("UserName", name, USER_NAME_CHARS)?;
    match name.chars().any(char::is_control) {
        true => Err(Invalid::new(
            "user.name_invalid",
            "UserName must not have control characters.",
        )),
        false => Ok(name),
    }
}

fn deed(action: &'static str, name: &str) -> Deed {
    Deed {
        action,
        object_type: "User",
        object_id: name.to_owned(),
        ..Deed::default()
    }
}
