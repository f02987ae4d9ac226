//! The transaction error webhook: incidents posted to the partner's or an account's own system (cycles.md
//! §12; openapi: onTransactionError).
//!
//! An incident is marked in the unit of work that it is written in. What is marked becomes outbox work here:
//! at most 60 posts a minute for an account; what is left over from a minute is summed up, equal incidents
//! in one post. The outbox delivers, and tries again for a day.

use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};
use serde_json::{Value, json};
use uuid::Uuid;
use velodrome_model::{
    Account, AccountScope, CycleId, ExposeSecret, GeneralSettings, InstanceScope, PartnerActor,
    PartnerScope, SecretString,
    cycle::{CycleDocument, IncidentLevel},
};
use velodrome_store::{Claimed, Incident, StoreError, Unit, Work};

use crate::{
    Workbench, cycles::StepAction, follow_ups::FollowUpError, notifications::Notifications,
    settings::Settings,
};

/// Posts to one account's webhook within a minute (cycles.md §12).
const MOST_A_MINUTE: u64 = 60;
/// Accounts that are looked at in one turn.
const ACCOUNTS: u64 = 100;

/// Tells of incidents. Cheap to clone.
#[derive(Clone)]
pub struct ErrorWebhook {
    bench: Workbench,
    settings: Settings,
    notifications: Notifications,
}

/// Where incidents of an account go.
struct Receiver {
    url: String,
    with_warnings: bool,
}

/// What became of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The status that was answered; none without an answer.
    pub status: Option<u16>,
    /// How long it took.
    pub took: Duration,
    /// Why there is no answer.
    pub error: Option<String>,
}

impl Delivery {
    /// Whether it counts as delivered.
    pub fn is_delivered(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }
}

/// Why nothing can be tested.
#[derive(Debug, thiserror::Error)]
pub enum ErrorWebhookError {
    /// There is no address.
    #[error("No Transaction Error Webhook URL is set. Set one, then send the test.")]
    NoUrl,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ErrorWebhook {
    /// The service over these parts.
    pub fn new(bench: Workbench, settings: Settings) -> Self {
        let notifications = Notifications::new(bench.clone(), settings.clone());
        Self {
            bench,
            settings,
            notifications,
        }
    }

    /// Puts into the outbox what is to be posted of new incidents; tells whether there may be more.
    ///
    /// # Errors
    /// When the store fails; what was put there stays.
    pub async fn tell_new(&self) -> Result<bool, StoreError> {
        let unit = self.bench.store.read(&InstanceScope).await?;
        let accounts = unit.accounts_to_tell(ACCOUNTS).await?;
        drop(unit);
        let is_full = accounts.len() as u64 == ACCOUNTS;
        for scope in accounts {
            self.tell_account(scope).await?;
        }
        Ok(is_full)
    }

    async fn tell_account(&self, scope: AccountScope) -> Result<(), StoreError> {
        let (account, general) = self.around(scope).await?;
        let receiver = account
            .as_ref()
            .and_then(|account| receiver(account, &general));
        let unit = self.bench.store.begin(&scope).await?;
        let posts = unit.error_posts();
        posts.lock().await?;
        let (Some(account), Some(receiver)) = (account, receiver) else {
            posts.drop_all(None).await?;
            return unit.commit().await;
        };
        if !receiver.with_warnings {
            posts.drop_all(Some(IncidentLevel::Warning)).await?;
        }
        let (minute, began) = minute_of(unit.now());
        let told = posts.told_within(minute).await?;
        let waiting = posts.undelivered().await?;
        let used = u64::try_from(told).unwrap_or_default() + waiting;
        let mut room = MOST_A_MINUTE.saturating_sub(used);
        if room == 0 {
            return unit.commit().await;
        }
        let left_over = posts.equal_before(began, room).await?;
        for equal in left_over {
            let times = (equal.count > 1).then_some(equal.count);
            self.put(&unit, &account, &equal.newest, times).await?;
            posts.told_of_equal(&equal.newest, began).await?;
            room -= 1;
        }
        let new = posts.oldest(room).await?;
        for incident in &new {
            self.put(&unit, &account, incident, None).await?;
        }
        let ids: Vec<_> = new.iter().map(|incident| incident.id).collect();
        posts.told_of(&ids).await?;
        unit.commit().await
    }

    async fn put(
        &self,
        unit: &Unit<AccountScope>,
        account: &Account,
        incident: &Incident,
        occurrences: Option<i64>,
    ) -> Result<(), StoreError> {
        let rows = unit.cycles();
        let cycle = rows.get_with_deleted(incident.cycle).await?;
        let (name, document) = match cycle {
            Some(cycle) => {
                let document = rows.document(cycle.id, cycle.version).await?.document;
                (cycle.name, document)
            }
            None => Default::default(),
        };
        let body = payload(account, &name, &document, incident, occurrences);
        let work = Work::PostError {
            cycle: incident.cycle,
        };
        unit.outbox(&work, Some(&SecretString::from(body.to_string())))
            .await
    }

    async fn around(
        &self,
        scope: AccountScope,
    ) -> Result<(Option<Account>, GeneralSettings), StoreError> {
        let partner = PartnerScope {
            partner: scope.partner,
        };
        let unit = self.bench.store.read(&partner).await?;
        let account = unit.accounts().get(scope.account).await?;
        drop(unit);
        Ok((account, self.settings.general(partner).await?))
    }

    /// Posts what the outbox holds.
    ///
    /// # Errors
    /// As [`FollowUpError`] says; the outbox tries again.
    pub(crate) async fn deliver(
        &self,
        claimed: &Claimed,
        cycle: CycleId,
    ) -> Result<(), FollowUpError> {
        let text = claimed.secret.as_ref().map(ExposeSecret::expose_secret);
        let body: Value = text
            .and_then(|text| serde_json::from_str(text).ok())
            .ok_or_else(|| FollowUpError::Never("nothing to post".to_owned()))?;
        let (account, general) = self.around(claimed.scope).await?;
        let receiver = account.and_then(|account| receiver(&account, &general));
        // Switched off meanwhile.
        let Some(receiver) = receiver else {
            return Ok(());
        };
        let unit = self.bench.store.begin(&claimed.scope).await?;
        let posts = unit.error_posts();
        // A cycle that fails at its own failures would never come to an end.
        if let Some(key) = webhook_key(&receiver.url)
            && posts.is_own_webhook(cycle, key).await?
        {
            return Ok(());
        }
        let (minute, began) = minute_of(unit.now());
        let told = posts.tell_within(minute).await?;
        if u64::try_from(told).unwrap_or_default() > MOST_A_MINUTE {
            return Err(FollowUpError::NotNow(began + chrono::TimeDelta::minutes(1)));
        }
        unit.commit().await?;
        let partner = PartnerScope {
            partner: claimed.scope.partner,
        };
        let agent = &general.application_user_agent;
        self.notifications
            .post(partner, claimed.id, &receiver.url, agent, &body)
            .await
    }

    /// Posts an example to the partner's address at once.
    ///
    /// # Errors
    /// [`ErrorWebhookError::NoUrl`] when there is none.
    pub async fn test(&self, actor: &PartnerActor) -> Result<Delivery, ErrorWebhookError> {
        let general = self.settings.general(actor.scope).await?;
        let url = general.error_webhook_url.as_deref();
        let url = url.ok_or(ErrorWebhookError::NoUrl)?;
        let body = example(self.bench.clock.now());
        let began = Instant::now();
        let agent = &general.application_user_agent;
        let answer = self
            .notifications
            .answer(actor.scope, self.bench.store.new_id(), url, agent, &body)
            .await;
        let took = began.elapsed();
        match answer {
            Ok(status) => Ok(Delivery {
                status: Some(status.as_u16()),
                took,
                error: (!status.is_success()).then(|| format!("The URL answered {status}.")),
            }),
            Err(FollowUpError::Store(cause)) => Err(cause.into()),
            Err(cause) => Ok(Delivery {
                status: None,
                took,
                error: Some(cause.to_string()),
            }),
        }
    }
}

/// Where incidents of an account go: every value of the account overrides the partner's.
fn receiver(account: &Account, general: &GeneralSettings) -> Option<Receiver> {
    let own = &account.error_webhook;
    if !own.enabled.unwrap_or(general.error_webhook_enabled) {
        return None;
    }
    let url = own
        .url
        .clone()
        .or_else(|| general.error_webhook_url.clone())?;
    let warnings = general.error_webhook_include_warnings;
    Some(Receiver {
        url,
        with_warnings: own.include_warnings.unwrap_or(warnings),
    })
}

/// The last part of an address that is one of ours, under whichever name we are reached.
fn webhook_key(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?.trim_end_matches('/');
    let (before, key) = path.rsplit_once('/')?;
    let is_ours = before.to_ascii_lowercase().ends_with("/api/webhook");
    is_ours.then_some(key)
}

/// The minute of an instant, counted from 1970, and when it began.
fn minute_of(now: DateTime<Utc>) -> (i64, DateTime<Utc>) {
    let minute = now.timestamp().div_euclid(60);
    let began = Utc.timestamp_opt(minute * 60, 0).single();
    (minute, began.unwrap_or(now))
}

/// The number of a step's kind on the wire (openapi: ActionType).
fn number(kind: StepAction) -> u8 {
    match kind {
        StepAction::Action => 1,
        StepAction::Decision => 2,
        StepAction::Delay => 3,
        StepAction::WaitUntil => 4,
        StepAction::Webhook => 5,
        StepAction::WaitAll => 6,
        StepAction::Annotation => 7,
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn payload(
    account: &Account,
    cycle_name: &str,
    document: &CycleDocument,
    incident: &Incident,
    occurrences: Option<i64>,
) -> Value {
    let (step, name) = incident.step.clone().unzip();
    let kind = step
        .and_then(|step| document.step(step))
        .map(StepAction::of);
    json!({
        "Timestamp": instant(incident.created_at),
        "AccountId": account.id.to_string(),
        "AccountExternalId": account.key.to_string(),
        "AccountName": account.name,
        "CycleId": incident.cycle.to_string(),
        "CycleName": cycle_name,
        "StepId": step.map(|step| step.to_string()),
        "StepName": name,
        "StepType": number(kind.unwrap_or(StepAction::Action)),
        "TransactionId": incident.transaction.map(|id| id.to_string()),
        "Message": incident.message,
        "Detail": incident.detail,
        "IncidentLevel": incident.level.as_str(),
        "Occurrences": occurrences,
    })
}

/// What a test posts.
fn example(now: DateTime<Utc>) -> Value {
    let none = Uuid::nil().to_string();
    json!({
        "Timestamp": instant(now),
        "AccountId": none,
        "AccountExternalId": "test",
        "AccountName": "Test",
        "CycleId": none,
        "CycleName": "Test of the Transaction Error Webhook",
        "StepId": null,
        "StepName": null,
        "StepType": 1,
        "TransactionId": null,
        "Message": "Failed to call the method",
        "Detail": "This is a test. Nothing failed.",
        "IncidentLevel": "Error",
        "Occurrences": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_webhooks_are_known_under_any_host() {
        for (url, key) in [
            ("https://a.example/api/webhook/w_1", Some("w_1")),
            ("http://10.0.0.1:8080/API/Webhook/w_1/?x=1", Some("w_1")),
            ("https://ops.example.com/hooks/errors", None),
            ("https://a.example/api/webhook", None),
        ] {
            assert_eq!(webhook_key(url), key, "{url}");
        }
    }

    #[test]
    fn minutes_begin_with_their_first_second() {
        let at = "2026-03-04T09:30:59Z".parse().unwrap();
        let began: DateTime<Utc> = "2026-03-04T09:30:00Z".parse().unwrap();

        assert_eq!(minute_of(at), (began.timestamp() / 60, began));
    }
}
