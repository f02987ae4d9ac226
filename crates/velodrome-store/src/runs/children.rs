//! Children of a transaction that is split: made in chunks, each exactly once (cycles.md §8).

use sea_orm::{
    ActiveValue::Set, ConnectionTrait as _, DatabaseTransaction, EntityTrait, sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};
use velodrome_model::{StepId, TransactionId, cycle::TransactionStatus};

use super::{Priority, Seen, begin::blank};
use crate::{
    StoreError, Unit,
    entity::cycle_transaction,
    faults::{self, Mistake},
};

/// Children that are made in one unit of work.
pub const CHUNK: i64 = 500;

/// The children that a transaction ends in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitPlan {
    /// The step that it is split at.
    pub step: StepId,
    /// Which.
    pub children: Children,
}

/// Which children.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Children {
    /// One for each of several steps behind one exit; they see all data.
    Whole {
        /// Where they begin.
        heads: Vec<StepId>,
    },
    /// One for each item of the step's list and each step behind its exit.
    Items {
        /// Where they begin.
        heads: Vec<StepId>,
        /// How many items.
        items: i64,
    },
    /// One for each part of an earlier step's data.
    Parts {
        /// The earlier step.
        seen: StepId,
        /// Name of the part, and where its child begins.
        parts: Vec<(String, StepId)>,
    },
}

impl SplitPlan {
    /// How many there will be.
    pub fn total(&self) -> i64 {
        let count = |heads: &[StepId]| i64::try_from(heads.len()).unwrap_or(i64::MAX);
        match &self.children {
            Children::Whole { heads } => count(heads),
            Children::Items { heads, items } => items.saturating_mul(count(heads)),
            Children::Parts { parts, .. } => i64::try_from(parts.len()).unwrap_or(i64::MAX),
        }
    }

    /// Where the child of a number begins, and what it sees in part.
    fn child(&self, number: i64) -> Option<(StepId, Option<Seen>)> {
        let at = |heads: &[StepId], index: i64| heads.get(usize::try_from(index).ok()?).copied();
        match &self.children {
            Children::Whole { heads } => Some((at(heads, number)?, None)),
            Children::Items { heads, .. } => {
                let width = i64::try_from(heads.len()).ok()?;
                let seen = Seen {
                    step: self.step,
                    part: String::new(),
                    item: Some(number.checked_div(width)?),
                };
                Some((at(heads, number % width)?, Some(seen)))
            }
            Children::Parts { seen, parts } => {
                let (part, head) = parts.get(usize::try_from(number).ok()?)?;
                let seen = Seen {
                    step: *seen,
                    part: part.clone(),
                    item: None,
                };
                Some((*head, Some(seen)))
            }
        }
    }
}

/// Makes the children from `made` on, at most a chunk of them; tells how many there are then.
pub(super) async fn make<S: velodrome_model::Scope>(
    unit: &Unit<S>,
    parent: &cycle_transaction::Model,
    plan: &SplitPlan,
    made: i64,
    fork: i32,
) -> Result<i64, StoreError> {
    let is_wrong = faults::has(Mistake::ChildrenNotUnique);
    let made = match is_wrong && parent.recoveries > 0 {
        true => 0,
        false => made,
    };
    let end = plan.total().min(made.saturating_add(CHUNK));
    let now = unit.now();
    let mut rows = Vec::new();
    for number in made..end {
        let Some((head, seen)) = plan.child(number) else {
            return Err(StoreError::Corrupt {
                what: "transaction split plan",
            });
        };
        let seen_part = seen.as_ref().map(|seen| seen.part.clone());
        rows.push(cycle_transaction::ActiveModel {
            parent_id: Set(Some(parent.id)),
            root_id: Set(parent.root_id),
            split_step: Set(Some(plan.step.0)),
            split_index: Set((!is_wrong).then_some(number)),
            seen_step: Set(seen.as_ref().map(|seen| seen.step.0)),
            seen_part: Set(seen_part),
            seen_item: Set(seen.and_then(|seen| seen.item)),
            fork: Set(fork),
            joined_from: Set(parent.joined_from),
            step_id: Set(Some(head.0)),
            // In order they wait for their turn, which comes when their parent has ended.
            claim_at: Set((!parent.is_in_order).then_some(now)),
            request_id: Set(parent.request_id),
            is_in_order: Set(parent.is_in_order),
            priority: Set(child_priority(parent).number()),
            ..blank(
                TransactionId(unit.new_id()),
                (parent.partner_id, parent.account_id),
                (parent.cycle_id, parent.version),
                now,
            )
        });
    }
    if !rows.is_empty() {
        insert_all(unit.db(), rows).await?;
    }
    Ok(end)
}

/// Somebody may still wait for the response of what was split.
fn child_priority(parent: &cycle_transaction::Model) -> Priority {
    match parent.priority {
        0 => Priority::Synchronous,
        _ => Priority::Split,
    }
}

/// A chunk that was made before a crash is there already and stays as it is.
async fn insert_all(
    db: &DatabaseTransaction,
    rows: Vec<cycle_transaction::ActiveModel>,
) -> Result<(), StoreError> {
    let there = OnConflict::columns([
        cycle_transaction::Column::ParentId,
        cycle_transaction::Column::SplitStep,
        cycle_transaction::Column::SplitIndex,
    ])
    .do_nothing()
    .to_owned();
    let insert = cycle_transaction::Entity::insert_many(rows).on_conflict(there);
    let statement = sea_orm::QueryTrait::build(&insert, db.get_database_backend());
    db.execute_raw(statement).await?;
    Ok(())
}

/// A queued row of these.
pub(super) fn queued() -> String {
    TransactionStatus::Queued.as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn step(number: u128) -> StepId {
        StepId(Uuid::from_u128(number))
    }

    #[test]
    fn every_item_goes_to_every_step_behind_the_exit() {
        let plan = SplitPlan {
            step: step(1),
            children: Children::Items {
                heads: vec![step(2), step(3)],
                items: 2,
            },
        };

        let children: Vec<_> = (0..plan.total())
            .map(|number| plan.child(number).unwrap())
            .map(|(head, seen)| (head, seen.unwrap().item.unwrap()))
            .collect();

        let expected = [(step(2), 0), (step(3), 0), (step(2), 1), (step(3), 1)];
        assert_eq!(children, expected);
    }
}
