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
mod tests {
    use http::Method;
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::{BodyToSign, ValuesFn};

    /// What a case starts from: nothing set, or the very things that a credential would set.
    struct Sent {
        url: String,
        headers: Vec<(String, String)>,
    }

    fn send(
        definition: Value,
        auth_value: &str,
        url: &str,
        set: &[(&'static str, &'static str)],
    ) -> Sent {
        let authentication: Authentication = serde_json::from_value(definition).unwrap();
        let credential = Credential::parse(&authentication, auth_value).unwrap();
        let mut url = Url::parse(url).unwrap();
        let mut headers: HeaderMap = set
            .iter()
            .map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)))
            .collect();
        let request = Unauthenticated {
            method: &Method::GET,
            url: &mut url,
            headers: &mut headers,
            body: BodyToSign::Empty,
        };
        apply(request, &authentication, &credential, None).unwrap();
        let added = |name: &HeaderName| !set.iter().any(|(present, _)| name == present);
        assert!(
            headers
                .iter()
                .all(|(name, value)| value.is_sensitive() || !added(name))
        );
        let headers = headers
            .iter()
            .map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned()))
            .collect();
        Sent {
            url: url.into(),
            headers,
        }
    }

    fn oauth2(placement: Value) -> Value {
        json!({
            "key": "k", "type": "OAuth2",
            "oauth2": {"type": "ClientCredentials", "accessTokenUrl": "https://a.example/t", "placement": placement},
        })
    }

    const URL: &str = "https://a.example/x?y=%2F";

    #[test]
    fn a_credential_goes_where_the_definition_says() {
        let table = [
            (json!({"key": "k", "type": "ApiKey"}), "v", URL, vec![]),
            (
                json!({"key": "k", "type": "ApiKey", "authScheme": "x-api-token", "prefix": "t "}),
                "v",
                URL,
                vec![("x-api-token", "t v")],
            ),
            (
                json!({"key": "k", "type": "ApiKey", "authScheme": "api key", "in": "Query"}),
                "v&w",
                "https://a.example/x?y=%2F&api%20key=v%26w",
                vec![],
            ),
            (
                json!({"key": "k", "type": "ApiKey", "authScheme": "sid", "in": "Cookie"}),
                "v",
                URL,
                vec![("cookie", "sid=v")],
            ),
            (
                json!({"key": "k", "type": "ApiKey", "authScheme": "sid", "in": "None"}),
                "v",
                URL,
                vec![],
            ),
            (
                json!({"key": "k", "type": "Basic"}),
                "dTpwOjE",
                URL,
                vec![("authorization", "Basic dTpwOjE=")],
            ),
            (
                json!({"key": "k", "type": "AuthFields", "authFields": [
                    {"name": "A", "key": "x-a", "type": "Text", "in": "Header"},
                    {"name": "B", "key": "b", "type": "Text", "in": "Query"},
                    {"name": "C", "key": "c.d", "type": "Text"},
                ]}),
                r#"{"A":"1","B":"2","C":"3"}"#,
                "https://a.example/x?y=%2F&b=2",
                vec![("x-a", "1")],
            ),
            (
                oauth2(Value::Null),
                "at",
                URL,
                vec![("authorization", "Bearer at")],
            ),
            (
                oauth2(json!({"prefix": "Token "})),
                "at",
                URL,
                vec![("authorization", "Token at")],
            ),
            (
                oauth2(json!({"name": "X-Shopify-Access-Token"})),
                "at",
                URL,
                vec![("x-shopify-access-token", "at")],
            ),
            (
                oauth2(json!({"in": "Query"})),
                "at",
                "https://a.example/x?y=%2F&access_token=at",
                vec![],
            ),
            (oauth2(json!({"in": "None"})), "at", URL, vec![]),
        ];
        for (definition, auth_value, url, headers) in table {
            let sent = send(definition.clone(), auth_value, URL, &[]);

            let wanted: Vec<_> = headers
                .iter()
                .map(|(n, v)| (n.to_string(), v.to_string()))
                .collect();
            assert_eq!(
                (sent.url.as_str(), sent.headers),
                (url, wanted),
                "{definition}"
            );
        }
    }

    #[test]
    fn what_is_set_already_stays() {
        let table = [
            (
                json!({"key": "k", "type": "Basic"}),
                "dTpw",
                URL,
                vec![("authorization", "mine")],
            ),
            (
                oauth2(Value::Null),
                "at",
                URL,
                vec![("authorization", "mine")],
            ),
            (
                json!({"key": "k", "type": "ApiKey", "authScheme": "y", "in": "Query"}),
                "v",
                URL,
                vec![],
            ),
            (
                json!({"key": "k", "type": "ApiKey", "authScheme": "sid", "in": "Cookie"}),
                "v",
                URL,
                vec![("cookie", "a=1; sid=mine")],
            ),
        ];
        for (definition, auth_value, url, set) in table {
            let sent = send(definition.clone(), auth_value, url, &set);

            let wanted: Vec<_> = set
                .iter()
                .map(|(n, v)| (n.to_string(), v.to_string()))
                .collect();
            assert_eq!(
                (sent.url.as_str(), sent.headers),
                (url, wanted),
                "{definition}"
            );
        }
        let cookie = json!({"key": "k", "type": "ApiKey", "authScheme": "sid", "in": "Cookie"});
        let sent = send(cookie, "v", URL, &[("cookie", "a=1")]);
        assert_eq!(
            sent.headers,
            [("cookie".to_owned(), "a=1; sid=v".to_owned())]
        );
    }

    #[test]
    fn credentials_for_the_body_are_handed_to_the_caller() {
        let fields: Authentication = serde_json::from_value(json!({
            "key": "k", "type": "AuthFields", "authFields": [
                {"name": "A", "key": "login.user", "type": "Text"},
                {"name": "B", "key": "b", "type": "Text", "in": "Query"},
            ],
        }))
        .unwrap();
        let credential = Credential::parse(&fields, r#"{"A":"1","B":"2"}"#).unwrap();
        let values = body_values(&fields, &credential).unwrap();
        assert_eq!(values.len(), 1);
        assert_eq!(
            (values[0].location, values[0].value.expose_secret()),
            ("login.user", "1")
        );

        let token: Authentication =
            serde_json::from_value(oauth2(json!({"in": "Body", "name": "auth.token"}))).unwrap();
        let credential = Credential::parse(&token, "at").unwrap();
        let values = body_values(&token, &credential).unwrap();
        assert_eq!(
            (values[0].location, values[0].value.expose_secret()),
            ("auth.token", "at")
        );
    }

    #[test]
    fn nothing_is_sent_with_a_credential_that_is_not_there_or_cannot_be_sent() {
        let apply_to = |definition: Value, credential: Credential| {
            let authentication: Authentication = serde_json::from_value(definition).unwrap();
            let request = Unauthenticated {
                method: &Method::GET,
                url: &mut Url::parse(URL).unwrap(),
                headers: &mut HeaderMap::new(),
                body: BodyToSign::Empty,
            };
            apply(request, &authentication, &credential, None).unwrap_err()
        };
        let key = json!({"key": "k", "type": "ApiKey", "authScheme": "x-key"});
        let bad_name = json!({"key": "k", "type": "ApiKey", "authScheme": "x key"});
        let oauth1 = json!({"key": "k", "type": "OAuth1", "oauth1": {}});

        assert_eq!(
            apply_to(key.clone(), Credential::None),
            ApplyError::NotAuthenticated
        );
        assert_eq!(
            apply_to(
                oauth2(Value::Null),
                Credential::OAuth2(OAuth2Token::default())
            ),
            ApplyError::NotAuthenticated
        );
        assert_eq!(
            apply_to(key, Credential::ApiKey("a\nb".into())),
            ApplyError::Unsendable("x-key".into())
        );
        assert_eq!(
            apply_to(bad_name, Credential::ApiKey("a".into())),
            ApplyError::HeaderName("x key".into())
        );
        assert_eq!(apply_to(oauth1, Credential::None), ApplyError::NoConsumer);
    }

    #[test]
    fn oauth1_signs_with_and_without_a_token() {
        let authentication: Authentication = serde_json::from_value(
            json!({"key": "k", "type": "OAuth1", "oauth1": {"flow": "TwoLegged"}}),
        )
        .unwrap();
        let rules = authentication.oauth1.as_ref().unwrap();
        let signer = Signer::new(rules, "key", "secret".into(), &ValuesFn(|_: &str| None)).unwrap();
        let once = Once {
            now: "2030-01-01T00:00:00Z".parse().unwrap(),
            nonce: [1; 16],
        };
        let mut headers = HeaderMap::new();
        let request = Unauthenticated {
            method: &Method::GET,
            url: &mut Url::parse(URL).unwrap(),
            headers: &mut headers,
            body: BodyToSign::Empty,
        };

        apply(
            request,
            &authentication,
            &Credential::None,
            Some((&signer, once)),
        )
        .unwrap();

        let header = headers[AUTHORIZATION].to_str().unwrap();
        assert!(
            header.starts_with("OAuth oauth_consumer_key=\"key\", "),
            "{header}"
        );
        assert!(!header.contains("oauth_token"), "{header}");
    }
}
