//! After an authentication: the lookup that fills properties, then the test (connectors.md §7).

use std::sync::Arc;

use tracing::info;
use velodrome_connector::call::{CallError, Mode};
use velodrome_model::{AccountConnectorId, AccountScope, Problem};

use crate::{
    Workbench,
    calls::{CallFailure, Caller, Given},
    custom_fields::CustomFields,
    installation::{Installation, InstallationError, Installations},
};

/// Characters of a provider's answer that are kept as the problem.
const ANSWER: usize = 1_000;

/// Proves new credentials.
#[derive(Clone)]
pub struct Prover {
    bench: Workbench,
    installations: Installations,
    caller: Caller,
    custom_fields: CustomFields,
}

impl Prover {
    /// A prover over these parts.
    pub fn new(
        bench: Workbench,
        installations: Installations,
        caller: Caller,
        custom_fields: CustomFields,
    ) -> Self {
        Self {
            bench,
            installations,
            caller,
            custom_fields,
        }
    }

    /// Runs lookup and test, and has custom fields looked for. A test that fails keeps the values; the provider's answer becomes the
    /// account connector's problem and is what this answers.
    ///
    /// # Errors
    /// When the account connector is gone or the store fails.
    pub async fn prove(
        &self,
        scope: AccountScope,
        id: AccountConnectorId,
    ) -> Result<Option<String>, InstallationError> {
        let mut installation = Arc::new(self.installations.load(scope, id).await?);
        let mut problem = None;
        if installation.connector.lookup_pending {
            match self.look_up(Arc::clone(&installation)).await {
                Ok(newer) => installation = newer,
                Err(CallFailure::Store(cause)) => return Err(cause.into()),
                Err(failure) => problem = Some(failure.to_string()),
            }
        }
        if problem.is_none() {
            problem = self
                .test(&installation)
                .await
                .err()
                .map(|error| words(&error));
        }
        let Some(reason) = problem else {
            self.custom_fields.authenticated(&installation);
            return Ok(None);
        };
        info!(account_connector.id = id.0, %reason, "The test after authentication failed");
        let unit = self.bench.store.begin(&scope).await?;
        if let Some(mut connector) = unit.account_connectors().get(id).await?
            && connector.problem.is_none()
        {
            connector.problem = Some(Problem::TestFailed(reason.clone()));
            unit.account_connectors().save(&connector).await?;
        }
        unit.commit().await?;
        self.installations.forget(scope, id);
        Ok(Some(reason))
    }

    /// Runs the property lookup that is still to come and stores what it finds.
    ///
    /// # Errors
    /// As [`CallFailure`] says; the lookup then stays to come.
    pub async fn look_up(
        &self,
        installation: Arc<Installation>,
    ) -> Result<Arc<Installation>, CallFailure> {
        self.caller.look_up(&installation).await
    }

    async fn test(&self, installation: &Arc<Installation>) -> Result<(), CallError> {
        let definition = installation.numbered.definition();
        let test = definition
            .post_install_test_auth
            .as_deref()
            .and_then(|key| definition.method(key));
        if let Some(method) = test.filter(|method| method.endpoint.is_some()) {
            self.caller
                .call(installation, method, &Given::default(), Mode::FirstPage)
                .await?;
        }
        Ok(())
    }
}

/// What a failed test tells the person: the provider's own answer where there is one.
fn words(error: &CallError) -> String {
    match error.exchange() {
        Some(exchange) if !exchange.status_line.is_empty() => {
            let body: String = exchange.body.chars().take(ANSWER).collect();
            format!("{error}: {} {body}", exchange.status_line)
        }
        Some(_) | None => error.to_string(),
    }
}
