//! Who calls: authority is an argument of the handler, so it cannot be forgotten.
//!
//! Checks run in the order of api.md §4: token, account header, restriction, address, role, rate.

use axum::extract::{FromRef, FromRequestParts, MatchedPath};
use http::{Method, header, request::Parts};
use velodrome_model::{AccountActor, AnyActor, IpScope, PartnerActor, Right, SecretString};
use velodrome_service::{
    Access,
    access::{AccessError, Caller, Credential},
};

use crate::{ApiError, client_address::ClientAddress, cookies, rights::right_of, site::Site};

/// Name of the header that names an account; kept from the compatible API.
pub const ACCOUNT_HEADER: &str = "x-cyclr-account";

/// The header that a browser must send with a session for anything but reading. A foreign page can not
/// make a browser send it, so a session can not be used behind its owner's back.
pub const CONSOLE_HEADER: &str = "x-velodrome-console";

/// One who acts for the whole partner.
#[derive(Clone, Debug)]
pub struct AsPartner(
    /// The actor.
    pub PartnerActor,
);

/// One who acts within an account.
#[derive(Clone, Debug)]
pub struct AsAccount(
    /// The actor.
    pub AccountActor,
);

/// One who reads what both levels may read.
#[derive(Clone, Debug)]
pub struct AsAny(
    /// The actor.
    pub AnyActor,
);

/// Whoever has a good token or session, with what the door knows of it. Only the address and, for
/// sessions, the header against foreign pages were checked.
#[derive(Clone, Debug)]
pub struct AnyCaller(
    /// The caller.
    pub Caller,
);

impl AnyCaller {
    /// Whether secrets may be shown to this caller.
    pub fn may_see_secrets(&self) -> bool {
        self.0.role.may(Right::RevealSecrets)
    }
}

impl<S> FromRequestParts<S> for AsPartner
where
    S: Send + Sync,
    Access: FromRef<S>,
    Site: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (access, site) = (Access::from_ref(state), Site::from_ref(state));
        let caller = authenticate(parts, &access, &site).await?;
        let actor = access.partner(&caller)?;
        admit(parts, &access, &site, &caller).await?;
        Ok(Self(actor))
    }
}

impl<S> FromRequestParts<S> for AsAccount
where
    S: Send + Sync,
    Access: FromRef<S>,
    Site: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (access, site) = (Access::from_ref(state), Site::from_ref(state));
        let caller = authenticate(parts, &access, &site).await?;
        let actor = access.account(&caller, account_header(parts)).await?;
        admit(parts, &access, &site, &caller).await?;
        Ok(Self(actor))
    }
}

impl<S> FromRequestParts<S> for AsAny
where
    S: Send + Sync,
    Access: FromRef<S>,
    Site: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (access, site) = (Access::from_ref(state), Site::from_ref(state));
        let caller = authenticate(parts, &access, &site).await?;
        let actor = access.any(&caller, account_header(parts)).await?;
        admit(parts, &access, &site, &caller).await?;
        Ok(Self(actor))
    }
}

impl<S> FromRequestParts<S> for AnyCaller
where
    S: Send + Sync,
    Access: FromRef<S>,
    Site: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let access = Access::from_ref(state);
        let caller = authenticate(parts, &access, &Site::from_ref(state)).await?;
        check_address(parts, &access, &caller).await?;
        Ok(Self(caller))
    }
}

/// The caller of the request; a second extractor of the same request finds it there already.
async fn authenticate(parts: &mut Parts, access: &Access, site: &Site) -> Result<Caller, ApiError> {
    if let Some(caller) = parts.extensions.get::<Caller>() {
        return Ok(caller.clone());
    }
    let ClientAddress(address) = ClientAddress::of(parts, site);
    let caller = match bearer(parts)? {
        Some(token) => access.token(&token, address).await?,
        None => {
            let cookie = cookies::console_session(&parts.headers);
            let cookie =
                cookie.ok_or_else(|| ApiError::unauthorized("auth.token_required", false))?;
            access.session(&cookie, address).await?
        }
    };
    parts.extensions.insert(caller.clone());
    Ok(caller)
}

/// The token of `Authorization: Bearer`. A header of another scheme is a wrong token, not no token.
fn bearer(parts: &Parts) -> Result<Option<SecretString>, ApiError> {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    match token.filter(|token| !token.is_empty()) {
        Some(token) => Ok(Some(SecretString::from(token))),
        None => Err(ApiError::unauthorized("auth.token_invalid", true)),
    }
}

fn account_header(parts: &Parts) -> Option<&str> {
    // A header that is no text names no account, which is not the same as none.
    parts
        .headers
        .get(ACCOUNT_HEADER)
        .map(|value| value.to_str().unwrap_or("\u{fffd}"))
}

/// Address and role, both 403, after everything that is 401; then whether it was too often.
async fn admit(
    parts: &Parts,
    access: &Access,
    site: &Site,
    caller: &Caller,
) -> Result<(), ApiError> {
    check_address(parts, access, caller).await?;
    if caller.must_set_up_second_factor {
        let text =
            "The security settings require a second factor. Set one up in the console first.";
        return Err(ApiError::forbidden(
            "session.second_factor_setup_required",
            text,
        ));
    }
    let template = parts
        .extensions
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str);
    caller.require(right_of(&parts.method, template))?;
    site.pace
        .count(caller.credential)
        .map_err(|wait| ApiError::too_many("api.rate_limit", wait))
}

async fn check_address(parts: &Parts, access: &Access, caller: &Caller) -> Result<(), ApiError> {
    let is_session = matches!(caller.credential, Credential::Session(_));
    if is_session && !is_read(&parts.method) && !parts.headers.contains_key(CONSOLE_HEADER) {
        let text = "Requests of a console session must carry the header X-Velodrome-Console.";
        return Err(ApiError::forbidden("session.header_required", text));
    }
    let address = caller.principal.address;
    if is_session {
        access
            .admit(caller.partner, IpScope::Console, address)
            .await?;
    }
    if parts.uri.path().starts_with("/v1.0") {
        access.admit(caller.partner, IpScope::Api, address).await?;
    }
    Ok(())
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Denied { given: false } => {
                Self::unauthorized("auth.token_required", false)
            }
            AccessError::Denied { given: true } => Self::unauthorized("auth.token_invalid", true),
            AccessError::NoAccount => Self::unauthorized_because("auth.account_required", error),
            AccessError::UnknownAccount => {
                Self::unauthorized_because("auth.account_unknown", error)
            }
            AccessError::Restricted => Self::forbidden("auth.token_restricted", error),
            AccessError::OtherAccount => Self::forbidden("auth.other_account", error),
            AccessError::Address => Self::forbidden("auth.address_not_allowed", error),
            AccessError::Role(_) => Self::forbidden("auth.role", error),
            AccessError::Store(cause) => Self::unexpected(cause),
        }
    }
}
