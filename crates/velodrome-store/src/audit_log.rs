//! Reading the audit log.

use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Func},
};
use velodrome_model::{
    AccountId, AuditEntry, AuditFilter, AuditId, Page, PageRequest, PartnerScope,
};

use crate::{
    StoreError, Unit,
    entity::audit_entry,
    paged::{self, Orders},
};

impl Unit<PartnerScope> {
    /// A page of the partner's audit log, the newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn audit_log(
        &self,
        filter: &AuditFilter,
        request: &PageRequest,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let column = |column: audit_entry::Column| Expr::col((audit_entry::Entity, column));
        let same = |name: audit_entry::Column, value: &str| {
            Expr::expr(Func::lower(column(name))).eq(value.to_lowercase())
        };
        let mut query = audit_entry::Entity::find()
            .filter(audit_entry::Column::PartnerId.eq(self.scope().partner.0));
        if let Some(after) = filter.after {
            query = query.filter(audit_entry::Column::At.gte(after));
        }
        if let Some(before) = filter.before {
            query = query.filter(audit_entry::Column::At.lt(before));
        }
        if let Some(actor) = &filter.actor {
            query = query.filter(same(audit_entry::Column::Actor, actor));
        }
        if let Some(kind) = &filter.object_type {
            query = query.filter(same(audit_entry::Column::ObjectType, kind));
        }
        if let Some(id) = &filter.object_id {
            query = query.filter(same(audit_entry::Column::ObjectId, id));
        }
        if let Some(account) = filter.account {
            query = query.filter(audit_entry::Column::AccountId.eq(account.0));
        }
        let orders = [
            ("TimestampUtc", column(audit_entry::Column::At)),
            ("Actor", column(audit_entry::Column::Actor)),
            ("ActorType", column(audit_entry::Column::ActorKind)),
            ("Action", column(audit_entry::Column::Action)),
            ("ObjectType", column(audit_entry::Column::ObjectType)),
            ("ObjectId", column(audit_entry::Column::ObjectId)),
            ("AccountId", column(audit_entry::Column::AccountId)),
            ("Comment", column(audit_entry::Column::Comment)),
            ("IpAddress", column(audit_entry::Column::IpAddress)),
            ("Id", column(audit_entry::Column::Id)),
        ];
        let orders = Orders {
            by: &orders,
            default: ("TimestampUtc", false),
            tie: column(audit_entry::Column::Id),
            ties_follow: true,
        };
        let page = paged::page(self.db(), query, request, orders).await?;
        let keys = self
            .accounts()
            .keys(
                page.items
                    .iter()
                    .filter_map(|row| row.account_id.map(AccountId)),
            )
            .await?;
        Ok(page.map(|row| AuditEntry {
            id: AuditId(row.id),
            at: row.at,
            actor: row.actor,
            actor_kind: row.actor_kind,
            action: row.action,
            object_type: row.object_type,
            object_id: row.object_id,
            account: row
                .account_id
                .and_then(|id| keys.get(&AccountId(id)).cloned()),
            comment: row.comment,
            ip_address: row.ip_address,
        }))
    }
}
