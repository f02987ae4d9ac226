//! The audit log: who did what, written in the unit of work of the deed (openapi: AuditLogEntry).

use sea_orm::{ActiveValue::Set, EntityTrait};
use velodrome_model::{AccountId, AccountScope, PartnerId, PartnerScope, Principal, PrincipalKind};

use crate::{StoreError, Unit, entity::audit_entry};

/// A deed. Never holds a secret or a value of one.
#[derive(Clone, Debug, Default)]
pub struct Deed {
    /// Stable, dotted: `account.created`, `connector.setup_changed`.
    pub action: &'static str,
    /// Kind of object: `Account`, `AccountConnector`…
    pub object_type: &'static str,
    /// The object's id as the wire shows it.
    pub object_id: String,
    /// The account that the deed concerns, for partner units.
    pub account: Option<AccountId>,
    /// What else a reader wants to know.
    pub comment: Option<String>,
}

impl Unit<PartnerScope> {
    /// Writes down a deed of the partner.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn audit(&self, principal: &Principal, deed: Deed) -> Result<(), StoreError> {
        self.write_audit(self.scope().partner, deed.account, principal, deed)
            .await
    }
}

impl Unit<AccountScope> {
    /// Writes down a deed in the account.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn audit(&self, principal: &Principal, deed: Deed) -> Result<(), StoreError> {
        self.write_audit(
            self.scope().partner,
            Some(self.scope().account),
            principal,
            deed,
        )
        .await
    }
}

impl<S: velodrome_model::Scope> Unit<S> {
    pub(crate) async fn write_audit(
        &self,
        partner: PartnerId,
        account: Option<AccountId>,
        principal: &Principal,
        deed: Deed,
    ) -> Result<(), StoreError> {
        audit_entry::Entity::insert(audit_entry::ActiveModel {
            id: Set(self.new_id()),
            partner_id: Set(partner.0),
            account_id: Set(account.map(|a| a.0)),
            at: Set(self.now()),
            actor: Set(principal.name.clone()),
            actor_kind: Set(kind_word(principal.kind).to_owned()),
            ip_address: Set(principal.address.map(|a| a.to_string())),
            action: Set(deed.action.to_owned()),
            object_type: Set(deed.object_type.to_owned()),
            object_id: Set(deed.object_id),
            comment: Set(deed.comment),
        })
        .exec_without_returning(self.db())
        .await?;
        Ok(())
    }
}

/// What a kind of actor is called in rows.
pub(crate) fn kind_word(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::Administrator => "Administrator",
        PrincipalKind::User => "User",
        PrincipalKind::Client => "Client",
        PrincipalKind::System => "System",
    }
}
