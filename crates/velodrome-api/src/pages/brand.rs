//! The partner's brand on pages that accounts see.

use velodrome_model::{AppearanceSettings, GeneralSettings, PartnerScope};
use velodrome_service::Settings;

use super::framing::Framing;

/// What a page shows of the partner.
#[derive(Clone, Debug)]
pub(super) struct Brand {
    /// Name in titles and texts.
    pub name: String,
    /// Logo, a `data:` URI.
    pub logo: Option<String>,
    /// Icon of the tab, a `data:` URI.
    pub icon: Option<String>,
    /// Replaces the text of a failed authentication.
    pub callback_error_html: Option<String>,
    /// Who may show the partner's pages in a frame.
    pub framing: Framing,
}

impl Brand {
    /// The brand of a partner; the product's own where nothing is known of the partner or its settings
    /// can't be read, since a page about a failure must not fail.
    pub async fn of(settings: &Settings, partner: Option<PartnerScope>) -> Self {
        let known = match partner {
            Some(scope) => settings.partner(scope).await.ok(),
            None => None,
        };
        match known {
            Some(partner) => Self::new(&partner.general, &partner.appearance),
            None => Self::new(&GeneralSettings::default(), &AppearanceSettings::default()),
        }
    }

    fn new(general: &GeneralSettings, appearance: &AppearanceSettings) -> Self {
        Self {
            name: general.application_display_name.clone(),
            logo: general
                .sign_in_logo
                .clone()
                .or_else(|| general.application_icon.clone()),
            icon: general.fav_icon.clone(),
            callback_error_html: appearance
                .callback_error_html
                .clone()
                .filter(|html| !html.trim().is_empty()),
            framing: Framing::new(general),
        }
    }
}
