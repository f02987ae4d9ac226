//! Moving account connectors to the newest release of their connector (connectors.md §1).
//!
//! A Minor release takes installed connectors over where nothing that they may use is gone; everything
//! else stays where it is until somebody moves it here.

use std::sync::Arc;

use velodrome_connector::catalogue::{Release, View};
use velodrome_model::{
    AccountActor, AccountConnectorId, AuthenticationId, ListedConnector,
    definition::{self, ConnectorStatus},
    difference::{Difference, differences, keeps_authentication, keeps_what_is_used},
};
use velodrome_store::Deed;

use super::{AccountConnectorError, AccountConnectors, InstalledConnector, deed, owners};

/// What an update changes.
#[derive(Clone, Debug)]
pub struct ReleaseUpdate {
    /// The release in use.
    pub from: definition::Release,
    /// The Live release.
    pub to: definition::Release,
    /// Everything that is different.
    pub differences: Vec<Difference>,
    /// Every method and field of the release in use still exists.
    pub is_compatible: bool,
    /// The authentication in use still exists, so the credential stays.
    pub keeps_authentication: bool,
    /// The newest release, to choose an authentication of.
    pub newest: ListedConnector,
}

/// The release that an account connector of this one can move to: the Live one, when it is newer.
pub(super) fn newer(offered: &View, installed: &Release) -> Option<Arc<Release>> {
    let (own, uid) = (installed.listed(), installed.listed().uid);
    let live = offered.live(uid)?;
    let listed = live.listed();
    let is_newer = live.id() != installed.id() && listed.release.number > own.release.number;
    (is_newer && listed.status != ConnectorStatus::Planned).then(|| Arc::clone(live))
}

impl AccountConnectors {
    /// What the update of an account connector changes; none when it is of the newest release.
    ///
    /// # Errors
    /// [`AccountConnectorError::NotFound`] when neither the account nor its parent has it.
    pub async fn release_update(
        &self,
        actor: &AccountActor,
        id: AccountConnectorId,
    ) -> Result<Option<ReleaseUpdate>, AccountConnectorError> {
        let installed = self.bench.installed(actor.scope).await?;
        let offered = self.bench.connectors(actor).await?;
        for scope in owners(actor) {
            let unit = self.bench.store.read(&scope).await?;
            let Some(connector) = unit.account_connectors().get(id).await? else {
                continue;
            };
            drop(unit);
            let from = installed
                .release(connector.connector)
                .ok_or(AccountConnectorError::Undefined)?;
            let Some(to) = newer(&offered, from) else {
                return Ok(None);
            };
            let (old, new) = (from.package().definition(), to.package().definition());
            return Ok(Some(ReleaseUpdate {
                from: from.listed().release.clone(),
                to: to.listed().release.clone(),
                differences: differences(&old, &new),
                is_compatible: keeps_what_is_used(&old, &new),
                keeps_authentication: keeps_authentication(
                    to.listed().uid,
                    &new,
                    connector.authentication,
                ),
                newest: to.listed().clone(),
            }));
        }
        Err(AccountConnectorError::NotFound)
    }

    /// Moves an account connector to the Live release of its connector. Name, properties, custom fields and
    /// the credential stay; with another authentication, or one of another kind, the credential goes and is
    /// revoked with the provider afterwards.
    ///
    /// # Errors
    /// [`AccountConnectorError::NoUpdate`] when there is no newer release,
    /// [`AccountConnectorError::AuthenticationGone`] when none is chosen and the one in use is gone; nothing
    /// is changed then.
    pub async fn update_release(
        &self,
        actor: &AccountActor,
        id: AccountConnectorId,
        authentication: Option<AuthenticationId>,
    ) -> Result<InstalledConnector, AccountConnectorError> {
        let farewell = self.farewell(actor).await?;
        let installed = self.bench.installed(actor.scope).await?;
        let offered = self.bench.connectors(actor).await?;
        let target = {
            let unit = self.bench.store.read(&actor.scope).await?;
            let connector = self.own(actor, &unit, id).await?;
            let from = installed
                .release(connector.connector)
                .ok_or(AccountConnectorError::Undefined)?;
            newer(&offered, from).ok_or(AccountConnectorError::NoUpdate)?
        };

        let unit = self.holding(actor, &target).await?;
        let mut connector = self.own(actor, &unit, id).await?;
        let from = installed
            .release(connector.connector)
            .filter(|from| newer(&offered, from).is_some())
            .ok_or(AccountConnectorError::NoUpdate)?;
        let kinds = |release: &Release, wanted: AuthenticationId| {
            let mut all = release.listed().authentications();
            all.find(|(own, _)| *own == wanted).map(|(_, one)| one.kind)
        };
        let chosen = authentication.unwrap_or(connector.authentication);
        let Some(kind) = kinds(&target, chosen) else {
            return Err(match authentication {
                Some(foreign) => AccountConnectorError::ForeignAuthentication(foreign),
                None => AccountConnectorError::AuthenticationGone,
            });
        };
        let is_same = chosen == connector.authentication
            && kinds(from, connector.authentication) == Some(kind);
        if !is_same {
            // The stored credential means nothing to another way of authenticating.
            farewell.revoke_later(&unit, &connector).await?;
            unit.credentials().delete(id).await?;
            connector.has_credential = false;
            connector.problem = None;
        }
        let comment = format!(
            "release {} to {}",
            from.listed().release.number,
            target.listed().release.number
        );
        connector.authentication = chosen;
        connector.connector = target.id();
        // What the new release looks up may be something else.
        let definition = target.package().definition();
        connector.lookup_pending = definition.post_install_property_lookup.is_some();
        unit.account_connectors().save(&connector).await?;
        let deed = Deed {
            comment: Some(comment),
            ..deed("account_connector.release_updated", id)
        };
        unit.audit(&actor.principal, deed).await?;
        unit.commit().await?;
        self.installations.forget(actor.scope, id);
        self.get(actor, id).await
    }
}
