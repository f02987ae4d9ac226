//! Drafts: made, replaced, discarded.

use velodrome_model::{
    AccountActor, ConnectorId, ConnectorOwner, ConnectorUid, CustomConnector, CustomRelease,
    ReleaseVersion, definition::ReleaseLevel,
};
use velodrome_store::{CustomConnectorRows, NewDraft};

use super::{
    CustomConnectorError, CustomConnectors, Given, ReleaseChoice, ShownCustom, Understood, name_of,
    opened::Opened,
};

/// Most custom connectors of an owner.
const MAX_CONNECTORS: u64 = 500;
/// Most releases of a connector.
const MAX_RELEASES: usize = 1_000;

/// Which connector a definition becomes the draft of.
#[derive(Clone, Copy)]
pub(super) enum Becomes<'a> {
    /// The one that it names by its stable id; a new one where there is none.
    Named,
    /// This one.
    Of(ConnectorId),
    /// This one, while that is its newest release.
    After(ConnectorId, &'a CustomRelease),
}

impl CustomConnectors {
    /// Makes a connector, or a new draft of the one that has the stable id.
    ///
    /// # Errors
    /// As [`CustomConnectorError`] says; nothing is stored then.
    pub async fn create(
        &self,
        actor: &AccountActor,
        given: Given,
    ) -> Result<ShownCustom, CustomConnectorError> {
        self.store_given(actor, Becomes::Named, given).await
    }

    /// Replaces the draft of a connector; there is one afterwards.
    ///
    /// # Errors
    /// As [`CustomConnectorError`] says; nothing is changed then.
    pub async fn update(
        &self,
        actor: &AccountActor,
        number: ConnectorId,
        given: Given,
    ) -> Result<ShownCustom, CustomConnectorError> {
        self.store_given(actor, Becomes::Of(number), given).await
    }

    /// Discards the draft.
    ///
    /// # Errors
    /// [`CustomConnectorError::NotFound`], [`CustomConnectorError::NoDraft`],
    /// [`CustomConnectorError::NeverLive`].
    pub async fn discard_draft(
        &self,
        actor: &AccountActor,
        number: ConnectorId,
    ) -> Result<(), CustomConnectorError> {
        let opened = self.opened_to_change(actor, number).await?;
        let releases = opened.releases().await?;
        let Some(draft) = ReleaseChoice::Draft.among(&releases) else {
            return Err(CustomConnectorError::NoDraft(name_of(&opened).await?));
        };
        if releases.len() == 1 {
            return Err(CustomConnectorError::NeverLive(name_of(&opened).await?));
        }
        let rows = opened.rows();
        rows.delete_draft(&opened.connector, draft.id).await?;
        opened
            .finish(actor, "custom_connector.draft_discarded")
            .await
    }

    /// Stores what somebody sent as the draft of a connector, where connectors of one's own are allowed.
    async fn store_given(
        &self,
        actor: &AccountActor,
        becomes: Becomes<'_>,
        given: Given,
    ) -> Result<ShownCustom, CustomConnectorError> {
        self.check_enabled(actor).await?;
        let understood = given
            .understand()
            .await
            .map_err(CustomConnectorError::Invalid)?;
        self.store(actor, becomes, understood).await
    }

    /// Stores a definition as the draft of a connector.
    pub(super) async fn store(
        &self,
        actor: &AccountActor,
        becomes: Becomes<'_>,
        mut understood: Understood,
    ) -> Result<ShownCustom, CustomConnectorError> {
        let given_uid = understood.definition.unique_identifier.map(ConnectorUid);
        let (opened, action) = match becomes {
            Becomes::Of(number) | Becomes::After(number, _) => {
                let opened = self.opened_to_change(actor, number).await?;
                let uid = opened.connector.uid;
                if given_uid.is_some_and(|given| given != uid) {
                    return Err(CustomConnectorError::Rejected(format!(
                        "UniqueIdentifier is {uid} and can't be changed"
                    )));
                }
                (opened, "custom_connector.changed")
            }
            Becomes::Named => self.named(actor, given_uid).await?,
        };
        understood.definition.unique_identifier = Some(opened.connector.uid.0);
        let content = understood.content()?;
        let releases = opened.releases().await?;
        if let Becomes::After(_, seen) = becomes
            && releases.last().is_none_or(|last| {
                (last.number, last.status, &last.hash) != (seen.number, seen.status, &seen.hash)
            })
        {
            return Err(CustomConnectorError::Changed);
        }
        let rows = opened.rows();
        let connector = &opened.connector;
        match ReleaseChoice::Draft.among(&releases) {
            Some(draft) => rows.replace_draft(connector, draft.id, content).await?,
            None if releases.len() >= MAX_RELEASES => {
                return Err(CustomConnectorError::Rejected(format!(
                    "it has {MAX_RELEASES} releases, which is the most; make a new connector"
                )));
            }
            None => {
                let live = ReleaseChoice::Live.among(&releases);
                let draft = NewDraft {
                    number: releases.last().map_or(1, |last| last.number + 1),
                    version: live.map_or(ReleaseVersion::FIRST, |live| {
                        live.version.next(ReleaseLevel::Minor)
                    }),
                    content,
                };
                rows.insert_draft(connector, draft).await?;
            }
        }
        let number = connector.number;
        opened.finish(actor, action).await?;
        self.get(actor, number, ReleaseChoice::Draft).await
    }

    /// The actor's connector of this stable id, or a new one, and what happens to it.
    async fn named(
        &self,
        actor: &AccountActor,
        given: Option<ConnectorUid>,
    ) -> Result<(Opened, &'static str), CustomConnectorError> {
        let uid = given.unwrap_or_else(|| ConnectorUid(self.bench.store.new_id()));
        let (owner, unit) = self.changing(actor).await?;
        let rows = unit.custom_connectors();
        let (connector, action) = match self.of_uid(&rows, owner, uid).await? {
            Some(known) => (known, "custom_connector.changed"),
            None if rows.count(owner).await? >= MAX_CONNECTORS => {
                return Err(CustomConnectorError::TooMany(MAX_CONNECTORS));
            }
            None => (rows.insert(owner, uid).await?, "custom_connector.created"),
        };
        Ok((Opened { unit, connector }, action))
    }

    /// The owner's connector of this stable id. One that belongs to somebody else is refused: setups are
    /// found by it, and would give their secrets away.
    async fn of_uid(
        &self,
        rows: &CustomConnectorRows<'_>,
        owner: ConnectorOwner,
        uid: ConnectorUid,
    ) -> Result<Option<CustomConnector>, CustomConnectorError> {
        let is_built_in = self
            .bench
            .catalogue
            .snapshot()
            .all()
            .any(|release| release.listed().uid == uid);
        let known = rows.by_uid(uid).await?;
        if is_built_in || known.as_ref().is_some_and(|known| known.owner != owner) {
            return Err(CustomConnectorError::Rejected(format!(
                "UniqueIdentifier {uid} is that of another connector; leave it out or choose another one"
            )));
        }
        Ok(known)
    }
}
