use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "connector_block")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_connector_id: i32,
    pub partner_id: Uuid,
    pub account_id: Uuid,
    pub until_at: DateTimeUtc,
    pub base_ms: i64,
    pub rounds: i32,
    pub waiters: i32,
    pub probe_until: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
