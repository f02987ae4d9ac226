use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cycle_step_data")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub partner_id: Uuid,
    pub account_id: Uuid,
    pub transaction_id: Uuid,
    pub step_id: Uuid,
    pub part: String,
    pub checkpoint: i32,
    pub exit: Option<String>,
    pub list: Option<String>,
    pub requests: i32,
    pub started_at: DateTimeUtc,
    pub ended_at: DateTimeUtc,
    pub run_before: Option<DateTimeUtc>,
    pub run_after: Option<DateTimeUtc>,
    pub sealed: Vec<u8>,
    pub pieces: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
