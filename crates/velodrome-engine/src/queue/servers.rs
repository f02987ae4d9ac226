//! Where NATS is, and how to log in there, from one text.

use std::fmt;

use async_nats::ServerAddr;
use percent_encoding::percent_decode_str;
use url::Url;
use velodrome_model::SecretString;

/// Servers of one NATS system, and the login that their addresses name.
#[derive(Clone)]
pub struct Servers {
    pub(super) addresses: Vec<ServerAddr>,
    pub(super) login: Login,
}

/// How to log in, unless a credentials file says so.
#[derive(Clone)]
pub(super) enum Login {
    None,
    Token(SecretString),
    Password(String, SecretString),
}

/// Why a text names no servers. It repeats nothing of the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServersError {
    /// Something that is no address.
    #[error(
        "must be the addresses of NATS servers, comma-separated: nats://HOST:PORT, or tls://HOST:PORT \
         where the connection must be encrypted"
    )]
    Address,
    /// Servers of one system with different logins.
    #[error("must name the same user and password, or token, in each address that names one")]
    Logins,
}

impl Servers {
    /// Reads addresses, comma-separated. `USER:PASSWORD@` or `TOKEN@` before a host logs in.
    ///
    /// # Errors
    /// As [`ServersError`] says.
    pub fn parse(text: &str) -> Result<Self, ServersError> {
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let mut addresses = Vec::new();
        let mut login: Option<(String, Option<String>)> = None;
        for part in parts {
            let mut url = address(part)?;
            let found = login_of(&url);
            // From here on nothing that is logged holds a secret.
            url.set_password(None).map_err(|()| ServersError::Address)?;
            url.set_username("").map_err(|()| ServersError::Address)?;
            match (&login, found) {
                (Some(one), Some(other)) if *one != other => return Err(ServersError::Logins),
                (None, Some(found)) => login = Some(found),
                _ => {}
            }
            let address = ServerAddr::from_url(url).map_err(|_| ServersError::Address)?;
            addresses.push(address);
        }
        if addresses.is_empty() {
            return Err(ServersError::Address);
        }
        let login = match login {
            None => Login::None,
            Some((token, None)) => Login::Token(token.into()),
            Some((user, Some(password))) => Login::Password(user, password.into()),
        };
        Ok(Self { addresses, login })
    }
}

/// Hosts and ports, for logs.
impl fmt::Display for Servers {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, address) in self.addresses.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            write!(to, "{comma}{}:{}", address.host(), address.port())?;
        }
        Ok(())
    }
}

fn address(text: &str) -> Result<Url, ServersError> {
    let url: Url = match text.contains("://") {
        true => text.parse(),
        false => format!("nats://{text}").parse(),
    }
    .map_err(|_| ServersError::Address)?;
    let is_address = matches!(url.scheme(), "nats" | "tls")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none();
    is_address.then_some(url).ok_or(ServersError::Address)
}

/// User and password; without a password the user is a token.
fn login_of(url: &Url) -> Option<(String, Option<String>)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let user = Some(url.username()).filter(|user| !user.is_empty())?;
    Some((decoded(user), url.password().map(decoded)))
}

#[cfg(test)]
mod tests {
    use velodrome_model::ExposeSecret as _;

    use super::*;

    fn shown(text: &str) -> String {
        let servers = Servers::parse(text).unwrap();
        let login = match &servers.login {
            Login::None => String::new(),
            Login::Token(token) => format!(" as {}", token.expose_secret()),
            Login::Password(user, password) => format!(" as {user}, {}", password.expose_secret()),
        };
        let tls = servers.addresses.iter().any(ServerAddr::tls_required);
        format!("{servers}{login}{}", if tls { " by TLS" } else { "" })
    }

    #[test]
    fn addresses_are_read_as_nats_users_write_them() {
        let cases = [
            ("localhost", "localhost:4222"),
            (
                "nats://a.example, nats://b.example:5222",
                "a.example:4222, b.example:5222",
            ),
            ("tls://a.example", "a.example:4222 by TLS"),
            ("nats://me:p%40ss@a.example", "a.example:4222 as me, p@ss"),
            ("nats://t0ken@a.example", "a.example:4222 as t0ken"),
            (
                "nats://me:x@a.example,b.example",
                "a.example:4222, b.example:4222 as me, x",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_names_no_server_is_refused_without_repeating_it() {
        for text in [
            "",
            ",",
            "http://a",
            "ws://a",
            "nats://",
            "nats://a/path",
            "nats://a?b",
        ] {
            assert_eq!(
                Servers::parse(text).err(),
                Some(ServersError::Address),
                "{text}"
            );
        }
        let two = Servers::parse("nats://me:hunter2@a,nats://me:other@b").err();
        assert_eq!(two, Some(ServersError::Logins));
    }

    #[test]
    fn an_address_that_is_kept_holds_no_secret() {
        let servers = Servers::parse("nats://somebody:hunter2@a.example").unwrap();

        let kept = format!("{:?}", servers.addresses);

        assert!(
            !kept.contains("hunter2") && !kept.contains("somebody"),
            "{kept}"
        );
    }
}
