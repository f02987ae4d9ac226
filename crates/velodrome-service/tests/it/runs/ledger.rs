//! The ledger: accepted = done + failed + waiting, and the alarm when it is not.

use chrono::TimeDelta;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use velodrome_model::{
    CycleId, PageRequest, PartnerActor, PartnerScope, TransactionId,
    cycle::{Exit, StepErrorAction, Trouble},
};
use velodrome_service::{
    ledger::{AlarmFilter, Ledger, LedgerAlarm, LedgerError, LedgerLine, Named},
    runs::{Intake, Intaken},
    steps::InboundRequest,
};

use super::desk::{Desk, Drawing, delay, done, failed, method, split, webhook};

/// A desk with the ledger of its store.
struct Books {
    desk: Desk,
    ledger: Ledger,
}

impl Books {
    async fn new() -> Self {
        let desk = Desk::new().await;
        Self {
            ledger: Ledger::new(desk.store.clone()),
            desk,
        }
    }

    fn partner(&self) -> PartnerActor {
        PartnerActor {
            scope: PartnerScope {
                partner: self.desk.scope.partner,
            },
            principal: self.desk.actor().principal,
        }
    }

    /// Sums and compares everything that there is.
    async fn reconcile(&self) {
        for _ in 0..3 {
            assert!(!self.ledger.reconcile().await.unwrap());
        }
    }

    async fn line(&self, cycle: CycleId) -> LedgerLine {
        let page = self
            .ledger
            .page(
                &self.partner(),
                (Some("acme"), Some(cycle)),
                &PageRequest::default(),
            )
            .await
            .unwrap();
        page.items.into_iter().next().unwrap().line
    }

    /// Accepted, done, failed, waiting, lost.
    async fn sums(&self, cycle: CycleId) -> [i64; 5] {
        let line = self.line(cycle).await;
        [
            line.accepted,
            line.done,
            line.failed,
            line.waiting,
            line.lost,
        ]
    }

    async fn alarms(&self) -> Vec<Named<LedgerAlarm>> {
        let page = self
            .ledger
            .alarms(
                &self.partner(),
                Some("acme"),
                AlarmFilter::default(),
                &PageRequest::default(),
            )
            .await
            .unwrap();
        page.items
    }

    /// What the alarms name, the newest first.
    async fn told(&self) -> Vec<(String, Option<TransactionId>)> {
        let alarms = self.alarms().await.into_iter();
        alarms
            .map(|named| (named.line.kind, named.line.transaction))
            .collect()
    }

    async fn drop_row(&self, id: TransactionId) {
        let sql = "DELETE FROM cycle_transaction WHERE id = $1";
        self.desk.sabotage(sql, [id.0.into()]).await;
    }
}

/// Two steps of which the second is a delay: a transaction waits there.
fn waiting() -> Drawing {
    Drawing::new()
        .step(method())
        .step(delay())
        .edge(0, Exit::Forward, 1)
}

fn until(books: &Books, at: TimeDelta) -> velodrome_model::cycle::StepOutcome {
    velodrome_model::cycle::StepOutcome::Wait {
        until: books.desk.now() + at,
        reason: velodrome_model::cycle::WaitReason::Delay,
    }
}

#[tokio::test]
async fn what_is_accepted_is_done_failed_or_waiting_at_every_moment() {
    let books = Books::new().await;
    let desk = &books.desk;
    let drawing = Drawing::line(2).settings(|settings| {
        settings.on_error = StepErrorAction::StopTransaction;
    });
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), split(3));
    desk.steps.then(drawing.at(1), done(json!({})));
    desk.steps.then(drawing.at(1), failed(Trouble::CallFailed));

    desk.begin(cycle).await;
    assert_eq!(books.sums(cycle).await, [1, 0, 0, 1, 0]);
    desk.settle().await;
    // The parent, and what it was split into.
    assert_eq!(books.sums(cycle).await, [4, 3, 1, 0, 0]);
    books.reconcile().await;
    assert_eq!(books.sums(cycle).await, [4, 3, 1, 0, 0]);

    let all = desk.all().await;
    let errored = all.iter().find(|one| one.errors > 0).unwrap().id;
    desk.transactions
        .retry(&desk.actor(), cycle, errored)
        .await
        .unwrap();
    assert_eq!(books.sums(cycle).await, [4, 3, 0, 1, 0]);
    books.reconcile().await;
    assert_eq!(books.sums(cycle).await, [4, 3, 0, 1, 0]);
    desk.settle().await;
    books.reconcile().await;

    assert_eq!(books.sums(cycle).await, [4, 4, 0, 0, 0]);
    assert!(books.line(cycle).await.is_balanced());
    assert!(books.told().await.is_empty());
}

#[tokio::test]
async fn cancelled_and_held_back_transactions_keep_the_balance() {
    let books = Books::new().await;
    let desk = &books.desk;
    let cycle = desk.cycle(&waiting()).await;
    let first = desk.begin(cycle).await;
    desk.begin(cycle).await;
    desk.begin(cycle).await;

    desk.transactions
        .cancel(&desk.actor(), cycle, first)
        .await
        .unwrap();
    let unit = desk.store.begin(&desk.scope).await.unwrap();
    unit.runs().pause_all(cycle).await.unwrap();
    unit.commit().await.unwrap();
    books.reconcile().await;
    assert_eq!(books.sums(cycle).await, [3, 0, 1, 2, 0]);
    desk.pass(TimeDelta::hours(25));
    desk.runs.settle().await.unwrap();
    books.reconcile().await;

    assert_eq!(books.sums(cycle).await, [3, 0, 3, 0, 0]);
    assert!(books.told().await.is_empty());
}

#[tokio::test]
async fn a_lost_transaction_that_waited_is_named() {
    let books = Books::new().await;
    let desk = &books.desk;
    let drawing = waiting();
    let cycle = desk.cycle(&drawing).await;
    desk.steps
        .then(drawing.at(1), until(&books, TimeDelta::days(3)));
    let lost = desk.begin(cycle).await;
    desk.settle().await;
    desk.begin(cycle).await;
    books.reconcile().await;

    books.drop_row(lost).await;
    books.reconcile().await;
    books.reconcile().await;

    let alarms = books.alarms().await;
    assert_eq!(
        books.told().await,
        [("TransactionLost".to_owned(), Some(lost))]
    );
    assert_eq!(
        (&*alarms[0].cycle_name, &*alarms[0].account_key),
        ("Orders", "acme")
    );
    assert!(alarms[0].line.detail.contains(&lost.to_string()));
    assert_eq!(books.sums(cycle).await, [2, 0, 0, 1, 1]);
    assert!(!books.line(cycle).await.is_balanced());
    let unit = desk.store.read(&books.partner().scope).await.unwrap();
    let log = unit
        .audit_log(&Default::default(), &PageRequest::default())
        .await
        .unwrap();
    let entry = log
        .items
        .iter()
        .find(|entry| entry.action == "ledger.mismatch")
        .unwrap();
    assert_eq!(entry.object_id, lost.to_string());
    assert_eq!(entry.actor_kind, "System");
}

#[tokio::test]
async fn a_lost_transaction_that_had_ended_is_named_once_it_is_summed() {
    let books = Books::new().await;
    let desk = &books.desk;
    let cycle = desk.cycle(&Drawing::line(1)).await;
    let mut begun = Vec::new();
    for _ in 0..5 {
        begun.push(desk.begin(cycle).await);
    }
    desk.settle().await;
    books.reconcile().await;

    books.drop_row(begun[2]).await;
    books.reconcile().await;
    assert_eq!(
        books.told().await,
        [("TransactionsMissing".to_owned(), Some(begun[2]))]
    );
    books.drop_row(begun[4]).await;
    books.reconcile().await;
    books.reconcile().await;

    let named = |index: usize| ("TransactionsMissing".to_owned(), Some(begun[index]));
    assert_eq!(books.told().await, [named(4), named(2)]);
    assert_eq!(books.sums(cycle).await, [5, 3, 0, 0, 2]);
}

#[tokio::test]
async fn a_transaction_lost_between_its_end_and_the_sum_is_named() {
    let books = Books::new().await;
    let desk = &books.desk;
    let cycle = desk.cycle(&Drawing::line(1)).await;
    let lost = desk.begin(cycle).await;
    desk.settle().await;

    books.drop_row(lost).await;
    books.reconcile().await;

    assert_eq!(
        books.told().await,
        [("TransactionLost".to_owned(), Some(lost))]
    );
    assert_eq!(books.sums(cycle).await, [1, 0, 0, 0, 1]);
}

#[tokio::test]
async fn a_forged_counter_is_told_and_put_right() {
    let books = Books::new().await;
    let desk = &books.desk;
    let cycle = desk.cycle(&Drawing::line(1)).await;
    desk.begin(cycle).await;
    desk.begin(cycle).await;
    desk.settle().await;
    books.reconcile().await;
    let forge = async |column: &str| {
        let sql = format!("UPDATE ledger_day SET {column} = {column} + 1 WHERE cycle_id = $1");
        desk.sabotage(&sql, [cycle.0.into()]).await;
        books.reconcile().await;
    };

    forge("done").await;
    assert_eq!(books.told().await, [("CounterDiffers".to_owned(), None)]);
    assert_eq!(books.sums(cycle).await, [2, 2, 0, 0, 0]);
    forge("accepted").await;
    forge("failed").await;

    let alarms = books.alarms().await;
    assert_eq!(alarms.len(), 3);
    assert!(alarms[2].line.detail.contains("done 3"));
    assert_eq!(alarms[2].line.cycle, cycle);
    assert_eq!(books.sums(cycle).await, [2, 2, 0, 0, 0]);
}

#[tokio::test]
async fn an_end_that_is_told_differently_is_named() {
    let books = Books::new().await;
    let desk = &books.desk;
    let cycle = desk.cycle(&Drawing::line(1)).await;
    let id = desk.begin(cycle).await;
    desk.settle().await;
    let sql = "UPDATE cycle_transaction SET status = 'Errored' WHERE id = $1";
    desk.sabotage(sql, [id.0.into()]).await;

    books.reconcile().await;

    assert_eq!(
        books.told().await,
        [("OutcomeDiffers".to_owned(), Some(id))]
    );
    books.reconcile().await;
    assert_eq!(books.sums(cycle).await, [1, 0, 1, 0, 0]);
}

#[tokio::test]
async fn an_accepted_request_whose_transaction_is_gone_is_named() {
    let books = Books::new().await;
    let desk = &books.desk;
    let drawing = Drawing::new()
        .step(webhook())
        .step(method())
        .edge(0, Exit::Forward, 1);
    desk.cycle(&drawing).await;
    let unit = desk.store.begin(&desk.scope).await.unwrap();
    unit.cycles()
        .set_webhook_key(drawing.at(0), "w_key")
        .await
        .unwrap();
    unit.commit().await.unwrap();
    let send = async || {
        let request = InboundRequest {
            method: Method::POST,
            headers: HeaderMap::new(),
            query: None,
            body: Value::to_string(&json!({})).into_bytes(),
        };
        match desk.webhooks.receive("w_key", Intake { request }).await {
            Ok(Intaken::Accepted(Some(id))) => id,
            other => panic!("{other:?}"),
        }
    };
    let lost = send().await;
    send().await;
    desk.settle().await;
    let request = desk.get(lost).await.request;
    // Gone with everything that the ledger knows of it, as if it had never been begun.
    books.drop_row(lost).await;
    let sql = "DELETE FROM ledger_entry WHERE transaction_id = $1";
    desk.sabotage(sql, [lost.0.into()]).await;

    books.reconcile().await;
    assert!(books.told().await.is_empty());
    desk.pass(TimeDelta::minutes(2));
    books.reconcile().await;
    books.reconcile().await;

    let alarms = books.alarms().await;
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert_eq!(alarms[0].line.kind, "RequestLost");
    assert_eq!(alarms[0].line.request, request);
}

#[tokio::test]
async fn what_is_past_its_retention_or_deleted_with_its_cycle_is_no_mismatch() {
    let books = Books::new().await;
    let desk = &books.desk;
    let old = desk.cycle(&Drawing::line(1)).await;
    let deleted = desk.cycle(&waiting()).await;
    desk.begin(old).await;
    desk.settle().await;
    desk.begin(deleted).await;
    books.reconcile().await;

    let sql = "DELETE FROM cycle WHERE id = $1";
    desk.sabotage(
        "DELETE FROM cycle_transaction WHERE cycle_id = $1",
        [deleted.0.into()],
    )
    .await;
    desk.sabotage(sql, [deleted.0.into()]).await;
    desk.pass(TimeDelta::days(13 * 31 + 2));
    desk.sabotage(
        "DELETE FROM cycle_transaction WHERE cycle_id = $1",
        [old.0.into()],
    )
    .await;
    books.reconcile().await;

    assert!(books.told().await.is_empty());
    assert_eq!(books.sums(old).await, [0, 0, 0, 0, 0]);
}

#[tokio::test]
async fn an_alarm_is_acknowledged_by_name_and_only_by_its_partner() {
    let books = Books::new().await;
    let desk = &books.desk;
    let cycle = desk.cycle(&waiting()).await;
    let lost = desk.begin(cycle).await;
    books.drop_row(lost).await;
    books.reconcile().await;
    let id = books.alarms().await[0].line.id;

    let stranger = PartnerActor {
        scope: PartnerScope {
            partner: velodrome_model::PartnerId(uuid::Uuid::new_v4()),
        },
        ..books.partner()
    };
    let refused = books.ledger.acknowledge(&stranger, id).await;
    let taken = books
        .ledger
        .acknowledge(&books.partner(), id)
        .await
        .unwrap();
    let again = books
        .ledger
        .acknowledge(&books.partner(), id)
        .await
        .unwrap();

    assert!(matches!(refused, Err(LedgerError::NoAlarm)));
    assert_eq!(taken.line.acknowledged.as_ref().unwrap().1, "tests");
    assert_eq!(again, taken);
    let open = AlarmFilter {
        only_open: true,
        ..AlarmFilter::default()
    };
    let page = books
        .ledger
        .alarms(&books.partner(), None, open, &PageRequest::default())
        .await
        .unwrap();
    assert_eq!(page.total, 0);
}

#[tokio::test]
async fn two_nodes_that_reconcile_at_once_count_everything_once() {
    let books = Books::new().await;
    let desk = &books.desk;
    let drawing = Drawing::line(2);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), split(700));
    desk.begin(cycle).await;
    desk.settle().await;
    let other = Ledger::new(desk.store.clone());

    let (here, there) = tokio::join!(books.ledger.reconcile(), other.reconcile());
    here.unwrap();
    there.unwrap();
    books.reconcile().await;

    assert_eq!(books.sums(cycle).await, [701, 701, 0, 0, 0]);
    assert!(books.told().await.is_empty());
}
