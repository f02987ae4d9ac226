//! The collections: what they are called and what may be asked of them.

use super::form::Param;
use super::params as p;

/// One collection.
pub(super) struct Resource {
    /// The path segment below `/v1`.
    pub(super) path: &'static str,
    /// The `object` member, and the noun in messages and event types.
    pub(super) object: &'static str,
    pub(super) prefix: &'static str,
    pub(super) list: &'static [Param],
    /// `None` where nothing can be made by a call.
    pub(super) create: Option<&'static [Param]>,
    pub(super) update: Option<&'static [Param]>,
    /// Parameters of deleting, where that is offered.
    pub(super) delete: Option<&'static [Param]>,
    /// Named actions on one object, and their parameters.
    pub(super) actions: &'static [(&'static str, &'static [Param])],
}

pub(super) fn find(path: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.path == path)
}

/// The collection that a member refers to, for `expand` and for checking.
pub(super) fn referred(member: &str) -> Option<&'static str> {
    Some(match member {
        "customer" => "customers",
        "charge" | "latest_charge" => "charges",
        "payment_intent" => "payment_intents",
        "invoice" | "latest_invoice" => "invoices",
        "product" => "products",
        "subscription" => "subscriptions",
        "price" | "default_price" => "prices",
        _ => return None,
    })
}

pub(super) static RESOURCES: [Resource; 11] = [
    Resource {
        path: "customers",
        object: "customer",
        prefix: "cus_",
        list: p::CUSTOMERS_LIST,
        create: Some(p::CUSTOMERS_CREATE),
        update: Some(p::CUSTOMERS_UPDATE),
        delete: Some(&[]),
        actions: &[],
    },
    Resource {
        path: "charges",
        object: "charge",
        prefix: "ch_",
        list: p::CHARGES_LIST,
        create: Some(p::CHARGES_CREATE),
        update: Some(p::CHARGES_UPDATE),
        delete: None,
        actions: &[("capture", p::CHARGES_CAPTURE)],
    },
    Resource {
        path: "payment_intents",
        object: "payment_intent",
        prefix: "pi_",
        list: p::PAYMENT_INTENTS_LIST,
        create: Some(p::PAYMENT_INTENTS_CREATE),
        update: Some(p::PAYMENT_INTENTS_UPDATE),
        delete: None,
        actions: &[
            ("confirm", p::PAYMENT_INTENTS_CONFIRM),
            ("capture", p::PAYMENT_INTENTS_CAPTURE),
            ("cancel", p::PAYMENT_INTENTS_CANCEL),
        ],
    },
    Resource {
        path: "invoices",
        object: "invoice",
        prefix: "in_",
        list: p::INVOICES_LIST,
        create: Some(p::INVOICES_CREATE),
        update: Some(p::INVOICES_UPDATE),
        delete: Some(&[]),
        actions: &[
            ("finalize", p::INVOICES_FINALIZE),
            ("pay", p::INVOICES_PAY),
            ("send", p::INVOICES_SEND),
            ("void", p::INVOICES_VOID),
        ],
    },
    Resource {
        path: "invoiceitems",
        object: "invoiceitem",
        prefix: "ii_",
        list: p::INVOICEITEMS_LIST,
        create: Some(p::INVOICEITEMS_CREATE),
        update: Some(p::INVOICEITEMS_UPDATE),
        delete: Some(&[]),
        actions: &[],
    },
    Resource {
        path: "subscriptions",
        object: "subscription",
        prefix: "sub_",
        list: p::SUBSCRIPTIONS_LIST,
        create: Some(p::SUBSCRIPTIONS_CREATE),
        update: Some(p::SUBSCRIPTIONS_UPDATE),
        delete: Some(p::SUBSCRIPTIONS_CANCEL),
        actions: &[],
    },
    Resource {
        path: "products",
        object: "product",
        prefix: "prod_",
        list: p::PRODUCTS_LIST,
        create: Some(p::PRODUCTS_CREATE),
        update: Some(p::PRODUCTS_UPDATE),
        delete: Some(&[]),
        actions: &[],
    },
    Resource {
        path: "prices",
        object: "price",
        prefix: "price_",
        list: p::PRICES_LIST,
        create: Some(p::PRICES_CREATE),
        update: Some(p::PRICES_UPDATE),
        delete: None,
        actions: &[],
    },
    Resource {
        path: "refunds",
        object: "refund",
        prefix: "re_",
        list: p::REFUNDS_LIST,
        create: Some(p::REFUNDS_CREATE),
        update: Some(p::REFUNDS_UPDATE),
        delete: None,
        actions: &[("cancel", p::REFUNDS_CANCEL)],
    },
    Resource {
        path: "payouts",
        object: "payout",
        prefix: "po_",
        list: p::PAYOUTS_LIST,
        create: Some(p::PAYOUTS_CREATE),
        update: None,
        delete: None,
        actions: &[],
    },
    Resource {
        path: "events",
        object: "event",
        prefix: "evt_",
        list: p::EVENTS_LIST,
        create: None,
        update: None,
        delete: None,
        actions: &[],
    },
];
