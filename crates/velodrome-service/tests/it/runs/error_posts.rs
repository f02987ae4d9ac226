//! Incidents that are told to the transaction error webhook.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};
use velodrome_connector::{
    catalogue::{Catalogue, Snapshot},
    egress::{Client, EgressPolicy},
};
use velodrome_model::{
    CycleId, PartnerActor, PartnerScope,
    cycle::{Exit, IncidentLevel},
};
use velodrome_service::{
    Tools, Workbench, error_webhook::ErrorWebhook, follow_ups::FollowUps, outbox::Outbox,
};
use velodrome_store::NewIncident;
use velodrome_testkit::{Answer, FakeUpstream};

use super::desk::{Desk, Drawing, method, webhook};

/// A desk whose errors are told.
struct Told {
    desk: Desk,
    errors: ErrorWebhook,
    outbox: Outbox,
    upstream: FakeUpstream,
    cycle: CycleId,
    drawing: Drawing,
}

impl Told {
    async fn to(path: &str) -> Self {
        let desk = Desk::new().await;
        let upstream = FakeUpstream::start();
        upstream.on("POST", "/errors", Answer::status(204));
        let policy = EgressPolicy::parse("127.0.0.0/8", "").unwrap();
        let bench = Workbench::from(Tools {
            store: desk.store.clone(),
            catalogue: Arc::new(Catalogue::new(Snapshot::default())),
            client: Client::new(policy).unwrap(),
            clock: desk.clock(),
            public_url: "http://127.0.0.1:8080".parse().unwrap(),
            real_secret_kind: None,
        });
        let partner = PartnerActor {
            scope: PartnerScope {
                partner: desk.scope.partner,
            },
            principal: desk.actor().principal,
        };
        let url = format!("{}{path}", upstream.url());
        let changed = desk.settings.change_general(&partner, |settings| {
            settings.error_webhook_enabled = true;
            settings.error_webhook_url = Some(url);
        });
        changed.await.unwrap();
        let drawing = Drawing::new()
            .step(webhook())
            .step(method())
            .edge(0, Exit::Forward, 1);
        let cycle = desk.cycle(&drawing).await;
        let follow_ups = FollowUps::new(bench.clone(), desk.settings.clone());
        Self {
            errors: ErrorWebhook::new(bench, desk.settings.clone()),
            outbox: Outbox::new(desk.store.clone(), desk.clock(), follow_ups),
            desk,
            upstream,
            cycle,
            drawing,
        }
    }

    async fn fail(&self, level: IncidentLevel, message: &str, times: usize) {
        let unit = self.desk.store.begin(&self.desk.scope).await.unwrap();
        for _ in 0..times {
            let step = Some((self.drawing.at(1), "Step 1".to_owned()));
            let word = (level, message.to_owned());
            let detail = "500 Internal Server Error".to_owned();
            let told = NewIncident::new(&self.desk.store, step, word, detail).unwrap();
            unit.runs().tell(self.cycle, told).await.unwrap();
        }
        unit.commit().await.unwrap();
    }

    /// Works everything off that is due; gives what was posted by then.
    async fn posted(&self) -> Vec<Value> {
        self.errors.tell_new().await.unwrap();
        for errand in self.outbox.claim(1_000).await.unwrap() {
            self.outbox.run(errand).await;
        }
        let calls = self.upstream.received().into_iter();
        calls
            .map(|call| serde_json::from_str(&call.text()).unwrap())
            .collect()
    }
}

#[tokio::test]
async fn sixty_are_posted_a_minute_and_equal_ones_that_are_left_over_are_summed_up() {
    let told = Told::to("/errors").await;
    told.fail(IncidentLevel::Error, "Failed to call the method", 150)
        .await;
    told.fail(IncidentLevel::Error, "Webhook failed", 3).await;
    told.fail(IncidentLevel::Warning, "Trigger Skipped", 5)
        .await;

    assert_eq!(told.posted().await.len(), 60);
    assert_eq!(told.posted().await.len(), 60);
    told.desk.pass(TimeDelta::minutes(1));
    let all = told.posted().await;

    let summed: Vec<(&str, &Value)> = all[60..]
        .iter()
        .map(|one| (one["Message"].as_str().unwrap(), &one["Occurrences"]))
        .collect();
    assert_eq!(
        summed,
        [
            ("Failed to call the method", &json!(90)),
            ("Webhook failed", &json!(3))
        ]
    );
    assert_eq!(all[0]["Occurrences"], Value::Null);
    assert_eq!(all[0]["AccountExternalId"], "acme");
    assert_eq!(all[0]["CycleName"], "Orders");
    assert_eq!(all[0]["StepType"], 1);
    assert_eq!(all[0]["Detail"], "500 Internal Server Error");
}

#[tokio::test]
async fn a_post_that_does_not_arrive_is_tried_again_and_counts_within_its_minute() {
    let told = Told::to("/errors").await;
    told.upstream.on_each(
        "POST",
        "/errors",
        [Answer::status(503), Answer::status(204)],
    );
    told.fail(IncidentLevel::Error, "Webhook failed", 1).await;

    assert_eq!(told.posted().await.len(), 1);
    told.desk.pass(TimeDelta::seconds(10));
    assert_eq!(told.posted().await.len(), 2);
    told.desk.pass(TimeDelta::days(1));
    assert_eq!(told.posted().await.len(), 2);
}

#[tokio::test]
async fn a_cycle_s_own_webhook_never_hears_of_its_failures() {
    let told = Told::to("/api/webhook/w_own").await;
    let unit = told.desk.store.begin(&told.desk.scope).await.unwrap();
    let trigger = told.drawing.at(0);
    unit.cycles()
        .set_webhook_key(trigger, "w_own")
        .await
        .unwrap();
    unit.commit().await.unwrap();
    told.fail(IncidentLevel::Error, "Webhook failed", 2).await;

    assert_eq!(told.posted().await, [] as [Value; 0]);
    told.desk.pass(TimeDelta::days(1));
    assert_eq!(told.posted().await, [] as [Value; 0]);
}
