//! What is known about a client before anything is asked of the provider.

use velodrome_model::{
    SecretString,
    definition::{ClientCertificate, OAuth2},
};

use crate::auth::values::Values;

/// A definition's rules with the values of one account connector (connectors.md §9.1).
#[derive(Clone, Copy)]
pub struct OAuth2Setup<'a> {
    /// The definition's rules.
    pub rules: &'a OAuth2,
    /// The certificate that is shown to the provider, where the definition has one (RFC 8705).
    pub tls: Option<&'a ClientCertificate>,
    /// `ClientId`.
    pub client_id: &'a str,
    /// `ClientSecret`; may be absent where the definition hides it.
    pub client_secret: Option<&'a SecretString>,
    /// `Scopes` as somebody typed them; the definition's when blank.
    pub scopes: Option<&'a str>,
    /// Values of mergefields in addresses and parameters.
    pub values: &'a Values<'a>,
    /// The partner's Application User Agent; not sent when empty.
    pub user_agent: &'a str,
}

impl OAuth2Setup<'_> {
    /// The scopes as they are sent; none when there are none.
    pub(super) fn scope(&self) -> Option<String> {
        let separator = self.rules.scope_separator.as_deref().unwrap_or(" ");
        let typed = self.scopes.filter(|text| !text.trim().is_empty());
        let scopes: Vec<&str> = match typed {
            // A list may have been typed with blanks or lines where the provider wants commas.
            Some(text) => text
                .split(char::is_whitespace)
                .flat_map(|part| {
                    if separator.is_empty() {
                        vec![part]
                    } else {
                        part.split(separator).collect()
                    }
                })
                .filter(|scope| !scope.is_empty())
                .collect(),
            None => self
                .rules
                .scopes
                .iter()
                .map(String::as_str)
                .filter(|scope| !scope.is_empty())
                .collect(),
        };
        (!scopes.is_empty()).then(|| scopes.join(separator))
    }

    /// Name of the scope parameter.
    pub(super) fn scope_parameter(&self) -> &str {
        self.rules.scope_param.as_deref().unwrap_or("scope")
    }
}
