//! Cycles of the utility connector for webhooks, drawn over the API.

use serde_json::{Value, json};

use crate::{app::TestApp, provider::connector_id};

const UTILITY: &str = "Generic Webhook";

/// The connector in an account, ready for steps.
pub struct Drawing<'a> {
    app: &'a TestApp,
    installed: Value,
    methods: Value,
}

/// What was drawn.
pub struct Drawn {
    /// The cycle's path in the API.
    pub cycle: String,
    /// Where the webhook of its first step is called.
    pub webhook: Option<String>,
}

impl<'a> Drawing<'a> {
    /// Installs the connector.
    pub fn new(app: &'a TestApp) -> Self {
        let connector = connector_id(app, UTILITY);
        let install = format!("/v1.0/connectors/{connector}/install");
        let installed = app.post(&install, &json!({})).expect(200).json();
        let methods = format!("/v1.0/connectors/{connector}/methods");
        Self {
            app,
            installed: installed["Id"].clone(),
            methods: app.get(&methods).expect(200).json(),
        }
    }

    /// A cycle of these steps, one after the other, each a method and the address that it calls.
    pub fn cycle(&self, steps: &[(&str, Option<&str>)]) -> Drawn {
        let made = self
            .app
            .post("/v1.0/cycles", &json!({ "Name": "Forward" }))
            .expect(201)
            .json();
        let cycle = format!("/v1.0/cycles/{}", made["Id"].as_str().unwrap());
        let made: Vec<Value> = steps
            .iter()
            .map(|(method, url)| self.step(&cycle, method, *url))
            .collect();
        for pair in made.windows(2) {
            let edge = json!({ "TailStepId": pair[0]["Id"], "HeadStepId": pair[1]["Id"] });
            self.app.post(&format!("{cycle}/edges"), &edge).expect(200);
        }
        let webhook = made[0]["WebhookUrl"].as_str().map(|address| {
            let path = address.find("/api/webhook/").unwrap();
            address[path..].to_owned()
        });
        Drawn { cycle, webhook }
    }

    fn step(&self, cycle: &str, name: &str, url: Option<&str>) -> Value {
        let method = self.method(name);
        let body = json!({
            "ActionType": if name == "Webhook" { "Webhook" } else { "Action" },
            "Name": name,
            "AccountConnectorId": self.installed,
            "MethodUniqueIdentifier": method["MethodUniqueIdentifier"],
        });
        let step = self
            .app
            .post(&format!("{cycle}/steps"), &body)
            .expect(200)
            .json();
        if let Some(url) = url {
            let parameters = method["Parameters"].as_array().unwrap();
            let target = parameters
                .iter()
                .find(|parameter| parameter["TargetName"] == "URL")
                .unwrap_or_else(|| panic!("no URL in {parameters:?}"));
            let id = step["Id"].as_str().unwrap();
            let mapping = json!({ "MappingType": "StaticValue", "Value": url });
            self.app
                .put(
                    &format!("/v1.0/steps/{id}/parameters/{}", target["Id"]),
                    &mapping,
                )
                .expect(200);
        }
        step
    }

    fn method(&self, name: &str) -> &Value {
        let all = self.methods.as_array().unwrap();
        all.iter()
            .find(|method| method["Name"] == name)
            .unwrap_or_else(|| panic!("no {name} in {}", self.methods))
    }
}
