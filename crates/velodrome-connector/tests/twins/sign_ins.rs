//! Every sign-in of every connector at its twin: as the definition says, and in the ways that a provider has
//! to refuse.

use std::collections::HashSet;

use async_trait::async_trait;
use serde_json::{Map, json};
use url::Url;
use velodrome_connector::trial::{AtOnce, Connection, Consent};
use velodrome_model::definition::{
    Authentication, ClientAuth, ConnectorDefinition, OAuth2, OAuth2Type,
};

use velodrome_sandbox::Addresses;

use crate::bench::{Bench, definitions};

/// What providers call the scope for access while nobody is there.
const OFFLINE_SCOPES: [&str; 3] = ["offline_access", "offline", "refresh_token"];

/// Somebody whose browser is sent to another address than the definition's.
struct Astray<F> {
    inner: AtOnce,
    change: F,
}

#[async_trait]
impl<F: Fn(&mut Url) + Send + Sync> Consent for Astray<F> {
    async fn allow(&self, mut page: Url) -> Result<Vec<(String, String)>, String> {
        (self.change)(&mut page);
        self.inner.allow(page).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sign_in_works_as_defined_and_only_so() {
    let mut faults = Vec::new();
    let (mut signed_in, mut refused) = (0, 0);
    for group in apart(definitions("connectors")) {
        let bench = Bench::of(group).await;
        for definition in &bench.definitions {
            let ways = definition.authentications.iter();
            // No twin asks for the client's certificate.
            for authentication in ways.filter(|one| one.tls.is_none()) {
                let trial = Trial {
                    bench: &bench,
                    definition,
                    authentication,
                };
                let mut told = Vec::new();
                match trial.works().await {
                    Ok(()) => signed_in += 1,
                    Err(reason) => told.push(reason),
                }
                if let (Some(rules), []) = (&authentication.oauth2, told.as_slice()) {
                    let (count, found) = trial.refusals(rules).await;
                    refused += count;
                    told.extend(found);
                }
                let place = format!("{}/{}", definition.slug, authentication.key);
                faults.extend(told.iter().map(|reason| format!("{place}: {reason}")));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults beside {signed_in} sign-ins:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(signed_in > 200 && refused > 200, "{signed_in}, {refused}");
}

/// Definitions in groups in which no two call the same host, so that each is judged by its own twin alone.
fn apart(definitions: Vec<ConnectorDefinition>) -> Vec<Vec<ConnectorDefinition>> {
    let mut groups: Vec<(HashSet<String>, Vec<ConnectorDefinition>)> = Vec::new();
    for definition in definitions {
        let origins = Addresses::from(&definition).origins();
        let free = groups
            .iter_mut()
            .find(|(taken, _)| origins.iter().all(|origin| !taken.contains(origin)));
        match free {
            Some((taken, group)) => {
                taken.extend(origins);
                group.push(definition);
            }
            None => groups.push((origins.into_iter().collect(), vec![definition])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// One authentication of a definition, at its twin.
struct Trial<'a> {
    bench: &'a Bench,
    definition: &'a ConnectorDefinition,
    authentication: &'a Authentication,
}

impl Trial<'_> {
    /// Signs in, and calls something with it.
    async fn works(&self) -> Result<(), String> {
        let consent = self.bench.consent();
        let inputs = self.bench.inputs(self.definition, self.authentication);
        let connection =
            Connection::open(self.definition, &inputs, self.bench.way(&consent)).await?;
        let test = self.definition.post_install_test_auth.as_deref();
        for key in test.into_iter().chain(["call-api-get"]) {
            let Some(method) = self.definition.method(key) else {
                continue;
            };
            let path = Map::from_iter([("Path".to_owned(), json!("records/contacts"))]);
            let parameters = if key == "call-api-get" {
                path
            } else {
                Map::new()
            };
            if key == "call-api-get" || is_called_without_values(self.definition, key) {
                let called = connection.call(method, &parameters, &Map::new()).await;
                called.map_err(|reason| format!("{key}: {reason}"))?;
            }
        }
        Ok(())
    }

    /// Whether the sign-in fails when one thing about it is wrong.
    async fn fails(
        &self,
        definition: &ConnectorDefinition,
        change: impl Fn(&mut Url) + Send + Sync,
    ) -> bool {
        let consent = Astray {
            inner: self.bench.consent(),
            change,
        };
        let inputs = self.bench.inputs(self.definition, self.authentication);
        Connection::open(definition, &inputs, self.bench.way(&consent))
            .await
            .is_err()
    }

    /// How many wrong sign-ins were refused, and which were not.
    async fn refusals(&self, rules: &OAuth2) -> (usize, Vec<String>) {
        let mut refused = 0;
        let mut faults = Vec::new();
        let mut judge = |what: &str, fails: bool| {
            if fails {
                refused += 1;
            } else {
                faults.push(format!("{what} is not refused"));
            }
        };
        if let Some(wrong) = self.with_wrong_client() {
            judge(
                "a client that proves itself in another way",
                self.fails(&wrong, |_| {}).await,
            );
        }
        if rules.kind == OAuth2Type::AuthorisationCode {
            let redirect = rules.authorise_rename.get("redirect_uri");
            let redirect = redirect.map_or("redirect_uri", String::as_str).to_owned();
            let elsewhere = |page: &mut Url| {
                set(page, &redirect, |_| {
                    Some("http://127.0.0.1:8080/elsewhere".to_owned())
                });
            };
            judge(
                "another redirect address",
                self.fails(self.definition, elsewhere).await,
            );
            if let Some((name, _)) = rules
                .authorise_params
                .iter()
                .find(|(_, value)| value.as_str().is_some_and(|text| !text.contains("{{")))
            {
                let without = |page: &mut Url| set(page, name, |_| None);
                judge(
                    &format!("a request without {name}"),
                    self.fails(self.definition, without).await,
                );
            }
            let offline = rules
                .scopes
                .iter()
                .find(|scope| OFFLINE_SCOPES.contains(&scope.as_str()));
            if let Some(offline) = offline {
                judge(
                    &format!("a request without the scope {offline}"),
                    self.needs_scope(rules, offline).await,
                );
            }
        }
        (refused, faults)
    }

    /// Whether there is no refresh token without a scope: with one, the sign-in uses it at once.
    async fn needs_scope(&self, rules: &OAuth2, offline: &str) -> bool {
        let requests = || self.bench.control.requests(&self.definition.slug).unwrap();
        let name = rules.scope_param.as_deref().unwrap_or("scope");
        let separator = rules.scope_separator.as_deref().unwrap_or(" ");
        let less = |page: &mut Url| {
            set(page, name, |scopes| {
                let kept: Vec<&str> = scopes
                    .split(separator)
                    .filter(|scope| *scope != offline)
                    .collect();
                Some(kept.join(separator))
            });
        };
        let before = requests();
        let with = !self.fails(self.definition, |_| {}).await;
        let between = requests();
        let without = !self.fails(self.definition, less).await;
        with && without && requests() - between < between - before
    }

    /// The definition with a client that proves itself in a way that the provider does not take; none
    /// where the twin takes any.
    fn with_wrong_client(&self) -> Option<ConnectorDefinition> {
        let mut definition = self.definition.clone();
        let mut all = definition.authentications.iter_mut();
        let rules = all
            .find(|one| one.key == self.authentication.key)?
            .oauth2
            .as_mut()?;
        // A grant of the provider's own is proof enough for the twin.
        if rules.grant_type.is_some() {
            return None;
        }
        rules.client_auth = match rules.client_auth {
            ClientAuth::Body => ClientAuth::Basic,
            ClientAuth::Basic | ClientAuth::PrivateKeyJwt => ClientAuth::Body,
            ClientAuth::None | ClientAuth::TlsClientAuth => return None,
        };
        Some(definition)
    }
}

/// Whether nothing has to be given to call a method.
fn is_called_without_values(definition: &ConnectorDefinition, key: &str) -> bool {
    definition.method(key).is_some_and(|method| {
        method
            .parameters
            .iter()
            .all(|parameter| parameter.optional || !parameter.values.is_empty())
    })
}

/// Changes or removes one parameter of an address.
fn set(page: &mut Url, name: &str, change: impl Fn(&str) -> Option<String>) {
    let pairs: Vec<(String, String)> = page
        .query_pairs()
        .filter_map(|(known, value)| {
            let value = if known == name {
                change(&value)?
            } else {
                value.into_owned()
            };
            Some((known.into_owned(), value))
        })
        .collect();
    page.query_pairs_mut().clear().extend_pairs(pairs);
}
