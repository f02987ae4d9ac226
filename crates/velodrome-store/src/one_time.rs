//! What is good for one use: sign-in tokens, setup tokens, and the `state` of an authorisation
//! (connectors.md §9.3, §9.4). Only hashes are stored.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use velodrome_model::{
    AccountConnectorId, AccountId, AccountScope, AuthenticationId, InstanceScope, PartnerId,
    SecretString, UserId,
};

use crate::{
    StoreError, Unit,
    entity::{authorisation, one_time_token},
    seal::{Place, Sealed},
};

/// What a one-time token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenPurpose {
    /// Starts a browser session of an account's user.
    SignIn,
    /// Authenticates one account connector.
    Setup,
    /// Carries a visit from one page of an authentication to the next.
    Page,
}

impl TokenPurpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Setup => "setup",
            Self::Page => "page",
        }
    }
}

/// A one-time token as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTimeToken {
    /// SHA-256 of the token, hexadecimal.
    pub hash: String,
    /// Whose.
    pub scope: AccountScope,
    /// The user it signs in.
    pub user: Option<UserId>,
    /// The user's name, for the audit log.
    pub user_name: String,
    /// The account connector it is bound to.
    pub account_connector: Option<AccountConnectorId>,
    /// Where to go once it has been used.
    pub target: ReturnTarget,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Where the browser goes once an authorisation has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnTarget {
    /// `targetOrigin`: the address to return to, or the origin that may receive the message.
    pub origin: Option<String>,
    /// `callbackMessage`: text for `postMessage`.
    pub message: Option<String>,
}

/// An authorisation that a browser is in the middle of.
#[derive(Clone, Debug)]
pub struct Authorisation {
    /// SHA-256 of the `state` (OAuth 2.0) or the request token (OAuth 1.0a), hexadecimal.
    pub state_hash: String,
    /// Whose.
    pub scope: AccountScope,
    /// What is authenticated.
    pub account_connector: AccountConnectorId,
    /// The way.
    pub authentication: AuthenticationId,
    /// SHA-256 of the browser's cookie, hexadecimal.
    pub browser_hash: String,
    /// PKCE verifier or request-token secret.
    pub secret: SecretString,
    /// Where to go then.
    pub target: ReturnTarget,
    /// Who, for the audit log.
    pub user_name: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl Unit<AccountScope> {
    /// Stores a one-time token of this account.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_one_time_token(
        &self,
        purpose: TokenPurpose,
        token: &OneTimeToken,
    ) -> Result<(), StoreError> {
        let scope = self.scope();
        one_time_token::Entity::insert(one_time_token::ActiveModel {
            hash: Set(token.hash.clone()),
            purpose: Set(purpose.as_str().to_owned()),
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            user_id: Set(token.user.map(|user| user.0)),
            user_name: Set(token.user_name.clone()),
            account_connector_id: Set(token.account_connector.map(|id| id.0)),
            target: Set(target_json(&token.target)?),
            expires_at: Set(token.expires_at),
        })
        .exec_without_returning(self.db())
        .await?;
        Ok(())
    }

    /// Stores an authorisation that begins.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_authorisation(&self, new: &Authorisation) -> Result<(), StoreError> {
        let scope = self.scope();
        authorisation::Entity::insert(authorisation::ActiveModel {
            state_hash: Set(new.state_hash.clone()),
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            account_connector_id: Set(new.account_connector.0),
            authentication_id: Set(new.authentication.0),
            browser_hash: Set(new.browser_hash.clone()),
            sealed: Set(self
                .sealer()
                .seal(&place(&new.state_hash), &new.secret)?
                .into_bytes()),
            target: Set(serde_json::to_value(&new.target)
                .map_err(|_| StoreError::Corrupt { what: "target" })?),
            user_name: Set(new.user_name.clone()),
            expires_at: Set(new.expires_at),
        })
        .exec_without_returning(self.db())
        .await?;
        Ok(())
    }
}

impl Unit<InstanceScope> {
    /// The live token of this hash, without using it up.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn one_time_token(
        &self,
        purpose: TokenPurpose,
        hash: &str,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        let row = one_time_token::Entity::find_by_id(hash)
            .filter(one_time_token::Column::Purpose.eq(purpose.as_str()))
            .filter(one_time_token::Column::ExpiresAt.gt(self.now()))
            .one(self.db())
            .await?;
        row.map(OneTimeToken::try_from).transpose()
    }

    /// Uses up the live token of this hash. Of two that try, one gets it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_one_time_token(
        &self,
        purpose: TokenPurpose,
        hash: &str,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        let Some(token) = self.one_time_token(purpose, hash).await? else {
            return Ok(None);
        };
        let done = one_time_token::Entity::delete_by_id(hash)
            .exec(self.db())
            .await?;
        Ok((done.rows_affected == 1).then_some(token))
    }

    /// Uses up the authorisation of this hash, live or not. Of two that try, one gets it.
    ///
    /// # Errors
    /// When the database refuses or the secret does not open.
    pub async fn take_authorisation(
        &self,
        state_hash: &str,
    ) -> Result<Option<Authorisation>, StoreError> {
        let Some(row) = authorisation::Entity::find_by_id(state_hash)
            .one(self.db())
            .await?
        else {
            return Ok(None);
        };
        let done = authorisation::Entity::delete_by_id(state_hash)
            .exec(self.db())
            .await?;
        if done.rows_affected != 1 {
            return Ok(None);
        }
        let secret = self
            .sealer()
            .open(&place(state_hash), &Sealed::from_bytes(row.sealed))?;
        Ok(Some(Authorisation {
            state_hash: row.state_hash,
            scope: AccountScope {
                partner: PartnerId(row.partner_id),
                account: AccountId(row.account_id),
            },
            account_connector: AccountConnectorId(row.account_connector_id),
            authentication: AuthenticationId(row.authentication_id),
            browser_hash: row.browser_hash,
            secret,
            target: serde_json::from_value(row.target)
                .map_err(|_| StoreError::Corrupt { what: "target" })?,
            user_name: row.user_name,
            expires_at: row.expires_at,
        }))
    }

    /// Removes tokens and authorisations that have ended.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sweep_one_time(&self) -> Result<u64, StoreError> {
        let now = self.now();
        let tokens = one_time_token::Entity::delete_many()
            .filter(one_time_token::Column::ExpiresAt.lt(now))
            .exec(self.db())
            .await?;
        let authorisations = authorisation::Entity::delete_many()
            .filter(authorisation::Column::ExpiresAt.lt(now))
            .exec(self.db())
            .await?;
        Ok(tokens.rows_affected + authorisations.rows_affected)
    }
}

impl TryFrom<one_time_token::Model> for OneTimeToken {
    type Error = StoreError;

    fn try_from(row: one_time_token::Model) -> Result<Self, StoreError> {
        Ok(Self {
            hash: row.hash,
            scope: AccountScope {
                partner: PartnerId(row.partner_id),
                account: AccountId(row.account_id),
            },
            user: row.user_id.map(UserId),
            user_name: row.user_name,
            account_connector: row.account_connector_id.map(AccountConnectorId),
            target: target(row.target)?,
            expires_at: row.expires_at,
        })
    }
}

fn target_json(target: &ReturnTarget) -> Result<serde_json::Value, StoreError> {
    serde_json::to_value(target).map_err(|_| StoreError::Corrupt { what: "target" })
}

fn target(json: serde_json::Value) -> Result<ReturnTarget, StoreError> {
    serde_json::from_value(json).map_err(|_| StoreError::Corrupt { what: "target" })
}

fn place(state_hash: &str) -> Place {
    Place::new("authorisation", "sealed", state_hash)
}
