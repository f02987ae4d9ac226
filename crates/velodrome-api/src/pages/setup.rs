//! `/connectorauth/setup`: authenticate with a setup token, without any access (embedding.md §8).

use askama::Template;
use axum::{
    Form,
    extract::{OriginalUri, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use velodrome_model::PartnerScope;
use velodrome_service::{
    Settings, Throttle,
    authentication::{AuthenticationError, Authentications},
};

use super::{authenticate::Flow, brand::Brand, finish};
use crate::{ClientAddress, Site, lenient};

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage<'a> {
    brand: &'a Brand,
    token: &'a str,
    fault: Option<&'a str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenInput {
    token: String,
}

/// The form for the token; `?token=` fills it in and does not use it up.
pub(super) async fn page(
    State(settings): State<Settings>,
    OriginalUri(uri): OriginalUri,
) -> Response {
    let brand = Brand::of(&settings, None).await;
    let query =
        lenient::from_query::<TokenInput>(uri.query().unwrap_or_default()).unwrap_or_default();
    finish::page_of(
        &brand,
        StatusCode::OK,
        &SetupPage {
            brand: &brand,
            token: &query.token,
            fault: None,
        },
    )
}

/// Uses the token up and goes on with its account connector.
pub(super) async fn submit(
    State(authentications): State<Authentications>,
    State(settings): State<Settings>,
    State(site): State<Site>,
    State(throttle): State<Throttle>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Form(input): Form<TokenInput>,
) -> Response {
    let plain = Brand::of(&settings, None).await;
    let key = format!(
        "setup-token {}",
        address
            .map(|address| address.to_string())
            .unwrap_or_default()
    );
    if throttle.wait(&key).is_some() {
        let fault = Some("Too many attempts. Wait a minute and try again.");
        return finish::page_of(
            &plain,
            StatusCode::TOO_MANY_REQUESTS,
            &SetupPage {
                brand: &plain,
                token: "",
                fault,
            },
        );
    }
    let visit = match authentications.use_setup_token(input.token.trim()).await {
        Ok(visit) => visit,
        Err(AuthenticationError::Gone) => {
            throttle.failed(&key);
            let fault = Some(
                "This token is not valid: it was used before, has expired, or has a typing error.",
            );
            return finish::page_of(
                &plain,
                StatusCode::GONE,
                &SetupPage {
                    brand: &plain,
                    token: "",
                    fault,
                },
            );
        }
        Err(error) => return finish::failed(&plain, &error),
    };
    let brand = Brand::of(
        &settings,
        Some(PartnerScope {
            partner: visit.scope.partner,
        }),
    )
    .await;
    let Some(id) = visit.account_connector else {
        return finish::failed(&brand, &AuthenticationError::Gone);
    };
    Flow {
        authentications,
        site,
        brand,
        address,
        headers,
    }
    .ask_or_go_on(visit, id)
    .await
}
