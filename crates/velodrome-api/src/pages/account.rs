//! `/account`: what a person with a sign-in link sees of an account.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{OriginalUri, State},
    response::Response,
};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use velodrome_model::{
    AccountConnectorId, AuthenticationState, ExposeSecret, PartnerScope, Problem,
};
use velodrome_service::{
    Settings,
    account_connectors::{AccountConnectors, InstalledConnector},
    account_sessions::{AccountSession, AccountSessionError, AccountSessions},
    authentication::{Authentications, ReturnTarget, Visit},
};

use super::{authenticate::Flow, brand::Brand, finish, framing::Framing};
use crate::{ClientAddress, Site, cookies};

/// The page itself.
pub(super) const HOME_PATH: &str = "/account";
/// Where its forms are sent.
pub(super) const CONNECT_PATH: &str = "/account/connect";
/// Where signing out is sent.
pub(super) const SIGN_OUT_PATH: &str = "/account/signout";

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    brand: &'a Brand,
    account: &'a str,
    user: &'a str,
    rows: Vec<Row>,
    fault: Option<&'static str>,
    form_token: &'a str,
    connect_path: &'static str,
    sign_out_path: &'static str,
}

/// One connector of the account.
struct Row {
    id: i32,
    name: String,
    icon: Option<Arc<str>>,
    /// Whether it works, in words.
    state: &'static str,
    is_connected: bool,
    /// What more there is to say.
    hint: Option<&'static str>,
    /// Text of the button; none where this account can't change it.
    button: Option<&'static str>,
}

impl Row {
    fn new(session: &AccountSession, one: &InstalledConnector) -> Self {
        let is_own = one.owner == session.actor.key;
        let has_failed = matches!(one.connector.problem, Some(Problem::TestFailed(_)));
        let (state, button) = match one.state {
            AuthenticationState::Authenticated => ("Connected", "Reconnect"),
            AuthenticationState::NotAuthenticated => ("Not connected", "Connect"),
            AuthenticationState::NeedsReauthentication => ("Needs a new connection", "Reconnect"),
        };
        Self {
            id: one.connector.id.0,
            name: one.connector.name.clone(),
            icon: one.library.icon.clone(),
            state,
            is_connected: one.state == AuthenticationState::Authenticated,
            hint: match (is_own, has_failed) {
                (false, _) => Some("Managed in the main account."),
                (true, true) => Some("The last try did not work."),
                (true, false) => None,
            },
            button: is_own.then_some(button),
        }
    }
}

/// The account's connectors.
pub(super) async fn home(
    State(sessions): State<AccountSessions>,
    State(connectors): State<AccountConnectors>,
    State(settings): State<Settings>,
    ClientAddress(address): ClientAddress,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let session = match session(&sessions, &headers, address).await {
        Ok(session) => session,
        Err(error) => return refused(&Brand::of(&settings, None).await, &error),
    };
    let partner = partner_of(&session);
    let brand = Brand::of(&settings, Some(partner)).await;
    let installed = match connectors.list(&session.actor).await {
        Ok(installed) => installed,
        Err(cause) => {
            tracing::error!(%cause, "An account's page failed");
            return broken(&brand);
        }
    };
    let page = AccountPage {
        brand: &brand,
        account: &session.account_name,
        user: &session.actor.principal.name,
        rows: installed
            .iter()
            .map(|one| Row::new(&session, one))
            .collect(),
        fault: fault(uri.query().unwrap_or_default()),
        form_token: session.form_token.expose_secret(),
        connect_path: CONNECT_PATH,
        sign_out_path: SIGN_OUT_PATH,
    };
    finish::page_of(&brand, StatusCode::OK, &page)
}

/// A form of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    form: String,
    id: Option<AccountConnectorId>,
}

/// Goes off to connect one of the connectors; the way leads back here.
pub(super) async fn connect(
    State(sessions): State<AccountSessions>,
    State(authentications): State<Authentications>,
    State(settings): State<Settings>,
    State(site): State<Site>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    let session = match session(&sessions, &headers, address).await {
        Ok(session) => session,
        Err(error) => return refused(&Brand::of(&settings, None).await, &error),
    };
    let brand = Brand::of(&settings, Some(partner_of(&session))).await;
    let Some(id) = sent.id.filter(|_| session.owns_form(&sent.form)) else {
        return outdated(&brand);
    };
    let visit = Visit {
        scope: session.actor.scope,
        user_name: session.actor.principal.name,
        account_connector: Some(id),
        target: ReturnTarget {
            origin: Some(site.address("account")),
            message: None,
        },
    };
    let flow = Flow {
        authentications,
        site,
        brand,
        address,
        headers,
    };
    // Authenticating holds a whole installation across its calls: too much for every handler's future.
    Box::pin(flow.ask_or_go_on(visit, id)).await
}

/// Ends the session.
pub(super) async fn sign_out(
    State(sessions): State<AccountSessions>,
    State(settings): State<Settings>,
    State(site): State<Site>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    let session = match session(&sessions, &headers, address).await {
        Ok(session) => session,
        Err(error) => return refused(&Brand::of(&settings, None).await, &error),
    };
    let partner = partner_of(&session);
    let brand = Brand::of(&settings, Some(partner)).await;
    if !session.owns_form(&sent.form) {
        return outdated(&brand);
    }
    if let Err(error) = sessions.end(&session).await {
        return refused(&brand, &error);
    }
    let framing = Framing::of(&settings, partner).await;
    let text = "You can close this window.";
    let mut response = finish::notice(&brand, StatusCode::OK, "You are signed out", text);
    let cookie = cookies::clear_account_session(site.is_https(), framing.is_enabled());
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn session(
    sessions: &AccountSessions,
    headers: &HeaderMap,
    address: Option<std::net::IpAddr>,
) -> Result<AccountSession, AccountSessionError> {
    let cookie = cookies::account_session(headers).ok_or(AccountSessionError::SignedOut)?;
    sessions.find(&cookie, address).await
}

fn partner_of(session: &AccountSession) -> PartnerScope {
    PartnerScope {
        partner: session.actor.scope.partner,
    }
}

/// Why an authentication led nowhere, as the way back says. Its own words are not repeated: anybody
/// can write an address.
fn fault(query: &str) -> Option<&'static str> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, error) = pairs.find(|(name, _)| name == "error")?;
    Some(if error == "access_denied" {
        "The other application was not given permission. You can try again."
    } else {
        "The connection did not work. You can try again."
    })
}

/// A page for somebody without a session.
pub(super) fn refused(brand: &Brand, error: &AccountSessionError) -> Response {
    match error {
        AccountSessionError::Gone => finish::notice(
            brand,
            StatusCode::GONE,
            "This link is no longer valid",
            "It was used before or has expired. Ask for a new one where you got it.",
        ),
        AccountSessionError::SignedOut => finish::notice(
            brand,
            StatusCode::UNAUTHORIZED,
            "You are signed out",
            "Ask for a new link where you got the last one.",
        ),
        AccountSessionError::Store(cause) => {
            tracing::error!(%cause, "A session could not be read or written");
            broken(brand)
        }
    }
}

fn broken(brand: &Brand) -> Response {
    finish::notice(
        brand,
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong",
        "Please try again in a moment.",
    )
}

/// A form that was not made for this session.
fn outdated(brand: &Brand) -> Response {
    finish::notice(
        brand,
        StatusCode::FORBIDDEN,
        "This page is out of date",
        "Go back, reload the page and try again.",
    )
}
