use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "script_value")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_connector_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub cycle_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub partner_id: Uuid,
    pub account_id: Uuid,
    pub value: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
