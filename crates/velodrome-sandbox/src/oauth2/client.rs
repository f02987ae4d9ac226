//! How clients prove themselves at the token endpoint (RFC 6749 §2.3).

use percent_encoding::percent_decode_str;

use super::OAuth2Server;
use super::settings::ClientAuth;
use super::token::TokenError;
use crate::answer::Answer;
use crate::call::{Call, Pairs};
use crate::credentials::{ClientError, real_secret_kind};

/// What the client showed of itself.
pub(super) struct Presented {
    pub(super) client_id: Option<String>,
    pub(super) secret: Option<String>,
    pub(super) by_header: bool,
}

impl OAuth2Server {
    /// The client that sent a form, once it has proven itself.
    pub(crate) fn client_of(&self, call: &Call) -> Result<String, Answer> {
        let presented = self.present(call, &call.form())?;
        let client_id = presented.client_id.clone().ok_or_else(|| {
            TokenError::client("The client did not say who it is.", presented.by_header)
        })?;
        self.authenticate(&client_id, &presented)?;
        Ok(client_id)
    }

    /// Reads the client's credentials from wherever this provider takes them.
    pub(super) fn present(&self, call: &Call, form: &Pairs) -> Result<Presented, TokenError> {
        let takes = |way| self.settings.client_auth.contains(&way);
        let body_id = form.filled("client_id").map(str::to_owned);
        let body_secret = form.filled("client_secret").map(str::to_owned);
        if takes(ClientAuth::SecretAlone) {
            let by_header = call
                .bearer()
                .map(str::to_owned)
                .or_else(|| call.basic().map(|(user, _)| user));
            let by_header_used = by_header.is_some();
            return Ok(Presented {
                client_id: body_id,
                secret: by_header.or(body_secret),
                by_header: by_header_used,
            });
        }
        let Some((user, password)) = call.basic() else {
            if call.header("authorization").is_some() {
                return Err(TokenError::client(
                    "The Authorization header is not Basic credentials.",
                    true,
                ));
            }
            if body_secret.is_some() && !takes(ClientAuth::Body) {
                return Err(TokenError::client(
                    "This provider takes client credentials in the Authorization header only.",
                    true,
                ));
            }
            return Ok(Presented {
                client_id: body_id,
                secret: body_secret,
                by_header: false,
            });
        };
        if !takes(ClientAuth::Basic) {
            return Err(TokenError::client(
                "This provider takes client credentials in the body only.",
                true,
            ));
        }
        let decode = |text: &str| {
            percent_decode_str(&text.replace('+', " "))
                .decode_utf8_lossy()
                .into_owned()
        };
        let (user, password) = (decode(&user), decode(&password));
        if body_id.is_some_and(|id| id != user)
            || body_secret.is_some_and(|secret| secret != password)
        {
            let text = "The Authorization header and the body name different clients.";
            return Err(TokenError::new("invalid_request", text));
        }
        Ok(Presented {
            client_id: Some(user),
            secret: Some(password),
            by_header: true,
        })
    }

    pub(super) fn authenticate(
        &self,
        client_id: &str,
        presented: &Presented,
    ) -> Result<(), TokenError> {
        let known = if self.settings.client_auth.contains(&ClientAuth::Public) {
            match presented.secret.as_deref().and_then(real_secret_kind) {
                Some(kind) => Err(ClientError::Real(kind)),
                None => Ok(()),
            }
        } else {
            self.clients.check(client_id, presented.secret.as_deref())
        };
        known.map_err(|error| TokenError::client(error.description(), presented.by_header))
    }
}
