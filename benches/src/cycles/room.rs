//! A server with the provider that its cycles call, and what a measurement asks of both.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::Method as Verb;
use serde_json::{Value, json};
use velodrome_testkit::ServerBuilder;

use super::design::{Design, Method, Step};
use crate::options::Database;
use crate::place::Place;
use crate::stub::{Manners, Stub};
use crate::subject::{ACCOUNT, Subject};

/// The connector that takes and sends requests of any shape.
pub const GENERIC: &str = "Generic Webhook";
/// The connector made for measuring.
pub const BENCH: &str = "Bench";
/// The fields that are mapped from a request or a record to what is posted.
pub const FIELDS: [&str; 5] = ["id", "name", "email", "city", "amount"];
/// What is sent to a webhook: those fields and one that nobody maps.
pub const BODY: &str = "{\"id\":4711,\"name\":\"Ada Lovelace\",\"email\":\"ada@example.com\",\"city\":\"Utrecht\",\"amount\":12.5,\"state\":\"open\"}";
/// What an account may have under way at once where it is the only one. The limit of 20 that accounts come with
/// keeps them from taking each other's place.
pub const ALONE: u32 = 200;
/// In the place of a method: the custom field belongs to all of them.
const EVERY: &str = "00000000-0000-0000-0000-000000000000";
/// How long a measurement waits for work to go on before it gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The server, its provider and where its data lies.
pub struct Room {
    /// The server.
    pub subject: Subject,
    /// The provider.
    pub stub: Stub,
    /// Kept last: the database outlives the server.
    pub place: Place,
}

/// A cycle in an account.
pub struct Cycle {
    /// Its id.
    pub id: String,
    /// The account.
    pub account: String,
    /// Where its first step takes requests; empty when that is no webhook.
    pub webhook: String,
}

impl Room {
    /// A server as it comes, with its data in such a database.
    pub async fn open(database: Database, manners: Manners) -> Result<Self> {
        Self::open_with(database, manners, |server| server).await
    }

    /// A server with one furnished account, which may have [`ALONE`] transactions under way at once.
    pub async fn of_one_account(database: Database, manners: Manners) -> Result<Self> {
        let room = Self::open(database, manners).await?;
        room.limit_accounts(ALONE).await?;
        room.furnish(ACCOUNT).await?;
        Ok(room)
    }

    /// A server with settings of its own.
    pub async fn open_with(
        database: Database,
        manners: Manners,
        settings: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Result<Self> {
        let place = Place::start(database)?;
        let stub = Stub::start(manners).await?;
        let fresh = place.fresh()?;
        let with_place = |server: ServerBuilder| match &fresh {
            Some(url) => settings(server.database(url)),
            None => settings(server),
        };
        let subject = Subject::start_with(&stub.url(), with_place).await?;
        Ok(Self {
            subject,
            stub,
            place,
        })
    }

    /// What each account may run at once, for all accounts.
    pub async fn limit_accounts(&self, transactions: u32) -> Result<()> {
        let body = json!({ "AccountConcurrentTransactionLimit": transactions });
        let path = "/v1.0/partner/settings/general";
        self.subject.call(Verb::PUT, path, Some(body)).await?;
        Ok(())
    }

    /// A method by its name.
    pub async fn method(&self, connector: &'static str, name: &'static str) -> Result<Method> {
        let uid = self.subject.method_of(connector, name).await?;
        Ok(Method {
            connector,
            name,
            uid,
        })
    }

    /// Installs both connectors in an account, the generic one with the fields that are mapped.
    pub async fn furnish(&self, account: &str) -> Result<()> {
        let key = json!({ "AuthValue": "bench-key" });
        self.post(account, "/v1.0/connectors/Bench/install", key)
            .await?;
        let path = "/v1.0/connectors/Generic%20Webhook/install";
        let generic = self.post(account, path, json!({})).await?;
        for field in FIELDS {
            for is_request in [true, false] {
                let field = json!({
                    "ConnectorField": field,
                    "DisplayName": field,
                    "MethodUniqueIdentifier": EVERY,
                    "ForRequestFormat": is_request,
                });
                let path = format!("/v1.0/account/connectors/{}/fields", generic["Id"]);
                self.post(account, &path, field).await?;
            }
        }
        Ok(())
    }

    /// Makes a cycle of a design in an account. It does not run yet.
    pub async fn cycle(&self, account: &str, design: &Design) -> Result<Cycle> {
        let made = self
            .post(account, "/v1.0/cycles/import", design.document())
            .await?;
        let id = text(&made, "Id")?;
        let steps = self
            .subject
            .call_in(
                account,
                Verb::GET,
                &format!("/v1.0/cycles/{id}/steps"),
                None,
            )
            .await?;
        let steps = steps.as_array().context("a list of steps")?;
        let webhook = steps.iter().find_map(|step| step["WebhookUrl"].as_str());
        // The public address need not be the one that is listened on.
        let webhook = webhook.and_then(|url| Some(url[url.find("/api/webhook/")?..].to_owned()));
        Ok(Cycle {
            id,
            account: account.to_owned(),
            webhook: webhook.map_or_else(String::new, |path| {
                format!("{}{path}", self.subject.server.url())
            }),
        })
    }

    /// Starts a cycle.
    pub async fn activate(&self, cycle: &Cycle, schedule: Value) -> Result<()> {
        let path = format!("/v1.0/cycles/{}/activate", cycle.id);
        let call = self
            .subject
            .call_in(&cycle.account, Verb::PUT, &path, Some(schedule));
        call.await?;
        Ok(())
    }

    /// A running cycle in a furnished account: the generic webhook, five fields, the generic POST.
    pub async fn forwarding(&self, account: &str) -> Result<Cycle> {
        let webhook = self.method(GENERIC, "Webhook").await?;
        let post = self.method(GENERIC, "POST").await?;
        let mut design = Design::new("Forward");
        let trigger = design.step(&Step {
            kind: "Webhook",
            method: &webhook,
            parameters: &[],
            fields: &[],
        });
        design.step(&Step {
            kind: "Action",
            method: &post,
            parameters: &[("URL", &format!("{}/taken", self.stub.url()))],
            fields: &FIELDS.map(|field| (field, (trigger, field))),
        });
        let cycle = self.cycle(account, &design).await?;
        self.activate(&cycle, json!({})).await?;
        Ok(cycle)
    }

    /// A cycle in a furnished account that lists so many records, splits them and posts each.
    pub async fn splitting(&self, list: &'static str, records: u64) -> Result<Cycle> {
        let list = self.method(BENCH, list).await?;
        let post = self.method(BENCH, "Post Record").await?;
        let mut design = Design::new("Split").splitting_the_first();
        let trigger = design.step(&Step {
            kind: "Action",
            method: &list,
            parameters: &[("total", &records.to_string())],
            fields: &[],
        });
        let located = FIELDS.map(|field| format!("[data].{field}"));
        let fields: Vec<_> = FIELDS
            .iter()
            .zip(&located)
            .map(|(field, location)| (*field, (trigger, location.as_str())))
            .collect();
        design.step(&Step {
            kind: "Action",
            method: &post,
            parameters: &[],
            fields: &fields,
        });
        self.cycle(ACCOUNT, &design).await
    }

    /// A number of the server's metrics: the sum of the series whose line begins so.
    pub async fn metric(&self, beginning: &str) -> Result<u64> {
        let text = self
            .subject
            .request(Verb::GET, "/metrics")
            .send()
            .await?
            .error_for_status()?
            .text()
            .await?;
        let of = |line: &str| line.rsplit(' ').next().and_then(|n| n.parse::<u64>().ok());
        Ok(text
            .lines()
            .filter(|line| line.starts_with(beginning))
            .filter_map(of)
            .sum())
    }

    /// Transactions that this server has ended, with this status.
    pub async fn ended(&self, status: &str) -> Result<u64> {
        let series = format!("velodrome_transactions_ended_total{{status=\"{status}\"}}");
        self.metric(&series).await
    }

    /// Webhook requests that it has told were accepted.
    pub async fn accepted(&self) -> Result<u64> {
        self.metric("velodrome_webhook_requests_total{outcome=\"accepted\"}")
            .await
    }

    /// Transactions of a cycle in the database, counted by a filter of the API.
    pub async fn listed(&self, cycle: &Cycle, status: &str) -> Result<u64> {
        let path = format!(
            "/v1.0/cycles/{}/transactions?status={status}&pageSize=1",
            cycle.id
        );
        let answer = self
            .subject
            .request_in(&cycle.account, Verb::GET, &path)
            .send()
            .await?
            .error_for_status()?;
        let total = answer.headers().get("total-records");
        let total = total.and_then(|total| total.to_str().ok()?.parse().ok());
        total.context("the list says how long it is")
    }

    /// Waits until so many transactions have completed. Fails when any ended otherwise, or none ends any more.
    pub async fn wait_until_completed(&self, count: u64) -> Result<()> {
        let mut before = (u64::MAX, tokio::time::Instant::now());
        loop {
            let completed = self.ended("Completed").await?;
            for status in ["Errored", "Stopped", "Cancelled"] {
                let others = self.ended(status).await?;
                ensure!(others == 0, "{others} transactions are {status}");
            }
            if completed >= count {
                ensure!(
                    completed == count,
                    "{completed} completed instead of {count}"
                );
                return Ok(());
            }
            if completed != before.0 {
                before = (completed, tokio::time::Instant::now());
            } else if before.1.elapsed() > PATIENCE {
                bail!("{completed} of {count} transactions completed, and none for {PATIENCE:?}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Posts to the API in an account.
    pub async fn post(&self, account: &str, path: &str, body: Value) -> Result<Value> {
        self.subject
            .call_in(account, Verb::POST, path, Some(body))
            .await
    }
}

/// A text of an answer.
pub fn text(answer: &Value, name: &str) -> Result<String> {
    let text = answer[name].as_str();
    Ok(text
        .with_context(|| format!("no {name} in {answer}"))?
        .to_owned())
}
