use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub partner_id: Uuid,
    pub account_id: Uuid,
    pub cycle_id: Uuid,
    pub step_id: Uuid,
    pub received_at: DateTimeUtc,
    pub method: String,
    pub content_type: Option<String>,
    pub size: i64,
    pub status: i32,
    pub is_sync: bool,
    pub closed_at: Option<DateTimeUtc>,
    pub held_until: Option<DateTimeUtc>,
    pub key_hash: Option<Vec<u8>>,
    pub erase_at: Option<DateTimeUtc>,
    pub sealed: Option<Vec<u8>>,
    pub held: Option<Vec<u8>>,
    pub response: Option<Vec<u8>>,
    pub begun: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
