//! The templates of `templates/examples`, applied, installed and run against the simulated providers.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use velodrome_testkit::server::{CLIENT_ID, CLIENT_SECRET};

use crate::{
    app::{TestApp, printed, run},
    provider::connector_id,
};

const LIMIT: Duration = Duration::from_secs(120);
const ACCOUNT: &str = "acme";
/// What one and the same person is known by everywhere.
const EMAIL: &str = "rosa.reed@mill.example";

/// A server with the example templates live, and an account that is connected to all three providers.
struct Desk {
    app: TestApp,
    /// Before anything that the test does.
    began: String,
    stripe: i64,
    pipedrive: i64,
    store: i64,
}

impl Desk {
    fn start() -> Self {
        let app = TestApp::with(|builder| builder.sandbox());
        let issued = app.sign_in().json()[".issued"].as_str().unwrap().to_owned();
        let began = DateTime::parse_from_rfc2822(&issued).unwrap() - TimeDelta::minutes(1);
        let app = app.signed_in().in_new_account(ACCOUNT);
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/examples");
        let url = app.server.url();
        let applied = run(
            &["template", "apply", examples.to_str().unwrap(), "--promote"],
            &[
                ("VELODROME_URL", url.as_str()),
                ("VELODROME_CLIENT_ID", CLIENT_ID),
                ("VELODROME_CLIENT_SECRET", CLIENT_SECRET),
            ],
        );
        printed(&applied);
        let sandbox = Sandbox::of(&app);
        let stripe = sandbox.tokens(
            "stripe",
            ("ca_sandbox_velodrome", "sandbox-stripe-secret"),
            &["read_write"],
        );
        let store = sandbox.tokens("3dcart", ("sandbox-3dcart", "sandbox-3dcart-secret"), &[]);
        Self {
            stripe: install(&app, "Stripe (OAuth)", &stripe),
            store: install(&app, "3DCart", &store),
            pipedrive: install(&app, "Pipedrive", "sandbox-pipedrive-key"),
            began: began.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            app,
        }
    }

    /// Calls a method of an account connector.
    fn call(
        &self,
        account_connector: i64,
        method: &str,
        parameters: Value,
        fields: Value,
    ) -> Value {
        let path = format!("/v1.0/account/connectors/{account_connector}");
        let installed = self.app.get(&path).expect(200).json();
        let connector = installed["Connector"]["Id"].as_i64().unwrap();
        let methods = format!("/v1.0/connectors/{connector}/methods");
        let methods = self.app.get(&methods).expect(200).json();
        let methods = methods.as_array().unwrap();
        let found = methods.iter().find(|one| one["Name"] == method);
        let found = found.unwrap_or_else(|| panic!("no {method}"));
        let uid = found["MethodUniqueIdentifier"].as_str().unwrap();
        let body = json!({ "Parameters": parameters, "Fields": fields });
        let answer = self.app.post(&format!("{path}/methods/{uid}"), &body);
        answer.expect(200).json()
    }

    /// Installs a template; its trigger looks back to before the test began.
    fn installed(&self, template: &str) -> Installed<'_> {
        let listed = self.app.get("/v1.0/templates").expect(200).json();
        let listed = listed.as_array().unwrap();
        let found = listed.iter().find(|one| one["Name"] == template);
        let found = found.unwrap_or_else(|| panic!("no {template}"));
        let path = format!("/v1.0/templates/{}/install", found["Id"].as_str().unwrap());
        let cycle = self.app.post(&path, &json!({})).expect(200).json();
        let path = format!("/v1.0/cycles/{}", cycle["Id"].as_str().unwrap());
        let steps = self.app.get(&format!("{path}/steps")).expect(200).json();
        let edges = self.app.get(&format!("{path}/edges")).expect(200).json();
        let is_head = |step: &Value| {
            let mut edges = edges.as_array().unwrap().iter();
            edges.any(|edge| edge["HeadStepId"] == step["Id"])
        };
        let mut triggers = steps.as_array().unwrap().iter();
        let trigger = triggers.find(|step| !is_head(step)).unwrap();
        let step = format!("{path}/steps/{}", trigger["Id"].as_str().unwrap());
        let date = json!({ "LastSuccessfulRunDate": self.began });
        self.app.put(&step, &date).expect(200);
        Installed {
            app: &self.app,
            path,
        }
    }

    fn persons(&self, email: &str) -> Vec<Value> {
        let parameters = json!({ "term": email, "fields": "email", "exact_match": "true" });
        let found = self.call(
            self.pipedrive,
            "List Persons by Search Term",
            parameters,
            json!({}),
        );
        let items = found["data"]["items"].as_array().cloned();
        items.unwrap_or_default()
    }
}

/// A cycle of the account.
struct Installed<'a> {
    app: &'a TestApp,
    path: String,
}

impl Installed<'_> {
    /// Runs it once, to the end of everything that came of it; the steps that were run, by name.
    fn run(&self) -> Vec<String> {
        let known = self.transactions().len();
        let body = json!({ "RunOnce": true });
        self.app
            .put(&format!("{}/activate", self.path), &body)
            .expect(200);
        let started = Instant::now();
        let all = loop {
            let cycle = self.app.get(&self.path).expect(200).json();
            let all = self.transactions();
            let has_ended = |one: &Value| !one["CompletedOnUtc"].is_null();
            if cycle["Status"] == "Paused" && all.len() > known && all.iter().all(has_ended) {
                break all;
            }
            assert!(started.elapsed() < LIMIT, "{cycle:#}\n{all:#?}");
        };
        let incidents = self.app.get(&format!("{}/incidents", self.path));
        let incidents = incidents.expect(200).json();
        assert_eq!(incidents, json!([]), "{incidents:#}");
        let new = all.iter().take(all.len() - known);
        new.flat_map(|one| {
            assert_eq!(one["Status"], "Completed", "{one:#}");
            let path = format!("{}/transactions/{}", self.path, one["Id"].as_str().unwrap());
            let items = self.app.get(&path).expect(200).json();
            let items = items.as_array().unwrap().clone();
            items
                .into_iter()
                .map(|item| item["StepName"].as_str().unwrap().to_owned())
        })
        .collect()
    }

    /// All transactions, newest first.
    fn transactions(&self) -> Vec<Value> {
        let path = format!("{}/transactions?pageSize=100", self.path);
        self.app
            .get(&path)
            .expect(200)
            .json()
            .as_array()
            .unwrap()
            .clone()
    }
}

/// The simulated providers' own door.
struct Sandbox(String);

impl Sandbox {
    fn of(app: &TestApp) -> Self {
        let log = app.server.log();
        let line = log.lines().find(|line| line.contains("simulators answer"));
        let line = line.unwrap_or_else(|| panic!("no simulators in {log}"));
        let begin = line.find("http://").unwrap();
        let page: String = line[begin..]
            .chars()
            .take_while(|c| !matches!(c, '"' | ' ' | ',' | '}'))
            .collect();
        Self(page.trim_end_matches('/').to_owned())
    }

    /// The value of a credential that somebody has just consented to.
    fn tokens(&self, provider: &str, (client, secret): (&str, &str), scopes: &[&str]) -> String {
        let body = json!({ "client_id": client, "client_secret": secret, "scopes": scopes });
        let path = format!("/_sandbox/grants/{provider}");
        let answer = crate::app::ask(&self.0, "POST", &path, &body.to_string());
        let issued = answer.expect(200).json();
        let mut tokens = json!({ "AccessToken": issued["access_token"] });
        if let Some(refresh) = issued["refresh_token"].as_str() {
            tokens["RefreshToken"] = refresh.into();
        }
        tokens.to_string()
    }
}

fn install(app: &TestApp, connector: &str, value: &str) -> i64 {
    let id = connector_id(app, connector);
    let path = format!("/v1.0/connectors/{id}/install");
    let body = json!({ "AuthValue": value });
    let installed = app.post(&path, &body).expect(200).json();
    installed["Id"].as_i64().unwrap()
}

#[test]
fn new_stripe_customers_become_persons_and_new_charges_won_deals() {
    let desk = Desk::start();
    let customer = json!({ "name": "Rosa Reed", "email": EMAIL, "phone": "+44 20 7946 0018" });
    let customer = desk.call(desk.stripe, "Create Customer", json!({}), customer);
    let charge = json!({
        "amount": 1050, "currency": "eur", "source": "tok_visa", "description": "A book",
    });
    let charge = desk.call(desk.stripe, "Create Charge", json!({}), charge);

    desk.installed("Stripe customers to Pipedrive").run();
    desk.installed("Stripe charges to Pipedrive").run();

    let persons = desk.persons(EMAIL);
    assert_eq!(persons.len(), 1, "{persons:?}");
    assert_eq!(persons[0]["item"]["name"], customer["name"]);
    assert_eq!(persons[0]["item"]["phones"], json!(["+44 20 7946 0018"]));
    let title = format!("Stripe payment {}", charge["id"].as_str().unwrap());
    let found = desk.call(
        desk.pipedrive,
        "List Deals by Search Term",
        json!({ "term": title, "exact_match": "true" }),
        json!({}),
    );
    let deal = &found["data"]["items"][0]["item"];
    assert_eq!(
        (
            &deal["title"],
            &deal["value"],
            &deal["currency"],
            &deal["status"]
        ),
        (&json!(title), &json!(10.5), &json!("EUR"), &json!("won")),
        "{found:#}"
    );
}

#[test]
fn whoever_orders_in_the_store_becomes_a_stripe_customer_once() {
    let desk = Desk::start();
    let order = |line: &str| {
        json!({
            "InvoiceNumberPrefix": "AB-", "BillingFirstName": "Rosa", "BillingLastName": "Reed",
            "BillingEmail": EMAIL, "BillingAddress": line, "BillingCity": "Bath",
            "BillingPhoneNumber": "555-0100", "BillingCountry": "GB", "OrderStatusID": 1,
        })
    };
    desk.call(desk.store, "Create Order", json!({}), order("1 Mill Lane"));
    desk.call(desk.store, "Create Order", json!({}), order("2 Mill Lane"));

    let steps = desk.installed("3DCart orders to Stripe customers").run();

    let created = steps.iter().filter(|step| *step == "Create customer");
    assert_eq!(created.count(), 1, "{steps:?}");
    let found = desk.call(
        desk.stripe,
        "List Customers",
        json!({ "email": EMAIL }),
        json!({}),
    );
    let found = found["data"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&found[0]["name"], &found[0]["address"]["city"]),
        (&json!("Rosa Reed"), &json!("Bath"))
    );
}

#[test]
fn contacts_are_kept_alike_in_both_directions_and_come_to_rest() {
    let desk = Desk::start();
    let person = json!({ "name": "Rosa Reed", "[emails].value": EMAIL });
    let person = desk.call(desk.pipedrive, "Create Person", json!({}), person);
    let customer = json!({
        "Email": EMAIL, "Password": "change-me-9", "BillingFirstName": "R.", "BillingLastName": "R.",
    });
    desk.call(desk.store, "Create Customer", json!({}), customer);
    let customer = || {
        let found = desk.call(
            desk.store,
            "List Customers",
            json!({ "email": EMAIL }),
            json!({}),
        );
        found[0].clone()
    };
    let name = |customer: &Value| {
        let part = |member: &str| customer[member].as_str().unwrap_or_default().to_owned();
        format!("{} {}", part("BillingFirstName"), part("BillingLastName"))
    };
    let outbound = desk.installed("Contacts from Pipedrive to 3DCart");
    let inbound = desk.installed("Contacts from 3DCart to Pipedrive");
    // As long as anything is written; one round after another, as the schedule would.
    let settle = || {
        for round in 1..=5 {
            let steps = [outbound.run(), inbound.run()].concat();
            if !steps.iter().any(|step| step.starts_with("Update ")) {
                return round;
            }
        }
        panic!("it never comes to rest");
    };

    settle();
    assert_eq!(name(&customer()), "Rosa Reed");
    assert_eq!(desk.persons(EMAIL)[0]["item"]["name"], "Rosa Reed");

    let id = customer()["CustomerID"].clone();
    let renamed = json!({ "BillingFirstName": "Rosa", "BillingLastName": "Hill" });
    desk.call(
        desk.store,
        "Update Customer",
        json!({ "CustomerId": id }),
        renamed,
    );
    settle();
    assert_eq!(desk.persons(EMAIL)[0]["item"]["name"], "Rosa Hill");
    assert_eq!(name(&customer()), "Rosa Hill");

    let id = person["data"]["id"].clone();
    let renamed = json!({ "name": "Rosa Brook" });
    desk.call(
        desk.pipedrive,
        "Update Person",
        json!({ "PersonId": id }),
        renamed,
    );
    settle();
    assert_eq!(name(&customer()), "Rosa Brook");
    assert_eq!(desk.persons(EMAIL)[0]["item"]["name"], "Rosa Brook");
}
