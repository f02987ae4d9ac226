use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account_connector")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub partner_id: Uuid,
    pub account_id: Uuid,
    pub connector_id: i32,
    pub connector_uid: Uuid,
    pub name: String,
    pub description: Option<String>,
    pub authentication_id: Uuid,
    pub is_native: bool,
    pub has_credential: bool,
    pub problem: Option<Json>,
    pub lookup_pending: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
