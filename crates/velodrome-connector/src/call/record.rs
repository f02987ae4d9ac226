//! What was sent and answered, kept until it is known whether anybody has to see it.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use url::Url;
use velodrome_model::{ExposeSecret, SecretString, definition::AuthType, redact::Redactor};

use super::{Call, Exchange, Properties};
use crate::auth::Credential;

/// Characters of a body that are shown.
const SHOWN: usize = 64 * 1024;

/// Property names that are secret whatever the definition says of them.
const SECRET_NAMES: [&str; 8] = [
    "ClientSecret",
    "Password",
    "ApiKey",
    "Token",
    "TokenSecret",
    "PrivateKey",
    "AccessToken",
    "RefreshToken",
];

/// A request as it was sent.
pub(super) struct Sent {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Sent {
    /// The exchange with an answer, redacted.
    pub(super) fn answered(
        &self,
        redactor: &Redactor,
        status: StatusCode,
        body: &[u8],
    ) -> Box<Exchange> {
        Box::new(Exchange {
            status_line: status_line(status),
            body: shown(redactor, body),
            request: self.request(redactor),
        })
    }

    /// The exchange that got no answer, redacted.
    pub(super) fn unanswered(&self, redactor: &Redactor) -> Box<Exchange> {
        Box::new(Exchange {
            request: self.request(redactor),
            ..Exchange::default()
        })
    }

    pub(super) fn request(&self, redactor: &Redactor) -> String {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.address(redactor));
        for (name, value) in &self.headers {
            let shown = String::from_utf8_lossy(value.as_bytes());
            let shown = redactor.header(name.as_str(), &shown, value.is_sensitive());
            // As cycles.md §12 and api.md §13 write it; HTTP knows no case there.
            let name = match name.as_str() {
                "authorization" => "Authorization",
                other => other,
            };
            text.extend([name, ": ", &shown, "\r\n"]);
        }
        text.push_str("\r\n");
        text.push_str(&shown(redactor, &self.body));
        text
    }

    /// OAuth 1.0a signatures in the query are no secret of ours but as good as one while they last.
    fn address(&self, redactor: &Redactor) -> String {
        let signature = self
            .url
            .query_pairs()
            .find(|(name, _)| name == "oauth_signature");
        let text = redactor.text(self.url.as_str()).into_owned();
        match signature {
            None => text,
            Some((_, signature)) => Redactor::new([&SecretString::from(signature.into_owned())])
                .text(&text)
                .into_owned(),
        }
    }
}

/// The status line of an answer.
pub(super) fn status_line(status: StatusCode) -> String {
    let reason = status.canonical_reason().unwrap_or_default();
    format!("HTTP/1.1 {} {reason}", status.as_u16())
        .trim_end()
        .to_owned()
}

/// A body as it may be shown.
pub(super) fn shown(redactor: &Redactor, body: &[u8]) -> String {
    match std::str::from_utf8(body) {
        Ok(text) => cut(&redactor.text(text)),
        // A character cut in half at the very end is still text.
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
            cut(&redactor.text(&String::from_utf8_lossy(body)))
        }
        Err(_) => format!("[{} bytes]", body.len()),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… [{} bytes in all]", &text[..end], text.len()),
    }
}

/// Knows every secret of a call.
pub(super) fn redactor(call: &Call<'_>, credential: Option<&Credential>) -> Redactor {
    Redactor::new(&secrets(call, credential))
}

/// Every secret of a call.
pub(super) fn secrets(call: &Call<'_>, credential: Option<&Credential>) -> Vec<SecretString> {
    let mut secrets: Vec<SecretString> = credential.map(secrets_of).unwrap_or_default();
    for parameter in call
        .definition
        .parameters
        .iter()
        .chain(&call.method.parameters)
        .filter(|p| p.sensitive)
    {
        if let Some(given) = call.values.parameters.get(&parameter.target_name) {
            secrets.push(velodrome_model::definition::scalar_text(given).into());
        }
    }
    secrets.extend(
        call.scripting
            .cycle
            .iter()
            .flat_map(|cycle| cycle.secrets.iter().cloned()),
    );
    secrets.extend(setup_secrets(call, call.values.properties));
    secrets.extend(setup_secrets(call, call.values.partner));
    secrets
}

/// Secret values of properties: sensitive parameters and credentials.
fn setup_secrets(call: &Call<'_>, properties: &Properties) -> Vec<SecretString> {
    let sensitive = |name: &str| {
        SECRET_NAMES.contains(&name)
            || call
                .authentication
                .fields
                .get(name)
                .is_some_and(|field| field.sensitive)
            || call
                .definition
                .parameters
                .iter()
                .chain(&call.method.parameters)
                .any(|p| p.sensitive && p.target_name == name)
    };
    properties
        .iter()
        .filter(|(name, _)| sensitive(name))
        .map(|(_, value)| value.clone())
        .collect()
}

/// Every secret text of a credential.
pub(super) fn secrets_of(credential: &Credential) -> Vec<SecretString> {
    match credential {
        Credential::None => Vec::new(),
        Credential::ApiKey(key) => vec![key.clone()],
        Credential::Basic(basic) => {
            let mut secrets: Vec<SecretString> = credential.to_auth_value().into_iter().collect();
            secrets.push(basic.password.clone());
            secrets
        }
        Credential::AuthFields(values) => values.values().cloned().collect(),
        Credential::OAuth1(token) => vec![token.token.clone(), token.token_secret.clone()],
        Credential::OAuth2(token) => token
            .access_token
            .iter()
            .chain(&token.refresh_token)
            .cloned()
            .collect(),
    }
}

/// Whether anything secret goes out with a credential.
pub(super) fn is_secret(call: &Call<'_>, credential: &Credential) -> bool {
    call.authentication.kind != AuthType::None
        || call.authentication.tls.is_some()
        || secrets_of(credential)
            .iter()
            .any(|secret| !secret.expose_secret().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_reads_like_http_and_shows_no_secret() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer abc".parse().unwrap());
        headers.insert("accept", "application/json".parse().unwrap());
        let sent = Sent {
            method: Method::POST,
            url: "https://h.example/a?key=s3cr%2Ft!&oauth_signature=c2lnbmF0dXJl%2B"
                .parse()
                .unwrap(),
            headers,
            body: "{\"k\":\"s3cr/t!\"}".into(),
        };
        let redactor = Redactor::new([&SecretString::from("s3cr/t!")]);
        let exchange = sent.answered(&redactor, StatusCode::NOT_FOUND, b"no s3cr/t! here");
        assert_eq!(
            exchange.to_string(),
            "HTTP/1.1 404 Not Found\r\nno REDACTED here\r\n\r\nHTTP Request:\r\n\
             POST https://h.example/a?key=REDACTED&oauth_signature=REDACTED HTTP/1.1\r\n\
             Authorization: REDACTED\r\naccept: application/json\r\n\r\n{\"k\":\"REDACTED\"}"
        );
        assert!(
            sent.unanswered(&redactor)
                .to_string()
                .starts_with("HTTP Request:\r\nPOST")
        );
        assert_eq!(shown(&redactor, &[0xff, 0xfe, 0x00]), "[3 bytes]");
        assert!(shown(&redactor, "x".repeat(SHOWN + 9).as_bytes()).ends_with("bytes in all]"));
    }
}
