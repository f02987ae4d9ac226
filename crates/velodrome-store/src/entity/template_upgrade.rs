use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "template_upgrade")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub partner_id: Uuid,
    pub account_id: Uuid,
    pub template_id: Uuid,
    pub cycle_id: Uuid,
    pub asked_at: DateTimeUtc,
    pub principal_kind: String,
    pub principal_name: String,
    pub claim_at: Option<DateTimeUtc>,
    pub attempts: i32,
    pub upgraded: Option<bool>,
    pub message: Option<String>,
    pub prerequisites: Option<Json>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
