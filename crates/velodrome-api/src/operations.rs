//! Operations: health and metrics.

use std::{collections::BTreeMap, net::SocketAddr};

use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::ExposeSecret;

use crate::{ApiError, ApiState, Check, ErrorBody, Site};

/// Routes of the operator.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(get_liveness))
        .routes(routes!(get_readiness))
        .routes(routes!(get_metrics))
}

/// State of the process.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Health {
    /// ok or fail.
    pub status: HealthStatus,
    /// Version of the product.
    #[schema(required = false)]
    pub version: &'static str,
    /// Result by check: database, queue, migrations.
    #[schema(required = false)]
    pub checks: BTreeMap<&'static str, &'static str>,
}

/// ok or fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// Every check passed.
    Ok,
    /// A check failed.
    Fail,
}

/// Liveness
#[utoipa::path(get, path = "/healthz", operation_id = "getLiveness", tag = "Operations", security(()),
    responses((status = 200, description = "Alive.", body = Health)))]
async fn get_liveness(State(site): State<Site>) -> Json<Health> {
    Json(Health {
        status: HealthStatus::Ok,
        version: site.version,
        checks: BTreeMap::new(),
    })
}

/// Readiness
#[utoipa::path(get, path = "/readyz", operation_id = "getReadiness", tag = "Operations", security(()),
    responses(
        (status = 200, description = "Ready for traffic.", body = Health),
        (status = 503, description = "A check failed; Checks says which.", body = Health)))]
async fn get_readiness(State(site): State<Site>) -> (StatusCode, Json<Health>) {
    let results = site.readiness.check().await;
    let failed = results
        .iter()
        .any(|(_, check)| matches!(check, Check::Failed(_)));
    let told = |check: Check| match check {
        Check::Ok => "ok",
        Check::Slower(what) | Check::Failed(what) => what,
    };
    let checks = results
        .into_iter()
        .map(|(name, check)| (name, told(check)))
        .collect();
    let (code, status) = match failed {
        true => (StatusCode::SERVICE_UNAVAILABLE, HealthStatus::Fail),
        false => (StatusCode::OK, HealthStatus::Ok),
    };
    (
        code,
        Json(Health {
            status,
            version: site.version,
            checks,
        }),
    )
}

/// Metrics
#[utoipa::path(get, path = "/metrics", operation_id = "getMetrics", tag = "Operations", security(()),
    responses(
        (status = 200, description = "The metrics.", body = String, content_type = "text/plain"),
        (status = 403, description = "The caller is not allowed to read the metrics.", body = ErrorBody)))]
async fn get_metrics(
    State(site): State<Site>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let local = peer.is_some_and(|peer| peer.0.0.ip().to_canonical().is_loopback())
        && !is_forwarded(&headers);
    if !local && !has_token(&site, &headers) {
        let text =
            "Metrics are open to this machine only, or to callers with the token of the operator.";
        return Err(ApiError::forbidden("metrics.not_allowed", text));
    }
    let text = (site.render_metrics)();
    Ok((
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response())
}

/// A proxy on this machine forwards strangers, who are not local.
fn is_forwarded(headers: &HeaderMap) -> bool {
    ["x-forwarded-for", "forwarded", "x-real-ip", "via"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

fn has_token(site: &Site, headers: &HeaderMap) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match (&site.metrics_token, given) {
        (Some(right), Some(given)) => right
            .expose_secret()
            .as_bytes()
            .ct_eq(given.as_bytes())
            .into(),
        _ => false,
    }
}
