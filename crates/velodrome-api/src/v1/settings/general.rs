//! General settings.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model as model;
use velodrome_service::Settings;

use super::keep;
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, AsPartner},
    lenient::{Keep, Patch, wire_words},
    responses::{Malformed, Standard},
};

/// Routes of these settings.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get_general_settings, set_general_settings))
}

wire_words! {
    /// Help links in the application.
    pub enum HelpLinkType {
        /// Links to the guides.
        Show,
        /// No links.
        Hide,
        /// Links to a page of the partner.
        Custom,
    }
}

impl From<HelpLinkType> for model::HelpLinkType {
    fn from(kind: HelpLinkType) -> Self {
        match kind {
            HelpLinkType::Show => Self::Show,
            HelpLinkType::Hide => Self::Hide,
            HelpLinkType::Custom => Self::Custom,
        }
    }
}

impl From<model::HelpLinkType> for HelpLinkType {
    fn from(kind: model::HelpLinkType) -> Self {
        match kind {
            model::HelpLinkType::Show => Self::Show,
            model::HelpLinkType::Hide => Self::Hide,
            model::HelpLinkType::Custom => Self::Custom,
        }
    }
}

/// General settings. In a PUT a property left out keeps its value.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = GeneralSettings)]
pub struct GeneralSettingsBody {
    /// Name of the application.
    #[schema(required = false)]
    application_display_name: String,
    /// data: URI, 40 x 40 pixel PNG.
    application_icon: Option<String>,
    /// data: URI, about 300 x 100 pixel PNG.
    sign_in_logo: Option<String>,
    /// data: URI.
    fav_icon: Option<String>,
    /// User-Agent of outbound calls.
    #[schema(required = false, pattern = r"^[\x20-\x7E]+$")]
    application_user_agent: String,
    /// Word for a cycle.
    #[schema(required = false)]
    cycle_noun: String,
    /// Word for creating one.
    #[schema(required = false)]
    cycle_create_verb: String,
    /// Host of the public origin.
    #[schema(required = false, read_only)]
    service_domain: String,
    /// List Beta and Planned connectors.
    #[schema(required = false)]
    show_beta_connectors: bool,
    /// Accounts may make custom connectors.
    #[schema(required = false)]
    custom_connectors_enabled: bool,
    /// Cycles may be copied to templates.
    #[schema(required = false)]
    cycle_sharing_enabled: bool,
    /// Send cycle notifications.
    #[schema(required = false)]
    notification_webhook_enabled: bool,
    /// URL for cycle notifications.
    #[schema(format = "uri")]
    notification_webhook_url: Option<String>,
    /// Send transaction errors.
    #[schema(required = false)]
    transaction_error_webhook_enabled: bool,
    /// URL for transaction errors; https:// is put in front when the scheme is missing.
    transaction_error_webhook_url: Option<String>,
    /// Send warnings too.
    #[schema(required = false)]
    transaction_error_webhook_include_warnings: bool,
    /// Users may sign in with a password.
    #[schema(required = false)]
    user_login_page_enabled: bool,
    /// Open cycles as a form first.
    #[schema(required = false)]
    cycle_form_view_enabled: bool,
    /// Drop X-Frame-Options and send SameSite=None; Secure cookies.
    #[schema(required = false)]
    iframe_embedding_enabled: bool,
    /// Origins for frame-ancestors.
    #[schema(required = false)]
    host_source_whitelist: Vec<String>,
    /// Default of InlineOAuth.
    #[schema(required = false)]
    inline_o_auth_enabled: bool,
    /// Steps may carry their own credentials.
    #[schema(required = false)]
    external_authentication_enabled: bool,
    /// Help links.
    #[schema(required = false)]
    help_link_type: HelpLinkType,
    /// For Custom.
    #[schema(format = "uri")]
    help_link_url: Option<String>,
    /// Transactions of one account that run at the same time; 20 at first.
    #[schema(required = false, minimum = 1)]
    account_concurrent_transaction_limit: i32,
    /// Seconds to wait for a Synchronous Response step.
    #[schema(required = false, minimum = 1, maximum = 300)]
    synchronous_webhook_timeout_seconds: i32,
}

/// Changes to them; what is left out stays. The same schema as the answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct GeneralSettingsChange {
    application_display_name: Keep<String>,
    application_icon: Patch<String>,
    sign_in_logo: Patch<String>,
    fav_icon: Patch<String>,
    application_user_agent: Keep<String>,
    cycle_noun: Keep<String>,
    cycle_create_verb: Keep<String>,
    show_beta_connectors: Keep<bool>,
    custom_connectors_enabled: Keep<bool>,
    cycle_sharing_enabled: Keep<bool>,
    notification_webhook_enabled: Keep<bool>,
    notification_webhook_url: Patch<String>,
    transaction_error_webhook_enabled: Keep<bool>,
    transaction_error_webhook_url: Patch<String>,
    transaction_error_webhook_include_warnings: Keep<bool>,
    user_login_page_enabled: Keep<bool>,
    cycle_form_view_enabled: Keep<bool>,
    iframe_embedding_enabled: Keep<bool>,
    host_source_whitelist: Keep<Vec<String>>,
    inline_o_auth_enabled: Keep<bool>,
    external_authentication_enabled: Keep<bool>,
    help_link_type: Keep<HelpLinkType>,
    help_link_url: Patch<String>,
    account_concurrent_transaction_limit: Keep<i32>,
    synchronous_webhook_timeout_seconds: Keep<i32>,
}

impl GeneralSettingsChange {
    fn apply(self, settings: &mut model::GeneralSettings) {
        keep(
            self.application_display_name.0,
            &mut settings.application_display_name,
        );
        keep(
            self.application_icon.into_change(),
            &mut settings.application_icon,
        );
        keep(self.sign_in_logo.into_change(), &mut settings.sign_in_logo);
        keep(self.fav_icon.into_change(), &mut settings.fav_icon);
        keep(
            self.application_user_agent.0,
            &mut settings.application_user_agent,
        );
        keep(self.cycle_noun.0, &mut settings.cycle_noun);
        keep(self.cycle_create_verb.0, &mut settings.cycle_create_verb);
        keep(
            self.show_beta_connectors.0,
            &mut settings.show_beta_connectors,
        );
        keep(
            self.custom_connectors_enabled.0,
            &mut settings.custom_connectors_enabled,
        );
        keep(
            self.cycle_sharing_enabled.0,
            &mut settings.cycle_sharing_enabled,
        );
        keep(
            self.notification_webhook_enabled.0,
            &mut settings.notification_webhook_enabled,
        );
        keep(
            self.notification_webhook_url.into_change(),
            &mut settings.notification_webhook_url,
        );
        keep(
            self.transaction_error_webhook_enabled.0,
            &mut settings.error_webhook_enabled,
        );
        keep(
            self.transaction_error_webhook_url.into_change(),
            &mut settings.error_webhook_url,
        );
        keep(
            self.transaction_error_webhook_include_warnings.0,
            &mut settings.error_webhook_include_warnings,
        );
        keep(
            self.user_login_page_enabled.0,
            &mut settings.user_login_page_enabled,
        );
        keep(
            self.cycle_form_view_enabled.0,
            &mut settings.cycle_form_view_enabled,
        );
        keep(
            self.iframe_embedding_enabled.0,
            &mut settings.iframe_embedding_enabled,
        );
        keep(
            self.host_source_whitelist.0,
            &mut settings.host_source_whitelist,
        );
        keep(
            self.inline_o_auth_enabled.0,
            &mut settings.inline_oauth_enabled,
        );
        keep(
            self.external_authentication_enabled.0,
            &mut settings.external_authentication_enabled,
        );
        keep(
            self.help_link_type.0.map(Into::into),
            &mut settings.help_link_type,
        );
        keep(
            self.help_link_url.into_change(),
            &mut settings.help_link_url,
        );
        keep(
            self.account_concurrent_transaction_limit.0,
            &mut settings.account_concurrent_transaction_limit,
        );
        keep(
            self.synchronous_webhook_timeout_seconds.0,
            &mut settings.synchronous_webhook_timeout_seconds,
        );
    }
}

impl GeneralSettingsBody {
    fn new(settings: model::GeneralSettings, service_domain: String) -> Self {
        Self {
            application_display_name: settings.application_display_name,
            application_icon: settings.application_icon,
            sign_in_logo: settings.sign_in_logo,
            fav_icon: settings.fav_icon,
            application_user_agent: settings.application_user_agent,
            cycle_noun: settings.cycle_noun,
            cycle_create_verb: settings.cycle_create_verb,
            service_domain,
            show_beta_connectors: settings.show_beta_connectors,
            custom_connectors_enabled: settings.custom_connectors_enabled,
            cycle_sharing_enabled: settings.cycle_sharing_enabled,
            notification_webhook_enabled: settings.notification_webhook_enabled,
            notification_webhook_url: settings.notification_webhook_url,
            transaction_error_webhook_enabled: settings.error_webhook_enabled,
            transaction_error_webhook_url: settings.error_webhook_url,
            transaction_error_webhook_include_warnings: settings.error_webhook_include_warnings,
            user_login_page_enabled: settings.user_login_page_enabled,
            cycle_form_view_enabled: settings.cycle_form_view_enabled,
            iframe_embedding_enabled: settings.iframe_embedding_enabled,
            host_source_whitelist: settings.host_source_whitelist,
            inline_o_auth_enabled: settings.inline_oauth_enabled,
            external_authentication_enabled: settings.external_authentication_enabled,
            help_link_type: settings.help_link_type.into(),
            help_link_url: settings.help_link_url,
            account_concurrent_transaction_limit: settings.account_concurrent_transaction_limit,
            synchronous_webhook_timeout_seconds: settings.synchronous_webhook_timeout_seconds,
        }
    }
}

/// Get general settings
///
/// All values.
#[utoipa::path(get, path = "/v1.0/partner/settings/general", operation_id = "getGeneralSettings", tag = "Partner settings",
    responses((status = 200, description = "The general settings.", body = GeneralSettingsBody), Standard))]
async fn get_general_settings(
    State(settings): State<Settings>,
    AsPartner(actor): AsPartner,
) -> Result<Json<GeneralSettingsBody>, ApiError> {
    Ok(Json(GeneralSettingsBody::new(
        settings.general(actor.scope).await?,
        settings.service_domain(),
    )))
}

/// Set general settings
///
/// Partial.
#[utoipa::path(put, path = "/v1.0/partner/settings/general", operation_id = "setGeneralSettings", tag = "Partner settings",
    request_body = GeneralSettingsBody,
    responses((status = 200, description = "The general settings after the change.", body = GeneralSettingsBody), Malformed, Standard))]
async fn set_general_settings(
    State(settings): State<Settings>,
    AsPartner(actor): AsPartner,
    ApiJson(change): ApiJson<GeneralSettingsChange>,
) -> Result<Json<GeneralSettingsBody>, ApiError> {
    let changed = settings
        .change_general(&actor, |settings| change.apply(settings))
        .await?;
    Ok(Json(GeneralSettingsBody::new(
        changed,
        settings.service_domain(),
    )))
}
