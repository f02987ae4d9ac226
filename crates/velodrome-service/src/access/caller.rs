//! A caller as the door knows it, and why the door may stay closed.

use uuid::Uuid;
use velodrome_model::{
    AccessTokenId, AccountId, AdministratorId, PartnerScope, Principal, Right, Role,
};
use velodrome_store::StoreError;

/// Somebody whose token or session is good.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The partner.
    pub partner: PartnerScope,
    /// Who it is, for the audit log.
    pub principal: Principal,
    /// Rights; clients have those of an administrator.
    pub role: Role,
    /// The only account that the token may act for.
    pub restricted_to: Option<AccountId>,
    /// What was shown at the door.
    pub credential: Credential,
    /// The administrator behind a session or a password grant.
    pub administrator: Option<AdministratorId>,
    /// The partner demands a second factor and this administrator's session began without one.
    pub must_set_up_second_factor: bool,
}

/// What was shown at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    /// An access token.
    Token(AccessTokenId),
    /// A browser session.
    Session(Uuid),
}

impl Caller {
    /// Whether the caller's role includes the right.
    ///
    /// # Errors
    /// [`AccessError::Role`] when it does not.
    pub fn require(&self, right: Right) -> Result<(), AccessError> {
        if self.role.may(right) {
            Ok(())
        } else {
            Err(AccessError::Role(self.role))
        }
    }
}

/// Why somebody may not come in.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// No token or session, or not a good one.
    #[error("Authorization has been denied for this request.")]
    Denied {
        /// There was one.
        given: bool,
    },
    /// The operation is about an account and none was named.
    #[error("The header X-Cyclr-Account is required.")]
    NoAccount,
    /// The header names no account of the partner.
    #[error("The header X-Cyclr-Account names no account of this partner.")]
    UnknownAccount,
    /// The token is restricted to an account and the operation is the partner's.
    #[error("The token is restricted to an account.")]
    Restricted,
    /// The token is restricted to another account than the header names.
    #[error("The token is restricted to another account.")]
    OtherAccount,
    /// IP rules do not let this address in.
    #[error("The address of the caller is not allowed.")]
    Address,
    /// The administrator's role does not include this.
    #[error("The role {role} does not allow this.", role = .0.as_str())]
    Role(Role),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
