//! The token endpoint: three grants (api.md §2; RFC 6749).

mod error;

pub use error::TokenError;

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use subtle::ConstantTimeEq as _;
use velodrome_model::{
    AccountId, AccountKey, AdministratorId, ExposeSecret, Grant, InstanceScope, Partner,
    PartnerScope, Principal, PrincipalKind, SecretString, SharedClock,
};
use velodrome_store::{Deed, NewAccessToken, Store, StoreError, Unit};

use crate::{Throttle, passwords::Passwords, tokens};

/// Issues access tokens. Cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    store: Store,
    passwords: Passwords,
    throttle: Throttle,
    clock: SharedClock,
}

/// A token request whose form was understood.
#[derive(Debug)]
pub struct TokenRequest {
    /// Client id.
    pub client_id: String,
    /// Client secret; client credentials only.
    pub client_secret: Option<SecretString>,
    /// The grant and what it brings.
    pub grant: GrantRequest,
    /// Where the request came from.
    pub address: Option<IpAddr>,
}

/// What a grant brings.
#[derive(Debug)]
pub enum GrantRequest {
    /// Client id and secret; `account:{id}` restricts the token.
    ClientCredentials {
        /// The scope as it was asked for.
        scope: Option<String>,
    },
    /// A console administrator's name and password.
    Password {
        /// E-mail address.
        user_name: String,
        /// Password.
        password: SecretString,
    },
    /// A refresh token of an earlier password grant.
    RefreshToken {
        /// The token.
        token: SecretString,
    },
}

/// An access token that has just been issued.
#[derive(Debug)]
pub struct IssuedToken {
    /// The token.
    pub access_token: SecretString,
    /// The refresh token, for grants by password.
    pub refresh_token: Option<SecretString>,
    /// The administrator, for grants by password.
    pub user_name: Option<String>,
    /// The client.
    pub client_id: String,
    /// The account that the token is restricted to.
    pub account: Option<AccountKey>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// How long refresh tokens are good.
const REFRESH_TOKEN: TimeDelta = TimeDelta::days(60);

impl Tokens {
    /// A token endpoint over the store.
    pub fn new(store: Store, passwords: Passwords, clock: SharedClock) -> Self {
        let throttle = Throttle::new(clock.clone(), 10, TimeDelta::seconds(60));
        Self {
            store,
            passwords,
            throttle,
            clock,
        }
    }

    /// Issues a token.
    ///
    /// # Errors
    /// As RFC 6749 §5.2 names them; [`TokenError::Throttled`] after many failures from one address.
    pub async fn issue(&self, request: TokenRequest) -> Result<IssuedToken, TokenError> {
        let key = request.address.map_or_else(
            || "unknown".to_owned(),
            |address| address.to_canonical().to_string(),
        );
        if let Some(wait) = self.throttle.wait(&key) {
            return Err(TokenError::Throttled(wait));
        }
        let issued = self.grant(request).await;
        match &issued {
            Err(TokenError::InvalidClient | TokenError::InvalidGrant(_)) => {
                self.throttle.failed(&key)
            }
            Err(_) => {}
            Ok(_) => self.throttle.succeeded(&key),
        }
        issued
    }

    async fn grant(&self, request: TokenRequest) -> Result<IssuedToken, TokenError> {
        let TokenRequest {
            client_id,
            client_secret,
            grant,
            address,
        } = request;
        match grant {
            GrantRequest::ClientCredentials { scope } => {
                let secret = client_secret.ok_or(TokenError::InvalidClient)?;
                self.by_client(&client_id, &secret, scope.as_deref(), address)
                    .await
            }
            GrantRequest::Password {
                user_name,
                password,
            } => {
                self.by_password(&client_id, &user_name, &password, address)
                    .await
            }
            GrantRequest::RefreshToken { token } => {
                self.by_refresh_token(&client_id, &token, address).await
            }
        }
    }

    async fn by_client(
        &self,
        client_id: &str,
        secret: &SecretString,
        scope: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<IssuedToken, TokenError> {
        let instance = self.store.read(&InstanceScope).await?;
        let client = instance.oauth_client(client_id).await?;
        drop(instance);
        // Compared as hashes, so that neither content nor length of the right one shows in the time taken.
        let (partner, right) = client.ok_or(TokenError::InvalidClient)?;
        let same = tokens::hash(secret.expose_secret()).ct_eq(&tokens::hash(right.expose_secret()));
        if !bool::from(same) {
            return Err(TokenError::InvalidClient);
        }
        let unit = self.store.begin(&PartnerScope { partner }).await?;
        let account = account_of_scope(&unit, scope).await?;
        unit.oauth_clients().used(client_id).await?;
        let principal = Principal {
            kind: PrincipalKind::Client,
            name: client_id.to_owned(),
            address,
        };
        let holder = Holder {
            client_id,
            grant: Grant::ClientCredentials,
            account,
            administrator: None,
            principal,
        };
        self.finish(unit, holder).await
    }

    async fn by_password(
        &self,
        client_id: &str,
        user_name: &str,
        password: &SecretString,
        address: Option<IpAddr>,
    ) -> Result<IssuedToken, TokenError> {
        let partner = self.password_partner(client_id).await?;
        let instance = self.store.read(&InstanceScope).await?;
        let person = instance.administrators().find(user_name).await?;
        drop(instance);
        let hash = person
            .as_ref()
            .and_then(|person| person.password_hash.as_deref());
        let matches = self.passwords.verify(password, hash).await?;
        let person = person.filter(|_| matches).ok_or(TokenError::InvalidGrant(
            "The user name or password is wrong.",
        ))?;
        if person.has_second_factor || partner.security.require_mfa {
            // A password alone must not open what needs a second factor elsewhere.
            return Err(TokenError::InvalidGrant(
                "This user needs a second factor. Use client credentials.",
            ));
        }
        self.for_administrator(
            &partner,
            client_id,
            Grant::Password,
            (person.id, person.email),
            address,
        )
        .await
    }

    async fn by_refresh_token(
        &self,
        client_id: &str,
        token: &SecretString,
        address: Option<IpAddr>,
    ) -> Result<IssuedToken, TokenError> {
        let partner = self.password_partner(client_id).await?;
        let instance = self.store.begin(&InstanceScope).await?;
        let used = instance
            .use_refresh_token(&tokens::hash(token.expose_secret()), client_id)
            .await?;
        let refused = TokenError::InvalidGrant("The refresh token is wrong, expired or used.");
        let Some(used) = used.filter(|used| used.partner == partner.id) else {
            return Err(refused);
        };
        let person = instance.administrators().get(used.administrator).await?;
        // Committed at once: used is used, whatever happens to the answer.
        instance.commit().await?;
        let Some(person) =
            person.filter(|person| !person.has_second_factor && !partner.security.require_mfa)
        else {
            return Err(refused);
        };
        self.for_administrator(
            &partner,
            client_id,
            Grant::RefreshToken,
            (person.id, person.email),
            address,
        )
        .await
    }

    /// The partner whose password grant this is, if it is switched on.
    async fn password_partner(&self, client_id: &str) -> Result<Partner, TokenError> {
        let unit = self.store.read(&InstanceScope).await?;
        let partner = unit
            .partner_of_password_client(client_id)
            .await?
            .ok_or(TokenError::InvalidClient)?;
        match partner.security.password_grant_enabled {
            true => Ok(partner),
            false => Err(TokenError::UnauthorizedClient),
        }
    }

    async fn for_administrator(
        &self,
        partner: &Partner,
        client_id: &str,
        grant: Grant,
        (id, email): (AdministratorId, String),
        address: Option<IpAddr>,
    ) -> Result<IssuedToken, TokenError> {
        let unit = self
            .store
            .begin(&PartnerScope {
                partner: partner.id,
            })
            .await?;
        if unit.members().get(id).await?.is_none() {
            return Err(TokenError::InvalidGrant(
                "The user name or password is wrong.",
            ));
        }
        let principal = Principal {
            kind: PrincipalKind::Administrator,
            name: email,
            address,
        };
        self.finish(
            unit,
            Holder {
                client_id,
                grant,
                account: None,
                administrator: Some(id),
                principal,
            },
        )
        .await
    }

    async fn finish(
        &self,
        unit: Unit<PartnerScope>,
        holder: Holder<'_>,
    ) -> Result<IssuedToken, TokenError> {
        let issued_at = self.clock.now();
        let lifetime =
            TimeDelta::seconds(unit.partner().await?.security.access_token_lifetime_seconds);
        let expires_at = issued_at + lifetime;
        let access_token = tokens::mint("at_");
        let new = NewAccessToken {
            hash: tokens::hash(access_token.expose_secret()),
            client_id: holder.client_id.to_owned(),
            grant: holder.grant,
            account: holder.account.as_ref().map(|(id, _)| *id),
            administrator: holder.administrator,
            expires_at,
        };
        let id = unit.access_tokens().insert(new).await?;
        let mut refresh_token = None;
        if let Some(administrator) = holder.administrator {
            let token = tokens::mint("rt_");
            let hash = tokens::hash(token.expose_secret());
            unit.access_tokens()
                .insert_refresh(
                    hash,
                    holder.client_id,
                    administrator,
                    issued_at + REFRESH_TOKEN,
                )
                .await?;
            refresh_token = Some(token);
        }
        let deed = Deed {
            action: "access_token.issued",
            object_type: "AccessToken",
            object_id: id.to_string(),
            account: holder.account.as_ref().map(|(id, _)| *id),
            comment: Some(holder.grant.as_str().to_owned()),
        };
        unit.audit(&holder.principal, deed).await?;
        unit.commit().await?;
        Ok(IssuedToken {
            access_token,
            refresh_token,
            user_name: holder.administrator.map(|_| holder.principal.name),
            client_id: holder.client_id.to_owned(),
            account: holder.account.map(|(_, key)| key),
            issued_at,
            expires_at,
        })
    }

    /// Removes what has expired.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let unit = self.store.begin(&InstanceScope).await?;
        let removed = unit.sweep_tokens().await? + unit.sweep_sessions().await?;
        unit.commit().await?;
        Ok(removed)
    }
}

/// Whom a token is for.
struct Holder<'a> {
    client_id: &'a str,
    grant: Grant,
    account: Option<(AccountId, AccountKey)>,
    administrator: Option<AdministratorId>,
    principal: Principal,
}

/// The account of `account:{id}`; no scope is no restriction.
async fn account_of_scope(
    unit: &Unit<PartnerScope>,
    scope: Option<&str>,
) -> Result<Option<(AccountId, AccountKey)>, TokenError> {
    let Some(scope) = scope.map(str::trim).filter(|scope| !scope.is_empty()) else {
        return Ok(None);
    };
    let key = scope
        .get(..8)
        .filter(|prefix| prefix.eq_ignore_ascii_case("account:"))
        .map(|_| &scope[8..]);
    let key = key.ok_or(TokenError::InvalidScope(
        "The scope must be account:{account id}.",
    ))?;
    let account = unit.accounts().find(key).await?;
    let account = account.ok_or(TokenError::InvalidScope(
        "The scope names no account of the partner.",
    ))?;
    Ok(Some((account.id, account.key)))
}
