//! Upgrades of installed cycles that were asked for. Each is claimed under a lease and ended once; one that
//! was asked for again is another one.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use serde_json::Value;
use uuid::Uuid;
use velodrome_model::{
    AccountId, AccountScope, CycleId, InstanceScope, PartnerId, Principal, PrincipalKind,
    TemplateId, cycle::Cycle,
};

use super::TemplateRows;
use crate::{StoreError, Unit, audit::kind_word, entity::template_upgrade};

use template_upgrade::Column as U;

/// Rows that one statement writes.
const CHUNK: usize = 500;

/// An upgrade of a cycle, as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredUpgrade {
    /// The cycle.
    pub cycle: CycleId,
    /// Its account.
    pub account: AccountId,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// What came of it; none while it waits.
    pub end: Option<UpgradeEnd>,
}

/// What came of an upgrade.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpgradeEnd {
    /// Whether the cycle has the release now.
    pub is_upgraded: bool,
    /// Why not.
    pub message: Option<String>,
    /// What has to be set up again, in the words of whoever wrote it.
    pub prerequisites: Option<Value>,
}

/// An upgrade that is ours until its lease lapses.
#[derive(Clone, Debug)]
pub struct ClaimedUpgrade {
    /// Its row.
    pub id: Uuid,
    /// Whose it is.
    pub scope: AccountScope,
    /// The template.
    pub template: TemplateId,
    /// The cycle.
    pub cycle: CycleId,
    /// Who asked for it.
    pub principal: Principal,
    /// How often it was tried before.
    pub attempts: i32,
}

impl TemplateRows<'_> {
    /// Asks for the upgrade of these cycles of a template, and forgets what was asked for before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn ask_upgrades(
        &self,
        of: TemplateId,
        cycles: &[Cycle],
        principal: &Principal,
    ) -> Result<(), StoreError> {
        let partner = self.unit.scope().partner;
        let now = self.unit.now();
        template_upgrade::Entity::delete_many()
            .filter(U::PartnerId.eq(partner.0))
            .filter(U::TemplateId.eq(of.0))
            .exec(self.unit.db())
            .await?;
        for chunk in cycles.chunks(CHUNK) {
            let rows = chunk.iter().map(|cycle| template_upgrade::ActiveModel {
                id: Set(self.unit.new_id()),
                partner_id: Set(partner.0),
                account_id: Set(cycle.account.0),
                template_id: Set(of.0),
                cycle_id: Set(cycle.id.0),
                asked_at: Set(now),
                principal_kind: Set(kind_word(principal.kind).to_owned()),
                principal_name: Set(principal.name.clone()),
                claim_at: Set(Some(now)),
                attempts: Set(0),
                upgraded: Set(None),
                message: Set(None),
                prerequisites: Set(None),
            });
            template_upgrade::Entity::insert_many(rows)
                .exec_without_returning(self.unit.db())
                .await?;
        }
        Ok(())
    }

    /// The upgrades of a template that were asked for last, by cycle.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn upgrades(&self, of: TemplateId) -> Result<Vec<StoredUpgrade>, StoreError> {
        let rows = template_upgrade::Entity::find()
            .filter(U::PartnerId.eq(self.unit.scope().partner.0))
            .filter(U::TemplateId.eq(of.0))
            .order_by_asc(U::CycleId)
            .all(self.unit.db())
            .await?;
        let stored = rows.into_iter().map(|row| StoredUpgrade {
            cycle: CycleId(row.cycle_id),
            account: AccountId(row.account_id),
            asked_at: row.asked_at,
            end: row.upgraded.map(|is_upgraded| UpgradeEnd {
                is_upgraded,
                message: row.message,
                prerequisites: row.prerequisites,
            }),
        });
        Ok(stored.collect())
    }
}

impl Unit<InstanceScope> {
    /// Claims up to `limit` upgrades that nobody has, oldest first, until `lease` from now; of one template
    /// where it is named.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn claim_upgrades(
        &self,
        of: Option<TemplateId>,
        limit: u64,
        lease: Duration,
    ) -> Result<Vec<ClaimedUpgrade>, StoreError> {
        let now = self.now();
        let mut due = template_upgrade::Entity::find()
            .filter(U::ClaimAt.lte(now))
            .order_by_asc(U::Id)
            .limit(limit);
        if let Some(template) = of {
            due = due.filter(U::TemplateId.eq(template.0));
        }
        let rows = self.lock_free(due).all(self.db()).await?;
        template_upgrade::Entity::update_many()
            .col_expr(U::ClaimAt, Expr::value(now + lease))
            .col_expr(U::Attempts, Expr::col(U::Attempts).add(1))
            .filter(U::Id.is_in(rows.iter().map(|row| row.id)))
            .exec(self.db())
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(ClaimedUpgrade {
                    id: row.id,
                    scope: AccountScope {
                        partner: PartnerId(row.partner_id),
                        account: AccountId(row.account_id),
                    },
                    template: TemplateId(row.template_id),
                    cycle: CycleId(row.cycle_id),
                    principal: Principal {
                        kind: kind_of(&row.principal_kind)?,
                        name: row.principal_name,
                        address: None,
                    },
                    attempts: row.attempts,
                })
            })
            .collect()
    }

    /// Notes what came of an upgrade; nothing where it was asked for again in the meantime.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_upgrade(&self, id: Uuid, end: UpgradeEnd) -> Result<(), StoreError> {
        template_upgrade::Entity::update_many()
            .set(template_upgrade::ActiveModel {
                claim_at: Set(None),
                upgraded: Set(Some(end.is_upgraded)),
                message: Set(end.message),
                prerequisites: Set(end.prerequisites),
                ..Default::default()
            })
            .filter(U::Id.eq(id))
            .exec(self.db())
            .await?;
        Ok(())
    }
}

fn kind_of(word: &str) -> Result<PrincipalKind, StoreError> {
    let kinds = [
        PrincipalKind::Administrator,
        PrincipalKind::User,
        PrincipalKind::Client,
        PrincipalKind::System,
    ];
    let known = kinds.into_iter().find(|kind| kind_word(*kind) == word);
    known.ok_or(StoreError::Corrupt {
        what: "kind of principal",
    })
}
