//! Requests that begin transactions, several in one unit (cycles.md §7).

use std::collections::HashMap;

use sea_orm::{ConnectionTrait as _, Statement, Value};
use velodrome_model::{AccountScope, CycleId, cycle::CycleStatus};

use super::{
    EngineRows, NewRun, NewWebhookRequest, begin::row_of, gathered::Gathered, requests::request_row,
};
use crate::StoreError;

/// A request, and what it begins. Its cycle runs no transactions in order, ends with none of them, and its
/// graph is frozen.
#[derive(Clone, Debug)]
pub struct NewIntake {
    /// Whose it is.
    pub scope: AccountScope,
    /// The cycle.
    pub cycle: CycleId,
    /// The version of its graph.
    pub version: i32,
    /// What came.
    pub request: NewWebhookRequest,
    /// What begins.
    pub runs: Vec<NewRun>,
}

/// An active cycle that takes requests now and after them, of an account that is not suspended.
const TAKES: &str = "SELECT c.version AS version FROM cycle c JOIN account a ON a.id = c.account_id \
     WHERE c.id = $1 AND c.partner_id = $2 AND c.account_id = $3 AND c.version = $4 AND c.status = $5 \
     AND c.deleted_at IS NULL AND c.runs_once = $6 AND a.is_suspended = $6 \
     AND (c.start_at IS NULL OR c.start_at <= $7)";

impl EngineRows<'_> {
    /// Stores requests with what they begin; tells of each whether it was taken. It is not where its cycle
    /// is not active any more in that version.
    ///
    /// # Errors
    /// When the database refuses; the unit is lost then.
    pub async fn take_in(&self, all: Vec<NewIntake>) -> Result<Vec<bool>, StoreError> {
        if !all.is_empty() {
            self.unit.purpose.note("accept");
        }
        let now = self.unit.now();
        let mut gathered = Gathered::default();
        let mut takes: HashMap<(AccountScope, CycleId, i32), bool> = HashMap::new();
        let mut taken = Vec::with_capacity(all.len());
        for new in all {
            let key = (new.scope, new.cycle, new.version);
            let is_taken = match takes.get(&key) {
                Some(known) => *known,
                None => {
                    let found = self.takes(key).await?;
                    takes.insert(key, found);
                    found
                }
            };
            taken.push(is_taken);
            if !is_taken {
                continue;
            }
            let scope = new.scope;
            gathered.requests.push(request_row(now, scope, new.request));
            for run in new.runs {
                let (id, tasks) = (run.id, run.tasks);
                let (row, data) = row_of(now, scope, run);
                gathered.transactions.push(row);
                if let Some((output, item)) = data {
                    gathered.output(scope, id, 1, output);
                    gathered.item(scope, id, item);
                }
                gathered.used(scope, tasks, 0);
            }
        }
        gathered.write(self.unit).await?;
        Ok(taken)
    }

    /// Whether a cycle takes requests. Whoever stops it comes before this or stops what begins here.
    async fn takes(
        &self,
        (scope, cycle, version): (AccountScope, CycleId, i32),
    ) -> Result<bool, StoreError> {
        let db = self.unit.db();
        let values = [
            Value::from(cycle.0),
            Value::from(scope.partner.0),
            Value::from(scope.account.0),
            Value::from(version),
            Value::from(CycleStatus::Active.as_str().to_owned()),
            Value::from(false),
            Value::from(self.unit.now()),
        ];
        let text = match self.unit.is_sqlite() {
            true => TAKES.to_owned(),
            false => format!("{TAKES} FOR SHARE OF c"),
        };
        let statement = Statement::from_sql_and_values(db.get_database_backend(), text, values);
        Ok(db.query_one_raw(statement).await?.is_some())
    }
}
