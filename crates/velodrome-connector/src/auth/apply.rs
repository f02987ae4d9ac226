//! Putting a credential on a request that is otherwise complete (connectors.md §3, step 5).

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, COOKIE},
};
use url::Url;
use velodrome_model::{
    ExposeSecret, SecretString,
    definition::{AuthFieldPlace, Authentication, KeyPlace, Placement, PlacementIn},
};

use super::{
    credential::{Credential, OAuth2Token},
    encoding::append_query,
    oauth1::{Once, SignError, Signer},
    unauthenticated::Unauthenticated,
};

/// A credential that belongs into the body.
#[derive(Clone, Debug)]
pub struct BodyValue<'a> {
    /// Where, as a location.
    pub location: &'a str,
    /// What.
    pub value: SecretString,
}

/// Why a request could not be authenticated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The credential is of another kind than the definition's authentication, or has no token yet.
    #[error("the connector is not authenticated")]
    NotAuthenticated,
    /// Line breaks and the like.
    #[error("the credential for {0} contains characters that no header can carry")]
    Unsendable(String),
    /// The definition names an impossible header.
    #[error("the definition puts the credential into {0:?}, which is no header name")]
    HeaderName(String),
    /// OAuth 1.0a without a signer.
    #[error("the connector's consumer key is not set up")]
    NoConsumer,
    /// OAuth 1.0a.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// The credentials that go into the body; the caller sets them where nothing is set yet, before the
/// body is encoded and before [`apply`].
pub fn body_values<'a>(
    authentication: &'a Authentication,
    credential: &Credential,
) -> Result<Vec<BodyValue<'a>>, ApplyError> {
    match credential {
        Credential::AuthFields(values) => Ok(authentication
            .auth_fields
            .iter()
            .filter(|field| field.place == AuthFieldPlace::Body)
            .filter_map(|field| {
                let value = values.get(&field.name)?.clone();
                Some(BodyValue {
                    location: &field.key,
                    value,
                })
            })
            .collect()),
        Credential::OAuth2(token) => match placement(authentication) {
            Some(Placement {
                place: PlacementIn::Body,
                name,
                prefix,
            }) => {
                let location = name.as_deref().unwrap_or(ACCESS_TOKEN);
                let value = bearer(token, prefix.as_deref().unwrap_or_default())?;
                Ok(vec![BodyValue { location, value }])
            }
            _ => Ok(Vec::new()),
        },
        _ => Ok(Vec::new()),
    }
}

/// Puts the credential on the request; what is already set there, by a script say, stays. OAuth 1.0a
/// signs, so it comes after everything else that touches the request. A replay starts again from the
/// request as it was before.
pub fn apply(
    request: Unauthenticated<'_>,
    authentication: &Authentication,
    credential: &Credential,
    signer: Option<(&Signer, Once)>,
) -> Result<(), ApplyError> {
    if authentication.oauth1.is_some() {
        let (signer, once) = signer.ok_or(ApplyError::NoConsumer)?;
        let token = match credential {
            Credential::OAuth1(token) => Some(token),
            Credential::None => None,
            _ => return Err(ApplyError::NotAuthenticated),
        };
        return Ok(signer.sign(request, token, &[], once)?);
    }
    let Unauthenticated { url, headers, .. } = request;
    if credential.kind() != authentication.kind {
        return Err(ApplyError::NotAuthenticated);
    }
    match credential {
        Credential::None | Credential::OAuth1(_) => Ok(()),
        Credential::ApiKey(key) => {
            let Some(name) = &authentication.auth_scheme else {
                return Ok(());
            };
            let prefix = authentication.prefix.as_deref().unwrap_or_default();
            match authentication.place {
                KeyPlace::Header => set_header(headers, name, prefix, key),
                KeyPlace::Query => {
                    set_query(url, name, prefix, key);
                    Ok(())
                }
                KeyPlace::Cookie => set_cookie(headers, name, prefix, key),
                KeyPlace::None => Ok(()),
            }
        }
        Credential::Basic(basic) => set_header(
            headers,
            AUTHORIZATION.as_str(),
            "Basic ",
            &basic.encoded().into(),
        ),
        Credential::AuthFields(values) => {
            for field in &authentication.auth_fields {
                let Some(value) = values.get(&field.name) else {
                    continue;
                };
                match field.place {
                    AuthFieldPlace::Body => {}
                    AuthFieldPlace::Query => set_query(url, &field.key, "", value),
                    AuthFieldPlace::Header => set_header(headers, &field.key, "", value)?,
                }
            }
            Ok(())
        }
        Credential::OAuth2(token) => {
            let default = Placement::default();
            place_token(
                placement(authentication).unwrap_or(&default),
                token,
                url,
                headers,
            )
        }
    }
}

const ACCESS_TOKEN: &str = "access_token";

fn placement(authentication: &Authentication) -> Option<&Placement> {
    authentication.oauth2.as_ref()?.placement.as_ref()
}

fn place_token(
    placement: &Placement,
    token: &OAuth2Token,
    url: &mut Url,
    headers: &mut HeaderMap,
) -> Result<(), ApplyError> {
    let access_token = token
        .access_token
        .as_ref()
        .ok_or(ApplyError::NotAuthenticated)?;
    let prefix = placement.prefix.as_deref();
    match placement.place {
        PlacementIn::Header => {
            let name = placement.name.as_deref().unwrap_or(AUTHORIZATION.as_str());
            let authorization = name.eq_ignore_ascii_case(AUTHORIZATION.as_str());
            let prefix = prefix.unwrap_or(if authorization { "Bearer " } else { "" });
            set_header(headers, name, prefix, access_token)
        }
        PlacementIn::Query => {
            let name = placement.name.as_deref().unwrap_or(ACCESS_TOKEN);
            set_query(url, name, prefix.unwrap_or_default(), access_token);
            Ok(())
        }
        PlacementIn::Cookie => {
            let name = placement.name.as_deref().unwrap_or(ACCESS_TOKEN);
            set_cookie(headers, name, prefix.unwrap_or_default(), access_token)
        }
        PlacementIn::Body | PlacementIn::None => Ok(()),
    }
}

fn bearer(token: &OAuth2Token, prefix: &str) -> Result<SecretString, ApplyError> {
    let token = token
        .access_token
        .as_ref()
        .ok_or(ApplyError::NotAuthenticated)?;
    Ok(if prefix.is_empty() {
        token.clone()
    } else {
        format!("{prefix}{}", token.expose_secret()).into()
    })
}

fn set_header(
    headers: &mut HeaderMap,
    name: &str,
    prefix: &str,
    value: &SecretString,
) -> Result<(), ApplyError> {
    let header = HeaderName::try_from(name).map_err(|_| ApplyError::HeaderName(name.to_owned()))?;
    if headers.contains_key(&header) {
        return Ok(());
    }
    headers.insert(
        header,
        secret_value(name, &[prefix, value.expose_secret()])?,
    );
    Ok(())
}

fn set_query(url: &mut Url, name: &str, prefix: &str, value: &SecretString) {
    if url.query_pairs().any(|(present, _)| present == name) {
        return;
    }
    if prefix.is_empty() {
        append_query(url, [(name, value.expose_secret())]);
    } else {
        append_query(
            url,
            [(name, format!("{prefix}{}", value.expose_secret()).as_str())],
        );
    }
}

/// Adds one cookie to those that are there.
fn set_cookie(
    headers: &mut HeaderMap,
    name: &str,
    prefix: &str,
    value: &SecretString,
) -> Result<(), ApplyError> {
    let unsendable = || ApplyError::Unsendable(name.to_owned());
    let cookie = format!("{name}={prefix}{}", value.expose_secret());
    if cookie.contains([';', ',', ' ', '"', '\\']) {
        return Err(unsendable());
    }
    let present = match headers.get(COOKIE) {
        None => String::new(),
        Some(present) => present.to_str().map_err(|_| unsendable())?.to_owned(),
    };
    let taken = present
        .split(';')
        .any(|pair| pair.trim().split('=').next() == Some(name));
    if taken {
        return Ok(());
    }
    let separator = if present.is_empty() { "" } else { "; " };
    headers.insert(COOKIE, secret_value(name, &[&present, separator, &cookie])?);
    Ok(())
}

/// Sensitive, so that neither logs nor redirects to another origin carry it.
fn secret_value(name: &str, parts: &[&str]) -> Result<HeaderValue, ApplyError> {
    let bytes = parts.concat().into_bytes();
    let mut value = HeaderValue::from_maybe_shared(bytes::Bytes::from(bytes))
        .map_err(|_| ApplyError::Unsendable(name.to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests;
