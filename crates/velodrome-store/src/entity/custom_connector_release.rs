use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "custom_connector_release")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub custom_connector_id: Uuid,
    pub partner_id: Uuid,
    pub number: i32,
    pub status: String,
    pub level: Option<String>,
    pub major: i32,
    pub minor: i32,
    pub notes: Option<String>,
    pub hash: String,
    pub content: Vec<u8>,
    pub extra: Option<Json>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub published_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
