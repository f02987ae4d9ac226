use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cycle_transaction")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub partner_id: Uuid,
    pub account_id: Uuid,
    pub cycle_id: Uuid,
    pub version: i32,
    pub parent_id: Option<Uuid>,
    pub root_id: Uuid,
    pub split_step: Option<Uuid>,
    pub split_index: Option<i64>,
    pub seen_step: Option<Uuid>,
    pub seen_part: Option<String>,
    pub seen_item: Option<i64>,
    pub fork: i32,
    pub joined_from: Option<Uuid>,
    pub status: String,
    pub wait_reason: Option<String>,
    pub step_id: Option<Uuid>,
    pub is_past: bool,
    pub attempt: i32,
    pub answered: i32,
    pub due_at: Option<DateTimeUtc>,
    pub priority: i16,
    pub claim_at: Option<DateTimeUtc>,
    pub lease_owner: Option<Uuid>,
    pub lease_until: Option<DateTimeUtc>,
    pub epoch: i64,
    pub checkpoint: i32,
    pub recoveries: i32,
    pub is_uncertain: bool,
    pub ends_as: Option<String>,
    pub plan: Option<Json>,
    pub children_made: i64,
    pub error_count: i32,
    pub warning_count: i32,
    pub tasks_used: i32,
    pub step_count: i32,
    pub created_at: DateTimeUtc,
    pub started_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    pub paused_at: Option<DateTimeUtc>,
    pub erase_at: Option<DateTimeUtc>,
    pub is_erased: bool,
    pub replayed_from: Option<Uuid>,
    pub request_id: Option<Uuid>,
    pub slot_at: Option<DateTimeUtc>,
    pub is_in_order: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
