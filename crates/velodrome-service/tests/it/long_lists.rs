//! Long lists whose worker dies, whose provider wants a pause, or says no: where they go on.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use velodrome_model::{
    AccountActor, Clock, CycleId, TransactionId,
    cycle::{
        CycleDocument, CycleSchedule, CycleSettings, CycleStatus, StepErrorAction,
        TransactionStatus, WaitReason,
    },
};
use velodrome_service::{Settings, account_connectors::Install, library::ConnectorRef, runs::Runs};
use velodrome_store::{NewCycle, Transaction};
use velodrome_testkit::{Answer, FakeUpstream, Received};

use crate::{
    bench::Bench,
    steps::{from, id, line, method_step},
};

const PAGES: usize = 25;

struct Hand(Mutex<DateTime<Utc>>);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock()
    }
}

/// A cycle whose trigger reads 25 pages of two contacts each, and what is asked of its provider.
struct Shop {
    bench: Bench,
    actor: AccountActor,
    upstream: Arc<FakeUpstream>,
    clock: Arc<Hand>,
    cycle: CycleId,
    /// What pages answer before they answer properly.
    instead: Arc<Mutex<HashMap<usize, VecDeque<Answer>>>>,
}

/// The page that was asked for.
fn page(request: &Received) -> usize {
    let of = |part: &str| part.strip_prefix("page=")?.parse().ok();
    request.query().split('&').find_map(of).unwrap()
}

impl Shop {
    /// `weight` is the length of each contact's text.
    async fn open(weight: usize, change: impl FnOnce(&mut CycleDocument)) -> Self {
        let start = "2026-03-04T09:30:00Z".parse().unwrap();
        let clock = Arc::new(Hand(Mutex::new(start)));
        let bench = Bench::start_at(clock.clone()).await;
        let actor = bench.account("acme").await;
        let upstream = Arc::new(FakeUpstream::start());
        let instead: Arc<Mutex<HashMap<usize, VecDeque<Answer>>>> = Arc::default();
        let planned = Arc::clone(&instead);
        let text = "x".repeat(weight);
        upstream.respond("GET", "/few", move |request| {
            let page = page(request);
            if let Some(answer) = planned.lock().get_mut(&page).and_then(VecDeque::pop_front) {
                return answer;
            }
            let ids = page * 2 - 2..if page < PAGES { page * 2 } else { page * 2 - 1 };
            let contacts: Vec<Value> = ids.map(|id| json!({"id": id, "text": text})).collect();
            Answer::json(json!({"total": 49, "contacts": contacts}).to_string())
        });
        upstream.on("POST", "/deals", Answer::json(r#"{"id": 1}"#));
        let install = Install {
            auth_value: Some("the shop's key".into()),
            properties: vec![("Address".into(), Some(upstream.url().into()))],
            ..Install::default()
        };
        let connector = ConnectorRef::Name("Step Desk".to_owned());
        let installed = bench.connectors.install(&actor, &connector, None, install);
        let installed = installed.await.unwrap().connector.id;
        let step = |number, key, mapped: &[_]| {
            method_step(&bench, "Step Desk", installed, number, key, mapped)
        };
        let contact = [("contact", from(1, "[contacts].id"))];
        let mut document = line(vec![
            step(1, "list-few", &[]),
            step(2, "create-deal", &contact),
        ]);
        change(&mut document);
        let unit = bench.bench.store.begin(&actor.scope).await.unwrap();
        let mut cycle = unit
            .cycles()
            .insert(NewCycle {
                id: CycleId(Uuid::from_u128(77)),
                name: "Deals".into(),
                description: None,
                settings: CycleSettings::default(),
                origin: None,
                schedule: CycleSchedule::default(),
                document,
            })
            .await
            .unwrap();
        cycle.status = CycleStatus::Active;
        unit.cycles().save(&cycle).await.unwrap();
        unit.commit().await.unwrap();
        Self {
            bench,
            actor,
            upstream,
            clock,
            cycle: cycle.id,
            instead,
        }
    }

    fn node(&self) -> Runs {
        let (store, clock) = (self.bench.bench.store.clone(), self.clock.clone());
        let public_url = "http://127.0.0.1:8080".parse().unwrap();
        let settings = Settings::new(store.clone(), public_url);
        let steps = Arc::new(self.bench.steps.clone());
        Runs::new(store, clock, settings, steps)
    }

    fn pass(&self, time: TimeDelta) {
        *self.clock.0.lock() += time;
    }

    async fn begin(&self, node: &Runs) -> TransactionId {
        let unit = self
            .bench
            .bench
            .store
            .read(&self.actor.scope)
            .await
            .unwrap();
        let cycle = unit.cycles().get(self.cycle).await.unwrap().unwrap();
        drop(unit);
        node.begin(self.actor.scope, &cycle).await.unwrap()
    }

    /// Runs the transaction until so many pages were asked for, and drops its worker.
    async fn breaks_off(&self, node: &Runs, calls: usize) {
        let claimed = claim(node).await.unwrap();
        let upstream = Arc::clone(&self.upstream);
        let asked = tokio::task::spawn_blocking(move || {
            upstream.wait_for_calls(calls, Duration::from_secs(60));
        });
        let stop = CancellationToken::new();
        tokio::select! {
            () = node.run(claimed, &stop) => panic!("it hangs"),
            asked = asked => asked.unwrap(),
        }
    }

    async fn settle(&self, node: &Runs) {
        let stop = CancellationToken::new();
        while let Some(one) = claim(node).await {
            node.run(one, &stop).await;
        }
    }

    async fn get(&self, id: TransactionId) -> Transaction {
        let unit = self
            .bench
            .bench
            .store
            .read(&self.actor.scope)
            .await
            .unwrap();
        unit.runs().find(id).await.unwrap().unwrap()
    }

    /// The pages that were asked for, in order.
    fn pages(&self) -> Vec<usize> {
        let received = self.upstream.received();
        let gets = received.iter().filter(|one| one.method == "GET");
        gets.map(page).collect()
    }

    /// The contacts that became deals.
    fn deals(&self) -> Vec<u64> {
        let received = self.upstream.received();
        let posts = received.iter().filter(|one| one.method == "POST");
        let contact = |body: &[u8]| {
            let body: Value = serde_json::from_slice(body).unwrap();
            body["contact"].as_u64().unwrap()
        };
        let mut all: Vec<u64> = posts.map(|one| contact(&one.body)).collect();
        all.sort_unstable();
        all
    }

    fn plan(&self, page: usize, answers: impl IntoIterator<Item = Answer>) {
        let answers = answers.into_iter().collect();
        self.instead.lock().insert(page, answers);
    }
}

async fn claim(node: &Runs) -> Option<Transaction> {
    node.look().await.unwrap();
    node.claim(1).await.unwrap().pop()
}

fn all() -> Vec<u64> {
    (0..49).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_in_a_long_list_is_followed_at_the_page_that_was_kept_last() {
    // Short enough for memory, and so long that records wait in a file.
    for weight in [10, 230_000] {
        let shop = Shop::open(weight, |_| {}).await;
        shop.plan(24, [Answer::hang()]);
        let node = shop.node();
        let began = shop.clock.now();
        let id = shop.begin(&node).await;

        shop.breaks_off(&node, 24).await;
        shop.pass(TimeDelta::seconds(31));
        shop.settle(&shop.node()).await;

        let expected: Vec<usize> = (1..=24).chain(21..=25).collect();
        assert_eq!(shop.pages(), expected, "{weight}");
        assert_eq!(shop.deals(), all(), "{weight}");
        assert_eq!(shop.get(id).await.status, TransactionStatus::Completed);
        let received = shop.upstream.received();
        let since = |one: &Received| one.query().split('&').next().unwrap().to_owned();
        assert!(
            received[..29]
                .iter()
                .all(|one| since(one) == since(&received[0]))
        );
        let unit = shop
            .bench
            .bench
            .store
            .read(&shop.actor.scope)
            .await
            .unwrap();
        let state = unit.cycles().step_state(id_of_trigger()).await.unwrap();
        let looked_back = state.unwrap().last_successful_run;
        assert_eq!(
            looked_back,
            Some(began),
            "there is no gap before the next run"
        );
        let mark = unit.runs().page_mark(id, id_of_trigger(), (0, 0)).await;
        assert_eq!(mark.unwrap(), None);
        let starts = unit.runs().piece_starts(id, id_of_trigger()).await.unwrap();
        assert_eq!(starts.is_empty(), weight == 10, "{starts:?}");
    }
}

fn id_of_trigger() -> velodrome_model::StepId {
    id(1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_goes_on_each_time_that_its_worker_dies_and_pages_kept_are_no_lost_workers() {
    let shop = Shop::open(10, |_| {}).await;
    shop.plan(14, std::iter::repeat_n(Answer::hang(), 4));
    shop.plan(25, std::iter::repeat_n(Answer::hang(), 4));
    let id = shop.begin(&shop.node()).await;

    let mut asked = 14;
    for _ in 0..4 {
        shop.breaks_off(&shop.node(), asked).await;
        shop.pass(TimeDelta::seconds(31));
        // From the eleventh page on again.
        asked += 4;
    }
    // The fifth goes on behind page 20, so that is where losses are counted from.
    asked += 11;
    for _ in 0..4 {
        shop.breaks_off(&shop.node(), asked).await;
        shop.pass(TimeDelta::seconds(31));
        asked += 5;
    }
    shop.settle(&shop.node()).await;

    assert_eq!(shop.get(id).await.status, TransactionStatus::Completed);
    assert_eq!(shop.deals(), all());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_wants_a_pause_is_asked_for_the_same_page_afterwards() {
    let shop = Shop::open(10, |_| {}).await;
    let busy = || Answer::status(429).header("Retry-After", "0");
    shop.plan(7, [busy()]);
    shop.plan(19, [busy()]);
    let node = shop.node();
    let id = shop.begin(&node).await;

    shop.settle(&node).await;
    let waiting = shop.get(id).await;
    assert_eq!(waiting.wait, Some(WaitReason::RateLimit));
    shop.pass(TimeDelta::minutes(2));
    shop.settle(&node).await;
    shop.pass(TimeDelta::minutes(10));
    shop.settle(&shop.node()).await;

    let expected: Vec<usize> = (1..=7).chain(7..=19).chain(19..=25).collect();
    assert_eq!(shop.pages(), expected);
    assert_eq!(shop.deals(), all());
    let ended = shop.get(id).await;
    assert_eq!(
        (ended.status, ended.errors),
        (TransactionStatus::Completed, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_failed_is_read_anew() {
    let shop = Shop::open(10, |document| {
        document.settings.on_error = StepErrorAction::StopTransaction;
    })
    .await;
    shop.plan(24, [Answer::status(500)]);
    let node = shop.node();
    let id = shop.begin(&node).await;
    shop.settle(&node).await;
    assert_eq!(shop.get(id).await.status, TransactionStatus::Errored);
    let unit = shop
        .bench
        .bench
        .store
        .read(&shop.actor.scope)
        .await
        .unwrap();
    let mark = unit.runs().page_mark(id, id_of_trigger(), (0, 0)).await;
    assert_eq!(mark.unwrap(), None);
    drop(unit);

    let transactions = velodrome_service::runs::Transactions::new(&node);
    transactions
        .retry(&shop.actor, shop.cycle, id)
        .await
        .unwrap();
    shop.settle(&node).await;

    let expected: Vec<usize> = (1..=24).chain(1..=25).collect();
    assert_eq!(shop.pages(), expected);
    assert_eq!(shop.deals(), all());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_that_another_release_of_ours_wrote_is_not_gone_on_from() {
    let shop = Shop::open(10, |_| {}).await;
    shop.plan(24, [Answer::hang()]);
    let node = shop.node();
    let id = shop.begin(&node).await;
    shop.breaks_off(&node, 24).await;
    let unit = shop
        .bench
        .bench
        .store
        .begin(&velodrome_model::InstanceScope)
        .await
        .unwrap();
    let hold = shop.get(id).await.hold();
    let mark = velodrome_store::NewMark::new(
        &shop.bench.bench.store,
        (0, 0),
        "{\"of\": \"another release\"}".into(),
    );
    let none = (None, Vec::new());
    let engine = unit.engine();
    let kept = engine.keep_pages(&hold, id_of_trigger(), none, Some((mark.unwrap(), 1)));
    kept.await.unwrap();
    unit.commit().await.unwrap();
    shop.pass(TimeDelta::seconds(31));

    shop.settle(&shop.node()).await;

    let expected: Vec<usize> = (1..=24).chain(1..=25).collect();
    assert_eq!(shop.pages(), expected);
    assert_eq!(shop.deals(), all());
}
