use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cycle")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub partner_id: Uuid,
    pub account_id: Uuid,
    pub name: String,
    pub description: Option<String>,
    pub settings: Json,
    pub template_id: Option<Uuid>,
    pub template_release_id: Option<Uuid>,
    pub status: String,
    pub version: i32,
    pub interval: Option<i32>,
    pub start_at: Option<DateTimeUtc>,
    pub next_run_at: Option<DateTimeUtc>,
    pub runs_once: bool,
    pub last_successful_run_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub deleted_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
