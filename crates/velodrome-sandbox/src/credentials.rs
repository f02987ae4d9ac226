//! Client secrets: which are plainly real and must not be used here, and which belong together.

use std::collections::HashMap;

use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::twin::Text;

/// Shapes that only real credentials have.
const REAL: &[(&str, &str)] = &[
    ("sk_live_", "a Stripe live secret key"),
    ("sk_test_", "a Stripe test secret key"),
    ("rk_live_", "a Stripe live restricted key"),
    ("rk_test_", "a Stripe test restricted key"),
    ("whsec_", "a Stripe webhook signing secret"),
    ("xoxb-", "a Slack bot token"),
    ("xoxp-", "a Slack user token"),
    ("ghp_", "a GitHub token"),
    ("github_pat_", "a GitHub token"),
    ("glpat-", "a GitLab token"),
    ("AKIA", "an AWS access key"),
    ("AIza", "a Google API key"),
    ("GOCSPX-", "a Google client secret"),
    ("SG.", "a SendGrid API key"),
];

/// What kind of real credential this is, when its shape gives it away.
///
/// The sandbox refuses such values, and a server should not start with a sandbox that would be sent
/// one. A value without a telling shape passes: most providers' secrets look like any random text.
pub fn real_secret_kind(value: &str) -> Option<&'static str> {
    REAL.iter()
        .find(|(prefix, _)| value.starts_with(prefix))
        .map(|(_, kind)| *kind)
}

/// The sentence for whoever sent a real credential.
pub(crate) fn refusal(kind: &str) -> String {
    format!(
        "This is a sandbox and the value looks like {kind}: do not use real credentials here. The front \
         page of the sandbox suggests values to paste."
    )
}

/// Why client credentials are not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ClientError {
    /// The secret looks like a real one; holds its kind.
    Real(&'static str),
    /// No secret was sent.
    Missing,
    /// Another secret was used with this client id before.
    Wrong,
}

impl ClientError {
    pub(crate) fn description(&self) -> String {
        match self {
            Self::Real(kind) => refusal(kind),
            Self::Missing => {
                "The client did not authenticate: no client secret was sent.".to_owned()
            }
            Self::Wrong => {
                "The client secret is wrong: this client id was first used with another one."
                    .to_owned()
            }
        }
    }
}

/// The secret that belongs to each client id: the suggested pairs, and whatever pair was first used
/// with success.
#[derive(Default)]
pub(crate) struct Clients(Mutex<HashMap<String, [u8; 32]>>);

impl Clients {
    pub(crate) fn with_suggested(pairs: &[(Text, Text)]) -> Self {
        let clients = Self::default();
        for (id, secret) in pairs {
            clients.remember(id, secret);
        }
        clients
    }

    /// Whether the secret may be used with this client id.
    pub(crate) fn check(&self, id: &str, secret: Option<&str>) -> Result<(), ClientError> {
        let secret = secret
            .filter(|secret| !secret.is_empty())
            .ok_or(ClientError::Missing)?;
        if let Some(kind) = real_secret_kind(secret) {
            return Err(ClientError::Real(kind));
        }
        match self.0.lock().get(id) {
            Some(known) if !bool::from(known.ct_eq(&digest(secret))) => Err(ClientError::Wrong),
            Some(_) | None => Ok(()),
        }
    }

    /// The client that uses this secret, where the secret alone identifies it.
    pub(crate) fn owner_of(&self, secret: &str) -> Option<String> {
        let shown = digest(secret);
        let clients = self.0.lock();
        let owner = clients
            .iter()
            .find(|(_, known)| bool::from(known.ct_eq(&shown)));
        owner.map(|(id, _)| id.clone())
    }

    /// Ties the secret to the client id unless one is tied already.
    pub(crate) fn remember(&self, id: &str, secret: &str) {
        self.0
            .lock()
            .entry(id.to_owned())
            .or_insert_with(|| digest(secret));
    }
}

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_secret_used_is_required_afterwards() {
        let clients = Clients::default();
        assert_eq!(clients.check("a", Some("one")), Ok(()));
        clients.remember("a", "one");
        clients.remember("a", "two");

        assert_eq!(clients.check("a", Some("one")), Ok(()));
        assert_eq!(clients.check("a", Some("two")), Err(ClientError::Wrong));
        assert_eq!(clients.check("a", None), Err(ClientError::Missing));
        assert_eq!(clients.check("b", Some("two")), Ok(()));
    }

    #[test]
    fn real_looking_secrets_are_named() {
        assert_eq!(
            real_secret_kind("sk_live_abc"),
            Some("a Stripe live secret key")
        );
        assert_eq!(real_secret_kind("sandbox-secret"), None);
    }
}
