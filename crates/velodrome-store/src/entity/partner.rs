use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "partner")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub contact_name: Option<String>,
    pub contact_email: Option<String>,
    pub share_details_with_group: bool,
    pub is_default: bool,
    pub general: Json,
    pub security: Json,
    pub appearance: Json,
    pub retention: Json,
    pub regions: Option<Json>,
    pub password_client_id: String,
    pub password_client_at: DateTimeUtc,
    pub webhook_key: Option<Vec<u8>>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
