//! Signatures of webhooks (connectors.md §6).

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue};
use velodrome_connector::{auth::ValuesFn, webhook::Verification};
use velodrome_model::definition::WebhookVerify;

/// The first line is the secret, the second the signature's header, the third a date's; the rest is the
/// body. A signature is never that of another body.
pub fn run(bytes: &[u8]) {
    let text = crate::text(bytes);
    let (secret, rest) = crate::first_line(&text);
    let (signature, rest) = crate::first_line(rest);
    let (time, body) = crate::first_line(rest);
    let mut headers = HeaderMap::new();
    for (name, value) in [("x-signature", signature), ("x-time", time)] {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            headers.append(name, value);
        }
    }
    let now: DateTime<Utc> = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000);
    for algorithm in ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512"] {
        for encoding in ["hex", "base64"] {
            for prefix in [None, Some("sha256=")] {
                for timestamp in [None, Some("X-Time")] {
                    let rules = WebhookVerify {
                        algorithm: algorithm.to_owned(),
                        header: "X-Signature".to_owned(),
                        secret: "{{Secret}}".to_owned(),
                        encoding: Some(encoding.to_owned()),
                        prefix: prefix.map(str::to_owned),
                        timestamp_header: timestamp.map(str::to_owned),
                        tolerance_seconds: None,
                    };
                    let values = ValuesFn(|_: &str| Some(secret.to_owned()));
                    let Ok(check) = Verification::new(&rules, &values) else {
                        continue;
                    };
                    if check.check(&headers, body.as_bytes(), now).is_ok() {
                        let other = format!("{body} ");
                        assert!(check.check(&headers, other.as_bytes(), now).is_err());
                    }
                }
            }
        }
    }
}
