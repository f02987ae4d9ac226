//! Rows that several checkpoints and requests of one unit write together.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};
use velodrome_model::{AccountScope, CycleId, Scope, StepId, TransactionId};

use super::{
    NewIncident, NewItem, NewOutput,
    data::{incident_row, insert_rows, item_row, output_row},
    usage::count_usage,
};
use crate::{
    StoreError, Unit,
    entity::{
        cycle, cycle_item, cycle_step, cycle_step_data, cycle_transaction, incident,
        webhook_request,
    },
};

/// What is written at the end of a unit, many rows with one statement, and each counter once.
#[derive(Default)]
pub(super) struct Gathered {
    pub requests: Vec<webhook_request::ActiveModel>,
    pub transactions: Vec<cycle_transaction::ActiveModel>,
    outputs: Vec<cycle_step_data::ActiveModel>,
    items: Vec<cycle_item::ActiveModel>,
    incidents: Vec<incident::ActiveModel>,
    /// The newest look-back of steps.
    look_backs: BTreeMap<(AccountScope, StepId), DateTime<Utc>>,
    /// The newest successful run of cycles.
    runs: BTreeMap<(AccountScope, CycleId), DateTime<Utc>>,
    /// Tasks and incidents of accounts.
    usage: BTreeMap<AccountScope, (i32, i32)>,
}

impl Gathered {
    pub fn output(
        &mut self,
        scope: AccountScope,
        of: TransactionId,
        checkpoint: i32,
        output: NewOutput,
    ) {
        self.outputs.push(output_row(scope, of, checkpoint, output));
    }

    pub fn item(&mut self, scope: AccountScope, of: TransactionId, item: NewItem) {
        self.items.push(item_row(scope, of, item));
    }

    pub fn incident(
        &mut self,
        now: DateTime<Utc>,
        scope: AccountScope,
        (cycle, of): (CycleId, TransactionId),
        new: NewIncident,
    ) {
        self.incidents
            .push(incident_row(now, scope, cycle, Some(of), new));
    }

    /// A step's look-back from now on.
    pub fn look_back(&mut self, scope: AccountScope, step: StepId, to: DateTime<Utc>) {
        let newest = self.look_backs.entry((scope, step)).or_insert(to);
        *newest = to.max(*newest);
    }

    /// A trigger succeeded in a run that began then.
    pub fn run(&mut self, scope: AccountScope, cycle: CycleId, began: DateTime<Utc>) {
        let newest = self.runs.entry((scope, cycle)).or_insert(began);
        *newest = began.max(*newest);
    }

    /// Adds to the day's tasks and incidents of an account.
    pub fn used(&mut self, scope: AccountScope, tasks: i32, incidents: i32) {
        let used = self.usage.entry(scope).or_default();
        used.0 = used.0.saturating_add(tasks);
        used.1 = used.1.saturating_add(incidents);
    }

    /// Writes everything.
    ///
    /// # Errors
    /// When the database refuses; the unit is lost then.
    pub async fn write<S: Scope>(self, unit: &Unit<S>) -> Result<(), StoreError> {
        insert_rows(unit, self.requests).await?;
        insert_rows(unit, self.transactions).await?;
        insert_rows(unit, self.outputs).await?;
        insert_rows(unit, self.items).await?;
        insert_rows(unit, self.incidents).await?;
        for ((scope, step), to) in self.look_backs {
            look_back(unit, &scope, step, to).await?;
        }
        for ((scope, cycle), began) in self.runs {
            note_run(unit, &scope, cycle, began).await?;
        }
        // Last, so that the day's row of an account is locked as shortly as can be.
        for (scope, (tasks, incidents)) in self.usage {
            count_usage(unit, &scope, tasks, incidents).await?;
        }
        Ok(())
    }
}

/// Never backwards.
async fn look_back<S: Scope>(
    unit: &Unit<S>,
    scope: &AccountScope,
    step: StepId,
    to: DateTime<Utc>,
) -> Result<(), StoreError> {
    use cycle_step::Column as S;
    cycle_step::Entity::update_many()
        .col_expr(S::LastSuccessfulRunAt, Expr::value(to))
        .filter(S::PartnerId.eq(scope.partner.0))
        .filter(S::AccountId.eq(scope.account.0))
        .filter(S::Id.eq(step.0))
        .filter(
            Condition::any()
                .add(S::LastSuccessfulRunAt.is_null())
                .add(S::LastSuccessfulRunAt.lt(to)),
        )
        .exec(unit.db())
        .await?;
    Ok(())
}

async fn note_run<S: Scope>(
    unit: &Unit<S>,
    scope: &AccountScope,
    id: CycleId,
    began: DateTime<Utc>,
) -> Result<(), StoreError> {
    use cycle::Column as S;
    cycle::Entity::update_many()
        .col_expr(S::LastSuccessfulRunAt, Expr::value(began))
        .filter(S::PartnerId.eq(scope.partner.0))
        .filter(S::AccountId.eq(scope.account.0))
        .filter(S::Id.eq(id.0))
        .filter(
            Condition::any()
                .add(S::LastSuccessfulRunAt.is_null())
                .add(S::LastSuccessfulRunAt.lt(began)),
        )
        .exec(unit.db())
        .await?;
    Ok(())
}
