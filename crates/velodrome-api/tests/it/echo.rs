//! Steps for the API's tests: webhooks give what was sent, and what was sent says what the others do.

use async_trait::async_trait;
use serde_json::{Value, json};
use velodrome_model::{
    AccountScope, CycleId,
    cycle::{
        CycleDocument, Exit, Graph, IncidentLevel, Notice, RequestRecord, Step, StepDone,
        StepFailed, StepOutcome, Trouble, Ways, WebhookResponse,
    },
};
use velodrome_service::{
    StoreError,
    steps::{InboundRequest, Reception, RunSteps, StepRun},
};

/// The double. A body `{"then": "fail"}` makes the step after the trigger fail, `{"then": "answer"}` makes
/// it answer, `{"drop": true}` is dropped.
pub struct Echo;

#[async_trait]
impl RunSteps for Echo {
    async fn run(&self, run: StepRun<'_>) -> Result<StepOutcome, StoreError> {
        let sent = match run.document.steps.first() {
            Some(trigger) => run.data.output(trigger.id).await?,
            None => None,
        };
        let sent = sent.unwrap_or_default();
        let requests = vec![RequestRecord {
            request: "POST https://api.example.com/people HTTP/1.1".into(),
            response: Some("HTTP/1.1 200 OK".into()),
            duration_ms: 3,
        }];
        if sent["then"] == "fail" {
            return Ok(StepOutcome::Failed(Box::new(StepFailed {
                trouble: Trouble::CallFailed,
                notice: Notice {
                    level: IncidentLevel::Error,
                    message: Trouble::CallFailed.as_str().into(),
                    detail: "404 Not Found".into(),
                },
                requests,
                is_task: true,
            })));
        }
        let response = (sent["then"] == "answer").then(|| WebhookResponse {
            status: 202,
            headers: vec![("X-Answer".into(), "yes".into())],
            body: json!({ "thanks": true }),
        });
        Ok(StepOutcome::Done(Box::new(StepDone {
            output: Value::clone(&sent),
            ways: Ways::One(Exit::Forward),
            requests,
            warnings: Vec::new(),
            is_task: true,
            last_successful_run: None,
            response,
        })))
    }

    async fn is_safe(&self, _: StepRun<'_>) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn answers(
        &self,
        _: AccountScope,
        _: CycleId,
        document: &CycleDocument,
    ) -> Result<bool, StoreError> {
        Ok(document.steps.iter().any(|step| step.name == "Response"))
    }

    async fn receive(
        &self,
        _: AccountScope,
        _: CycleId,
        _: (&CycleDocument, &Graph),
        _: &Step,
        request: &InboundRequest,
    ) -> Result<Reception, StoreError> {
        let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if request.query.as_deref() == Some("challenge=1") {
            return Ok(Reception::Answered(WebhookResponse {
                status: 200,
                headers: Vec::new(),
                body: json!("1"),
            }));
        }
        Ok(match sent["drop"].as_bool() {
            Some(true) => Reception::Dropped,
            _ => Reception::Accepted(vec![sent]),
        })
    }
}
