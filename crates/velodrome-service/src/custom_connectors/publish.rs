//! Making a draft Live, and what that means for those who use the former Live release.

use std::collections::HashMap;

use velodrome_model::{
    AccountActor, ConnectorId, CustomRelease, ReleaseVersion,
    definition::{ConnectorDefinition, ReleaseLevel},
    difference::{keeps_authentication, keeps_what_is_used},
};
use velodrome_store::Publication;

use super::{
    CustomConnectorError, CustomConnectors, ReleaseChoice, ShownCustom, name_of, opened::Opened,
    package,
};

/// Most characters of release notes.
const MAX_NOTES: usize = 4_000;

impl CustomConnectors {
    /// Makes the draft Live; the former Live release is Deprecated and stays runnable. A Minor release
    /// takes over connectors that are installed of a release of the same major number, where everything
    /// that may be in use still exists; a Major one leaves them where they are (connectors.md §1).
    ///
    /// # Errors
    /// As [`CustomConnectorError`] says; nothing is changed then.
    pub async fn publish(
        &self,
        actor: &AccountActor,
        number: ConnectorId,
        level: ReleaseLevel,
        notes: Option<String>,
    ) -> Result<ShownCustom, CustomConnectorError> {
        self.check_enabled(actor).await?;
        if notes
            .as_ref()
            .is_some_and(|notes| notes.chars().count() > MAX_NOTES)
        {
            return Err(CustomConnectorError::NotesTooLong(MAX_NOTES));
        }
        let opened = self.opened_to_change(actor, number).await?;
        let releases = opened.releases().await?;
        let Some(draft) = ReleaseChoice::Draft.among(&releases) else {
            return Err(CustomConnectorError::NoDraft(name_of(&opened).await?));
        };
        let live = ReleaseChoice::Live.among(&releases);
        let version = live.map_or(ReleaseVersion::FIRST, |live| live.version.next(level));
        let publication = Publication {
            level,
            version,
            notes: notes.filter(|notes| !notes.trim().is_empty()),
        };
        let rows = opened.rows();
        rows.publish(&opened.connector, draft.id, publication)
            .await?;
        if level == ReleaseLevel::Minor {
            let former: Vec<&CustomRelease> = releases
                .iter()
                .filter(|one| one.published_at.is_some() && one.version.major == version.major)
                .collect();
            move_installations(&opened, &former, draft.id).await?;
        }
        opened.finish(actor, "custom_connector.published").await?;
        self.installations.forget_all();
        self.get(actor, number, ReleaseChoice::Live).await
    }
}

async fn move_installations(
    opened: &Opened,
    former: &[&CustomRelease],
    release: ConnectorId,
) -> Result<(), CustomConnectorError> {
    let Opened { unit, connector } = opened;
    let rows = opened.rows();
    let installed = unit.installations_of(connector.uid).await?;
    if installed.is_empty() {
        return Ok(());
    }
    let new = package(&rows, release).await?.definition();
    let mut fits: HashMap<ConnectorId, bool> = HashMap::new();
    let mut moving = Vec::new();
    for one in &installed {
        if former.iter().all(|release| release.id != one.connector) {
            continue;
        }
        let fits = match fits.get(&one.connector) {
            Some(known) => *known,
            None => {
                let old: ConnectorDefinition = package(&rows, one.connector).await?.definition();
                let fit = keeps_what_is_used(&old, &new);
                fits.insert(one.connector, fit);
                fit
            }
        };
        if fits && keeps_authentication(connector.uid, &new, one.authentication) {
            moving.push(one.id);
        }
    }
    Ok(rows.move_installations(&moving, release).await?)
}
