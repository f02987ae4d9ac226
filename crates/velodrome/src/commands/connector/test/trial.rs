//! Calling the methods of a definition, at its twin or at the provider itself.

use std::{fs, net::Ipv4Addr, path::Path, sync::Arc};

use anyhow::{Context, Result, anyhow};
use tokio_util::sync::CancellationToken;
use velodrome_connector::{
    egress::{Client, EgressPolicy},
    trial::{AtOnce, Depth, Inputs, Review, Scope, Way, review},
};
use velodrome_model::{
    SystemClock,
    definition::{Authentication, ConnectorDefinition},
};
use velodrome_sandbox::{Card, Consent, RateLimits, Sandbox, SandboxOptions, TwinSource};

use super::Tested;
use crate::{
    cli::{Level, TestOptions},
    config::Config,
};

/// Calls the methods if the options name somebody to call.
pub(super) async fn call(
    config: Option<&Config>,
    options: &TestOptions,
    definition: &ConnectorDefinition,
    tested: &mut Tested,
) -> Result<()> {
    match (&options.credentials, config) {
        (Some(file), Some(config)) => {
            let inputs = read(file)?;
            let client = Client::new(config.egress.policy())?;
            let scope = scope(options, false);
            let key = inputs.authentication_of(definition)?.key.clone();
            let way = way(client, None);
            let found = review(&scope.tailored(definition), &inputs, way, scope).await;
            tested.add(&key, found);
            Ok(())
        }
        _ if options.twin => at_twin(options, definition, tested).await,
        _ => Ok(()),
    }
}

/// Every authentication in turn, each at a twin of its own: what one has deleted is there for the next.
async fn at_twin(
    options: &TestOptions,
    definition: &ConnectorDefinition,
    tested: &mut Tested,
) -> Result<()> {
    let scope = scope(options, true);
    let definition = scope.tailored(definition);
    for authentication in &definition.authentications {
        let found = at_twin_by(&definition, authentication, scope).await?;
        tested.add(&authentication.key, found);
    }
    Ok(())
}

/// What one authentication reaches, with what the twin's card suggests.
async fn at_twin_by(
    definition: &ConnectorDefinition,
    authentication: &Authentication,
    scope: Scope,
) -> Result<Review> {
    let simulation = SandboxOptions {
        rate_limits: RateLimits::Off,
        ..SandboxOptions::default()
    };
    let sources = vec![TwinSource::of(definition.clone())];
    let sandbox = Sandbox::of_definitions((Ipv4Addr::LOCALHOST, 0).into(), simulation, sources)
        .await
        .context("starting the twin")?;
    let rewrites: Vec<String> = sandbox.rewrites().iter().map(ToString::to_string).collect();
    let policy = EgressPolicy::parse("127.0.0.0/8,::1", &rewrites.join(","))
        .map_err(|faults| anyhow!("the twin's addresses can't be used: {faults:?}"))?;
    let card = sandbox.card(&definition.slug);
    let card = card.with_context(|| format!("{} has no twin", definition.slug))?;
    sandbox.control().set_consent(Consent::Allow);
    let stop = CancellationToken::new();
    let serving = tokio::spawn(sandbox.serve(stop.clone()));
    let client = Client::new(policy)?;
    let consent = AtOnce(client.clone());
    let inputs = suggested(definition, authentication, &card);
    let found = review(definition, &inputs, way(client, Some(&consent)), scope).await;
    stop.cancel();
    serving.await.context("stopping the twin")??;
    Ok(found)
}

fn suggested(
    definition: &ConnectorDefinition,
    authentication: &Authentication,
    card: &Card,
) -> Inputs {
    Inputs::suggested(definition, authentication, |label| {
        let found = card.values.iter().find(|value| value.label == label)?;
        Some(found.value.to_string())
    })
}

fn scope(options: &TestOptions, is_twin: bool) -> Scope {
    Scope {
        depth: match options.level {
            Level::Basic => Depth::Basic,
            Level::Careful => Depth::Careful,
            Level::Strict => Depth::Strict,
        },
        write: options.write,
        is_twin,
        max_pages: options.max_pages,
    }
}

fn way(client: Client, consent: Option<&AtOnce>) -> Way<'_> {
    Way {
        client,
        clock: Arc::new(SystemClock),
        consent: consent.map(|consent| consent as _),
    }
}

/// Reads credentials. What is wrong is told by its place alone, for a parser would quote a value.
fn read(file: &Path) -> Result<Inputs> {
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("reading {shown}"))?;
    if file
        .extension()
        .is_some_and(|extension| extension == "toml")
    {
        return toml::from_str(&text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text[..at.min(text.len())].matches('\n').count() + 1;
            anyhow!("{shown} can't be read as TOML: look at line {line}")
        });
    }
    serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        anyhow!("{shown} can't be read as JSON: look at line {line}, column {column}")
    })
}

impl Tested {
    fn add(&mut self, authentication: &str, found: Review) {
        let named = |list: Vec<String>| {
            list.into_iter()
                .map(move |line| format!("{authentication}/{line}"))
        };
        self.called.extend(named(found.passed));
        self.faults.extend(named(found.faults));
        self.notes.extend(named(found.notes));
    }
}
