//! `/_sandbox/…`: the control interface over HTTP, for black-box tests and curious people.
//!
//! Changes must be sent as `application/json`: another web page open in the same browser then cannot
//! send them without being asked about it first.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::control::{Consent, ControlError, IssueRequest, SandboxControl};
use crate::faults::FaultRule;

#[derive(Deserialize)]
struct ConsentRequest {
    mode: Consent,
}

#[derive(Deserialize)]
struct Nothing {}

pub(crate) fn answer(control: &SandboxControl, call: &Call) -> Answer {
    match answer_or_refuse(control, call) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn answer_or_refuse(control: &SandboxControl, call: &Call) -> Result<Answer, Answer> {
    let (method, path) = call.route();
    match (method, path.as_slice()) {
        ("GET", ["_sandbox", "state"]) => Ok(Answer::json(200, &state(control))),
        ("POST", ["_sandbox", "expire"]) => {
            read::<Nothing>(call)?;
            control.expire_access_tokens();
            Ok(done())
        }
        ("POST", ["_sandbox", "consent"]) => {
            control.set_consent(read::<ConsentRequest>(call)?.mode);
            Ok(done())
        }
        ("POST", ["_sandbox", "faults"]) => {
            control.inject(read::<FaultRule>(call)?);
            Ok(done())
        }
        ("DELETE", ["_sandbox", "faults"]) => {
            control.clear_faults();
            Ok(done())
        }
        ("POST", ["_sandbox", "grants", provider]) => {
            let request = read::<IssueRequest>(call)?;
            let tokens = control.issue(provider, &request).map_err(refused)?;
            Ok(Answer::json(200, &json!(tokens)))
        }
        ("DELETE", ["_sandbox", "grants", provider, id]) => {
            let id = id
                .parse()
                .map_err(|_| bad(&format!("{id:?} is not the number of a grant")))?;
            control.revoke_grant(provider, id).map_err(refused)?;
            Ok(done())
        }
        _ => Err(Answer::json(
            404,
            &json!({"error": "The sandbox has GET state; POST expire, consent, faults, grants/{provider}; DELETE faults, grants/{provider}/{id}."}),
        )),
    }
}

fn state(control: &SandboxControl) -> Value {
    let sites = control.sites();
    let providers: Vec<Value> = sites
        .built()
        .map(|twin| {
            let hosts: serde_json::Map<String, Value> = twin
                .sites
                .iter()
                .map(|(host, _)| (host.to_string(), sites.world.requests(host).into()))
                .collect();
            json!({
                "id": twin.card.id,
                "name": twin.card.name,
                "requests": hosts,
                "grants": twin.oauth2.first().map(|server| server.reports()),
                "connections": twin.oauth1.as_ref().map(|server| server.connections()),
            })
        })
        .collect();
    let rewrites: serde_json::Map<String, Value> = sites
        .rewrites()
        .into_iter()
        .map(|rewrite| (rewrite.from, rewrite.to.into()))
        .collect();
    json!({
        "consent": sites.world.consent(),
        "faults": control.pending_faults(),
        "webhooks": control.posted_webhooks(),
        "rewrites": rewrites,
        "providers": providers,
    })
}

fn read<T: DeserializeOwned>(call: &Call) -> Result<T, Answer> {
    let value = call.json().map_err(|reason| bad(&reason))?;
    serde_json::from_value(value).map_err(|error| bad(&error.to_string()))
}

fn refused(error: ControlError) -> Answer {
    let status = match &error {
        ControlError::UnknownProvider(_) | ControlError::UnknownGrant { .. } => 404,
        ControlError::NotOAuth2(_) | ControlError::Refused(_) => 400,
    };
    Answer::json(status, &json!({"error": error.to_string()}))
}

fn bad(reason: &str) -> Answer {
    Answer::json(400, &json!({"error": reason}))
}

fn done() -> Answer {
    Answer::empty(204)
}
