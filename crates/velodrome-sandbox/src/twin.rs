//! What a simulated provider is made of.

use std::sync::Arc;

use serde::Serialize;

use crate::answer::Answer;
use crate::call::Call;
use crate::oauth1::OAuth1Server;
use crate::oauth2::OAuth2Server;

/// What a person needs to know to use a twin; shown on the sandbox's front page.
#[derive(Clone, Debug, Serialize)]
pub struct Card {
    /// Names the provider in the control interface: `pipedrive-oauth`.
    pub id: &'static str,
    /// The provider's name.
    pub name: &'static str,
    /// The origins that it answers for.
    pub origins: Vec<&'static str>,
    /// What to paste into the connector's setup or install form.
    pub values: Vec<SuggestedValue>,
    /// What to try once connected.
    pub hints: &'static [&'static str],
}

/// A value that the sandbox accepts, under the name that the form gives it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SuggestedValue {
    /// The form's label.
    pub label: &'static str,
    /// What to paste.
    pub value: &'static str,
}

/// A simulated provider.
pub(crate) struct Twin {
    pub(crate) card: Card,
    /// One site for each host the provider answers at.
    pub(crate) sites: Vec<(&'static str, Arc<dyn Site>)>,
    pub(crate) oauth2: Option<Arc<OAuth2Server>>,
    pub(crate) oauth1: Option<Arc<OAuth1Server>>,
}

/// Everything that answers at one host. All data is in memory, so an answer needs no waiting.
pub(crate) trait Site: Send + Sync {
    /// Answers one request.
    fn answer(&self, call: &Call) -> Answer;
}
