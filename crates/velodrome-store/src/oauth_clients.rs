//! Client credentials. Their secrets are sealed and can be shown again (api.md §16, 11).

use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Select,
};
use velodrome_model::{InstanceScope, OAuthClient, PartnerId, PartnerScope, SecretString};

use crate::{
    StoreError, Unit,
    entity::oauth_client,
    seal::{Place, Sealed},
};

impl Unit<InstanceScope> {
    /// The client of this id with its partner and secret, for the token endpoint.
    ///
    /// # Errors
    /// When the database refuses or the secret does not open.
    pub async fn oauth_client(
        &self,
        client_id: &str,
    ) -> Result<Option<(PartnerId, SecretString)>, StoreError> {
        let Some(row) = oauth_client::Entity::find_by_id(client_id)
            .one(self.db())
            .await?
        else {
            return Ok(None);
        };
        let secret = self
            .sealer()
            .open(&place(&row.client_id), &Sealed::from_bytes(row.secret))?;
        Ok(Some((PartnerId(row.partner_id), secret)))
    }
}

/// Client credentials of the unit's partner.
pub struct OAuthClientRows<'u> {
    unit: &'u Unit<PartnerScope>,
}

impl Unit<PartnerScope> {
    /// Client credentials of this partner.
    pub fn oauth_clients(&self) -> OAuthClientRows<'_> {
        OAuthClientRows { unit: self }
    }
}

impl OAuthClientRows<'_> {
    /// The one function that names the tenant.
    fn scoped(&self) -> Select<oauth_client::Entity> {
        oauth_client::Entity::find()
            .filter(oauth_client::Column::PartnerId.eq(self.unit.scope().partner.0))
    }

    /// All, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all(&self) -> Result<Vec<OAuthClient>, StoreError> {
        let rows = self
            .scoped()
            .order_by_asc(oauth_client::Column::CreatedAt)
            .order_by_asc(oauth_client::Column::ClientId)
            .all(self.unit.db())
            .await?;
        Ok(rows.into_iter().map(read).collect())
    }

    /// How many there are.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn count(&self) -> Result<u64, StoreError> {
        Ok(self.scoped().count(self.unit.db()).await?)
    }

    /// One with its secret.
    ///
    /// # Errors
    /// When the database refuses or the secret does not open.
    pub async fn reveal(
        &self,
        client_id: &str,
    ) -> Result<Option<(OAuthClient, SecretString)>, StoreError> {
        let row = self
            .scoped()
            .filter(oauth_client::Column::ClientId.eq(client_id))
            .one(self.unit.db())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let secret = self.unit.sealer().open(
            &place(&row.client_id),
            &Sealed::from_bytes(row.secret.clone()),
        )?;
        Ok(Some((read(row), secret)))
    }

    /// Makes one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id is taken.
    pub async fn insert(
        &self,
        client_id: &str,
        description: &str,
        secret: &SecretString,
    ) -> Result<OAuthClient, StoreError> {
        let sealed = self.unit.sealer().seal(&place(client_id), secret)?;
        let row = oauth_client::ActiveModel {
            client_id: Set(client_id.to_owned()),
            partner_id: Set(self.unit.scope().partner.0),
            description: Set(description.to_owned()),
            secret: Set(sealed.into_bytes()),
            created_at: Set(self.unit.now()),
            last_used_at: Set(None),
        };
        Ok(read(
            oauth_client::Entity::insert(row)
                .exec_with_returning(self.unit.db())
                .await?,
        ))
    }

    /// Writes down that a token was asked for.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn used(&self, client_id: &str) -> Result<(), StoreError> {
        oauth_client::Entity::update(oauth_client::ActiveModel {
            client_id: Unchanged(client_id.to_owned()),
            last_used_at: Set(Some(self.unit.now())),
            ..Default::default()
        })
        .exec(self.unit.db())
        .await?;
        Ok(())
    }

    /// Removes one with its tokens. False when there is none of this id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(&self, client_id: &str) -> Result<bool, StoreError> {
        let done = oauth_client::Entity::delete_many()
            .filter(oauth_client::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(oauth_client::Column::ClientId.eq(client_id))
            .exec(self.unit.db())
            .await?;
        self.unit
            .access_tokens()
            .delete_of_client(client_id)
            .await?;
        Ok(done.rows_affected > 0)
    }
}

fn place(client_id: &str) -> Place {
    Place::new("oauth_client", "secret", client_id)
}

fn read(row: oauth_client::Model) -> OAuthClient {
    OAuthClient {
        client_id: row.client_id,
        description: row.description,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
    }
}
