//! What a step that runs a method needs: its installation, the release that it was set up with, the method.

use std::sync::Arc;

use velodrome_model::{
    AccountScope,
    cycle::{MethodStep, Trouble},
    definition::{Method, MethodType},
};
use velodrome_store::StoreError;

use super::outcome::Fault;
use crate::{
    calls::{CallFailure, Caller, own_method},
    installation::{Installation, InstallationError},
};

/// A method step, ready to run.
pub(super) struct Ready {
    /// As it is installed: whose credential is used and renewed.
    pub installed: Arc<Installation>,
    /// The same of the release that the step was set up with.
    pub installation: Arc<Installation>,
    /// The method with the account's own fields.
    pub method: Arc<Method>,
    /// The account's own object.
    pub object: Option<String>,
}

impl Ready {
    /// Finds everything. `trouble` is what the step says when something is gone.
    pub(super) async fn find(
        caller: &Caller,
        scope: AccountScope,
        step: &MethodStep,
        trouble: Trouble,
    ) -> Result<Self, Fault> {
        let gone = |detail: &str| Fault::failed(trouble, detail);
        let id = step
            .account_connector
            .ok_or_else(|| gone("The step has no connector of the account; choose one."))?;
        let installed = match caller.installations().get(scope, id).await {
            Err(InstallationError::NotFound) => {
                let parent = parent_of(caller, scope).await?;
                caller.installations().usable_by(scope, parent, id).await
            }
            found => found,
        };
        let mut installed = match installed {
            Ok(installed) => installed,
            Err(InstallationError::NotFound) => {
                return Err(gone(
                    "The step's connector is no longer installed; choose another.",
                ));
            }
            Err(InstallationError::Undefined) => {
                return Err(gone(
                    "The definition of the step's connector is not available.",
                ));
            }
            Err(InstallationError::Store(cause)) => return Err(Fault::Store(cause)),
        };
        if installed.is_suspended {
            return Err(gone("The account is suspended."));
        }
        if installed.connector.lookup_pending && trouble != Trouble::WebhookFailed {
            installed = caller
                .look_up(&installed)
                .await
                .map_err(|failure| of_failure(failure, Trouble::AuthenticationFailed))?;
        }
        let installation = match step.connector == installed.connector.connector {
            true => Arc::clone(&installed),
            false => {
                let view = caller.bench().installed(scope).await?;
                let release = view.release(step.connector).cloned();
                let parts = release.zip(view.connector(step.connector));
                let of_step =
                    parts.and_then(|(release, numbered)| installed.of_release(release, numbered));
                Arc::new(of_step.ok_or_else(|| {
                    gone("The release of the connector that the step was set up with is not available.")
                })?)
            }
        };
        let own = own_method(&installation, step.method, step.category)
            .map_err(|failure| of_failure(failure, trouble))?;
        Ok(Self {
            installed,
            installation,
            method: own.method,
            object: own.object,
        })
    }

    /// Whether nothing is changed by running it twice: it makes no request, or only such as are safe
    /// (RFC 9110 §9.2.1).
    pub(super) fn is_safe(&self, step_script: Option<&str>) -> bool {
        use velodrome_model::definition::HttpMethod;
        let asks = self
            .scripts(step_script)
            .any(|script| script.contains("http_request"));
        let own = match self.method.kind {
            MethodType::Action => self.method.http_method == Some(HttpMethod::GET),
            MethodType::Script | MethodType::Webhook => true,
        };
        own && !asks
    }

    /// The scripts that see the step's events.
    pub(super) fn scripts<'a>(
        &'a self,
        step_script: Option<&'a str>,
    ) -> impl Iterator<Item = &'a str> {
        let definition = self.installation.numbered.definition();
        let of_connector = definition.script.as_deref();
        [of_connector, self.method.script.as_deref(), step_script]
            .into_iter()
            .flatten()
    }
}

async fn parent_of(
    caller: &Caller,
    scope: AccountScope,
) -> Result<Option<velodrome_model::AccountId>, StoreError> {
    let partner = velodrome_model::PartnerScope {
        partner: scope.partner,
    };
    let unit = caller.bench().store.read(&partner).await?;
    let account = unit.accounts().get(scope.account).await?;
    Ok(account.and_then(|account| account.parent).map(|(id, _)| id))
}

fn of_failure(failure: CallFailure, trouble: Trouble) -> Fault {
    match failure {
        CallFailure::Store(cause) => Fault::Store(cause),
        CallFailure::NoPart(_) => Fault::failed(
            trouble,
            "The connector's release no longer has the step's method; choose another.",
        ),
        CallFailure::Call(error) => Fault::failed(trouble, super::outcome::detail_of(&error)),
        other => Fault::failed(trouble, other.to_string()),
    }
}
