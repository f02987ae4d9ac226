//! `/connector/callback`: providers send the browser here, for every connector (connectors.md §9.3).

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use http::{HeaderMap, Method};
use velodrome_service::{Settings, authentication::Authentications};

use super::{brand::Brand, browser, finish};
use crate::ClientAddress;

/// More parameters than any provider sends.
const MAX_PARAMETERS: usize = 64;

/// Finishes the authorisation that the state belongs to.
pub(super) async fn page(
    State(authentications): State<Authentications>,
    State(settings): State<Settings>,
    ClientAddress(address): ClientAddress,
    OriginalUri(uri): OriginalUri,
    method: Method,
    headers: HeaderMap,
) -> Response {
    if method == Method::HEAD {
        // A preview must not use the state up.
        return finish::bad_request(
            &Brand::of(&settings, None).await,
            "Open this address in a browser.",
        );
    }
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let parameters: Vec<(String, String)> = pairs.into_owned().take(MAX_PARAMETERS).collect();
    let browser = browser::known(&headers);
    match authentications
        .callback(&parameters, browser.as_ref(), address)
        .await
    {
        Ok(finished) => {
            let brand = Brand::of(&settings, Some(finished.partner)).await;
            finish::done(&brand, &finished.connector, &finished.target)
        }
        Err(failure) => {
            let brand = Brand::of(&settings, failure.partner).await;
            finish::refused(&brand, &failure)
        }
    }
}
