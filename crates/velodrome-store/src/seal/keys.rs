//! Data keys: made at the first start, kept sealed in the database.

use std::collections::HashMap;

use chacha20poly1305::XChaCha20Poly1305;
use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::RwLock;
use rand::RngCore;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryOrder, TransactionTrait};
use velodrome_model::Clock;

use super::{MasterKeys, Place, SealError, Sealed, cipher, open_with, seal_with};
use crate::{StoreError, entity::data_key};

/// Seals and opens values under the data keys of this database.
pub struct Sealer {
    master: MasterKeys,
    keys: RwLock<Keys>,
}

/// How old a data key must be before anything is sealed under it: until then some node may not have
/// read it yet, and could not open what another one sealed. Nodes read the keys every second.
pub const SETTLED: TimeDelta = TimeDelta::seconds(4);

#[derive(Default)]
struct Keys {
    by_id: HashMap<i32, XChaCha20Poly1305>,
    current: i32,
}

impl Sealer {
    /// Opens the data keys, makes the first one, and re-seals under the newest master key those that an
    /// older one seals.
    ///
    /// # Errors
    /// When the database refuses or no master key opens a data key.
    pub(crate) async fn load<C>(
        db: &C,
        master: MasterKeys,
        clock: &dyn Clock,
    ) -> Result<Self, StoreError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let sealer = Self {
            master,
            keys: RwLock::default(),
        };
        if data_key::Entity::find().one(db).await?.is_none() {
            // Two nodes may start at once: the key's id is fixed, so only one insert wins.
            match sealer.insert(db, 1, clock).await {
                Ok(()) => {}
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error),
            }
        }
        sealer.reload(db, clock.now()).await?;
        sealer.reseal_data_keys(db).await?;
        Ok(sealer)
    }

    /// Reads the data keys again. The newest that has settled is current.
    pub(crate) async fn reload<C: ConnectionTrait>(
        &self,
        db: &C,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut keys = Keys::default();
        for row in data_key::Entity::find()
            .order_by_asc(data_key::Column::Id)
            .all(db)
            .await?
        {
            let plain = self.open_data_key(&row)?;
            keys.by_id.insert(row.id, cipher(&plain));
            if keys.current == 0 || row.created_at + SETTLED <= now {
                keys.current = row.id;
            }
        }
        *self.keys.write() = keys;
        Ok(())
    }

    /// Makes a new data key, which becomes current when it has settled.
    pub(crate) async fn add<C: ConnectionTrait>(
        &self,
        db: &C,
        clock: &dyn Clock,
    ) -> Result<i32, StoreError> {
        self.reload(db, clock.now()).await?;
        let last = self.keys.read().by_id.keys().max().copied();
        let id = last.unwrap_or_default() + 1;
        self.insert(db, id, clock).await?;
        self.reload(db, clock.now()).await?;
        Ok(id)
    }

    pub(super) fn current(&self) -> (i32, XChaCha20Poly1305) {
        let keys = self.keys.read();
        (keys.current, keys.by_id[&keys.current].clone())
    }

    pub(super) fn cipher(&self, id: i32) -> Option<XChaCha20Poly1305> {
        self.keys.read().by_id.get(&id).cloned()
    }

    async fn insert<C: ConnectionTrait>(
        &self,
        db: &C,
        id: i32,
        clock: &dyn Clock,
    ) -> Result<(), StoreError> {
        let mut key = [0_u8; 32];
        rand::rng().fill_bytes(&mut key);
        let sealed = seal_with(self.master.newest(), 0, &place(id), &key)?;
        let row = data_key::ActiveModel {
            id: Set(id),
            sealed: Set(sealed.into_bytes()),
            created_at: Set(clock.now()),
        };
        data_key::Entity::insert(row)
            .exec_without_returning(db)
            .await?;
        Ok(())
    }

    fn open_data_key(&self, row: &data_key::Model) -> Result<[u8; 32], SealError> {
        let sealed = Sealed::from_bytes(row.sealed.clone());
        self.master
            .iter()
            .find_map(|master| open_with(master, &place(row.id), &sealed).ok())
            .and_then(|plain| plain.try_into().ok())
            .ok_or(SealError::WrongMasterKey)
    }

    async fn reseal_data_keys<C: ConnectionTrait>(&self, db: &C) -> Result<(), StoreError> {
        for row in data_key::Entity::find().all(db).await? {
            let sealed = Sealed::from_bytes(row.sealed.clone());
            if open_with(self.master.newest(), &place(row.id), &sealed).is_ok() {
                continue;
            }
            let plain = self.open_data_key(&row)?;
            let sealed = seal_with(self.master.newest(), 0, &place(row.id), &plain)?;
            let changed = data_key::ActiveModel {
                id: Set(row.id),
                sealed: Set(sealed.into_bytes()),
                ..Default::default()
            };
            data_key::Entity::update(changed).exec(db).await?;
        }
        Ok(())
    }
}

fn place(id: i32) -> Place {
    Place::new("data_key", "sealed", id)
}
