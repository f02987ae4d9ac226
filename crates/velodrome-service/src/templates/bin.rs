//! The recycle bin: deleted templates and cycles, for 90 days (cycles.md §1).

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use velodrome_model::{AccountId, AccountKey, PartnerActor, cycle::CycleStatus};
use velodrome_store::{BinKind, Deed, Store, Unit};

use super::TemplateError;

/// How long deleted things can be restored.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(90);

/// The recycle bin.
#[derive(Clone)]
pub struct RecycleBin {
    store: Store,
}

/// Something in the recycle bin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinItem {
    /// Its id.
    pub id: Uuid,
    /// The account of a cycle; none for templates.
    pub account: Option<AccountKey>,
    /// What people call it.
    pub name: String,
    /// When it was deleted.
    pub deleted_at: DateTime<Utc>,
    /// When it goes for good.
    pub purged_at: DateTime<Utc>,
}

impl RecycleBin {
    /// Over this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Everything that lies in it, what was deleted last first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, actor: &PartnerActor) -> Result<Vec<BinItem>, TemplateError> {
        let unit = self.store.read(&actor.scope).await?;
        let all = unit.recycle_bin().all().await?;
        let accounts = all.iter().filter_map(|item| account_of(item.kind));
        let keys = unit.accounts().keys(accounts).await?;
        let mut items: Vec<BinItem> = all
            .into_iter()
            .map(|item| {
                let account = account_of(item.kind);
                shown(
                    item,
                    account.and_then(|account| keys.get(&account).cloned()),
                )
            })
            .collect();
        items.sort_by_key(|item| (std::cmp::Reverse(item.deleted_at), item.id));
        Ok(items)
    }

    /// Takes something out of it again; cycles come back paused.
    ///
    /// # Errors
    /// [`TemplateError::NoItem`], [`TemplateError::AccountGone`].
    pub async fn restore(&self, actor: &PartnerActor, id: Uuid) -> Result<BinItem, TemplateError> {
        let unit = self.store.begin(&actor.scope).await?;
        let found = unit.recycle_bin().get(id).await?;
        let item = found.ok_or(TemplateError::NoItem)?;
        let mut key = None;
        match item.kind {
            BinKind::Template(template) => {
                unit.recycle_bin().put_template(template, None).await?;
            }
            BinKind::Cycle(account, cycle) => {
                let owner = unit.accounts().get(account).await?;
                key = Some(owner.ok_or(TemplateError::AccountGone)?.key);
                let part = unit.part_for(account).await?;
                let found = part.cycles().get_with_deleted(cycle).await?;
                let mut cycle = found.ok_or(TemplateError::NoItem)?;
                cycle.deleted_at = None;
                cycle.status = CycleStatus::Paused;
                cycle.schedule.next = None;
                part.cycles().save(&cycle).await?;
                part.commit().await?;
            }
        }
        note(
            &unit,
            actor,
            item.kind,
            ("template.restored", "cycle.restored"),
        )
        .await?;
        unit.commit().await?;
        Ok(shown(item, key))
    }

    /// Removes something for good.
    ///
    /// # Errors
    /// [`TemplateError::NoItem`].
    pub async fn purge(&self, actor: &PartnerActor, id: Uuid) -> Result<(), TemplateError> {
        let unit = self.store.begin(&actor.scope).await?;
        let found = unit.recycle_bin().get(id).await?;
        let item = found.ok_or(TemplateError::NoItem)?;
        match item.kind {
            BinKind::Template(template) => unit.recycle_bin().purge_template(template).await?,
            BinKind::Cycle(account, cycle) => {
                let part = unit.part_for(account).await?;
                part.cycles().purge(cycle).await?;
                part.commit().await?;
            }
        }
        note(&unit, actor, item.kind, ("template.purged", "cycle.purged")).await?;
        Ok(unit.commit().await?)
    }
}

fn account_of(kind: BinKind) -> Option<AccountId> {
    match kind {
        BinKind::Cycle(account, _) => Some(account),
        BinKind::Template(_) => None,
    }
}

fn shown(item: velodrome_store::BinItem, account: Option<AccountKey>) -> BinItem {
    BinItem {
        id: match item.kind {
            BinKind::Cycle(_, id) => id.0,
            BinKind::Template(id) => id.0,
        },
        account,
        name: item.name,
        deleted_at: item.deleted_at,
        purged_at: item.deleted_at + KEPT,
    }
}

async fn note(
    unit: &Unit<velodrome_model::PartnerScope>,
    actor: &PartnerActor,
    kind: BinKind,
    (of_template, of_cycle): (&'static str, &'static str),
) -> Result<(), TemplateError> {
    let deed = match kind {
        BinKind::Template(id) => Deed {
            action: of_template,
            object_type: "Template",
            object_id: id.to_string(),
            ..Deed::default()
        },
        BinKind::Cycle(account, id) => Deed {
            action: of_cycle,
            object_type: "Cycle",
            object_id: id.to_string(),
            account: Some(account),
            ..Deed::default()
        },
    };
    Ok(unit.audit(&actor.principal, deed).await?)
}
