//! Addresses that a partner lets in.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};
use velodrome_model::{IpRule, IpRuleId, IpScope, PartnerScope};

use crate::{StoreError, Unit, entity::ip_rule};

/// IP rules of the unit's partner.
pub struct IpRuleRows<'u> {
    unit: &'u Unit<PartnerScope>,
}

impl Unit<PartnerScope> {
    /// IP rules of this partner.
    pub fn ip_rules(&self) -> IpRuleRows<'_> {
        IpRuleRows { unit: self }
    }
}

impl IpRuleRows<'_> {
    /// The one function that names the tenant.
    fn scoped(&self) -> Select<ip_rule::Entity> {
        ip_rule::Entity::find().filter(ip_rule::Column::PartnerId.eq(self.unit.scope().partner.0))
    }

    /// All, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all(&self) -> Result<Vec<IpRule>, StoreError> {
        let rows = self
            .scoped()
            .order_by_asc(ip_rule::Column::Id)
            .all(self.unit.db())
            .await?;
        rows.into_iter().map(read).collect()
    }

    /// Makes a rule.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the scope has it already.
    pub async fn insert(
        &self,
        scope: IpScope,
        cidr: &str,
        description: Option<String>,
    ) -> Result<IpRule, StoreError> {
        let row = ip_rule::ActiveModel {
            partner_id: Set(self.unit.scope().partner.0),
            scope: Set(scope.as_str().to_owned()),
            cidr: Set(cidr.to_owned()),
            description: Set(description),
            created_at: Set(self.unit.now()),
            ..Default::default()
        };
        read(
            ip_rule::Entity::insert(row)
                .exec_with_returning(self.unit.db())
                .await?,
        )
    }

    /// Removes a rule.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(&self, id: IpRuleId) -> Result<(), StoreError> {
        ip_rule::Entity::delete_many()
            .filter(ip_rule::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(ip_rule::Column::Id.eq(id.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }
}

fn read(row: ip_rule::Model) -> Result<IpRule, StoreError> {
    Ok(IpRule {
        id: IpRuleId(row.id),
        scope: IpScope::from_word(&row.scope).ok_or(StoreError::Corrupt { what: "an IP rule" })?,
        cidr: row.cidr,
        description: row.description,
        created_at: row.created_at,
    })
}
