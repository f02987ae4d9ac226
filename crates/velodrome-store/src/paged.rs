//! One page of a query, ordered by a property of the wire with ties by id.

use sea_orm::{
    ConnectionTrait, EntityTrait, Order, PaginatorTrait, QueryOrder, QuerySelect, Select,
    sea_query::SimpleExpr,
};
use velodrome_model::{Page, PageRequest};

use crate::StoreError;

/// What a list can be ordered by: property names of the wire, and what orders by them.
pub(crate) struct Orders<'a> {
    /// The name, in any case, and its expression.
    pub by: &'a [(&'static str, SimpleExpr)],
    /// The order when none, or an unknown one, is asked for: name and whether ascending.
    pub default: (&'static str, bool),
    /// Orders ties, ascending.
    pub tie: SimpleExpr,
    /// Ties go the way of the whole list instead: for ids that grow with time.
    pub ties_follow: bool,
}

/// The page of the query, and how many rows there are on all pages.
pub(crate) async fn page<E, C>(
    db: &C,
    query: Select<E>,
    request: &PageRequest,
    orders: Orders<'_>,
) -> Result<Page<E::Model>, StoreError>
where
    E: EntityTrait,
    E::Model: Send + Sync,
    C: ConnectionTrait,
{
    let find = |name: &str| {
        orders
            .by
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
    };
    let (name, default_ascending) = orders.default;
    let asked = request.order_by.as_deref().and_then(find);
    // Sorting by a property asked for ascends unless told otherwise; the default order has its own sense.
    let sense = if asked.is_some() {
        true
    } else {
        default_ascending
    };
    let order = if request.ascending.unwrap_or(sense) {
        Order::Asc
    } else {
        Order::Desc
    };
    let total = query.clone().count(db).await?;
    let tie_order = if orders.ties_follow {
        order.clone()
    } else {
        Order::Asc
    };
    let mut query = query;
    if let Some((_, by)) = asked.or_else(|| find(name)) {
        query = query.order_by(by.clone(), order);
    }
    let items = query
        .order_by(orders.tie, tie_order)
        .offset(request.offset())
        .limit(request.size())
        .all(db)
        .await?;
    Ok(Page {
        items,
        total,
        size: request.size(),
    })
}
