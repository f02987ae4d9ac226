//! Accounts: the customers of a partner.

mod change;

pub use change::AccountChange;

use chrono::{DateTime, Months, TimeDelta, Utc};
use uuid::Uuid;
use velodrome_model::{
    Account, AccountErrorWebhook, AccountId, AccountKey, AccountScope, ConnectorOwner, Page,
    PageRequest, PartnerActor, SecretString,
};
use velodrome_store::{Deed, OneTimeToken, ReturnTarget, StoreError, TokenPurpose, Unit};

use crate::{
    Access, Invalid, Settings, Workbench, hooks::Hooks, invalid::required_text,
    partners::usage_period, revocation::Farewell, tokens, users::USER_NAME_CHARS,
};

/// Makes, changes and removes accounts. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    bench: Workbench,
    settings: Settings,
    access: Access,
    hooks: Hooks,
}

/// Tasks of an account in its current usage period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskUsage {
    /// The account.
    pub account: AccountKey,
    /// Number of tasks.
    pub tasks: i64,
    /// Start of the period.
    pub start: DateTime<Utc>,
    /// End of the period.
    pub end: DateTime<Utc>,
}

/// A token that signs one user in to one account, once.
#[derive(Debug)]
pub struct SignInToken {
    /// The token.
    pub token: SecretString,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Why something can't be done with an account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The partner has no such account.
    #[error("there is no account {0}")]
    NotFound(String),
    /// The id names an account already.
    #[error("ID already in use")]
    IdInUse,
    /// A value breaks a rule; nothing was changed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The built-in account that holds templates stays.
    #[error("The template account can't be deleted.")]
    TemplateAccount,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How long a sign-in token is good.
const SIGN_IN_TOKEN: TimeDelta = TimeDelta::minutes(5);

impl Accounts {
    /// The service over these parts.
    pub fn new(bench: &Workbench, settings: Settings, access: Access, hooks: Hooks) -> Self {
        Self {
            bench: bench.clone(),
            settings,
            access,
            hooks,
        }
    }

    /// A page of the partner's accounts, sub accounts included.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        actor: &PartnerActor,
        request: &PageRequest,
    ) -> Result<Page<Account>, AccountError> {
        Ok(self
            .bench
            .store
            .read(&actor.scope)
            .await?
            .accounts()
            .page(None, request)
            .await?)
    }

    /// A page of the direct children of an account.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when the partner has no such account.
    pub async fn children(
        &self,
        actor: &PartnerActor,
        key: &str,
        request: &PageRequest,
    ) -> Result<Page<Account>, AccountError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let parent = find(&unit, key).await?;
        Ok(unit.accounts().page(Some(parent.id), request).await?)
    }

    /// One account, by key or internal id.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when the partner has no such account.
    pub async fn get(&self, actor: &PartnerActor, key: &str) -> Result<Account, AccountError> {
        find(&self.bench.store.read(&actor.scope).await?, key).await
    }

    /// Makes an account; without an id it gets its internal one.
    ///
    /// # Errors
    /// [`AccountError::IdInUse`]; [`AccountError::Invalid`] when a value breaks a rule.
    pub async fn create(
        &self,
        actor: &PartnerActor,
        key: Option<&str>,
        parent: Option<&str>,
        change: AccountChange,
    ) -> Result<Account, AccountError> {
        let id = AccountId(Uuid::new_v4());
        let now = self.bench.clock.now();
        let mut account = Account {
            id,
            key: key_for(key, id)?,
            name: String::new(),
            description: None,
            audit_info: None,
            task_audit_info: None,
            timezone: "UTC".into(),
            next_bill_at: now.checked_add_months(Months::new(1)).unwrap_or(now),
            success_retention_hours: None,
            errored_retention_hours: None,
            error_webhook: AccountErrorWebhook::default(),
            concurrent_limit: None,
            parent: None,
            is_template_account: false,
            is_suspended: false,
            created_at: now,
        };
        let limit = self
            .settings
            .general(actor.scope)
            .await?
            .account_concurrent_transaction_limit;
        change.apply(&mut account, limit)?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        if unit.accounts().key_is_taken(&account.key).await? {
            return Err(AccountError::IdInUse);
        }
        if let Some(parent) = parent.map(str::trim).filter(|parent| !parent.is_empty()) {
            let found = unit.accounts().find(parent).await?;
            let unknown = Invalid::new(
                "account.parent_unknown",
                "ParentAccountId names no account of this partner.",
            );
            let found = found.ok_or(unknown)?;
            account.parent = Some((found.id, found.key));
        }
        match unit.accounts().insert(&account).await {
            Err(error) if error.is_conflict() => return Err(AccountError::IdInUse),
            done => done?,
        }
        unit.audit(&actor.principal, deed("account.created", &account))
            .await?;
        unit.commit().await?;
        Ok(account)
    }

    /// Changes an account; what the change leaves out stays.
    ///
    /// # Errors
    /// [`AccountError::NotFound`]; [`AccountError::Invalid`] when a value breaks a rule.
    pub async fn change(
        &self,
        actor: &PartnerActor,
        key: &str,
        change: AccountChange,
    ) -> Result<Account, AccountError> {
        let limit = self
            .settings
            .general(actor.scope)
            .await?
            .account_concurrent_transaction_limit;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let mut account = find(&unit, key).await?;
        change.apply(&mut account, limit)?;
        self.save(unit, actor, account, "account.changed").await
    }

    /// Suspends an account: nothing runs in it, nothing is lost. Doing it twice is fine.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when the partner has no such account.
    pub async fn suspend(&self, actor: &PartnerActor, key: &str) -> Result<Account, AccountError> {
        self.set_suspended(actor, key, true).await
    }

    /// Resumes an account. Doing it twice is fine.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when the partner has no such account.
    pub async fn resume(&self, actor: &PartnerActor, key: &str) -> Result<Account, AccountError> {
        self.set_suspended(actor, key, false).await
    }

    async fn set_suspended(
        &self,
        actor: &PartnerActor,
        key: &str,
        suspended: bool,
    ) -> Result<Account, AccountError> {
        let unit = self.bench.store.begin(&actor.scope).await?;
        let mut account = find(&unit, key).await?;
        if account.is_suspended == suspended {
            return Ok(account);
        }
        account.is_suspended = suspended;
        let action = if suspended {
            "account.suspended"
        } else {
            "account.resumed"
        };
        self.save(unit, actor, account, action).await
    }

    async fn save(
        &self,
        unit: Unit<velodrome_model::PartnerScope>,
        actor: &PartnerActor,
        account: Account,
        action: &'static str,
    ) -> Result<Account, AccountError> {
        unit.accounts().save(&account).await?;
        unit.audit(&actor.principal, deed(action, &account)).await?;
        unit.commit().await?;
        self.access.forget();
        Ok(account)
    }

    /// Removes an account with everything in it and below it. Its credentials are revoked with their
    /// providers afterwards.
    ///
    /// # Errors
    /// [`AccountError::NotFound`]; [`AccountError::TemplateAccount`] for the built-in one.
    pub async fn delete(&self, actor: &PartnerActor, key: &str) -> Result<(), AccountError> {
        let farewell = Box::pin(Farewell::of(&self.bench, actor.scope)).await?;
        let unit = self.bench.store.read(&actor.scope).await?;
        let account = find(&unit, key).await?;
        if account.is_template_account {
            return Err(AccountError::TemplateAccount);
        }
        let family = unit.accounts().family(account.id).await?;
        drop(unit);
        for account in family {
            let scope = AccountScope {
                partner: actor.scope.partner,
                account,
            };
            // While there are credentials to do it with.
            Box::pin(self.hooks.lose_account(scope)).await?;
        }
        let unit = self.bench.store.begin(&actor.scope).await?;
        let account = find(&unit, key).await?;
        let family = unit.accounts().family(account.id).await?;
        for id in &family {
            let part = unit.part_for(*id).await?;
            for connector in part.account_connectors().all().await? {
                farewell.revoke_later(&part, &connector).await?;
            }
            part.commit().await?;
        }
        let customs = unit.custom_connectors();
        if customs.revision().await? > 0 {
            // Those of the account, and of accounts below it, go with them.
            customs.announce_change().await?;
            for connector in customs.all().await? {
                let owner = connector.owner;
                if family
                    .iter()
                    .any(|id| owner == ConnectorOwner::Account(*id))
                {
                    unit.setups().delete(connector.uid).await?;
                    unit.setups().delete_guide(connector.uid).await?;
                }
            }
        }
        unit.accounts().delete(account.id).await?;
        unit.audit(&actor.principal, deed("account.deleted", &account))
            .await?;
        unit.commit().await?;
        self.access.forget();
        Ok(())
    }

    /// Tasks of the current usage period, sub accounts not included.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when the partner has no such account.
    pub async fn usage(&self, actor: &PartnerActor, key: &str) -> Result<TaskUsage, AccountError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let account = find(&unit, key).await?;
        let (start, end) = usage_period(account.next_bill_at, self.bench.clock.now());
        let tasks = unit
            .tasks_between(Some(account.id), start.date_naive(), end.date_naive())
            .await?;
        Ok(TaskUsage {
            account: account.key,
            tasks,
            start,
            end,
        })
    }

    /// Makes a token that signs a user in to an account, once, within 5 minutes. An unknown user is made,
    /// and gets access to the account.
    ///
    /// # Errors
    /// [`AccountError::NotFound`]; [`AccountError::Invalid`] without a user name.
    pub async fn sign_in_token(
        &self,
        actor: &PartnerActor,
        key: &str,
        user_name: &str,
    ) -> Result<SignInToken, AccountError> {
        let user_name = required_text("Username", user_name, USER_NAME_CHARS)?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let account = find(&unit, key).await?;
        let user = unit.users().find_or_make(&user_name).await?;
        unit.users().grant(user.id, account.id).await?;
        let token = tokens::mint("st_");
        let expires_at = self.bench.clock.now() + SIGN_IN_TOKEN;
        let deed = Deed {
            comment: Some(format!("for {}", user.name)),
            ..deed("account.sign_in_token_created", &account)
        };
        unit.audit(&actor.principal, deed).await?;
        let unit = unit.into_account(account.id);
        let stored = OneTimeToken {
            hash: tokens::hash_hex(velodrome_model::ExposeSecret::expose_secret(&token)),
            scope: *unit.scope(),
            user: Some(user.id),
            user_name: user.name,
            account_connector: None,
            target: ReturnTarget::default(),
            expires_at,
        };
        unit.put_one_time_token(TokenPurpose::SignIn, &stored)
            .await?;
        unit.commit().await?;
        Ok(SignInToken { token, expires_at })
    }
}

pub(crate) async fn find(
    unit: &Unit<velodrome_model::PartnerScope>,
    key: &str,
) -> Result<Account, AccountError> {
    unit.accounts()
        .find(key)
        .await?
        .ok_or_else(|| AccountError::NotFound(key.to_owned()))
}

fn key_for(key: Option<&str>, id: AccountId) -> Result<AccountKey, Invalid> {
    match key {
        None | Some("") => Ok(id.into()),
        Some(key) => key
            .parse()
            .map_err(|error| Invalid::new("account.id_invalid", format_args!("{error}."))),
    }
}

fn deed(action: &'static str, account: &Account) -> Deed {
    Deed {
        action,
        object_type: "Account",
        object_id: account.key.to_string(),
        account: Some(account.id),
        comment: None,
    }
}
