//! `AuthValue`, the text that carries a credential over our own API (connectors.md §9.2, §9.5).

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use velodrome_model::{
    ExposeSecret, SecretString,
    definition::{AuthType, Authentication, OAuth1Flow, OAuth2Type, scalar_text},
};

use super::credential::{BasicCredential, Credential, OAuth1Token, OAuth2Token};

/// Clients pad or not; both are read, padded is written.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why an AuthValue does not fit its authentication. Never holds the value itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthValueError {
    /// Nothing in it.
    #[error("AuthValue is empty")]
    Empty,
    /// The authentication takes none.
    #[error("AuthValue cannot be set: this connector needs no credentials")]
    NotTaken,
    /// Line breaks or other control characters would break the request apart.
    #[error("AuthValue contains control characters")]
    ControlCharacters,
    /// Not base64.
    #[error("AuthValue must be base64 of user:password")]
    NotBase64,
    /// Base64, but of something else.
    #[error("AuthValue must be base64 of user:password, in UTF-8 with a colon after the user")]
    NotUserAndPassword,
    /// Not an object.
    #[error("AuthValue must be JSON text: {{{0}}}")]
    NotJson(&'static str),
    /// A member is missing or blank.
    #[error("AuthValue lacks {0}")]
    Missing(String),
    /// A member is of the wrong type.
    #[error("AuthValue: {0} must be text")]
    NotText(String),
    /// A member is no date.
    #[error("AuthValue: {0} must be an ISO 8601 date and time")]
    NotADate(&'static str),
}

impl Credential {
    /// Reads an AuthValue for this authentication.
    pub fn parse(authentication: &Authentication, text: &str) -> Result<Self, AuthValueError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AuthValueError::Empty);
        }
        match authentication.kind {
            AuthType::None => Err(AuthValueError::NotTaken),
            AuthType::ApiKey => clean(text).map(|key| Self::ApiKey(key.into())),
            AuthType::Basic => basic(text).map(Self::Basic),
            AuthType::AuthFields => auth_fields(authentication, text),
            AuthType::OAuth1 => oauth1(authentication, text),
            AuthType::OAuth2 => oauth2(authentication, text),
        }
    }

    /// Writes it as AuthValue; none for a credential that has no text.
    pub fn to_auth_value(&self) -> Option<SecretString> {
        let text = match self {
            Self::None => return None,
            Self::ApiKey(key) => return Some(key.clone()),
            Self::Basic(basic) => basic.encoded(),
            Self::AuthFields(fields) => {
                let members: Map<String, Value> = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), value.expose_secret().into()))
                    .collect();
                Value::Object(members).to_string()
            }
            Self::OAuth1(token) => Value::Object(token.members()).to_string(),
            Self::OAuth2(token) => Value::Object(token.members()).to_string(),
        };
        Some(text.into())
    }
}

impl BasicCredential {
    /// base64(user:password), as it stands in AuthValue and in the header.
    pub(crate) fn encoded(&self) -> String {
        BASE64.encode(format!(
            "{}:{}",
            self.username,
            self.password.expose_secret()
        ))
    }
}

impl OAuth1Token {
    fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("Token".into(), self.token.expose_secret().into());
        members.insert(
            "TokenSecret".into(),
            self.token_secret.expose_secret().into(),
        );
        members.extend(self.metadata.clone());
        members
    }
}

impl OAuth2Token {
    fn members(&self) -> Map<String, Value> {
        let secret =
            |value: &Option<SecretString>| value.as_ref().map(|s| s.expose_secret().to_owned());
        let date = |value: Option<DateTime<Utc>>| {
            value.map(|d| d.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        };
        let mut members = Map::new();
        for (name, value) in [
            ("AccessToken", secret(&self.access_token)),
            ("RefreshToken", secret(&self.refresh_token)),
            ("Expires", date(self.expires)),
            ("RefreshExpires", date(self.refresh_expires)),
        ] {
            if let Some(value) = value {
                members.insert(name.into(), value.into());
            }
        }
        members.extend(self.metadata.clone());
        members
    }
}

fn clean(text: &str) -> Result<&str, AuthValueError> {
    if text.chars().any(char::is_control) {
        Err(AuthValueError::ControlCharacters)
    } else {
        Ok(text)
    }
}

fn basic(text: &str) -> Result<BasicCredential, AuthValueError> {
    let bytes = BASE64.decode(text).map_err(|_| AuthValueError::NotBase64)?;
    let pair = String::from_utf8(bytes).map_err(|_| AuthValueError::NotUserAndPassword)?;
    let (username, password) = clean(&pair)?
        .split_once(':')
        .ok_or(AuthValueError::NotUserAndPassword)?;
    if username.is_empty() && password.is_empty() {
        return Err(AuthValueError::Empty);
    }
    Ok(BasicCredential {
        username: username.to_owned(),
        password: password.into(),
    })
}

fn auth_fields(authentication: &Authentication, text: &str) -> Result<Credential, AuthValueError> {
    const SHAPE: &str = r#""name":"value",…"#;
    let given = object(text, SHAPE)?;
    let mut fields = IndexMap::with_capacity(given.len());
    for (name, value) in &given {
        let text = match value {
            Value::Null => continue,
            Value::Array(_) | Value::Object(_) => {
                return Err(AuthValueError::NotText(name.clone()));
            }
            scalar => scalar_text(scalar),
        };
        fields.insert(name.clone(), SecretString::from(text));
    }
    for field in &authentication.auth_fields {
        let optional = authentication
            .fields
            .get(&field.name)
            .is_some_and(|rules| rules.optional);
        let blank = fields
            .get(&field.name)
            .is_none_or(|value| value.expose_secret().trim().is_empty());
        if blank && !optional {
            return Err(AuthValueError::Missing(field.name.clone()));
        }
    }
    Ok(Credential::AuthFields(fields))
}

fn oauth1(authentication: &Authentication, text: &str) -> Result<Credential, AuthValueError> {
    const SHAPE: &str = r#""Token":"…","TokenSecret":"…""#;
    if authentication
        .oauth1
        .as_ref()
        .is_some_and(|rules| rules.flow == OAuth1Flow::TwoLegged)
    {
        return Err(AuthValueError::NotTaken);
    }
    let mut members = object(text, SHAPE)?;
    let token =
        take_text(&mut members, "Token")?.ok_or_else(|| AuthValueError::Missing("Token".into()))?;
    let token_secret = take_text(&mut members, "TokenSecret")?.unwrap_or_default();
    Ok(Credential::OAuth1(OAuth1Token {
        token: token.into(),
        token_secret: token_secret.into(),
        metadata: members,
    }))
}

/// A text that is no JSON object is an access token without expiry; tokens never begin with a brace.
fn oauth2(authentication: &Authentication, text: &str) -> Result<Credential, AuthValueError> {
    const SHAPE: &str =
        r#""AccessToken":"…","RefreshToken":"…","Expires":"…","RefreshExpires":"…""#;
    if !text.starts_with('{') {
        let access_token = Some(clean(text)?.into());
        return Ok(Credential::OAuth2(OAuth2Token {
            access_token,
            ..OAuth2Token::default()
        }));
    }
    let mut members = object(text, SHAPE)?;
    let token = OAuth2Token {
        access_token: take_text(&mut members, "AccessToken")?.map(SecretString::from),
        refresh_token: take_text(&mut members, "RefreshToken")?.map(SecretString::from),
        expires: take_date(&mut members, "Expires")?,
        refresh_expires: take_date(&mut members, "RefreshExpires")?,
        issued: None,
        metadata: members,
    };
    let needs_user = authentication
        .oauth2
        .as_ref()
        .is_some_and(|rules| rules.kind == OAuth2Type::AuthorisationCode);
    if needs_user && token.access_token.is_none() && token.refresh_token.is_none() {
        return Err(AuthValueError::Missing("AccessToken".into()));
    }
    Ok(Credential::OAuth2(token))
}

fn object(text: &str, shape: &'static str) -> Result<Map<String, Value>, AuthValueError> {
    serde_json::from_str(text).map_err(|_| AuthValueError::NotJson(shape))
}

/// Takes a member out whatever the case of its name, as everywhere in our API; blank counts as absent.
fn take(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = members
        .keys()
        .find(|key| key.eq_ignore_ascii_case(name))?
        .clone();
    members.shift_remove(&key)
}

fn take_text(
    members: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<String>, AuthValueError> {
    match take(members, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let text = clean(&text)?;
            Ok((!text.trim().is_empty()).then(|| text.to_owned()))
        }
        Some(_) => Err(AuthValueError::NotText(name.into())),
    }
}

fn take_date(
    members: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<DateTime<Utc>>, AuthValueError> {
    take_text(members, name)?
        .map(|text| iso_date(text.trim()).ok_or(AuthValueError::NotADate(name)))
        .transpose()
}

/// ISO 8601; UTC when it names no zone.
pub(crate) fn iso_date(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(date) = DateTime::parse_from_rfc3339(text) {
        return Some(date.to_utc());
    }
    let text = text.replacen(' ', "T", 1);
    NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f")
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M"))
        .ok()
        .map(|naive| naive.and_utc())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn authentication(more: Value) -> Authentication {
        let mut rules = json!({"key": "k"});
        rules
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        serde_json::from_value(rules).unwrap()
    }

    fn oauth2(kind: &str) -> Authentication {
        authentication(json!({
            "type": "OAuth2", "oauth2": {"type": kind, "accessTokenUrl": "https://a.example/token"},
        }))
    }

    fn reprinted(authentication: &Authentication, text: &str) -> Result<String, AuthValueError> {
        let printed = Credential::parse(authentication, text)?.to_auth_value();
        Ok(printed.unwrap().expose_secret().to_owned())
    }

    #[test]
    fn an_auth_value_of_each_type_reads_and_writes() {
        let code = oauth2("AuthorisationCode");
        let client = oauth2("ClientCredentials");
        let fields = authentication(json!({
            "type": "AuthFields", "fields": {"Note": {"optional": true}},
            "authFields": [
                {"name": "Shop", "key": "shop", "type": "Text"},
                {"name": "Note", "key": "note", "type": "Text"},
            ],
        }));
        let oauth1 = authentication(json!({"type": "OAuth1", "oauth1": {}}));
        let table = [
            (
                &authentication(json!({"type": "ApiKey"})),
                "  key=1 ",
                "key=1",
            ),
            (
                &authentication(json!({"type": "Basic"})),
                "dTpwOjE",
                "dTpwOjE=",
            ),
            (
                &fields,
                r#"{"Shop":12,"Extra":"x","Gone":null}"#,
                r#"{"Shop":"12","Extra":"x"}"#,
            ),
            (
                &oauth1,
                r#"{"token":"t","realm":1}"#,
                r#"{"Token":"t","TokenSecret":"","realm":1}"#,
            ),
            (&code, "opaque", r#"{"AccessToken":"opaque"}"#),
            (&code, "12345", r#"{"AccessToken":"12345"}"#),
            (
                &code,
                r#"{"x":{"y":1},"ACCESSTOKEN":"a","RefreshToken":"","Expires":"2030-01-01T12:00:00+02:00",
                   "RefreshExpires":"2030-02-01 00:00:00.5"}"#,
                r#"{"AccessToken":"a","Expires":"2030-01-01T10:00:00Z","RefreshExpires":"2030-02-01T00:00:00.500Z","x":{"y":1}}"#,
            ),
            (&code, r#"{"RefreshToken":"r"}"#, r#"{"RefreshToken":"r"}"#),
            (&client, "{}", "{}"),
        ];
        for (authentication, text, wanted) in table {
            assert_eq!(
                reprinted(authentication, text).as_deref(),
                Ok(wanted),
                "{text}"
            );
            assert_eq!(
                reprinted(authentication, wanted).as_deref(),
                Ok(wanted),
                "{wanted}"
            );
        }
    }

    #[test]
    fn an_auth_value_that_does_not_fit_says_why_without_repeating_it() {
        let basic = authentication(json!({"type": "Basic"}));
        let code = oauth2("AuthorisationCode");
        let fields = authentication(json!({
            "type": "AuthFields", "authFields": [{"name": "Shop", "key": "shop", "type": "Text"}],
        }));
        let oauth1 = authentication(json!({"type": "OAuth1", "oauth1": {}}));
        let two_legged = authentication(json!({"type": "OAuth1", "oauth1": {"flow": "TwoLegged"}}));
        let missing = |name: &str| AuthValueError::Missing(name.to_owned());
        let table = [
            (
                &authentication(json!({"type": "None"})),
                "x",
                AuthValueError::NotTaken,
            ),
            (
                &authentication(json!({"type": "ApiKey"})),
                "  ",
                AuthValueError::Empty,
            ),
            (
                &authentication(json!({"type": "ApiKey"})),
                "a\r\nb",
                AuthValueError::ControlCharacters,
            ),
            (&basic, "not base64!", AuthValueError::NotBase64),
            (&basic, "dXNlcg==", AuthValueError::NotUserAndPassword),
            (&basic, "/zo=", AuthValueError::NotUserAndPassword),
            (&basic, "Og==", AuthValueError::Empty),
            (&code, "{}", missing("AccessToken")),
            (
                &code,
                r#"{"AccessToken":1}"#,
                AuthValueError::NotText("AccessToken".into()),
            ),
            (
                &code,
                r#"{"AccessToken":"a","Expires":"tomorrow"}"#,
                AuthValueError::NotADate("Expires"),
            ),
            (&fields, r#"{"Shop":" "}"#, missing("Shop")),
            (
                &fields,
                r#"{"Shop":["a"]}"#,
                AuthValueError::NotText("Shop".into()),
            ),
            (&oauth1, r#"{"TokenSecret":"s"}"#, missing("Token")),
            (&two_legged, r#"{"Token":"t"}"#, AuthValueError::NotTaken),
        ];
        for (authentication, text, wanted) in table {
            assert_eq!(reprinted(authentication, text), Err(wanted), "{text}");
        }
        for broken in [r#"{"AccessToken":"s3cret""#, "{s3cret}"] {
            let error = Credential::parse(&code, broken).unwrap_err();
            assert!(
                matches!(error, AuthValueError::NotJson(_))
                    && !error.to_string().contains("s3cret")
            );
        }
    }

    #[test]
    fn the_password_may_hold_colons() {
        let basic = authentication(json!({"type": "Basic"}));

        let Credential::Basic(read) = Credential::parse(&basic, "dTpwOjE=").unwrap() else {
            panic!("not Basic");
        };

        assert_eq!(
            (read.username.as_str(), read.password.expose_secret()),
            ("u", "p:1")
        );
    }

    proptest! {
        #[test]
        fn nothing_makes_reading_panic(text in any::<String>()) {
            for kind in ["ApiKey", "Basic", "AuthFields", "OAuth1"] {
                let _ = Credential::parse(&authentication(json!({"type": kind})), &text);
            }
            let _ = Credential::parse(&oauth2("AuthorisationCode"), &text);
        }
    }
}
