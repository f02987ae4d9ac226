//! Declared rate limits counted over all nodes (cycles.md §11.7).

use std::{error::Error, fmt};

use async_trait::async_trait;
use velodrome_connector::rate_limit::{LaneName, SharedPace, Taken, Wanted};
use velodrome_model::InstanceScope;
use velodrome_store::{Places, PlacesWanted, Store, StoreError};

/// Rate limits whose count is kept in the store. Cheap to clone.
#[derive(Clone)]
pub struct SharedRates {
    store: Store,
}

impl SharedRates {
    /// In this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn places(&self, wanted: PlacesWanted<'_>) -> Result<Places, StoreError> {
        let unit = self.store.begin(&InstanceScope).await?;
        let places = unit.take_places(wanted).await?;
        unit.commit().await?;
        Ok(places)
    }
}

impl fmt::Debug for SharedRates {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("SharedRates")
    }
}

#[async_trait]
impl SharedPace for SharedRates {
    async fn take(
        &self,
        lane: LaneName<'_>,
        wanted: Wanted,
    ) -> Result<Taken, Box<dyn Error + Send + Sync>> {
        let wanted = PlacesWanted {
            account_connector: lane.account_connector,
            method: lane.method,
            index: lane.index,
            interval: wanted.interval,
            burst: wanted.burst,
            count: wanted.count,
            most: wanted.most,
        };
        Ok(match self.places(wanted).await? {
            Places::Taken { wait, overdue } => Taken::Places { wait, overdue },
            Places::TooLong(wait) => Taken::TooLong(wait),
        })
    }
}
