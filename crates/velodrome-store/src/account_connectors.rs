//! Connectors installed in an account, and their properties.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::OnConflict,
};
use velodrome_model::{
    AccountConnector, AccountConnectorId, AccountId, AccountScope, AuthenticationId, ConnectorId,
    ConnectorUid, PartnerScope, Problem, Property, PropertyId, SecretString,
};

use crate::{
    StoreError, Unit,
    entity::{account_connector, account_connector_property},
    seal::{Place, Sealed},
};

/// A connector to be installed.
#[derive(Clone, Debug)]
pub struct NewAccountConnector {
    /// The release.
    pub connector: ConnectorId,
    /// The connector, whatever the release.
    pub connector_uid: ConnectorUid,
    /// Unique within the account.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// The way of authenticating.
    pub authentication: AuthenticationId,
}

/// Account connectors of the unit's account.
pub struct AccountConnectorRows<'u> {
    unit: &'u Unit<AccountScope>,
}

impl Unit<AccountScope> {
    /// Connectors installed in this account.
    pub fn account_connectors(&self) -> AccountConnectorRows<'_> {
        AccountConnectorRows { unit: self }
    }
}

impl AccountConnectorRows<'_> {
    /// The one function that names the tenant.
    fn scoped(&self) -> Select<account_connector::Entity> {
        let scope = self.unit.scope();
        account_connector::Entity::find()
            .filter(account_connector::Column::PartnerId.eq(scope.partner.0))
            .filter(account_connector::Column::AccountId.eq(scope.account.0))
    }

    fn scoped_properties(
        &self,
        of: AccountConnectorId,
    ) -> Select<account_connector_property::Entity> {
        let scope = self.unit.scope();
        account_connector_property::Entity::find()
            .filter(account_connector_property::Column::PartnerId.eq(scope.partner.0))
            .filter(account_connector_property::Column::AccountId.eq(scope.account.0))
            .filter(account_connector_property::Column::AccountConnectorId.eq(of.0))
    }

    /// All, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all(&self) -> Result<Vec<AccountConnector>, StoreError> {
        let rows = self
            .scoped()
            .order_by_asc(account_connector::Column::Id)
            .all(self.unit.db())
            .await?;
        rows.into_iter().map(AccountConnector::try_from).collect()
    }

    /// The account connector, if this unit's account owns it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn get(
        &self,
        id: AccountConnectorId,
    ) -> Result<Option<AccountConnector>, StoreError> {
        let row = self
            .scoped()
            .filter(account_connector::Column::Id.eq(id.0))
            .one(self.unit.db())
            .await?;
        row.map(AccountConnector::try_from).transpose()
    }

    /// Whether the name is taken by another one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn name_is_taken(
        &self,
        name: &str,
        except: Option<AccountConnectorId>,
    ) -> Result<bool, StoreError> {
        let mut same = self
            .scoped()
            .filter(account_connector::Column::Name.eq(name));
        if let Some(id) = except {
            same = same.filter(account_connector::Column::Id.ne(id.0));
        }
        Ok(same.count(self.unit.db()).await? > 0)
    }

    /// Installs a connector, without credential.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the name is taken.
    pub async fn insert(&self, new: NewAccountConnector) -> Result<AccountConnector, StoreError> {
        let scope = self.unit.scope();
        let now = self.unit.now();
        let row = account_connector::Entity::insert(account_connector::ActiveModel {
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            connector_id: Set(new.connector.0),
            connector_uid: Set(new.connector_uid.0),
            name: Set(new.name),
            description: Set(new.description),
            authentication_id: Set(new.authentication.0),
            is_native: Set(false),
            has_credential: Set(false),
            problem: Set(None),
            lookup_pending: Set(false),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        })
        .exec_with_returning(self.unit.db())
        .await?;
        AccountConnector::try_from(row)
    }

    /// Writes what may change: name, description, authentication, native, credential state, problem, lookup.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the name is taken; [`StoreError::Stale`] when it is gone.
    pub async fn save(&self, connector: &AccountConnector) -> Result<(), StoreError> {
        self.get(connector.id).await?.ok_or(StoreError::Stale)?;
        account_connector::Entity::update(account_connector::ActiveModel {
            id: Unchanged(connector.id.0),
            connector_id: Set(connector.connector.0),
            name: Set(connector.name.clone()),
            description: Set(connector.description.clone()),
            authentication_id: Set(connector.authentication.0),
            is_native: Set(connector.is_native),
            has_credential: Set(connector.has_credential),
            problem: Set(problem_json(connector.problem.as_ref())?),
            lookup_pending: Set(connector.lookup_pending),
            updated_at: Set(self.unit.now()),
            ..Default::default()
        })
        .exec(self.unit.db())
        .await?;
        Ok(())
    }

    /// Removes it with its properties, credential and pending authorisations.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(&self, id: AccountConnectorId) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        account_connector::Entity::delete_many()
            .filter(account_connector::Column::PartnerId.eq(scope.partner.0))
            .filter(account_connector::Column::AccountId.eq(scope.account.0))
            .filter(account_connector::Column::Id.eq(id.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// Properties, by id.
    ///
    /// # Errors
    /// When the database refuses or a value does not open.
    pub async fn properties(&self, of: AccountConnectorId) -> Result<Vec<Property>, StoreError> {
        let rows = self
            .scoped_properties(of)
            .order_by_asc(account_connector_property::Column::Id)
            .all(self.unit.db())
            .await?;
        rows.into_iter().map(|row| self.opened(row)).collect()
    }

    /// Sets a property by name, making it when there is none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_property(
        &self,
        of: AccountConnectorId,
        name: &str,
        value: Option<&SecretString>,
    ) -> Result<PropertyId, StoreError> {
        let scope = self.unit.scope();
        let same_name = account_connector_property::Column::Name.eq(name);
        let blank = account_connector_property::ActiveModel {
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            account_connector_id: Set(of.0),
            name: Set(name.to_owned()),
            sealed: Set(None),
            ..Default::default()
        };
        // Made blank where it is not there, so that of two units that set a new one neither fails; its
        // value is sealed for its id and can only be written once that is known.
        let taken = [
            account_connector_property::Column::AccountConnectorId,
            account_connector_property::Column::Name,
        ];
        account_connector_property::Entity::insert(blank)
            .on_conflict(OnConflict::columns(taken).do_nothing().to_owned())
            .exec_without_returning(self.unit.db())
            .await?;
        let row = self
            .scoped_properties(of)
            .filter(same_name)
            .one(self.unit.db())
            .await?
            .ok_or(StoreError::Stale)?;
        let id = row.id;
        self.write_value(id, name, value).await?;
        Ok(PropertyId(id))
    }

    /// Replaces name and value of the property of this id.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another property has the name; [`StoreError::Stale`] when it is gone.
    pub async fn replace_property(
        &self,
        of: AccountConnectorId,
        id: PropertyId,
        name: &str,
        value: Option<&SecretString>,
    ) -> Result<(), StoreError> {
        let same_id = account_connector_property::Column::Id.eq(id.0);
        self.scoped_properties(of)
            .filter(same_id)
            .one(self.unit.db())
            .await?
            .ok_or(StoreError::Stale)?;
        self.write_value(id.0, name, value).await
    }

    /// Removes the property of this id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_property(
        &self,
        of: AccountConnectorId,
        id: PropertyId,
    ) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        account_connector_property::Entity::delete_many()
            .filter(account_connector_property::Column::PartnerId.eq(scope.partner.0))
            .filter(account_connector_property::Column::AccountId.eq(scope.account.0))
            .filter(account_connector_property::Column::AccountConnectorId.eq(of.0))
            .filter(account_connector_property::Column::Id.eq(id.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    async fn write_value(
        &self,
        id: i32,
        name: &str,
        value: Option<&SecretString>,
    ) -> Result<(), StoreError> {
        let sealed = match value {
            Some(value) => Some(self.unit.sealer().seal(&place(id), value)?.into_bytes()),
            None => None,
        };
        account_connector_property::Entity::update(account_connector_property::ActiveModel {
            id: Unchanged(id),
            name: Set(name.to_owned()),
            sealed: Set(sealed),
            ..Default::default()
        })
        .exec(self.unit.db())
        .await?;
        Ok(())
    }

    fn opened(&self, row: account_connector_property::Model) -> Result<Property, StoreError> {
        let value = match row.sealed {
            Some(bytes) => Some(
                self.unit
                    .sealer()
                    .open(&place(row.id), &Sealed::from_bytes(bytes))?,
            ),
            None => None,
        };
        Ok(Property {
            id: PropertyId(row.id),
            name: row.name,
            value,
        })
    }
}

impl Unit<PartnerScope> {
    /// How many accounts of the partner use each connector.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn account_counts(&self) -> Result<HashMap<ConnectorUid, u64>, StoreError> {
        let pairs: Vec<(uuid::Uuid, uuid::Uuid)> = account_connector::Entity::find()
            .select_only()
            .column(account_connector::Column::ConnectorUid)
            .column(account_connector::Column::AccountId)
            .distinct()
            .filter(account_connector::Column::PartnerId.eq(self.scope().partner.0))
            .into_tuple()
            .all(self.db())
            .await?;
        let mut counts = HashMap::new();
        for (connector, _) in pairs {
            *counts.entry(ConnectorUid(connector)).or_default() += 1;
        }
        Ok(counts)
    }

    /// Every installation of the connector in the partner's accounts, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn installations_of(
        &self,
        connector: ConnectorUid,
    ) -> Result<Vec<AccountConnector>, StoreError> {
        let rows = account_connector::Entity::find()
            .filter(account_connector::Column::PartnerId.eq(self.scope().partner.0))
            .filter(account_connector::Column::ConnectorUid.eq(connector.0))
            .order_by_asc(account_connector::Column::Id)
            .all(self.db())
            .await?;
        rows.into_iter().map(AccountConnector::try_from).collect()
    }

    /// Gives an installation a problem that a person must put right.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn mark_installation(
        &self,
        id: AccountConnectorId,
        problem: &Problem,
    ) -> Result<(), StoreError> {
        account_connector::Entity::update_many()
            .set(account_connector::ActiveModel {
                problem: Set(problem_json(Some(problem))?),
                updated_at: Set(self.now()),
                ..Default::default()
            })
            .filter(account_connector::Column::PartnerId.eq(self.scope().partner.0))
            .filter(account_connector::Column::Id.eq(id.0))
            .exec(self.db())
            .await?;
        Ok(())
    }
}

fn place(id: i32) -> Place {
    Place::new("account_connector_property", "sealed", id)
}

fn problem_json(problem: Option<&Problem>) -> Result<Option<serde_json::Value>, StoreError> {
    problem
        .map(serde_json::to_value)
        .transpose()
        .map_err(|_| StoreError::Corrupt { what: "problem" })
}

impl TryFrom<account_connector::Model> for AccountConnector {
    type Error = StoreError;

    fn try_from(row: account_connector::Model) -> Result<Self, StoreError> {
        let problem = row
            .problem
            .map(serde_json::from_value)
            .transpose()
            .map_err(|_| StoreError::Corrupt { what: "problem" })?;
        Ok(Self {
            id: AccountConnectorId(row.id),
            account: AccountId(row.account_id),
            connector: ConnectorId(row.connector_id),
            connector_uid: ConnectorUid(row.connector_uid),
            name: row.name,
            description: row.description,
            authentication: AuthenticationId(row.authentication_id),
            is_native: row.is_native,
            has_credential: row.has_credential,
            problem,
            lookup_pending: row.lookup_pending,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
