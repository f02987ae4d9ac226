//! What the partner's own systems are told of: posted and signed (openapi: onCycleNotification; the headers
//! are those of the Standard Webhooks specification).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;
use uuid::Uuid;
use velodrome_connector::egress::{EgressError, Request, RequestBody};
use velodrome_model::{AccountScope, ExposeSecret, PartnerScope, SecretString};

use crate::{Workbench, follow_ups::FollowUpError, settings::Settings};

/// What stands before the key's base64 (Standard Webhooks, Signature scheme).
pub(crate) const KEY_PREFIX: &str = "whsec_";
/// Time that a receiver has (api.md §14).
const PATIENCE: Duration = Duration::from_secs(10);
/// Nobody reads what a receiver answers.
const MOST_ANSWER: u64 = 64 * 1024;

/// Delivers notifications. Cheap to clone.
#[derive(Clone)]
pub struct Notifications {
    bench: Workbench,
    settings: Settings,
}

impl Notifications {
    /// The service over these parts.
    pub fn new(bench: Workbench, settings: Settings) -> Self {
        Self { bench, settings }
    }

    /// Posts to the partner's notification webhook that something is wrong in an account; to nobody where
    /// it is off.
    ///
    /// # Errors
    /// As [`FollowUpError`] says; whoever asked tries again.
    pub(crate) async fn notify(
        &self,
        scope: AccountScope,
        id: Uuid,
        title: &str,
        message: &str,
    ) -> Result<(), FollowUpError> {
        let partner = PartnerScope {
            partner: scope.partner,
        };
        let general = self.settings.general(partner).await?;
        let url = general.notification_webhook_url.as_ref();
        let Some(url) = url.filter(|_| general.notification_webhook_enabled) else {
            return Ok(());
        };
        let unit = self.bench.store.read(&partner).await?;
        // Deleted meanwhile: nobody can do anything about it any more.
        let Some(account) = unit.accounts().get(scope.account).await? else {
            return Ok(());
        };
        drop(unit);
        let body = json!({
            "accountId": account.key.to_string(),
            "title": title,
            "message": message,
        });
        self.post(partner, id, url, &general.application_user_agent, &body)
            .await
    }

    /// Posts a message. `id` is the same for every attempt.
    ///
    /// # Errors
    /// As [`FollowUpError`] says; whoever asked tries again.
    pub(crate) async fn post(
        &self,
        partner: PartnerScope,
        id: Uuid,
        url: &str,
        user_agent: &str,
        body: &Value,
    ) -> Result<(), FollowUpError> {
        let status = self.answer(partner, id, url, user_agent, body).await?;
        if status.is_success() {
            return Ok(());
        }
        Err(FollowUpError::Later(format!(
            "the webhook answered {status}"
        )))
    }

    /// Posts a message, and gives what is answered.
    ///
    /// # Errors
    /// As [`FollowUpError`] says: there is no answer then.
    pub(crate) async fn answer(
        &self,
        partner: PartnerScope,
        id: Uuid,
        url: &str,
        user_agent: &str,
        body: &Value,
    ) -> Result<StatusCode, FollowUpError> {
        let never = |_| FollowUpError::Never("the webhook's address can't be used".to_owned());
        let url: Url = url.parse().map_err(never)?;
        let key = self.settings.webhook_key(partner).await?;
        let timestamp = self.bench.clock.now().timestamp();
        let body = body.to_string();
        let mut request = Request::new(Method::POST, url);
        for (name, value) in [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::USER_AGENT, user_agent.to_owned()),
            (HeaderName::from_static("webhook-id"), id.to_string()),
            (
                HeaderName::from_static("webhook-timestamp"),
                timestamp.to_string(),
            ),
            (
                HeaderName::from_static("webhook-signature"),
                signature(&key, id, timestamp, &body)?,
            ),
        ] {
            let value = HeaderValue::try_from(value);
            // A name of the partner's product that no header can carry is left out.
            if let Ok(value) = value {
                request.headers.insert(name, value);
            }
        }
        request.body = RequestBody::Bytes(Bytes::from(body));
        request.timeout = PATIENCE;
        request.max_response = MOST_ANSWER;
        let answer = self.bench.client.send(request).await.map_err(failed)?;
        Ok(answer.status)
    }
}

fn failed(error: EgressError) -> FollowUpError {
    match error.is_transient() {
        true => FollowUpError::Later(error.to_string()),
        false => FollowUpError::Never(error.to_string()),
    }
}

/// `v1,` and base64 of the HMAC-SHA256 of id, timestamp and body, joined by full stops.
fn signature(
    key: &SecretString,
    id: Uuid,
    timestamp: i64,
    body: &str,
) -> Result<String, FollowUpError> {
    let bad = || FollowUpError::Never("the key that signs webhooks is damaged".to_owned());
    let text = key
        .expose_secret()
        .strip_prefix(KEY_PREFIX)
        .ok_or_else(bad)?;
    let key = STANDARD.decode(text).map_err(|_| bad())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| bad())?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    Ok(format!(
        "v1,{}",
        STANDARD.encode(mac.finalize().into_bytes())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_id_time_and_body() {
        let key = SecretString::from(format!("{KEY_PREFIX}{}", STANDARD.encode([7; 32])));

        let signed = signature(&key, Uuid::nil(), 1_700_000_000, "{}").unwrap();

        // printf '00000000-0000-0000-0000-000000000000.1700000000.{}' | openssl dgst -sha256 -mac HMAC \
        //   -macopt hexkey:0707…07 -binary | base64
        assert_eq!(signed, "v1,ZxvsOzYV/OpNsXv3s5jH6WUZOCIv7ONToQakPTt2CAM=");
    }
}
