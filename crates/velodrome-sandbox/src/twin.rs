//! What a simulated provider is made of.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use crate::answer::Answer;
use crate::call::Call;
use crate::oauth1::OAuth1Server;
use crate::oauth2::OAuth2Server;

/// Text that a simulator of ours has in its source, and a twin takes from its definition.
pub type Text = Cow<'static, str>;

/// What a person needs to know to use a twin; shown on the sandbox's front page.
#[derive(Clone, Debug, Serialize)]
pub struct Card {
    /// Names the provider in the control interface: `pipedrive-oauth`.
    pub id: Text,
    /// The provider's name.
    pub name: Text,
    /// The origins that it answers for.
    pub origins: Vec<Text>,
    /// What to paste into the connector's setup or install form.
    pub values: Vec<SuggestedValue>,
    /// What to try once connected.
    pub hints: Vec<Text>,
}

/// A value that the sandbox accepts, under the name that the form gives it.
#[derive(Clone, Debug, Serialize)]
pub struct SuggestedValue {
    /// The form's label.
    pub label: Text,
    /// What to paste.
    pub value: Text,
}

impl SuggestedValue {
    pub(crate) fn fixed(label: &'static str, value: &'static str) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
        }
    }
}

/// Texts that are written in the source.
pub(crate) fn texts(list: &[&'static str]) -> Vec<Text> {
    list.iter().map(|text| Text::Borrowed(text)).collect()
}

/// Pairs of texts that are written in the source.
pub(crate) fn pairs(list: &[(&'static str, &'static str)]) -> Vec<(Text, Text)> {
    list.iter()
        .map(|(one, other)| (Text::Borrowed(one), Text::Borrowed(other)))
        .collect()
}

/// A simulated provider.
pub(crate) struct Twin {
    pub(crate) card: Card,
    /// One site for each host the provider answers at.
    pub(crate) sites: Vec<(Text, Arc<dyn Site>)>,
    /// One for each OAuth 2.0 authentication.
    pub(crate) oauth2: Vec<Arc<OAuth2Server>>,
    pub(crate) oauth1: Option<Arc<OAuth1Server>>,
}

/// Everything that answers at one host. All data is in memory, so an answer needs no waiting.
pub(crate) trait Site: Send + Sync {
    /// Answers one request.
    fn answer(&self, call: &Call) -> Answer;
}
