//! What an account used on a day.

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait as _, Statement, Value};
use velodrome_model::{AccountScope, Scope};

use crate::{StoreError, Unit};

/// Adds to the day's tasks and incidents of an account.
pub(super) async fn count_usage<S: Scope>(
    unit: &Unit<S>,
    scope: &AccountScope,
    tasks: i32,
    incidents: i32,
) -> Result<(), StoreError> {
    if tasks == 0 && incidents == 0 {
        return Ok(());
    }
    let db = unit.db();
    let day: NaiveDate = unit.now().date_naive();
    let values = [
        Value::from(scope.account.0),
        Value::from(day),
        Value::from(scope.partner.0),
        Value::from(i64::from(tasks)),
        Value::from(i64::from(incidents)),
    ];
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "INSERT INTO task_usage (account_id, day, partner_id, tasks, incidents) \
         VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (account_id, day) DO UPDATE SET \
         tasks = task_usage.tasks + excluded.tasks, \
         incidents = task_usage.incidents + excluded.incidents",
        values,
    );
    db.execute_raw(statement).await?;
    Ok(())
}
