use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "authorisation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_hash: String,
    pub partner_id: Uuid,
    pub account_id: Uuid,
    pub account_connector_id: i32,
    pub authentication_id: Uuid,
    pub browser_hash: String,
    pub sealed: Vec<u8>,
    pub target: Json,
    pub user_name: String,
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
