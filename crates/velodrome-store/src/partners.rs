//! Partners and their settings.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use velodrome_model::{InstanceScope, Partner, PartnerId, PartnerScope, SecretString};

use crate::{
    StoreError, Unit,
    entity::partner,
    seal::{Place, Sealed},
};

impl Unit<InstanceScope> {
    /// The partner that requests without a service domain of their own belong to.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn default_partner(&self) -> Result<Option<Partner>, StoreError> {
        let row = partner::Entity::find()
            .filter(partner::Column::IsDefault.eq(true))
            .order_by_asc(partner::Column::CreatedAt)
            .one(self.db())
            .await?;
        row.map(read).transpose()
    }

    /// The partner whose password grant has this client id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn partner_of_password_client(
        &self,
        client_id: &str,
    ) -> Result<Option<Partner>, StoreError> {
        let row = partner::Entity::find()
            .filter(partner::Column::PasswordClientId.eq(client_id))
            .one(self.db())
            .await?;
        row.map(read).transpose()
    }

    /// A partner by id, for a session or token that names it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn partner_by_id(&self, id: PartnerId) -> Result<Option<Partner>, StoreError> {
        partner::Entity::find_by_id(id.0)
            .one(self.db())
            .await?
            .map(read)
            .transpose()
    }

    /// Makes a partner.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn insert_partner(
        &self,
        partner: &Partner,
        is_default: bool,
    ) -> Result<(), StoreError> {
        let mut row = written(partner)?;
        row.id = Set(partner.id.0);
        row.is_default = Set(is_default);
        row.created_at = Set(self.now());
        row.webhook_key = Set(None);
        partner::Entity::insert(row)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }
}

impl Unit<PartnerScope> {
    /// This partner.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is gone.
    pub async fn partner(&self) -> Result<Partner, StoreError> {
        let row = partner::Entity::find_by_id(self.scope().partner.0)
            .one(self.db())
            .await?;
        read(row.ok_or(StoreError::Stale)?)
    }

    /// Writes this partner.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is gone.
    pub async fn save_partner(&self, partner: &Partner) -> Result<(), StoreError> {
        let done = partner::Entity::update_many()
            .set(written(partner)?)
            .filter(partner::Column::Id.eq(self.scope().partner.0))
            .exec(self.db())
            .await?;
        if done.rows_affected == 1 {
            Ok(())
        } else {
            Err(StoreError::Stale)
        }
    }
}

impl Unit<PartnerScope> {
    /// The key that signs this partner's outbound webhooks, once there is one.
    ///
    /// # Errors
    /// When the database refuses or the key does not open.
    pub async fn webhook_key(&self) -> Result<Option<SecretString>, StoreError> {
        let partner = self.scope().partner;
        let row = partner::Entity::find_by_id(partner.0)
            .one(self.db())
            .await?;
        let sealed = row.ok_or(StoreError::Stale)?.webhook_key;
        let open = |bytes| {
            self.sealer()
                .open(&webhook_key_place(partner), &Sealed::from_bytes(bytes))
        };
        Ok(sealed.map(open).transpose()?)
    }

    /// Sets the key that signs this partner's outbound webhooks.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_webhook_key(&self, key: &SecretString) -> Result<(), StoreError> {
        let partner = self.scope().partner;
        let sealed = self.sealer().seal(&webhook_key_place(partner), key)?;
        partner::Entity::update_many()
            .set(partner::ActiveModel {
                webhook_key: Set(Some(sealed.into_bytes())),
                ..Default::default()
            })
            .filter(partner::Column::Id.eq(partner.0))
            .exec(self.db())
            .await?;
        Ok(())
    }
}

fn webhook_key_place(partner: PartnerId) -> Place {
    Place::new("partner", "webhook_key", partner)
}

fn read(row: partner::Model) -> Result<Partner, StoreError> {
    Ok(Partner {
        id: PartnerId(row.id),
        name: row.name,
        contact_name: row.contact_name,
        contact_email: row.contact_email,
        share_details_with_group: row.share_details_with_group,
        general: settings(row.general, "general settings")?,
        security: settings(row.security, "security settings")?,
        appearance: settings(row.appearance, "appearance settings")?,
        retention: settings(row.retention, "retention settings")?,
        regions: row
            .regions
            .filter(|regions| !regions.is_null())
            .map(|regions| settings(regions, "regions"))
            .transpose()?,
        password_client: (row.password_client_id, row.password_client_at),
    })
}

fn settings<T: DeserializeOwned>(value: Value, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_value(value).map_err(|_| StoreError::Corrupt { what })
}

fn json<T: Serialize>(value: &T, what: &'static str) -> Result<Value, StoreError> {
    serde_json::to_value(value).map_err(|_| StoreError::Corrupt { what })
}

fn written(partner: &Partner) -> Result<partner::ActiveModel, StoreError> {
    Ok(partner::ActiveModel {
        name: Set(partner.name.clone()),
        contact_name: Set(partner.contact_name.clone()),
        contact_email: Set(partner.contact_email.clone()),
        share_details_with_group: Set(partner.share_details_with_group),
        general: Set(json(&partner.general, "general settings")?),
        security: Set(json(&partner.security, "security settings")?),
        appearance: Set(json(&partner.appearance, "appearance settings")?),
        retention: Set(json(&partner.retention, "retention settings")?),
        regions: Set(partner
            .regions
            .as_ref()
            .map(|regions| json(regions, "regions"))
            .transpose()?),
        password_client_id: Set(partner.password_client.0.clone()),
        password_client_at: Set(partner.password_client.1),
        ..Default::default()
    })
}
