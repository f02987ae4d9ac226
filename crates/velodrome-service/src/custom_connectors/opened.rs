//! One connector within a unit of work, found by whoever manages it.

use velodrome_model::{
    AccountActor, ConnectorId, ConnectorOwner, CustomConnector, CustomRelease, PartnerScope,
};
use velodrome_store::{CustomConnectorRows, StoreError, Unit};

use super::{CustomConnectorError, CustomConnectors, deed, partner};

/// A connector of the actor's, in a unit of work of its partner.
pub(super) struct Opened {
    pub unit: Unit<PartnerScope>,
    pub connector: CustomConnector,
}

impl Opened {
    pub fn rows(&self) -> CustomConnectorRows<'_> {
        self.unit.custom_connectors()
    }

    /// Its releases, oldest first.
    pub async fn releases(&self) -> Result<Vec<CustomRelease>, StoreError> {
        self.rows().releases(&self.connector).await
    }

    /// Notes who did what, and makes all of it true.
    pub async fn finish(
        self,
        actor: &AccountActor,
        action: &'static str,
    ) -> Result<(), CustomConnectorError> {
        let deed = deed(actor, action, &self.connector);
        self.unit.audit(&actor.principal, deed).await?;
        Ok(self.unit.commit().await?)
    }
}

impl CustomConnectors {
    /// The connector, to be looked at.
    ///
    /// # Errors
    /// [`CustomConnectorError::NotFound`] when it is not the actor's.
    pub(super) async fn opened(
        &self,
        actor: &AccountActor,
        number: ConnectorId,
    ) -> Result<Opened, CustomConnectorError> {
        let owner = self.owner(actor).await?;
        let unit = self.bench.store.read(&partner(actor)).await?;
        found(unit, owner, number).await
    }

    /// The connector, to be changed.
    ///
    /// # Errors
    /// [`CustomConnectorError::NotFound`] when it is not the actor's.
    pub(super) async fn opened_to_change(
        &self,
        actor: &AccountActor,
        number: ConnectorId,
    ) -> Result<Opened, CustomConnectorError> {
        let (owner, unit) = self.changing(actor).await?;
        found(unit, owner, number).await
    }

    /// Begins a change; changes of a partner's connectors happen one after the other.
    pub(super) async fn changing(
        &self,
        actor: &AccountActor,
    ) -> Result<(ConnectorOwner, Unit<PartnerScope>), CustomConnectorError> {
        let owner = self.owner(actor).await?;
        let unit = self.bench.store.begin(&partner(actor)).await?;
        unit.custom_connectors().announce_change().await?;
        Ok((owner, unit))
    }
}

async fn found(
    unit: Unit<PartnerScope>,
    owner: ConnectorOwner,
    number: ConnectorId,
) -> Result<Opened, CustomConnectorError> {
    let connector = unit.custom_connectors().get(owner, number).await?;
    let connector = connector.ok_or(CustomConnectorError::NotFound)?;
    Ok(Opened { unit, connector })
}
