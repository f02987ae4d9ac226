//! What a definition may say that this release cannot do.

use velodrome_model::definition::{AuthType, Authentication, ClientAuth, OAuth2, SignatureMethod};

/// RSA signatures.
pub(crate) const RSA: &str = "RSA signatures of OAuth 1.0a are not supported by this release";
/// mTLS.
pub(crate) const CLIENT_CERTIFICATE: &str = "client certificates are not supported by this release";
/// private_key_jwt.
pub(crate) const PRIVATE_KEY_JWT: &str =
    "client authentication by private_key_jwt is not supported by this release";
/// jwt-bearer.
pub(crate) const JWT_BEARER: &str = "the jwt-bearer grant is not supported by this release";

/// RFC 7523 §2.1.
const JWT_BEARER_GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Why this release cannot carry out an authentication, in words for the author of the definition.
pub fn unsupported(authentication: &Authentication) -> Option<&'static str> {
    if authentication.tls.is_some() {
        return Some(CLIENT_CERTIFICATE);
    }
    match authentication.kind {
        AuthType::OAuth1 => {
            let method = authentication.oauth1.as_ref()?.signature_method;
            let rsa = matches!(
                method,
                SignatureMethod::RsaSha1 | SignatureMethod::RsaSha256 | SignatureMethod::RsaSha512
            );
            rsa.then_some(RSA)
        }
        AuthType::OAuth2 => unsupported_oauth2(authentication.oauth2.as_ref()?),
        AuthType::None | AuthType::ApiKey | AuthType::Basic | AuthType::AuthFields => None,
    }
}

/// The same for OAuth 2.0 alone.
pub(crate) fn unsupported_oauth2(rules: &OAuth2) -> Option<&'static str> {
    match rules.client_auth {
        ClientAuth::PrivateKeyJwt => return Some(PRIVATE_KEY_JWT),
        ClientAuth::TlsClientAuth => return Some(CLIENT_CERTIFICATE),
        ClientAuth::Body | ClientAuth::Basic | ClientAuth::None => {}
    }
    let jwt_bearer =
        rules.grant_type.as_deref() == Some(JWT_BEARER_GRANT) || rules.assertion.is_some();
    jwt_bearer.then_some(JWT_BEARER)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_cannot_be_done_is_named_and_the_rest_passes() {
        let oauth2 = |more: Value| {
            let mut rules =
                json!({"type": "ClientCredentials", "accessTokenUrl": "https://a.example/t"});
            rules
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            json!({"key": "k", "type": "OAuth2", "oauth2": rules})
        };
        let table = [
            (json!({"key": "k", "type": "ApiKey"}), None),
            (oauth2(json!({})), None),
            (
                oauth2(json!({"clientAuth": "basic", "grantType": "urn:custom"})),
                None,
            ),
            (
                oauth2(json!({"clientAuth": "private_key_jwt"})),
                Some(PRIVATE_KEY_JWT),
            ),
            (
                oauth2(json!({"clientAuth": "tls_client_auth"})),
                Some(CLIENT_CERTIFICATE),
            ),
            (
                oauth2(json!({"grantType": JWT_BEARER_GRANT})),
                Some(JWT_BEARER),
            ),
            (json!({"key": "k", "type": "OAuth1", "oauth1": {}}), None),
            (
                json!({"key": "k", "type": "OAuth1", "oauth1": {"signatureMethod": "RSA-SHA256"}}),
                Some(RSA),
            ),
            (
                json!({"key": "k", "type": "None", "tls": {"certificate": "c", "privateKey": "k"}}),
                Some(CLIENT_CERTIFICATE),
            ),
        ];
        for (definition, wanted) in table {
            let authentication = serde_json::from_value(definition.clone()).unwrap();
            assert_eq!(unsupported(&authentication), wanted, "{definition}");
        }
    }
}
