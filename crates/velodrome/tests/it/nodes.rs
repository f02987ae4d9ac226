//! Several nodes on one PostgreSQL, with NATS between them; on SQLite there is one node, so there these have
//! nothing to show.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use velodrome_testkit::{Answer, FakeUpstream, FreshDatabase, PrivateNats, nats};

use crate::{app::TestApp, cycles::all_ended, drawing::Drawing};

/// Generous: a lease lasts half a minute, and build machines are slow.
const LIMIT: Duration = Duration::from_secs(120);

/// Nodes over one database and one NATS, and a provider that notes the idempotency key of each call.
struct Cluster {
    // Dropped last: the nodes go before what they talk to.
    nodes: HashMap<&'static str, TestApp>,
    nats: PrivateNats,
    provider: FakeUpstream,
    database: FreshDatabase,
}

impl Cluster {
    /// Nothing but database, provider and a NATS that is not there yet; none where this can't be tried.
    fn new() -> Option<Self> {
        if !FreshDatabase::is_postgres() || nats::find_program().is_none() {
            return None;
        }
        let provider = FakeUpstream::start();
        provider.on("POST", "/taken", Answer::json("{}"));
        provider.on("GET", "/list", Answer::json("{}"));
        Some(Self {
            nodes: HashMap::new(),
            nats: PrivateNats::not_started().unwrap(),
            provider,
            database: FreshDatabase::create(),
        })
    }

    /// The same with NATS.
    fn with_nats() -> Option<Self> {
        let mut cluster = Self::new()?;
        cluster.nats.start_again().unwrap();
        Some(cluster)
    }

    /// Starts a node.
    fn start(&mut self, name: &'static str, roles: &str) {
        self.start_for(name, roles, 1000);
    }

    /// Starts a node that runs so many transactions at once.
    fn start_for(&mut self, name: &'static str, roles: &str, at_once: usize) {
        let node = TestApp::with(|builder| {
            builder
                .database(self.database.url())
                .set("VELODROME_MASTER_KEY", STANDARD.encode([7; 32]))
                .set("VELODROME_EGRESS_ALLOW", "127.0.0.0/8")
                .set("VELODROME_NATS_URL", self.nats.url())
                .set("VELODROME_ROLES", roles)
                .set("VELODROME_TRANSACTIONS_AT_ONCE", at_once)
                .set("VELODROME_LOG", "info,velodrome_service=debug")
        });
        self.nodes.insert(name, node);
    }

    /// Starts the node that takes requests, with an account.
    fn start_api(&mut self, name: &'static str, roles: &str) {
        self.start(name, roles);
        self.sign_in(name);
    }

    fn sign_in(&mut self, name: &'static str) {
        let node = self.nodes.remove(name).unwrap();
        self.nodes
            .insert(name, node.signed_in().in_new_account("acme"));
    }

    fn node(&self, name: &str) -> &TestApp {
        &self.nodes[name]
    }

    /// The address at the provider where a call says whose it is.
    fn taken(&self) -> String {
        let url = self.provider.url();
        format!("{url}/taken?key={{{{IdempotencyKey}}}}&transaction={{{{TransactionId}}}}")
    }

    /// A cycle that posts on what its webhook gets; gives the webhook's path.
    fn forwards(&self, name: &str) -> String {
        self.forwards_by(name, &Drawing::new(self.node(name)))
    }

    fn forwards_by(&self, name: &str, drawing: &Drawing<'_>) -> String {
        let taken = self.taken();
        let drawn = drawing.cycle(&[("Webhook", None), ("POST", Some(taken.as_str()))]);
        self.node(name)
            .put(&format!("{}/activate", drawn.cycle), &json!({}))
            .expect(200);
        drawn.webhook.unwrap()
    }

    /// Sends to a webhook so many times; gives the transactions that were accepted.
    fn send(&self, name: &str, webhook: &str, count: usize) -> Vec<String> {
        let send = |number| {
            let told = self
                .node(name)
                .post(webhook, &json!({ "number": number }))
                .expect(200)
                .json();
            told["TransactionId"].as_str().unwrap().to_owned()
        };
        (0..count).map(send).collect()
    }

    /// Waits until a node says something for the so-manieth time.
    fn said(&self, name: &str, words: &str, times: usize) {
        let server = &self.node(name).server;
        let seen = std::cell::Cell::new(0);
        server.wait_for_log(LIMIT, |line| {
            seen.set(seen.get() + usize::from(line.contains(words)));
            (seen.get() == times).then_some(())
        });
    }

    /// Everything that was accepted is completed, and the provider, which does once what comes with one key,
    /// has done one thing for each.
    fn expect_once_each(&self, name: &str, accepted: &[String]) {
        let ended = all_ended(self.node(name));
        let ended: HashMap<&str, &Value> = ended
            .iter()
            .map(|one| (one["Id"].as_str().unwrap(), &one["Status"]))
            .collect();
        let mut done: HashMap<String, HashSet<String>> = HashMap::new();
        for call in self.provider.received() {
            let said: HashMap<String, String> = call
                .query()
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            let keys = done.entry(said["transaction"].clone()).or_default();
            keys.insert(said["key"].clone());
        }
        assert_eq!(done.len(), accepted.len(), "{done:#?}");
        for id in accepted {
            assert_eq!(ended[id.as_str()], "Completed", "{id}");
            assert_eq!(done[id].len(), 1, "{id}: {:?}", done[id]);
        }
    }

    /// The sum of a node's counters whose names and labels begin so.
    fn count(&self, name: &str, metric: &str) -> u64 {
        let text = self.node(name).get("/metrics").expect(200).text;
        let lines = text.lines().filter(|line| line.starts_with(metric));
        let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
        values.sum()
    }

    /// Waits until a node has ended so many transactions; it counts after the commit that others see.
    fn has_ended(&self, name: &str, count: u64) {
        let begun = Instant::now();
        while self.count(name, ENDED) != count {
            let ended = self.count(name, ENDED);
            assert!(
                begun.elapsed() < LIMIT,
                "{name} has ended {ended}, not {count}"
            );
        }
    }

    /// How a node finds NATS.
    fn queue(&self, name: &str) -> String {
        let ready = self.node(name).get("/readyz").expect(200).json();
        ready["Checks"]["queue"].as_str().unwrap().to_owned()
    }
}

const ENDED: &str = "velodrome_transactions_ended_total";
const HEARD: &str = "velodrome_queue_hints_total{outcome=\"heard\"}";
const FIRED: &str = "velodrome_schedule_slots_total{outcome=\"fired\"}";

#[test]
fn each_role_does_its_part_on_a_node_of_its_own() {
    let Some(mut cluster) = Cluster::with_nats() else {
        return;
    };
    cluster.start_api("api", "api");
    let list = format!("{}/list", cluster.provider.url());
    let taken = cluster.taken();
    let (webhook, drawn) = {
        let drawing = Drawing::new(cluster.node("api"));
        let scheduled = [("GET", Some(list.as_str())), ("POST", Some(taken.as_str()))];
        (
            cluster.forwards_by("api", &drawing),
            drawing.cycle(&scheduled),
        )
    };
    cluster
        .node("api")
        .put(
            &format!("{}/activate", drawn.cycle),
            &json!({ "RunOnce": true }),
        )
        .expect(200);

    let mut accepted = cluster.send("api", &webhook, 5);
    assert_eq!(
        cluster.provider.received().len(),
        0,
        "no node runs anything yet"
    );
    cluster.start("worker", "worker");
    accepted.extend(cluster.send("api", &webhook, 5));
    cluster.provider.wait_for_calls(10, LIMIT);
    // Its slot is due all the time, and nobody fires it.
    assert_eq!(cluster.count("worker", FIRED), 0);
    cluster.start("scheduler", "scheduler");
    cluster.provider.wait_for_calls(12, LIMIT);

    let ended = all_ended(cluster.node("api"));
    assert_eq!(ended.len(), 11);
    assert!(ended.iter().all(|one| one["Status"] == "Completed"));
    for (node, ran) in [("api", 0), ("scheduler", 0), ("worker", 11)] {
        cluster.has_ended(node, ran);
    }
    assert_eq!(cluster.count("scheduler", FIRED), 1);
    assert_eq!(cluster.count("api", FIRED), 0);
    assert!(cluster.count("worker", HEARD) > 0);
    for node in ["worker", "scheduler"] {
        let refused = cluster.node(node).post(&webhook, &json!({}));
        assert_eq!(refused.status, 404, "{node}");
        cluster.node(node).get("/readyz").expect(200);
    }
}

#[test]
fn what_one_node_can_not_begin_at_once_another_does() {
    let Some(mut cluster) = Cluster::with_nats() else {
        return;
    };
    let slow = Answer::json("{}").after(Duration::from_secs(5));
    cluster.provider.on("POST", "/taken", slow);
    cluster.start_for("first", "api,worker,scheduler", 20);
    cluster.start_for("second", "api,worker,scheduler", 200);
    cluster.sign_in("first");
    let webhook = cluster.forwards("first");
    let limit = json!({ "AccountConcurrentTransactionLimit": 1000 });
    cluster
        .node("first")
        .put("/v1.0/partner/settings/general", &limit)
        .expect(200);

    let accepted = cluster.send("first", &webhook, 100);

    cluster.expect_once_each("first", &accepted);
    for node in ["first", "second"] {
        assert!(cluster.count(node, ENDED) > 0, "{node} did nothing");
    }
}

#[test]
fn what_a_killed_node_and_a_sleeping_one_had_begun_is_done_once_by_another() {
    let Some(mut cluster) = Cluster::with_nats() else {
        return;
    };
    let late = Answer::json("{}").after(Duration::from_secs(5));
    let mut answers = vec![Answer::hang(); 5];
    answers.extend(vec![late; 5]);
    answers.push(Answer::json("{}"));
    cluster.provider.on_each("POST", "/taken", answers);
    cluster.start_api("api", "api,scheduler");
    let webhook = cluster.forwards("api");

    cluster.start("killed", "worker");
    let mut accepted = cluster.send("api", &webhook, 5);
    cluster.provider.wait_for_calls(5, LIMIT);
    cluster
        .nodes
        .get_mut("killed")
        .unwrap()
        .server
        .kill()
        .unwrap();
    cluster.start("sleeper", "worker");
    accepted.extend(cluster.send("api", &webhook, 5));
    cluster.provider.wait_for_calls(10, LIMIT);
    cluster.node("sleeper").server.pause().unwrap();
    cluster.start("other", "worker");
    cluster.expect_once_each("api", &accepted);

    cluster.node("sleeper").server.resume().unwrap();
    cluster.said("sleeper", "was taken over by another worker", 5);
    cluster.expect_once_each("api", &accepted);
    assert_eq!(cluster.provider.received().len(), 20);
    cluster.has_ended("sleeper", 0);
    cluster.has_ended("other", 10);
}

#[test]
fn without_nats_or_what_it_stored_everything_accepted_is_done_once() {
    let Some(mut cluster) = Cluster::new() else {
        return;
    };
    cluster.start_api("api", "api,scheduler");
    cluster.start("worker", "worker");
    cluster.start("another", "worker");
    let webhook = cluster.forwards("api");
    assert!(cluster.queue("api").starts_with("unreachable"));
    let mut accepted = cluster.send("api", &webhook, 5);
    cluster.provider.wait_for_calls(accepted.len(), LIMIT);

    cluster.nats.start_again().unwrap();
    let nodes = ["api", "worker", "another"];
    for node in nodes {
        cluster.said(node, "NATS is connected", 1);
    }
    assert_eq!(cluster.queue("api"), "ok");
    accepted.extend(cluster.send("api", &webhook, 10));
    cluster.nats.stop().unwrap();
    accepted.extend(cluster.send("api", &webhook, 10));
    cluster.nats.wipe().unwrap();
    cluster.nats.start_again().unwrap();
    accepted.extend(cluster.send("api", &webhook, 10));
    cluster.provider.wait_for_calls(accepted.len(), LIMIT);
    for node in nodes {
        cluster.said(node, "NATS is connected", 2);
    }

    // The stream is made again, and carries.
    let heard = || cluster.count("worker", HEARD) + cluster.count("another", HEARD);
    let (before, begun) = (heard(), Instant::now());
    while heard() == before {
        assert!(begun.elapsed() < LIMIT, "NATS carries nothing any more");
        accepted.extend(cluster.send("api", &webhook, 1));
    }
    cluster.expect_once_each("api", &accepted);
}

#[test]
fn a_caller_gets_the_response_of_a_step_that_another_node_ran() {
    let Some(mut cluster) = Cluster::with_nats() else {
        return;
    };
    cluster.start_api("api", "api");
    cluster.start("worker", "worker");
    let node = cluster.node("api");
    let drawn = Drawing::new(node).cycle(&[("Webhook", None), ("Synchronous Response", None)]);
    node.put(&format!("{}/activate", drawn.cycle), &json!({}))
        .expect(200);

    let told = node.post(&drawn.webhook.unwrap(), &json!({ "number": 1 }));

    assert_eq!(told.status, 200, "{told:?}");
    cluster.has_ended("worker", 1);
    cluster.has_ended("api", 0);
    assert!(
        cluster.count("api", HEARD) > 0,
        "it found the answer by looking"
    );
}
