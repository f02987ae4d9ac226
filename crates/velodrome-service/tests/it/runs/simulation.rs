//! Nodes that fire slots, take requests in, claim, stall, die at a commit and come back, in any order: whatever
//! happens, what was accepted runs once, each step's effects are written once, and everything ends.
//!
//! One thing happens at a time, as a seed says; `VELODROME_TEST_SEED=7` runs the seed that failed again.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use async_trait::async_trait;
use chrono::TimeDelta;
use http::{HeaderMap, Method};
use parking_lot::Mutex;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use velodrome_model::{
    AccountScope, CycleId, StepId, TransactionId,
    cycle::{
        CycleDocument, CycleSchedule, Exit, Graph, Schedule, Step, StepKind, StepOutcome,
        TransactionStatus,
    },
};
use velodrome_service::{
    runs::{Intake, Intaken, Runs, Webhooks},
    steps::{InboundRequest, Reception, RunSteps, StepRun},
};
use velodrome_store::{StoreError, Transaction};

use super::desk::{Desk, Drawing, done, method, split, webhook};
use crate::points::{Reaper, seeds};

const NODES: usize = 3;
const ACTIONS: usize = 160;
/// Minutes between two slots.
const INTERVAL: i64 = 15;
/// Several chunks of children.
const LONG_LIST: usize = 503;
/// After so many claims without a checkpoint nobody dies any more: the fifth would end the transaction.
const SPARED: i32 = 2;
const KEY: &str = "w_key_of_the_simulation";

#[tokio::test]
async fn whatever_order_nodes_act_stall_and_die_in_each_step_counts_once() {
    let (mut deaths, mut places) = (0, BTreeSet::new());
    let seeds = seeds(8);
    let is_whole = seeds.end - seeds.start >= 8;
    for seed in seeds {
        let mut world = World::new(seed).await;
        for _ in 0..ACTIONS {
            world.act().await;
        }
        world.come_to_rest().await;
        world.judge().await;
        deaths += world.reaper.deaths();
        places.extend(world.reaper.places());
    }
    if is_whole {
        assert!(deaths >= 100, "{deaths} deaths");
        assert!(places.len() >= 8, "they died at {places:?} only");
    }
}

/// What the steps of the simulation saw, as a provider would that honours keys.
struct Ledger {
    /// What a step gives.
    gives: HashMap<StepId, Gives>,
    runs: Mutex<Vec<Run>>,
    wrong: Mutex<Vec<String>>,
}

#[derive(Clone, Copy)]
enum Gives {
    /// A list of so many, one after the other.
    List(usize),
    /// A value, from the value of this step.
    After(Option<StepId>),
    /// It joins.
    Join,
}

#[derive(Clone, Debug, PartialEq)]
struct Run {
    scope: AccountScope,
    transaction: TransactionId,
    step: StepId,
    answered: u32,
    item: Option<i64>,
}

#[async_trait]
impl RunSteps for Ledger {
    async fn run(&self, run: StepRun<'_>) -> Result<StepOutcome, StoreError> {
        let owner = run.scope.account.to_string();
        let mut item = None;
        let gives = self.gives[&run.step.id];
        if let Gives::After(Some(before)) = gives {
            match run.data.output(before).await? {
                None => self.tell(format!(
                    "{} does not see what {before} gave",
                    run.transaction
                )),
                Some(value) => {
                    if value["owner"] != json!(owner) {
                        self.tell(format!("{owner} sees {value}"));
                    }
                    item = value["items"]["id"].as_i64().or(value["item"].as_i64());
                }
            }
        }
        self.runs.lock().push(Run {
            scope: run.scope,
            transaction: run.transaction,
            step: run.step.id,
            answered: run.answered,
            item,
        });
        Ok(match gives {
            Gives::Join => StepOutcome::Joined,
            Gives::List(items) => owned(split(items), &owner),
            Gives::After(_) => done(json!({ "owner": owner, "item": item })),
        })
    }

    async fn is_safe(&self, _: StepRun<'_>) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn answers(
        &self,
        _: AccountScope,
        _: CycleId,
        _: &CycleDocument,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn receive(
        &self,
        _: AccountScope,
        _: CycleId,
        _: (&CycleDocument, &Graph),
        _: &Step,
        request: &InboundRequest,
    ) -> Result<Reception, StoreError> {
        let value: Value = serde_json::from_slice(&request.body).unwrap();
        Ok(Reception::Accepted(vec![value]))
    }
}

impl Ledger {
    fn tell(&self, wrong: String) {
        self.wrong.lock().push(wrong);
    }
}

fn owned(outcome: StepOutcome, owner: &str) -> StepOutcome {
    let StepOutcome::Done(mut step) = outcome else {
        unreachable!()
    };
    step.output["owner"] = json!(owner);
    StepOutcome::Done(step)
}

/// A worker that has claimed and not yet run.
struct Worker {
    node: usize,
    held: Transaction,
}

struct World {
    seed: u64,
    chance: StdRng,
    desk: Desk,
    other: AccountScope,
    /// Fires every 15 minutes, splits its list.
    polling: Drawing,
    items: usize,
    ledger: Arc<Ledger>,
    reaper: Reaper,
    nodes: Vec<Runs>,
    workers: Vec<Worker>,
    accepted: Vec<TransactionId>,
    sent: usize,
    fired: BTreeMap<Option<u32>, usize>,
    /// A claim that died is not followed by another one that does.
    has_claim_died: bool,
}

impl World {
    async fn new(seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let desk = Desk::new().await;
        let other = desk.account("other").await;
        let mut polling = Drawing::line(3);
        polling.schedule = CycleSchedule {
            interval: Some(INTERVAL.try_into().unwrap()),
            start: Some(desk.now()),
            next: Some(desk.now()),
            runs_once: false,
        };
        desk.cycle(&polling).await;
        let listening = Drawing::new()
            .step(webhook())
            .step(method())
            .step(StepKind::WaitAll)
            .step(method())
            .edge(0, Exit::Forward, 1)
            .edge(1, Exit::Forward, 2)
            .edge(2, Exit::Forward, 3);
        desk.cycle_of(other, &listening).await;
        let unit = desk.store.begin(&other).await.unwrap();
        unit.cycles()
            .set_webhook_key(listening.at(0), KEY)
            .await
            .unwrap();
        unit.commit().await.unwrap();
        // The last one of the usual seeds splits a list that takes several chunks.
        let items = match seed {
            7 => LONG_LIST,
            _ => chance.random_range(2..6),
        };
        let gives = HashMap::from([
            (polling.at(0), Gives::List(items)),
            (polling.at(1), Gives::After(Some(polling.at(0)))),
            (polling.at(2), Gives::After(Some(polling.at(1)))),
            (listening.at(1), Gives::After(Some(listening.at(0)))),
            (listening.at(2), Gives::Join),
            (listening.at(3), Gives::After(None)),
        ]);
        let ledger = Arc::new(Ledger {
            gives,
            runs: Mutex::default(),
            wrong: Mutex::default(),
        });
        let reaper = Reaper::at(&desk.store);
        let nodes = (0..NODES).map(|_| desk.node_with(ledger.clone())).collect();
        Self {
            seed,
            chance,
            desk,
            other,
            polling,
            items,
            ledger,
            reaper,
            nodes,
            workers: Vec::new(),
            accepted: Vec::new(),
            sent: 0,
            fired: BTreeMap::new(),
            has_claim_died: false,
        }
    }

    /// One thing that a node does, or that happens to one.
    async fn act(&mut self) {
        let node = self.chance.random_range(0..NODES);
        match self.chance.random_range(0..16) {
            0..=3 => self.claim(node).await,
            4..=7 if !self.workers.is_empty() => {
                let which = self.chance.random_range(0..self.workers.len());
                let worker = self.workers.swap_remove(which);
                self.run(worker).await;
            }
            8 | 9 => {
                if self.chance.random_range(0..3) == 0 {
                    self.desk.pass(TimeDelta::minutes(INTERVAL));
                }
                self.fire(node).await;
            }
            // A node is shut down, and another one takes its place.
            15 if self.chance.random_range(0..2) == 0 => {
                let runs = self.nodes[node].clone();
                let dies_at = self.death(true);
                self.outlive(node, dies_at, async move { runs.hand_back_all().await })
                    .await;
                self.replace(node);
            }
            10 | 11 => self.send(node).await,
            12 => {
                let runs = self.nodes[node].clone();
                let look = async move {
                    runs.renew().await.unwrap();
                    runs.sweep_joins().await.unwrap();
                    runs.settle().await.unwrap();
                };
                let dies_at = self.death(true);
                self.outlive(node, dies_at, look).await;
            }
            // A node is lost with all that it had.
            13 => self.replace(node),
            // Somebody sets the clock, forward or back.
            14 if self.chance.random_range(0..4) == 0 => {
                let hours = [-1, 1][self.chance.random_range(0..2)];
                self.desk.pass(TimeDelta::hours(hours));
            }
            _ => {
                let seconds = self.chance.random_range(1..25);
                self.desk.pass(TimeDelta::seconds(seconds));
            }
        }
    }

    /// Whether, and at which of the points that come, a node dies.
    fn death(&mut self, may_die: bool) -> Option<u32> {
        let (dies, at) = (
            self.chance.random_range(0..2) == 0,
            self.chance.random_range(0..4),
        );
        (may_die && dies).then_some(at)
    }

    /// What it does, unless it dies of it; then another takes its place, and knows nothing.
    async fn outlive<T: Send + 'static>(
        &mut self,
        node: usize,
        dies_at: Option<u32>,
        deed: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let done = self.reaper.act(dies_at, deed).await;
        if done.is_none() {
            self.replace(node);
        }
        done
    }

    fn replace(&mut self, node: usize) {
        self.nodes[node] = self.desk.node_with(self.ledger.clone());
        self.workers.retain(|worker| worker.node != node);
    }

    async fn claim(&mut self, node: usize) {
        let runs = self.nodes[node].clone();
        let many = self.chance.random_range(1..4);
        let dies_at = self.death(!self.has_claim_died);
        let claim = async move {
            runs.look().await.unwrap();
            runs.claim(many).await.unwrap()
        };
        let claimed = self.outlive(node, dies_at, claim).await;
        self.has_claim_died = claimed.is_none();
        for held in claimed.unwrap_or_default() {
            let is_spared = held.recoveries >= SPARED;
            let worker = Worker { node, held };
            match is_spared {
                true => self.run(worker).await,
                false => self.workers.push(worker),
            }
        }
    }

    async fn run(&mut self, worker: Worker) {
        let Worker { node, held } = worker;
        let runs = self.nodes[node].clone();
        let dies_at = self.death(held.recoveries < SPARED);
        let stop = CancellationToken::new();
        if self.chance.random_range(0..3) == 0 {
            // Ends after a step, as a node does that is shut down.
            stop.cancel();
        }
        let run = async move { runs.run(held, &stop).await };
        self.outlive(node, dies_at, run).await;
    }

    async fn fire(&mut self, node: usize) {
        let runs = self.nodes[node].clone();
        let before = self.roots(self.desk.scope).await;
        let dies_at = self.death(true);
        let fire = async move { runs.fire_due().await.unwrap() };
        self.outlive(node, dies_at, fire).await;
        let more = self.roots(self.desk.scope).await - before;
        let start = self.polling.schedule.start.unwrap();
        let interval = INTERVAL.try_into().unwrap();
        let schedule = Schedule::new(self.polling.id, start, interval);
        *self
            .fired
            .entry(schedule.newest(self.desk.now()))
            .or_default() += more;
    }

    async fn send(&mut self, node: usize) {
        let webhooks = Webhooks::new(&self.nodes[node]);
        self.sent += 1;
        let body = json!({ "owner": self.other.account.to_string(), "item": self.sent });
        let request = Intake {
            request: InboundRequest {
                method: Method::POST,
                headers: HeaderMap::new(),
                query: None,
                body: body.to_string().into_bytes(),
            },
        };
        let dies_at = self.death(true);
        let receive = async move { webhooks.receive(KEY, request).await.unwrap() };
        match self.outlive(node, dies_at, receive).await {
            Some(Intaken::Accepted(Some(id))) => self.accepted.push(id),
            // It died before it could answer.
            None => {}
            other => panic!("seed {}: {other:?}", self.seed),
        }
    }

    async fn roots(&self, scope: AccountScope) -> usize {
        let all = self.desk.all_of(scope).await;
        all.iter().filter(|one| one.parent.is_none()).count()
    }

    /// Lets one node do what there is to do, until nothing is.
    async fn come_to_rest(&mut self) {
        self.workers.clear();
        let node = self.desk.node_with(self.ledger.clone());
        let stop = CancellationToken::new();
        // As long as a clock that was set back several times takes.
        self.desk.pass(TimeDelta::hours(ACTIONS as i64));
        for turn in 0.. {
            assert!(turn < 5_000, "seed {}: it does not come to rest", self.seed);
            node.sweep_joins().await.unwrap();
            node.look().await.unwrap();
            let claimed = node.claim(20).await.unwrap();
            if claimed.is_empty() {
                return;
            }
            for held in claimed {
                node.run(held, &stop).await;
            }
        }
    }

    async fn judge(&self) {
        let seed = self.seed;
        assert_eq!(*self.ledger.wrong.lock(), [] as [String; 0], "seed {seed}");
        let runs = self.ledger.runs.lock().clone();
        let mut everything = Vec::new();
        for scope in [self.desk.scope, self.other] {
            let all = self.desk.all_of(scope).await;
            for one in &all {
                assert_eq!(
                    one.status,
                    TransactionStatus::Completed,
                    "seed {seed}: {one:?}"
                );
                assert_eq!(one.scope, scope, "seed {seed}");
                let ran: BTreeSet<_> = runs
                    .iter()
                    .filter(|run| run.transaction == one.id)
                    .map(|run| run.step.0)
                    .collect();
                // A request is the first step of what it began.
                let received = usize::from(one.request.is_some() && one.joined_from.is_none());
                assert_eq!(
                    one.steps as usize,
                    ran.len() + received,
                    "seed {seed}: {one:?}"
                );
            }
            everything.extend(all);
        }
        // Whoever ran a step again gave the provider the key that it knew.
        assert!(runs.iter().all(|run| run.answered == 0), "seed {seed}");

        // What was accepted began one transaction, and what nobody was told of at most one.
        let listening: Vec<_> = everything
            .iter()
            .filter(|one| one.scope == self.other)
            .collect();
        let begun: BTreeSet<_> = listening
            .iter()
            .filter(|one| one.request.is_some())
            .map(|one| one.id)
            .collect();
        for id in &self.accepted {
            assert!(
                begun.contains(id),
                "seed {seed}: {id} was accepted and is lost"
            );
        }
        assert!(begun.len() <= self.sent, "seed {seed}");
        let joins = listening.len() - begun.len();
        assert!(
            joins <= begun.len(),
            "seed {seed}: {joins} joins of {}",
            begun.len()
        );
        assert!(begun.is_empty() || joins > 0, "seed {seed}: nothing joined");

        // Each slot fired once at most, and each item of its list became one child.
        for (slot, times) in &self.fired {
            assert!(
                *times <= 1,
                "seed {seed}: slot {slot:?} fired {times} times"
            );
        }
        let polled = everything.iter().filter(|one| one.scope == self.desk.scope);
        let (roots, children): (Vec<_>, Vec<_>) = polled.partition(|one| one.parent.is_none());
        assert_eq!(children.len(), roots.len() * self.items, "seed {seed}");
        for root in roots {
            let mut items: Vec<_> = children
                .iter()
                .filter(|one| one.parent == Some(root.id))
                .map(|one| one.split.unwrap().1)
                .collect();
            items.sort_unstable();
            let wanted: Vec<_> = (0..self.items as i64).collect();
            assert_eq!(items, wanted, "seed {seed}");
        }
        for child in &children {
            let mut saw = runs
                .iter()
                .filter(|run| run.transaction == child.id)
                .map(|run| run.item);
            assert!(
                saw.all(|item| item == child.split.map(|(_, number)| number)),
                "seed {seed}"
            );
        }
    }
}
