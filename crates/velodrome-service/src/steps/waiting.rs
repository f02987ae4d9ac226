//! Delay and Wait Until (cycles.md §4).

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::Value;
use velodrome_model::{
    Account, PartnerScope, RetentionPeriod,
    cycle::{
        Delay, Exit, Source, StepOutcome, Trouble, WaitReason,
        mapping::{Cell, Target, TargetPlace, plan},
    },
    definition::DataType,
    value::{DateFormat, ValueType},
};
use velodrome_store::StoreError;

use super::{
    StepRun, Steps,
    around::{self, Around},
    inline::Inline,
    method::unmapped,
    outcome::{Fault, passed},
};

/// What a wait is called among targets.
const DATE: &str = "WaitUntil";

impl Steps {
    /// Lets a while pass.
    pub(super) async fn run_delay(
        &self,
        run: StepRun<'_>,
        delay: Delay,
    ) -> Result<StepOutcome, StoreError> {
        let Some(seconds) = delay.seconds() else {
            let fault = Fault::failed(
                Trouble::NoWaitCriteria,
                "The Delay has no time period; set number and unit.",
            );
            return fault.outcome(Vec::new(), false);
        };
        if seconds == 0 {
            return Ok(passed(Exit::Forward));
        }
        let until = i64::try_from(seconds)
            .ok()
            .and_then(TimeDelta::try_seconds)
            .and_then(|wait| self.now().checked_add_signed(wait))
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        match self.within_retention(&run, until).await {
            Ok(()) => Ok(StepOutcome::Wait {
                until,
                reason: WaitReason::Delay,
            }),
            Err(fault) => fault.outcome(Vec::new(), false),
        }
    }

    /// Waits until an instant; one that is past passes at once.
    pub(super) async fn run_wait_until(
        &self,
        run: StepRun<'_>,
        date: Option<&Source>,
    ) -> Result<StepOutcome, StoreError> {
        let until = match self.instant(&run, date).await {
            Ok(until) => until,
            Err(fault) => return fault.outcome(Vec::new(), false),
        };
        if until <= self.now() {
            return Ok(passed(Exit::Forward));
        }
        match self.within_retention(&run, until).await {
            Ok(()) => Ok(StepOutcome::Wait {
                until,
                reason: WaitReason::WaitUntil,
            }),
            Err(fault) => fault.outcome(Vec::new(), false),
        }
    }

    async fn instant(
        &self,
        run: &StepRun<'_>,
        date: Option<&Source>,
    ) -> Result<DateTime<Utc>, Fault> {
        let nothing = || {
            Fault::failed(
                Trouble::NoWaitCriteria,
                "There is no date to wait for: nothing is mapped, or the field is empty.",
            )
        };
        let source = date.ok_or_else(nothing)?;
        let account = self.account(run).await?.ok_or_else(nothing)?;
        let zone: Tz = account.timezone.parse().unwrap_or(Tz::UTC);
        let around = Around {
            run: *run,
            variables: around::variables(run.document),
            last_run: run.last_successful_run.unwrap_or_else(|| self.now()),
            installation: None,
            account_key: account.key.to_string(),
        };
        let outputs = self.outputs(run).await?;
        let target = Target {
            name: DATE,
            place: TargetPlace::Parameter,
            source,
            is_required: false,
        };
        let planned = plan(&[target], &[], &outputs, &around).map_err(unmapped)?;
        // Of a list the first item that has a date.
        let cells = planned.requests.iter();
        let mut cells = cells.filter_map(|request| request.parameters.get(DATE));
        let value = match cells.next().ok_or_else(nothing)? {
            Cell::Value(value) => value.clone(),
            Cell::Script(script) => {
                let inline = Inline {
                    engine: self.caller.pipeline().scripts(),
                    scope: run.scope,
                    secrets: around::secret_variables(run.document),
                };
                let ran = inline.run(script, DataType::DateTime).await;
                ran.map_err(|error| Fault::failed(Trouble::BuildFailed, error.to_string()))?
            }
            Cell::List(_) => Value::Null,
        };
        if velodrome_model::cycle::mapping::is_nothing(Some(&value)) {
            return Err(nothing());
        }
        let declared = match source {
            Source::PreviousStep(field) => self.dates(run, field).await?,
            _ => None,
        };
        read_date(&value, declared.as_ref(), zone).ok_or_else(|| {
            Fault::failed(
                Trouble::NoDateTime,
                "The value to wait for can't be read as a date and time (ISO 8601, or the format that \
                 its field declares).",
            )
        })
    }

    /// Whether a wait ends before the data of its transaction is erased.
    async fn within_retention(&self, run: &StepRun<'_>, until: DateTime<Utc>) -> Result<(), Fault> {
        let unit = self.caller.bench().store.read(&run.scope).await?;
        let cycle = unit.cycles().get_with_deleted(run.cycle).await?;
        drop(unit);
        let own = cycle
            .and_then(|cycle| cycle.settings.success_retention_hours)
            .and_then(|hours| i32::try_from(hours).ok());
        let hours = match own {
            Some(hours) => hours,
            None => {
                let account = self.account(run).await?;
                match account.and_then(|account| account.success_retention_hours) {
                    Some(hours) => hours,
                    None => {
                        let partner = PartnerScope {
                            partner: run.scope.partner,
                        };
                        self.settings.retention(partner).await?.success.hours()
                    }
                }
            }
        };
        // What is not kept at all is kept as long as the transaction runs.
        let hours = match hours {
            1..=RetentionPeriod::MAX_HOURS => hours,
            _ => RetentionPeriod::MAX_HOURS,
        };
        if until <= self.now() + TimeDelta::hours(hours.into()) {
            return Ok(());
        }
        Err(Fault::failed(
            Trouble::WaitTooLong,
            format!("The wait would end at {until}, and data is kept for {hours} hours."),
        ))
    }

    async fn account(&self, run: &StepRun<'_>) -> Result<Option<Account>, StoreError> {
        let partner = PartnerScope {
            partner: run.scope.partner,
        };
        let unit = self.caller.bench().store.read(&partner).await?;
        unit.accounts().get(run.scope.account).await
    }
}

/// The instant of a value: in the format of its field, else ISO 8601; without a zone in the account's.
fn read_date(value: &Value, declared: Option<&DateFormat>, zone: Tz) -> Option<DateTime<Utc>> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let declared = declared.and_then(|format| format.read(&text, zone));
    declared.or_else(|| {
        let iso = ValueType::new(DataType::DateTime, None, zone).ok()?;
        iso.instant(&Value::from(text))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_date_without_a_zone_is_the_accounts() {
        let berlin = Tz::Europe__Berlin;
        let format = DateFormat::parse("dd.MM.yyyy HH:mm").unwrap();
        for (value, declared, read) in [
            (
                json!("2024-07-01T12:00:00Z"),
                None,
                Some("2024-07-01T12:00:00Z"),
            ),
            (
                json!("2024-07-01T12:00:00"),
                None,
                Some("2024-07-01T10:00:00Z"),
            ),
            (
                json!("01.07.2024 12:00"),
                Some(&format),
                Some("2024-07-01T10:00:00Z"),
            ),
            (
                json!("2024-07-01T12:00:00"),
                Some(&format),
                Some("2024-07-01T10:00:00Z"),
            ),
            (json!("soon"), None, None),
            (json!(true), None, None),
        ] {
            let read = read.map(|text| text.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(read_date(&value, declared, berlin), read, "{value}");
        }
    }
}
