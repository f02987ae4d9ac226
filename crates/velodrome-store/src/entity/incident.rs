use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "incident")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub partner_id: Uuid,
    pub account_id: Uuid,
    pub cycle_id: Uuid,
    pub transaction_id: Option<Uuid>,
    pub step_id: Option<Uuid>,
    pub step_name: Option<String>,
    pub level: String,
    pub message: String,
    pub created_at: DateTimeUtc,
    pub sealed: Option<Vec<u8>>,
    pub to_post: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
