//! The oracle: looks at what the provider heard, what the client was told, and what the API shows.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

use crate::provider::{Call, ITEMS};
use crate::world::World;

/// What the oracle found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What is not as it was promised.
    pub wrong: Vec<String>,
    /// Requests that were accepted.
    pub accepted: usize,
    /// Transactions.
    pub transactions: usize,
    /// Transactions that ended because nobody knows what became of a call.
    pub uncertain: usize,
    /// Calls that were made again after a kill, with the key of the first.
    pub repeated: usize,
    /// Transactions whose worker was lost five times.
    pub given_up: usize,
}

impl Verdict {
    /// Waits until everything has ended, and looks at it.
    pub async fn of(world: &World) -> Self {
        let mut verdict = Self::default();
        let mut by_account = Vec::new();
        for account in 0..world.customers.len() {
            by_account.push(world.ended(account).await);
        }
        verdict.transactions = by_account.iter().map(Vec::len).sum();
        verdict.look_at_ends(world, &by_account).await;
        verdict.look_at_acknowledgements(world, &by_account);
        let calls = world.provider.calls();
        verdict.look_at_tenants(&calls);
        verdict.look_at_keys(&calls, world.may_repeat);
        verdict.look_at_steps(world, &by_account, &calls);
        verdict.look_at_payments(world, &by_account, &calls);
        verdict.look_at_order(world, &calls);
        verdict.look_at_polls(world, &by_account, &calls);
        verdict
    }

    /// Fails where something is wrong.
    ///
    /// # Panics
    /// With everything that is wrong.
    #[track_caller]
    pub fn expect_well(&self, of: &str) {
        assert!(self.wrong.is_empty(), "{of}: {:#?}", self.wrong);
    }

    fn tell(&mut self, wrong: String) {
        self.wrong.push(wrong);
    }

    /// Completed, or with an incident that says why not.
    async fn look_at_ends(&mut self, world: &World, by_account: &[Vec<Value>]) {
        for (account, all) in by_account.iter().enumerate() {
            if all.iter().all(|one| one["Status"] == "Completed") {
                continue;
            }
            let incidents = world.incidents(account).await;
            for one in all.iter().filter(|one| one["Status"] != "Completed") {
                let told = incidents
                    .iter()
                    .find(|incident| incident["TransactionId"] == one["Id"]);
                let detail = told.and_then(|told| told["FullMessage"].as_str());
                match detail {
                    Some("outcome unknown") => self.uncertain += 1,
                    Some(detail) if detail.contains("worker lost 5 times") => self.given_up += 1,
                    other => self.tell(format!("it did not complete, for {other:?}: {one}")),
                }
            }
        }
    }

    /// What was accepted is there once, in its own account.
    fn look_at_acknowledgements(&mut self, world: &World, by_account: &[Vec<Value>]) {
        let ids: Vec<HashSet<&str>> = by_account
            .iter()
            .map(|all| all.iter().filter_map(|one| one["Id"].as_str()).collect())
            .collect();
        let all: usize = ids.iter().map(HashSet::len).sum();
        let distinct: HashSet<_> = ids.iter().flatten().collect();
        if all != distinct.len() || all != self.transactions {
            self.tell("a transaction is shown twice".to_owned());
        }
        for sent in &world.sent {
            let Some(id) = &sent.accepted else { continue };
            self.accepted += 1;
            if !ids[sent.account].contains(id.as_str()) {
                self.tell(format!("{sent:?} was accepted and is lost"));
            }
        }
        let begun: HashSet<&str> = world
            .sent
            .iter()
            .filter_map(|sent| sent.accepted.as_deref())
            .collect();
        if begun.len() != self.accepted {
            self.tell("two requests were told the same transaction".to_owned());
        }
    }

    /// Each value is told with its owner's credential.
    fn look_at_tenants(&mut self, calls: &[Call]) {
        for call in calls.iter().filter(|call| call.credential != call.owner) {
            self.tell(format!("it crossed tenants: {call:?}"));
        }
    }

    /// Whoever repeats a call says so, and repeats it after a kill only.
    fn look_at_keys(&mut self, calls: &[Call], may_repeat: bool) {
        let mut by_key: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
        for call in calls {
            match &call.key {
                Some(key) => by_key.entry(key).or_default().push(call),
                None if call.path == "/pay" => {}
                None => self.tell(format!("it has no key: {call:?}")),
            }
        }
        for calls in by_key.values() {
            let lives: BTreeSet<u32> = calls.iter().map(|call| call.life).collect();
            if lives.len() < calls.len() && !may_repeat {
                self.tell(format!("it was repeated without a kill: {calls:?}"));
            }
            self.repeated += calls.len() - 1;
            let what: BTreeSet<_> = calls.iter().map(|call| (&call.path, call.value)).collect();
            if what.len() > 1 {
                self.tell(format!("one key, several calls: {calls:?}"));
            }
        }
        let mut by_value: BTreeMap<(&str, i64), BTreeSet<&Option<String>>> = BTreeMap::new();
        for call in calls
            .iter()
            .filter(|call| !["/pay", "/join"].contains(&call.path.as_str()))
        {
            let keys = by_value.entry((&call.path, call.value)).or_default();
            keys.insert(&call.key);
        }
        for ((path, value), keys) in by_value.iter().filter(|(_, keys)| keys.len() > 1) {
            self.tell(format!("{path} {value} was told with {} keys", keys.len()));
        }
    }

    /// A step that is committed does not run again, and one whose transaction is complete has run.
    fn look_at_steps(&mut self, world: &World, by_account: &[Vec<Value>], calls: &[Call]) {
        let mut confirmed = HashSet::new();
        for call in without_late(world, calls) {
            match call.path.as_str() {
                "/confirm" => {
                    confirmed.insert(call.value);
                }
                "/create" if confirmed.contains(&call.value) => {
                    self.tell(format!("a committed step ran again: {call:?}"));
                }
                _ => {}
            }
        }
        for sent in &world.sent {
            let paths: &[&str] = match sent.cycle {
                "chain" => &["/create", "/confirm"],
                "order" => &["/order"],
                _ => continue,
            };
            if status_of(by_account, sent.account, sent.accepted.as_deref()) != Some("Completed") {
                continue;
            }
            for path in paths {
                let is_told = |call: &Call| call.path == *path && call.value == sent.value;
                if !calls.iter().any(is_told) {
                    self.tell(format!("{sent:?} is complete, and {path} was never told"));
                }
            }
        }
    }

    /// What the provider does not deduplicate it hears once, and where nobody knows, that is said.
    fn look_at_payments(&mut self, world: &World, by_account: &[Vec<Value>], calls: &[Call]) {
        let mut times: BTreeMap<i64, usize> = BTreeMap::new();
        for call in calls.iter().filter(|call| call.path == "/pay") {
            *times.entry(call.value).or_default() += 1;
        }
        for (value, times) in times.iter().filter(|(_, times)| **times > 1) {
            self.tell(format!("{value} was paid {times} times"));
        }
        for sent in world.sent.iter().filter(|sent| sent.cycle == "pay") {
            let status = status_of(by_account, sent.account, sent.accepted.as_deref());
            if status == Some("Completed") && !times.contains_key(&sent.value) {
                self.tell(format!("{sent:?} is complete, and was never paid"));
            }
        }
    }

    /// One after the other, as they came.
    fn look_at_order(&mut self, world: &World, calls: &[Call]) {
        for customer in &world.customers {
            let mut last = 0;
            for call in without_late(world, calls) {
                if call.path != "/order" || call.owner != customer.name {
                    continue;
                }
                if call.value < last {
                    self.tell(format!("{} came after {last}: {call:?}", call.value));
                }
                last = last.max(call.value);
            }
        }
    }

    /// Each run that was promised happened once; its list was split into all of its items, and joined.
    fn look_at_polls(&mut self, world: &World, by_account: &[Vec<Value>], calls: &[Call]) {
        for (account, customer) in world.customers.iter().enumerate() {
            let cycle = customer.polled.rsplit('/').next().unwrap_or_default();
            let of_cycle: Vec<_> = by_account[account]
                .iter()
                .filter(|one| one["CycleId"] == cycle)
                .collect();
            let count = |promised| {
                let of_account = |asked: &&(usize, bool)| asked.0 == account && asked.1 == promised;
                world.asked.iter().filter(of_account).count()
            };
            let (promised, perhaps) = (count(true), count(false));
            let parents: HashSet<&str> = of_cycle
                .iter()
                .filter_map(|one| one["ParentTransactionId"].as_str())
                .collect();
            let joins: BTreeSet<_> = calls
                .iter()
                .filter(|call| call.path == "/join" && call.owner == customer.name)
                .map(|call| &call.key)
                .collect();
            let runs = parents.len();
            if runs < promised || runs > promised + perhaps {
                let name = &customer.name;
                self.tell(format!(
                    "{name}: {runs} runs, of {promised} promised and {perhaps} asked for"
                ));
            }
            if joins.len() > runs || (runs > 0 && joins.is_empty()) {
                self.tell(format!(
                    "{}: {} joins of {runs} runs",
                    customer.name,
                    joins.len()
                ));
            }
            for parent in parents {
                let children = of_cycle
                    .iter()
                    .filter(|one| one["ParentTransactionId"] == parent);
                let children = children.count();
                if children != ITEMS as usize {
                    self.tell(format!("{parent} has {children} children"));
                }
            }
        }
    }
}

/// The calls, but not those that a node made when it woke, with the key of one that another had made meanwhile.
fn without_late<'a>(world: &World, calls: &'a [Call]) -> impl Iterator<Item = &'a Call> {
    let (may_come_late, mut keys) = (world.may_come_late, HashSet::new());
    calls
        .iter()
        .filter(move |call| call.key.is_none() || keys.insert(&call.key) || !may_come_late)
}

fn status_of<'a>(
    by_account: &'a [Vec<Value>],
    account: usize,
    id: Option<&str>,
) -> Option<&'a str> {
    let id = id?;
    let found = by_account[account].iter().find(|one| one["Id"] == id);
    found.and_then(|one| one["Status"].as_str())
}
