//! Partners and who may act for them: accounts, users, administrators, sessions, clients, tokens, IP rules.

use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            partner(),
            account(),
            user(),
            user_account(),
            administrator(),
        ] {
            manager.create_table(table).await?;
        }
        for table in [
            administrator_partner(),
            session(),
            oauth_client(),
            access_token(),
        ] {
            manager.create_table(table).await?;
        }
        for table in [refresh_token(), ip_rule(), task_usage()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn partner() -> TableCreateStatement {
    Table::create()
        .table("partner")
        .col(uuid("id").primary_key())
        .col(text("name"))
        .col(text_null("contact_name"))
        .col(text_null("contact_email"))
        .col(boolean("share_details_with_group"))
        .col(boolean("is_default"))
        .col(json("general"))
        .col(json("security"))
        .col(json("appearance"))
        .col(json("retention"))
        .col(json_null("regions"))
        .col(text("password_client_id"))
        .col(timestamp_with_time_zone("password_client_at"))
        .col(blob_null("webhook_key"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned()
}

fn account() -> TableCreateStatement {
    Table::create()
        .table("account")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(text("key"))
        .col(text("name"))
        .col(text_null("description"))
        .col(text_null("audit_info"))
        .col(text_null("task_audit_info"))
        .col(text("timezone"))
        .col(timestamp_with_time_zone("next_bill_at"))
        .col(integer_null("success_retention_hours"))
        .col(integer_null("errored_retention_hours"))
        .col(boolean_null("error_webhook_enabled"))
        .col(text_null("error_webhook_url"))
        .col(boolean_null("error_webhook_warnings"))
        .col(integer_null("concurrent_limit"))
        .col(uuid_null("parent_id"))
        .col(boolean("is_template_account"))
        .col(boolean("is_suspended"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut to_partner("account"))
        .foreign_key(&mut reference("account", "parent_id", "account"))
        .to_owned()
}

fn user() -> TableCreateStatement {
    Table::create()
        .table("app_user")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(text("user_name"))
        .col(text("folded_name"))
        .col(text_null("password_hash"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("last_sign_in_at"))
        .foreign_key(&mut to_partner("app_user"))
        .to_owned()
}

fn user_account() -> TableCreateStatement {
    Table::create()
        .table("user_account")
        .col(uuid("user_id"))
        .col(uuid("account_id"))
        .col(uuid("partner_id"))
        .primary_key(Index::create().col("user_id").col("account_id"))
        .foreign_key(&mut reference("user_account", "user_id", "app_user"))
        .foreign_key(&mut reference("user_account", "account_id", "account"))
        .to_owned()
}

fn administrator() -> TableCreateStatement {
    Table::create()
        .table("administrator")
        .col(uuid("id").primary_key())
        .col(text("email"))
        .col(text("folded_email"))
        .col(text_null("name"))
        .col(text_null("password_hash"))
        .col(boolean("is_instance_administrator"))
        .col(blob_null("totp"))
        .col(blob_null("totp_pending"))
        .col(big_integer_null("totp_step"))
        .col(blob_null("invitation_hash"))
        .col(timestamp_with_time_zone_null("invitation_expires_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("last_login_at"))
        .to_owned()
}

fn administrator_partner() -> TableCreateStatement {
    Table::create()
        .table("administrator_partner")
        .col(uuid("administrator_id"))
        .col(uuid("partner_id"))
        .col(text("role"))
        .col(boolean("notifications"))
        .primary_key(Index::create().col("administrator_id").col("partner_id"))
        .foreign_key(&mut reference(
            "administrator_partner",
            "administrator_id",
            "administrator",
        ))
        .foreign_key(&mut to_partner("administrator_partner"))
        .to_owned()
}

/// Browser sessions of administrators (console) and of users in one account.
fn session() -> TableCreateStatement {
    Table::create()
        .table("session")
        .col(uuid("id").primary_key())
        .col(blob("hash"))
        .col(uuid("partner_id"))
        .col(uuid_null("administrator_id"))
        .col(uuid_null("user_id"))
        .col(uuid_null("account_id"))
        .col(text_null("address"))
        .col(text_null("user_agent"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("last_seen_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .foreign_key(&mut to_partner("session"))
        .foreign_key(&mut reference(
            "session",
            "administrator_id",
            "administrator",
        ))
        .foreign_key(&mut reference("session", "user_id", "app_user"))
        .foreign_key(&mut reference("session", "account_id", "account"))
        .to_owned()
}

fn oauth_client() -> TableCreateStatement {
    Table::create()
        .table("oauth_client")
        .col(text("client_id").primary_key())
        .col(uuid("partner_id"))
        .col(text("description"))
        .col(blob("secret"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("last_used_at"))
        .foreign_key(&mut to_partner("oauth_client"))
        .to_owned()
}

fn access_token() -> TableCreateStatement {
    Table::create()
        .table("access_token")
        .col(uuid("id").primary_key())
        .col(blob("hash"))
        .col(uuid("partner_id"))
        .col(text("client_id"))
        .col(text("grant_type"))
        .col(uuid_null("account_id"))
        .col(uuid_null("administrator_id"))
        .col(timestamp_with_time_zone("issued_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .foreign_key(&mut to_partner("access_token"))
        .foreign_key(&mut reference("access_token", "account_id", "account"))
        .foreign_key(&mut reference(
            "access_token",
            "administrator_id",
            "administrator",
        ))
        .to_owned()
}

fn refresh_token() -> TableCreateStatement {
    Table::create()
        .table("refresh_token")
        .col(blob("hash").primary_key())
        .col(uuid("partner_id"))
        .col(text("client_id"))
        .col(uuid("administrator_id"))
        .col(timestamp_with_time_zone("expires_at"))
        .foreign_key(&mut to_partner("refresh_token"))
        .foreign_key(&mut reference(
            "refresh_token",
            "administrator_id",
            "administrator",
        ))
        .to_owned()
}

fn ip_rule() -> TableCreateStatement {
    Table::create()
        .table("ip_rule")
        .col(pk_auto("id"))
        .col(uuid("partner_id"))
        .col(text("scope"))
        .col(text("cidr"))
        .col(text_null("description"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut to_partner("ip_rule"))
        .to_owned()
}

/// Tasks and incidents of an account by day, UTC, so that any usage period is a sum.
fn task_usage() -> TableCreateStatement {
    Table::create()
        .table("task_usage")
        .col(uuid("account_id"))
        .col(date("day"))
        .col(uuid("partner_id"))
        .col(big_integer("tasks"))
        .col(big_integer("incidents"))
        .primary_key(Index::create().col("account_id").col("day"))
        .foreign_key(&mut reference("task_usage", "account_id", "account"))
        .to_owned()
}

fn to_partner(table: &'static str) -> ForeignKeyCreateStatement {
    reference(table, "partner_id", "partner")
}

fn reference(
    table: &'static str,
    column: &'static str,
    target: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_tbl(table)
        .from_col(column)
        .to_tbl(target)
        .to_col("id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |name: &'static str, table: &'static str, columns: &[&'static str]| {
        let mut index = Index::create();
        index.name(name).table(table);
        for column in columns {
            index.col(*column);
        }
        index
    };
    let unique = |name, table, columns| {
        let mut index = index(name, table, columns);
        index.unique();
        index
    };
    vec![
        unique("account_key", "account", &["partner_id", "key"]),
        index("account_parent", "account", &["parent_id"]),
        unique("app_user_name", "app_user", &["partner_id", "folded_name"]),
        index("user_account_account", "user_account", &["account_id"]),
        unique("administrator_email", "administrator", &["folded_email"]),
        unique(
            "administrator_invitation",
            "administrator",
            &["invitation_hash"],
        ),
        unique("session_hash", "session", &["hash"]),
        index("session_administrator", "session", &["administrator_id"]),
        index("session_user", "session", &["user_id"]),
        index("session_expires_at", "session", &["expires_at"]),
        index("oauth_client_partner", "oauth_client", &["partner_id"]),
        unique(
            "partner_password_client",
            "partner",
            &["password_client_id"],
        ),
        unique("access_token_hash", "access_token", &["hash"]),
        index(
            "access_token_client",
            "access_token",
            &["partner_id", "client_id"],
        ),
        index("access_token_expires_at", "access_token", &["expires_at"]),
        index("refresh_token_expires_at", "refresh_token", &["expires_at"]),
        unique("ip_rule_cidr", "ip_rule", &["partner_id", "scope", "cidr"]),
        index("task_usage_partner", "task_usage", &["partner_id", "day"]),
    ]
}
