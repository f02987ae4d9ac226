//! Sessions that are no part of a credential: the property lookup logs in and its findings are the
//! session (connectors.md §7; scripting.md §5, `AuthSessionException`).

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;
use tracing::warn;
use velodrome_connector::{
    auth::CredentialError,
    call::{Mode, Properties},
};
use velodrome_model::{
    ExposeSecret, SecretString,
    definition::{ConnectorDefinition, Field, Method, scalar_text},
    location::Location,
};

use super::{CallFailure, Caller, Given};
use crate::installation::Installation;

impl Caller {
    /// Runs the property lookup and stores what it finds.
    ///
    /// # Errors
    /// As [`CallFailure`] says; a lookup that is still to come then stays so.
    pub(crate) async fn look_up(
        &self,
        installation: &Arc<Installation>,
    ) -> Result<Arc<Installation>, CallFailure> {
        let (scope, id) = (installation.scope, installation.connector.id);
        let definition = installation.numbered.definition();
        let found = match lookup_of(definition) {
            Some(method) => {
                let credentials = self.login_credentials(installation);
                let given = Given::default();
                let reply = self
                    .call_with(installation, method, &given, Mode::FirstPage, &credentials)
                    .await?;
                found_in(definition, method, &reply.body.into_value()?)
            }
            None => Properties::new(),
        };
        let unit = self.bench().store.begin(&scope).await?;
        let rows = unit.account_connectors();
        let mut connector = rows.get(id).await?.ok_or(CallFailure::NoAccountConnector)?;
        for (name, value) in &found {
            rows.set_property(id, name, Some(value)).await?;
        }
        connector.lookup_pending = false;
        rows.save(&connector).await?;
        unit.commit().await?;
        let installations = self.renewals().installations();
        installations.forget(scope, id);
        Ok(installations.get(scope, id).await?)
    }

    /// Runs the lookup because the session that `installation` was called with has ended, one for an
    /// account connector at a time. Whoever finds that the properties have changed meanwhile takes those.
    pub(super) async fn log_in_again(
        &self,
        installation: &Arc<Installation>,
    ) -> Result<Properties, CredentialError> {
        let (scope, id) = (installation.scope, installation.connector.id);
        let definition = installation.numbered.definition();
        let method = lookup_of(definition).ok_or(CredentialError::NoSession)?;
        let renewals = self.renewals();
        let lock = renewals.login_lock(id);
        let _only_one = lock.lock().await;
        let unavailable = |cause: &dyn std::error::Error| {
            warn!(account_connector.id = id.0, %cause, "A session could not be renewed");
            CredentialError::Unavailable(format!("logging in again failed: {cause}"))
        };
        let turn = loop {
            let present = renewals
                .installations()
                .load(scope, id)
                .await
                .map_err(|cause| unavailable(&cause))?;
            if has_new_session(definition, method, installation, &present) {
                return Ok(present.properties);
            }
            let present = Arc::new(present);
            match renewals
                .login_turn(&present)
                .await
                .map_err(|cause| unavailable(&cause))?
            {
                Some(turn) => break turn,
                None => renewals.look_again_later().await,
            }
        };
        let outcome = self.look_up(turn.installation()).await;
        let ended = turn.end().await;
        let newer = outcome.map_err(|cause| unavailable(&cause))?;
        ended.map_err(|cause| unavailable(&cause))?;
        Ok(newer.properties.clone())
    }
}

/// The lookup method of a definition.
fn lookup_of(definition: &ConnectorDefinition) -> Option<&Method> {
    definition.method(definition.post_install_property_lookup.as_deref()?)
}

/// Response fields whose system name is a parameter's target, which become properties of that name.
fn property_fields<'d>(
    definition: &'d ConnectorDefinition,
    method: &'d Method,
) -> impl Iterator<Item = (&'d str, &'d Field)> {
    method.response.fields.iter().filter_map(|field| {
        let name = field.system_field.as_deref()?;
        let is_target = definition
            .parameters
            .iter()
            .any(|parameter| parameter.target_name == name);
        is_target.then_some((name, field))
    })
}

/// The properties that an answer of the lookup holds.
fn found_in(definition: &ConnectorDefinition, method: &Method, body: &Value) -> Properties {
    let mut found = IndexMap::new();
    for (name, field) in property_fields(definition, method) {
        let Ok(location) = field.connector_field.parse::<Location>() else {
            continue;
        };
        let value = location
            .read(body)
            .into_iter()
            .flatten()
            .find(|value| !value.is_null());
        if let Some(value) = value {
            found.insert(name.to_owned(), SecretString::from(scalar_text(value)));
        }
    }
    found
}

/// Whether somebody has stored another session since a call began.
fn has_new_session(
    definition: &ConnectorDefinition,
    method: &Method,
    before: &Installation,
    now: &Installation,
) -> bool {
    let value = |installation: &Installation, name: &str| {
        let value = installation.properties.get(name)?;
        Some(value.expose_secret().to_owned())
    };
    property_fields(definition, method).any(|(name, _)| value(before, name) != value(now, name))
}
