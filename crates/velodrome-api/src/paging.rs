//! Paging of lists on the wire (api.md §8).

use axum::{
    Json,
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use velodrome_model::{Page, PageRequest};

/// Which page, without an order of one's own.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Page, from 1. A page after the last one is an empty list.
    #[param(default = 1, minimum = 1)]
    pub page: Option<i64>,
    /// Items per page. Larger values are treated as 1000.
    #[param(default = 100, minimum = 1, maximum = 1000)]
    pub page_size: Option<i64>,
    #[serde(rename = "per_page")]
    #[param(ignore)]
    per_page: Option<i64>,
}

/// Which page, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct SortedPaging {
    /// Page, from 1. A page after the last one is an empty list.
    #[param(default = 1, minimum = 1)]
    pub page: Option<i64>,
    /// Items per page. Larger values are treated as 1000.
    #[param(default = 100, minimum = 1, maximum = 1000)]
    pub page_size: Option<i64>,
    #[serde(rename = "per_page")]
    #[param(ignore)]
    per_page: Option<i64>,
    /// Property to sort by, any scalar property of the item; the default order when unknown.
    pub order_by: Option<String>,
    /// Ascending (true) or descending (false).
    #[param(default = true)]
    pub sort_order_asc: Option<bool>,
}

impl From<Paging> for PageRequest {
    fn from(paging: Paging) -> Self {
        Self::new(paging.page, paging.page_size.or(paging.per_page))
    }
}

impl From<SortedPaging> for PageRequest {
    fn from(paging: SortedPaging) -> Self {
        let mut request = Self::new(paging.page, paging.page_size.or(paging.per_page));
        request.order_by = paging.order_by;
        request.ascending = paging.sort_order_asc;
        request
    }
}

/// A page as the wire has it: the items at the top level, the totals in headers.
#[derive(Debug)]
pub struct Paged<T>(
    /// The page.
    pub Page<T>,
);

/// Number of pages.
pub const TOTAL_PAGES: HeaderName = HeaderName::from_static("total-pages");
/// Number of items on all pages.
pub const TOTAL_RECORDS: HeaderName = HeaderName::from_static("total-records");

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        let totals = [
            (TOTAL_PAGES, HeaderValue::from(self.0.pages())),
            (TOTAL_RECORDS, HeaderValue::from(self.0.total)),
        ];
        (totals, Json(self.0.items)).into_response()
    }
}
