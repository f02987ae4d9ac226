use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub partner_id: Uuid,
    pub key: String,
    pub name: String,
    pub description: Option<String>,
    pub audit_info: Option<String>,
    pub task_audit_info: Option<String>,
    pub timezone: String,
    pub next_bill_at: DateTimeUtc,
    pub success_retention_hours: Option<i32>,
    pub errored_retention_hours: Option<i32>,
    pub error_webhook_enabled: Option<bool>,
    pub error_webhook_url: Option<String>,
    pub error_webhook_warnings: Option<bool>,
    pub concurrent_limit: Option<i32>,
    pub parent_id: Option<Uuid>,
    pub is_template_account: bool,
    pub is_suspended: bool,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
