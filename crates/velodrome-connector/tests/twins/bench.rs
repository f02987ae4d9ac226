//! Twins of definitions, and the way to them.

use std::{collections::HashMap, path::Path, sync::Arc};

use serde_json::{Map, json};
use tokio_util::sync::{CancellationToken, DropGuard};
use velodrome_connector::{
    catalogue::{DirectoryFiles, Source, load},
    egress::{Client, EgressPolicy},
    trial::{AtOnce, Consent as Consenting, Depth, Given, Inputs, Scope, Way},
};
use velodrome_model::{
    SystemClock,
    definition::{Authentication, ConnectorDefinition, Method},
};
use velodrome_sandbox::{
    Card, Consent, RateLimits, Sandbox, SandboxControl, SandboxOptions, TwinSource,
};

/// What may be done to a twin: everything.
pub const SCOPE: Scope = Scope {
    depth: Depth::Careful,
    write: true,
    is_twin: true,
    max_pages: 0,
};

/// Parameters of methods that call any path.
const PATHS: [&str; 2] = ["Path", "ResourcePath"];

/// Twins of definitions, and the way to them.
pub struct Bench {
    pub definitions: Vec<ConnectorDefinition>,
    cards: HashMap<String, Card>,
    pub control: SandboxControl,
    pub client: Client,
    _stop: DropGuard,
}

impl Bench {
    pub async fn start(folder: &str) -> Self {
        Self::of(definitions(folder)).await
    }

    pub async fn of(definitions: Vec<ConnectorDefinition>) -> Self {
        let options = SandboxOptions {
            rate_limits: RateLimits::Off,
            ..SandboxOptions::default()
        };
        let sources = definitions.iter().cloned().map(TwinSource::of).collect();
        let sandbox = Sandbox::of_definitions(([127, 0, 0, 1], 0).into(), options, sources)
            .await
            .unwrap();
        let rewrites: Vec<String> = sandbox.rewrites().iter().map(ToString::to_string).collect();
        let policy = EgressPolicy::parse("127.0.0.0/8,::1", &rewrites.join(",")).unwrap();
        let cards = definitions
            .iter()
            .map(|definition| {
                (
                    definition.slug.clone(),
                    sandbox.card(&definition.slug).unwrap(),
                )
            })
            .collect();
        let control = sandbox.control();
        control.set_consent(Consent::Allow);
        let stop = CancellationToken::new();
        tokio::spawn(sandbox.serve(stop.clone()));
        Self {
            definitions,
            cards,
            control,
            client: Client::new(policy).unwrap(),
            _stop: stop.drop_guard(),
        }
    }

    pub fn definition(&self, slug: &str) -> &ConnectorDefinition {
        self.definitions
            .iter()
            .find(|definition| definition.slug == slug)
            .unwrap()
    }

    /// What the twin's card suggests to type.
    pub fn inputs(
        &self,
        definition: &ConnectorDefinition,
        authentication: &Authentication,
    ) -> Inputs {
        let values = &self.cards[&definition.slug].values;
        let mut inputs = Inputs::suggested(definition, authentication, |label| {
            let found = values.iter().find(|value| value.label == label)?;
            Some(found.value.to_string())
        });
        // What only a caller can say: which path is meant.
        let generic = definition
            .methods
            .iter()
            .filter(|method| is_generic(method));
        for method in generic {
            let paths = method
                .parameters
                .iter()
                .filter(|parameter| PATHS.contains(&parameter.target_name.as_str()));
            let parameters: Map<_, _> = paths
                .map(|parameter| (parameter.target_name.clone(), json!("records/contacts")))
                .collect();
            if !parameters.is_empty() {
                let given = Given {
                    parameters,
                    fields: Map::new(),
                };
                inputs.methods.insert(method.key.clone(), given);
            }
        }
        inputs
    }

    pub fn way<'w>(&self, consent: &'w dyn Consenting) -> Way<'w> {
        Way {
            client: self.client.clone(),
            clock: Arc::new(SystemClock),
            consent: Some(consent),
        }
    }

    pub fn consent(&self) -> AtOnce {
        AtOnce(self.client.clone())
    }
}

/// A folder's definitions, as they are tried; utility connectors have no provider that a twin could stand
/// for.
pub fn definitions(folder: &str) -> Vec<ConnectorDefinition> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let loaded = load(&[Source::built_in(DirectoryFiles::new(root.join(folder)))]);
    assert!(loaded.invalid.is_empty(), "{:#?}", loaded.invalid);
    let packages = loaded.packages.iter();
    packages
        .map(|package| package.definition())
        .filter(|definition| !definition.utility)
        .map(|definition| SCOPE.tailored(&definition))
        .collect()
}

/// Whether the catalogue's generator made it: it has no methods of its own.
pub fn is_generated(definition: &ConnectorDefinition) -> bool {
    definition.methods.iter().all(is_generic)
}

/// Whether a method knows nothing of the provider's records.
fn is_generic(method: &Method) -> bool {
    ["Call API", "Connection"].contains(&method.category.as_str())
}
