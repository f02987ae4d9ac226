//! A server, the accounts in it, their cycles, and a client that writes down what it was told.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use velodrome_compat::{Caller, MASTER_KEY, World as Installation};
use velodrome_testkit::ServerBuilder;

use crate::provider::Provider;

/// Whoever waits for something waits this long: a lease that lapses, on a machine that does other things too.
pub const LIMIT: Duration = Duration::from_secs(90);
/// Milliseconds that leases last here, so that nobody waits half a minute for one to lapse.
const LEASE: u32 = 1_500;
/// The environment variable that arms the server (crates/velodrome-store/src/faults.rs).
const FAULTS: &str = "VELODROME_TEST_FAULTS";
/// The variable's text where nothing goes wrong on purpose.
pub fn nothing_armed() -> String {
    format!("lease={LEASE}")
}

/// What was sent to a webhook, and what became of it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Index of the account.
    pub account: usize,
    /// The cycle.
    pub cycle: &'static str,
    /// The value; no other has the same.
    pub value: i64,
    /// The transaction that the server said it began.
    pub accepted: Option<String>,
}

/// One customer and its cycles.
pub struct Customer {
    /// Its id, which is also its credential at the provider.
    pub name: String,
    /// A program that acts in it.
    pub caller: Caller,
    /// Webhooks by cycle, below the server's origin.
    webhooks: Vec<(&'static str, String)>,
    /// The cycle that reads a list and splits it.
    pub polled: String,
}

/// Everything around one database.
pub struct World {
    /// The provider.
    pub provider: Provider,
    /// The server that requests go to, and others of the same database.
    pub nodes: Vec<Installation>,
    /// The customers.
    pub customers: Vec<Customer>,
    /// What was sent so far.
    pub sent: Vec<Sent>,
    /// Runs of the polling cycles that were asked for, and those that were promised, by account.
    pub asked: Vec<(usize, bool)>,
    /// A step under way may be repeated though no server ended: one was paused, or could not write.
    pub may_repeat: bool,
    /// A call that was about to be made when its node was stopped may come when it wakes, with its key.
    pub may_come_late: bool,
    http: Client,
    last: i64,
}

impl World {
    /// A world with so many customers, whose server does what `faults` says.
    pub async fn start(customers: usize, faults: &str) -> Self {
        Self::with(customers, faults, |builder| builder).await
    }

    /// As [`World::start`], with settings of the test's own.
    pub async fn with(
        customers: usize,
        faults: &str,
        change: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        let provider = Provider::start();
        let first = Installation::with(change(settings(&provider, faults)));
        let http = Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_secs(5))
            .build()
            .expect("an HTTP client");
        let mut world = Self {
            provider,
            nodes: vec![first],
            customers: Vec::new(),
            sent: Vec::new(),
            asked: Vec::new(),
            may_repeat: false,
            may_come_late: false,
            http,
            last: 0,
        };
        for number in 0..customers {
            let customer = world.customer(&format!("customer-{number}")).await;
            world.customers.push(customer);
        }
        world
    }

    /// Another server of the same database.
    pub fn join(&mut self, faults: &str) {
        self.join_with(faults, |builder| builder);
    }

    /// As [`World::join`], with settings of the test's own.
    pub fn join_with(&mut self, faults: &str, change: impl FnOnce(ServerBuilder) -> ServerBuilder) {
        let settings = change(settings(&self.provider, faults));
        let database = self.nodes[0].server.database_url().to_owned();
        let node = Installation::with(settings.database(&database));
        self.nodes.push(node);
    }

    /// Starts a server again that has ended; what it does then is what `faults` says. Whether it could serve.
    pub fn start_again(&mut self, node: usize, faults: &str) -> bool {
        self.provider.next_life();
        let server = &mut self.nodes[node].server;
        server.set(FAULTS, faults);
        server.start_again().is_ok()
    }

    /// Kills a server, whatever it does.
    ///
    /// # Panics
    /// When the system refuses.
    pub fn kill(&mut self, node: usize) {
        self.nodes[node].server.kill().expect("it can be killed");
    }

    /// Sends a value to a cycle of a customer, through a node, and writes down what it was told.
    pub async fn send(&mut self, node: usize, account: usize, cycle: &'static str) {
        let sending = self.sending(node, account, cycle);
        let sent = sending.await;
        self.sent.push(sent);
    }

    /// Sends one value to each of these cycles, at the same time.
    pub async fn send_all(&mut self, node: usize, cycles: &[(usize, &'static str)]) {
        let mut all = tokio::task::JoinSet::new();
        for (account, cycle) in cycles {
            all.spawn(self.sending(node, *account, cycle));
        }
        let mut sent = all.join_all().await;
        sent.sort_by_key(|one| one.value);
        self.sent.extend(sent);
    }

    fn sending(
        &mut self,
        node: usize,
        account: usize,
        cycle: &'static str,
    ) -> impl Future<Output = Sent> + Send + use<> {
        self.last += 1;
        let value = self.last;
        let customer = &self.customers[account];
        let webhook = customer.webhooks.iter().find(|(name, _)| *name == cycle);
        let path = &webhook.expect("the customer has the cycle").1;
        let url = format!("{}{path}", self.nodes[node].server.url());
        let body = json!({ "owner": customer.name, "value": value });
        let request = self.http.post(url).json(&body);
        async move {
            let accepted = match request.send().await {
                Ok(answer) if answer.status() == 200 => {
                    let body: Option<Value> = answer.json().await.ok();
                    body.and_then(|body| body["TransactionId"].as_str().map(str::to_owned))
                }
                // Refused, or cut off: whoever sent it knows nothing.
                _ => None,
            };
            Sent {
                account,
                cycle,
                value,
                accepted,
            }
        }
    }

    /// Asks the first node for a run of a customer's polling cycle, where it rests; false where it
    /// still runs.
    pub async fn poll(&mut self, account: usize) -> bool {
        let customer = &self.customers[account];
        if self.rests(account).await == Ok(false) {
            return false;
        }
        let path = format!("{}/activate", customer.polled);
        let body = json!({ "RunOnce": true });
        let asked = customer
            .caller
            .attempt(Method::PUT, &path, |request| request.json(&body))
            .await;
        match asked {
            Ok(answer) if answer.status == 200 => self.asked.push((account, true)),
            Ok(_) => return false,
            Err(_) => self.asked.push((account, false)),
        }
        true
    }

    /// Whether a customer's polling cycle rests.
    ///
    /// # Errors
    /// When the server does not answer.
    async fn rests(&self, account: usize) -> Result<bool, ()> {
        let customer = &self.customers[account];
        let asked = customer
            .caller
            .attempt(Method::GET, &customer.polled, |request| request)
            .await;
        match asked {
            Ok(answer) if answer.status == 200 => Ok(answer.json()["Status"] == "Paused"),
            _ => Err(()),
        }
    }

    /// Looks at the customers through another node from now on.
    pub async fn look_through(&mut self, node: usize) {
        let partner = self.nodes[node].partner().await;
        for customer in &mut self.customers {
            customer.caller = partner.in_account(&customer.name);
        }
    }

    /// All transactions of a customer, the oldest first, once none of them is in progress.
    ///
    /// # Panics
    /// When they don't come to an end.
    pub async fn ended(&self, account: usize) -> Vec<Value> {
        let begun = Instant::now();
        let mut looks = tokio::time::interval(Duration::from_millis(100));
        loop {
            looks.tick().await;
            let rests = self.rests(account).await == Ok(true);
            let all = self.transactions(account).await;
            let open: Vec<_> = all
                .iter()
                .filter(|one| one["CompletedOnUtc"].is_null())
                .collect();
            if open.is_empty() && rests {
                return all;
            }
            assert!(begun.elapsed() < LIMIT, "these don't end: {open:#?}");
        }
    }

    /// All transactions of a customer.
    pub async fn transactions(&self, account: usize) -> Vec<Value> {
        let mut all = Vec::new();
        for page in 1.. {
            let path = format!("/v1.0/cycles/transactions?pageSize=1000&page={page}");
            let some = self.customers[account].caller.get(&path).await;
            let some = some.expect(200).json();
            let some = some.as_array().expect("a list");
            all.extend(some.iter().cloned());
            if some.len() < 1_000 {
                break;
            }
        }
        all
    }

    /// The newest thousand errors of a customer.
    pub async fn incidents(&self, account: usize) -> Vec<Value> {
        let path = "/v1.0/cycles/incidents/error?pageSize=1000";
        let found = self.customers[account].caller.get(path).await;
        let found = found.expect(200).json();
        found.as_array().expect("a list").clone()
    }

    async fn customer(&self, name: &str) -> Customer {
        let node = &self.nodes[0];
        let partner = node.partner().await;
        let caller = node.account(&partner, name).await;
        let body = json!({ "AuthValue": name });
        let install = caller.post("/v1.0/connectors/Counter/install", body).await;
        let mut building = Building {
            connector: node.connector(&partner, "Counter").await,
            installed: install.expect(200).json()["Id"].clone(),
            methods: Value::Null,
            caller: &caller,
            name,
        };
        let path = format!("/v1.0/connectors/{}/methods", building.connector["Id"]);
        building.methods = partner.get(&path).await.expect(200).json();
        let webhooks = vec![
            (
                "chain",
                building.taking(&["Create", "Confirm"], json!({})).await,
            ),
            ("pay", building.taking(&["Pay"], json!({})).await),
            (
                "order",
                building
                    .taking(&["Order"], json!({ "ProcessInOrder": true }))
                    .await,
            ),
        ];
        let polled = building.polling().await;
        Customer {
            name: name.to_owned(),
            webhooks,
            polled,
            caller,
        }
    }
}

fn settings(provider: &Provider, faults: &str) -> ServerBuilder {
    let definitions = concat!(env!("CARGO_MANIFEST_DIR"), "/definitions");
    let rewrite = format!("https://counter.example={}", provider.url());
    ServerBuilder::new()
        .set(
            "VELODROME_CONNECTORS_DIR",
            PathBuf::from(definitions).display(),
        )
        .set("VELODROME_EGRESS_ALLOW", "127.0.0.0/8")
        .set("VELODROME_EGRESS_REWRITE", rewrite)
        .set("VELODROME_MASTER_KEY", MASTER_KEY)
        .set(FAULTS, faults)
}

/// Cycles under construction.
struct Building<'a> {
    caller: &'a Caller,
    name: &'a str,
    connector: Value,
    installed: Value,
    methods: Value,
}

impl Building<'_> {
    /// A cycle that takes values in by webhook and gives them to one method after the other; gives the
    /// webhook's path.
    async fn taking(&self, methods: &[&str], settings: Value) -> String {
        let cycle = self.cycle(settings).await;
        let trigger = self.step(&cycle, "Webhook", "Arrived").await;
        let mut before = trigger.clone();
        for method in methods {
            let step = self.step(&cycle, "Action", method).await;
            self.connect(&cycle, &before, &step).await;
            for field in ["owner", "value"] {
                self.map(&step, method, field, (&trigger, "Arrived", field))
                    .await;
            }
            before = step;
        }
        self.caller
            .put(&format!("{cycle}/activate"), json!({}))
            .await
            .expect(200);
        let url = trigger["WebhookUrl"].as_str().expect("an address");
        url[url.find("/api/webhook/").expect("a webhook's address")..].to_owned()
    }

    /// A cycle that reads a list, gives each item on, and tells when all have arrived. It rests.
    async fn polling(&self) -> String {
        let cycle = self.cycle(json!({})).await;
        let list = self.step(&cycle, "Action", "List").await;
        let create = self.step(&cycle, "Action", "Create").await;
        let wait = self
            .post_step(&cycle, json!({ "ActionType": "WaitAll", "Name": "All" }))
            .await;
        let join = self.step(&cycle, "Action", "Join").await;
        self.connect(&cycle, &list, &create).await;
        self.connect(&cycle, &create, &wait).await;
        self.connect(&cycle, &wait, &join).await;
        for field in ["owner", "value"] {
            let source = format!("[items].{field}");
            self.map(&create, "Create", field, (&list, "List", &source))
                .await;
        }
        let owner = self.field("Join", "RequestFields", "owner");
        let path = format!(
            "/v1.0/steps/{}/fieldmappings/{owner}",
            join["Id"].as_str().expect("an id")
        );
        let mapping = json!({ "MappingType": "StaticValue", "Value": self.name });
        self.caller.put(&path, mapping).await.expect(200);
        cycle
    }

    async fn cycle(&self, settings: Value) -> String {
        let mut body = json!({ "Name": "Count", "StepErrorAction": "StopTransaction" });
        for (name, value) in settings.as_object().expect("settings") {
            body[name] = value.clone();
        }
        let made = self.caller.post("/v1.0/cycles", body).await.expect(201);
        format!(
            "/v1.0/cycles/{}",
            made.json()["Id"].as_str().expect("an id")
        )
    }

    async fn step(&self, cycle: &str, kind: &str, method: &str) -> Value {
        let found = self.method(method);
        let step = json!({
            "ActionType": kind,
            "Name": method,
            "AccountConnectorId": self.installed,
            "MethodUniqueIdentifier": found["MethodUniqueIdentifier"],
        });
        let step = self.post_step(cycle, step).await;
        if method == "Pay" {
            // The provider would pay twice, so whoever doubts stops.
            let path = format!("{cycle}/steps/{}", step["Id"].as_str().expect("an id"));
            let careful = json!({ "OnUncertain": "Stop" });
            self.caller.put(&path, careful).await.expect(200);
        }
        step
    }

    async fn post_step(&self, cycle: &str, step: Value) -> Value {
        let path = format!("{cycle}/steps");
        self.caller.post(&path, step).await.expect(200).json()
    }

    async fn connect(&self, cycle: &str, tail: &Value, head: &Value) {
        let edge =
            json!({ "TailStepId": tail["Id"], "HeadStepId": head["Id"], "EdgeType": "Forward" });
        let path = format!("{cycle}/edges");
        self.caller.post(&path, edge).await.expect(200);
    }

    async fn map(&self, to: &Value, method: &str, field: &str, from: (&Value, &str, &str)) {
        let (source, source_method, location) = from;
        let list = match source["ActionType"] == "Webhook" {
            true => "RequestFields",
            false => "ResponseFields",
        };
        let mapping = json!({
            "MappingType": "PreviousStep",
            "SourceStepId": source["Id"],
            "SourceFieldId": self.field(source_method, list, location),
        });
        let field = self.field(method, "RequestFields", field);
        let step = to["Id"].as_str().expect("an id");
        let path = format!("/v1.0/steps/{step}/fieldmappings/{field}");
        self.caller.put(&path, mapping).await.expect(200);
    }

    fn method(&self, name: &str) -> &Value {
        let all = self.methods.as_array().expect("a list");
        let found = all.iter().find(|one| one["Name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {all:?}"))
    }

    fn field(&self, method: &str, list: &str, location: &str) -> Value {
        let all = self.method(method)[list].as_array().expect("a list");
        let found = all.iter().find(|one| one["Location"] == location);
        found.unwrap_or_else(|| panic!("no {location} in {all:?}"))["Id"].clone()
    }
}
