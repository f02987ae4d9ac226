//! The address where the user consents.

use url::Url;
use velodrome_model::definition::{OneOrMany, Pkce};

use super::{pkce::Verifier, setup::OAuth2Setup};
use crate::auth::{
    encoding::append_query,
    values::{SetupError, merged, merged_url, parameters},
};

/// Named values in order, one name perhaps several times.
pub(super) type Pairs = Vec<(String, String)>;

impl OAuth2Setup<'_> {
    /// Whether a code verifier has to be made for the authorise address.
    pub fn uses_pkce(&self) -> bool {
        self.rules.pkce == Pkce::S256
    }

    /// The authorise address. `redirect_uri` and `state` are the callback's; the verifier is used where
    /// the definition has it so. `EGRESS_REWRITE` is the caller's to apply.
    pub fn authorise_url(
        &self,
        redirect_uri: &str,
        state: &str,
        verifier: &Verifier,
    ) -> Result<Url, SetupError> {
        let rules = self.rules;
        let template = rules
            .authorise_url
            .as_deref()
            .ok_or(SetupError::NoAddress("authoriseUrl"))?;
        let mut url = merged_url(template, self.values)?;
        let mut pairs: Pairs = vec![
            ("response_type".into(), "code".into()),
            ("client_id".into(), self.client_id.into()),
            ("redirect_uri".into(), redirect_uri.into()),
        ];
        if let Some(scope) = self.scope() {
            pairs.push((self.scope_parameter().into(), scope));
        }
        pairs.push(("state".into(), state.into()));
        if self.uses_pkce() {
            pairs.push(("code_challenge".into(), verifier.challenge()));
            pairs.push(("code_challenge_method".into(), "S256".into()));
        }
        pairs.extend(self.resources()?);
        replace(
            &mut pairs,
            parameters(&rules.authorise_params, self.values)?,
        );
        pairs.retain(|(name, _)| !rules.authorise_exclude.contains(name));
        for (name, _) in &mut pairs {
            if let Some(other) = rules.authorise_rename.get(name) {
                name.clone_from(other);
            }
        }
        append_query(
            &mut url,
            pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())),
        );
        Ok(url)
    }

    /// `resource` parameters (RFC 8707); those that come out blank are left out.
    pub(super) fn resources(&self) -> Result<Pairs, SetupError> {
        let templates: &[String] = match &self.rules.resource {
            None => &[],
            Some(OneOrMany::One(one)) => std::slice::from_ref(one),
            Some(OneOrMany::Many(many)) => many,
        };
        let mut pairs = Pairs::new();
        for template in templates {
            let value = merged(template, self.values)?;
            if !value.is_empty() {
                pairs.push(("resource".into(), value));
            }
        }
        Ok(pairs)
    }
}

/// Adds what a definition says; where it names a parameter that is there, its own wins.
pub(super) fn replace(pairs: &mut Pairs, given: Pairs) {
    pairs.retain(|(name, _)| !given.iter().any(|(other, _)| other == name));
    pairs.extend(given);
}
