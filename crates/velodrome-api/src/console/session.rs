//! The console's session: signing in and out, and what the shell must know.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::{Partner, SecretString, SharedClock};
use velodrome_service::{
    Console,
    console::{Holder, SignIn, SignInError},
};

use crate::{
    ApiError, ApiState, ClientAddress, ErrorBody, Site, cookies,
    extract::{AnyCaller, ApiJson, CONSOLE_HEADER},
    responses::Standard,
    v1::AdministratorRole,
};

/// Routes of the session.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(read_session, sign_in, sign_out))
        .routes(routes!(read_branding))
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct SignInRequest {
    /// E-mail address.
    email: String,
    /// Password.
    #[schema(value_type = String)]
    password: SecretString,
    /// Code of the second factor, once asked for.
    #[schema(value_type = Option<String>)]
    code: Option<SecretString>,
}

/// The administrator who is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct SignedInAdministrator {
    /// Id.
    id: Uuid,
    /// E-mail address.
    username: String,
    /// Name.
    name: Option<String>,
    /// Rights.
    role: AdministratorRole,
    /// May manage all partners.
    is_instance_administrator: bool,
    /// A second factor is set up.
    totp_enabled: bool,
    /// A second factor must be set up before anything else works.
    must_set_up_totp: bool,
}

/// How a partner wants the product to look and be called.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct Branding {
    /// Name of the application.
    application_display_name: String,
    /// data: URI.
    application_icon: Option<String>,
    /// data: URI.
    sign_in_logo: Option<String>,
    /// data: URI.
    fav_icon: Option<String>,
    /// LESS variables: colours.
    application_less_variables: Option<String>,
}

/// What the console's shell must know of the partner.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct PartnerDisplay {
    /// The brand.
    #[serde(flatten)]
    branding: Branding,
    /// Calls go to simulated providers.
    sandbox: bool,
    /// Where the simulated providers can be looked at.
    sandbox_url: Option<String>,
    /// Some calls go to another address than the one they name.
    egress_rewrite: bool,
}

/// The session of this browser.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct ConsoleSessionBody {
    /// Who is signed in.
    administrator: SignedInAdministrator,
    /// The partner.
    partner: PartnerDisplay,
}

impl From<&Partner> for Branding {
    fn from(partner: &Partner) -> Self {
        let general = &partner.general;
        Self {
            application_display_name: general.application_display_name.clone(),
            application_icon: general.application_icon.clone(),
            sign_in_logo: general.sign_in_logo.clone(),
            fav_icon: general.fav_icon.clone(),
            application_less_variables: partner.appearance.less_variables.clone(),
        }
    }
}

impl ConsoleSessionBody {
    fn new(holder: Holder, site: &Site) -> Self {
        let person = holder.administrator;
        Self {
            administrator: SignedInAdministrator {
                id: person.id.0,
                username: person.email,
                name: person.name,
                role: holder.role.into(),
                is_instance_administrator: person.is_instance_administrator,
                totp_enabled: person.has_second_factor,
                must_set_up_totp: holder.must_set_up_second_factor,
            },
            partner: PartnerDisplay {
                branding: Branding::from(&holder.partner),
                sandbox: site.sandbox_url.is_some(),
                sandbox_url: site.sandbox_url.as_ref().map(ToString::to_string),
                egress_rewrite: site.egress_is_rewritten,
            },
        }
    }
}

/// Get the console session
#[utoipa::path(get, path = "/console/session", operation_id = "getConsoleSession", tag = "Console",
    responses((status = 200, description = "Who is signed in, and the partner.", body = ConsoleSessionBody), Standard))]
async fn read_session(
    State(console): State<Console>,
    State(site): State<Site>,
    AnyCaller(caller): AnyCaller,
) -> Result<Json<ConsoleSessionBody>, ApiError> {
    Ok(Json(ConsoleSessionBody::new(
        console.holder(&caller).await?,
        &site,
    )))
}

/// Sign in to the console
#[utoipa::path(post, path = "/console/session", operation_id = "signIn", tag = "Console", request_body = SignInRequest, security(()),
    responses((status = 200, description = "Signed in; the session cookie is set.", body = ConsoleSessionBody),
        (status = 400, description = "The request is malformed.", body = ErrorBody), Standard))]
async fn sign_in(
    State(console): State<Console>,
    State(site): State<Site>,
    State(clock): State<SharedClock>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    ApiJson(request): ApiJson<SignInRequest>,
) -> Result<Response, ApiError> {
    // A foreign page could otherwise sign its visitor in as somebody else.
    if !headers.contains_key(CONSOLE_HEADER) {
        let text = "Requests of the console must carry the header X-Velodrome-Console.";
        return Err(ApiError::forbidden("session.header_required", text));
    }
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok());
    let request = SignIn {
        email: request.email,
        password: request.password,
        code: request.code,
        address,
        user_agent: agent.map(str::to_owned),
    };
    let signed_in = console.sign_in(request).await?;
    let cookie = cookies::set_console_session(
        &signed_in.cookie,
        signed_in.expires_at,
        clock.now(),
        site.is_https(),
    );
    let mut response = Json(ConsoleSessionBody::new(signed_in.holder, &site)).into_response();
    response
        .headers_mut()
        .insert(header::SET_COOKIE, cookie.ok_or_else(ApiError::internal)?);
    Ok(response)
}

/// Sign out of the console
#[utoipa::path(delete, path = "/console/session", operation_id = "signOut", tag = "Console",
    responses((status = 204, description = "Signed out; the cookie is removed."), Standard))]
async fn sign_out(
    State(console): State<Console>,
    State(site): State<Site>,
    caller: Result<AnyCaller, ApiError>,
) -> Result<Response, ApiError> {
    // Without a session there is nothing to end, but the cookie goes all the same.
    if let Ok(AnyCaller(caller)) = caller {
        console
            .sign_out(&caller)
            .await
            .map_err(ApiError::unexpected)?;
    }
    let cookie = cookies::clear_console_session(site.is_https());
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Get the brand of the sign-in page
#[utoipa::path(get, path = "/console/branding", operation_id = "getConsoleBranding", tag = "Console", security(()),
    responses((status = 200, description = "The brand.", body = Branding)))]
async fn read_branding(State(console): State<Console>) -> Result<Json<Branding>, ApiError> {
    let partner = console.brand().await.map_err(ApiError::unexpected)?;
    Ok(Json(Branding::from(&partner)))
}

impl From<SignInError> for ApiError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::InvalidCredentials => {
                Self::unauthorized_because("session.invalid_credentials", error)
            }
            SignInError::SecondFactorRequired => {
                Self::unauthorized_because("session.second_factor_required", error)
            }
            SignInError::Throttled(wait) => Self::too_many("session.throttled", wait),
            SignInError::Address => Self::forbidden("auth.address_not_allowed", error),
            SignInError::Hashing(cause) => Self::unexpected(cause),
            SignInError::Store(cause) => Self::unexpected(cause),
        }
    }
}
