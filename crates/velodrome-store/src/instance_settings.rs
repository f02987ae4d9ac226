//! What the installation remembers of itself.

use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};
use velodrome_model::InstanceScope;

use crate::{
    StoreError, Unit,
    entity::{account_connector, connector_setup, instance_setting},
};

/// A name under which the installation remembers something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceSetting {
    /// Whether simulated providers or real ones hold the other end: `sandbox` or `providers`.
    Counterpart,
    /// What the installation is called where several share something: a UUID, made once.
    Installation,
}

impl InstanceSetting {
    fn name(self) -> &'static str {
        match self {
            Self::Counterpart => "counterpart",
            Self::Installation => "installation",
        }
    }
}

impl Unit<InstanceScope> {
    /// What is remembered under a name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn instance_setting(
        &self,
        setting: InstanceSetting,
    ) -> Result<Option<String>, StoreError> {
        let row = instance_setting::Entity::find_by_id(setting.name())
            .one(self.db())
            .await?;
        Ok(row.map(|row| row.value))
    }

    /// Remembers something, in the place of what was remembered before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_instance_setting(
        &self,
        setting: InstanceSetting,
        value: &str,
    ) -> Result<(), StoreError> {
        let replace = OnConflict::column(instance_setting::Column::Name)
            .update_column(instance_setting::Column::Value)
            .to_owned();
        instance_setting::Entity::insert(instance_setting::ActiveModel {
            name: Set(setting.name().to_owned()),
            value: Set(value.to_owned()),
        })
        .on_conflict(replace)
        .exec_without_returning(self.db())
        .await?;
        Ok(())
    }

    /// Whether any partner has set a connector up, or any account has installed one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn uses_connectors(&self) -> Result<bool, StoreError> {
        let setup = connector_setup::Entity::find().one(self.db()).await?;
        if setup.is_some() {
            return Ok(true);
        }
        let installed = account_connector::Entity::find().one(self.db()).await?;
        Ok(installed.is_some())
    }
}
