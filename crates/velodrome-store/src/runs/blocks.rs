//! Providers that take no calls now: one row an account connector (cycles.md §11.7).

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait as _, EntityTrait, FromQueryResult,
    QueryFilter, QuerySelect as _, Select, Statement, Value, sea_query::OnConflict,
};
use velodrome_model::{AccountConnectorId, AccountScope, Scope, StepId};

use super::{Block, EngineRows, RunRows};
use crate::{StoreError, Unit, entity::connector_block};

use connector_block::Column as C;

/// How long whoever tries whether a block is over may take before another tries.
const PROBE: TimeDelta = TimeDelta::minutes(2);
/// Those that wait while somebody tries look again this much later.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(5);
/// Between two waiters that go on after a block.
const SPACING: TimeDelta = TimeDelta::milliseconds(100);
/// They are spread over a tenth of the wait, but not over more than this.
const MOST_SPREAD: TimeDelta = TimeDelta::seconds(60);
/// Minutes that are added when the provider refuses again after a block.
const MORE_MINUTES: [i64; 6] = [0, 1, 3, 7, 15, 30];

/// A block as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockView {
    /// Until when nobody calls.
    pub until: DateTime<Utc>,
    /// How often the provider refused again after a block.
    pub rounds: i32,
}

/// Whether a step may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// It may. `is_probe` says that its call decides whether the block is over.
    Free {
        /// Nobody else calls meanwhile.
        is_probe: bool,
    },
    /// Not before this instant.
    Wait(DateTime<Utc>),
}

impl EngineRows<'_> {
    /// Asks to call through an account connector. Whoever is told to wait has a place in the line.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn passage(
        &self,
        scope: &AccountScope,
        connector: AccountConnectorId,
    ) -> Result<Passage, StoreError> {
        self.unit.purpose.note("passage");
        let mut find = of(scope, connector);
        if !self.unit.is_sqlite() {
            find = find.lock_exclusive();
        }
        let Some(row) = find.one(self.unit.db()).await? else {
            return Ok(Passage::Free { is_probe: false });
        };
        let now = self.unit.now();
        let (change, passage) = if row.until_at > now {
            let wait = TimeDelta::milliseconds(row.base_ms);
            let most = (wait / 10).min(MOST_SPREAD);
            let place = (SPACING * row.waiters.saturating_add(1)).min(most);
            let change = connector_block::ActiveModel {
                waiters: Set(row.waiters.saturating_add(1)),
                ..Default::default()
            };
            (change, Passage::Wait(row.until_at + place))
        } else if row.probe_until.is_none_or(|until| until <= now) {
            let change = connector_block::ActiveModel {
                probe_until: Set(Some(now + PROBE)),
                ..Default::default()
            };
            (change, Passage::Free { is_probe: true })
        } else {
            return Ok(Passage::Wait(now + LOOK_AGAIN));
        };
        connector_block::Entity::update_many()
            .set(change)
            .filter(key(scope, connector))
            .exec(self.unit.db())
            .await?;
        Ok(passage)
    }
}

/// What is to be known before a step calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BeforeCall {
    /// Where its look-back starts; none is not set.
    pub last_successful_run: Option<DateTime<Utc>>,
    /// Its provider took no calls a moment ago.
    pub is_blocked: bool,
}

#[derive(FromQueryResult)]
struct BeforeRow {
    run_at: Option<DateTime<Utc>>,
    until_at: Option<DateTime<Utc>>,
}

const BEFORE: &str = "SELECT s.last_successful_run_at AS run_at, b.until_at AS until_at FROM cycle_step s \
     LEFT JOIN connector_block b ON b.account_connector_id = $4 AND b.partner_id = $2 \
     WHERE s.id = $1 AND s.partner_id = $2 AND s.account_id = $3";

impl RunRows<'_> {
    /// What is to be known before a step calls.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn before_call(
        &self,
        step: StepId,
        connector: Option<AccountConnectorId>,
    ) -> Result<BeforeCall, StoreError> {
        let (db, scope) = (self.unit.db(), self.unit.scope());
        let values = [
            Value::from(step.0),
            Value::from(scope.partner.0),
            Value::from(scope.account.0),
            Value::from(connector.map(|connector| connector.0)),
        ];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), BEFORE, values);
        let row = BeforeRow::find_by_statement(statement).one(db).await?;
        Ok(row.map_or_else(BeforeCall::default, |row| BeforeCall {
            last_successful_run: row.run_at,
            is_blocked: row.until_at.is_some(),
        }))
    }

    /// The block of an account connector, if there is one; most calls need no more than this look.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn block(
        &self,
        connector: AccountConnectorId,
    ) -> Result<Option<BlockView>, StoreError> {
        let row = of(self.unit.scope(), connector).one(self.unit.db()).await?;
        Ok(row.map(|row| BlockView {
            until: row.until_at,
            rounds: row.rounds,
        }))
    }
}

fn key(scope: &AccountScope, connector: AccountConnectorId) -> Condition {
    Condition::all()
        .add(C::PartnerId.eq(scope.partner.0))
        .add(C::AccountConnectorId.eq(connector.0))
}

fn of(scope: &AccountScope, connector: AccountConnectorId) -> Select<connector_block::Entity> {
    connector_block::Entity::find().filter(key(scope, connector))
}

/// Writes down what became known; tells until when a block that begins lasts.
pub(super) async fn note<S: Scope>(
    unit: &Unit<S>,
    scope: &AccountScope,
    block: Block,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    match block {
        Block::Ends(connector) => {
            connector_block::Entity::delete_many()
                .filter(key(scope, connector))
                .filter(C::UntilAt.lte(unit.now()))
                .exec(unit.db())
                .await?;
            Ok(None)
        }
        Block::Begins(connector, base) => begin(unit, scope, connector, base).await.map(Some),
    }
}

async fn begin<S: Scope>(
    unit: &Unit<S>,
    scope: &AccountScope,
    connector: AccountConnectorId,
    base: TimeDelta,
) -> Result<DateTime<Utc>, StoreError> {
    let now = unit.now();
    let known = of(scope, connector).one(unit.db()).await?;
    // Calls that were under way when the block began say nothing new.
    let rounds = match &known {
        None => 0,
        Some(row) if row.until_at > now => row.rounds,
        Some(row) => row.rounds.saturating_add(1),
    };
    let wait = base + TimeDelta::minutes(more(rounds));
    let until = match &known {
        Some(row) => row.until_at.max(now + wait),
        None => now + wait,
    };
    let again = OnConflict::column(C::AccountConnectorId)
        .update_columns([C::UntilAt, C::BaseMs, C::Rounds, C::Waiters, C::ProbeUntil])
        .to_owned();
    connector_block::Entity::insert(connector_block::ActiveModel {
        account_connector_id: Set(connector.0),
        partner_id: Set(scope.partner.0),
        account_id: Set(scope.account.0),
        until_at: Set(until),
        base_ms: Set(wait.num_milliseconds()),
        rounds: Set(rounds),
        waiters: Set(0),
        probe_until: Set(None),
    })
    .on_conflict(again)
    .exec_without_returning(unit.db())
    .await?;
    Ok(until)
}

fn more(rounds: i32) -> i64 {
    let last = MORE_MINUTES.len() - 1;
    let index = usize::try_from(rounds).unwrap_or(0).min(last);
    MORE_MINUTES[index]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_refuses_again_is_left_alone_longer() {
        let waits: Vec<_> = (0..8).map(more).collect();

        assert_eq!(waits, [0, 1, 3, 7, 15, 30, 30, 30]);
    }
}
