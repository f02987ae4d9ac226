//! One account's objects: plausible, and the same on every start.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::objects;
use super::resources::find;
use crate::answer::Answer;
use crate::people;
use crate::records::{Collection, Row, plain, row};
use crate::world::World;

/// An answer kept for a client that repeats its request.
pub(super) struct Kept {
    pub(super) request: [u8; 32],
    pub(super) answer: Answer,
    pub(super) since: DateTime<Utc>,
}

/// Everything one account has.
pub(super) struct Account {
    /// `acct_…`.
    pub(super) id: String,
    collections: BTreeMap<&'static str, Collection>,
    pub(super) idempotent: HashMap<String, Kept>,
}

impl Account {
    pub(super) fn seeded(id: &str) -> Self {
        // The second account is smaller and has other customers, so that a mix-up shows.
        let (scale, shift) = if id.ends_with('2') {
            (10, 1000)
        } else {
            (1, 0)
        };
        let seed = |count: usize, make: fn(usize, usize) -> Value| {
            let rows = (1..=count / scale).map(|number| row(make(number, number + shift)));
            Collection::seeded("id", rows)
        };
        let collections = BTreeMap::from([
            ("customers", seed(120, customer)),
            (
                "products",
                Collection::seeded("id", (1..=12).map(|number| row(product(number, number)))),
            ),
            (
                "prices",
                Collection::seeded("id", (1..=24).map(|number| row(price(number, number)))),
            ),
            ("charges", seed(260, charge)),
            ("payment_intents", seed(260, payment_intent)),
            ("invoices", seed(90, invoice)),
            ("invoiceitems", Collection::default()),
            ("subscriptions", seed(60, subscription)),
            (
                "refunds",
                Collection::seeded(
                    "id",
                    (1..=19 / scale).map(|number| row(refund(number, number + shift))),
                ),
            ),
            ("payouts", seed(30, payout)),
            ("events", seed(200, event)),
        ]);
        Self {
            id: id.to_owned(),
            collections,
            idempotent: HashMap::new(),
        }
    }

    pub(super) fn collection(&self, name: &str) -> &Collection {
        self.collections
            .get(name)
            .expect("every name in the table is a collection")
    }

    pub(super) fn collection_mut(&mut self, name: &str) -> &mut Collection {
        self.collections
            .get_mut(name)
            .expect("every name in the table is a collection")
    }

    /// Saves an object and tells of it in the list of events.
    pub(super) fn save(&mut self, path: &str, object: Row, what: &str, world: &World) {
        let id = plain(object.get("id"));
        let kind = find(path).map_or(path, |resource| resource.object);
        let event = row(json!({
            "id": world.chance.token("evt_"),
            "object": "event",
            "account": self.id,
            "api_version": null,
            "created": world.now().timestamp(),
            "data": {"object": object},
            "livemode": false,
            "pending_webhooks": 0,
            "request": {"id": null, "idempotency_key": null},
            "type": format!("{kind}.{what}"),
        }));
        let event_id = plain(event.get("id"));
        self.collection_mut("events").insert(&event_id, event);
        self.collection_mut(path).insert(&id, object);
    }
}

/// The id of a sample object.
fn id(prefix: &str, number: usize) -> String {
    format!("{prefix}Sandbox{number:08}")
}

fn created(number: usize) -> i64 {
    people::instant(number, 300).timestamp()
}

/// The sample customer that an object of this number belongs to.
fn customer_of(number: usize) -> String {
    let count = if number > 1000 { 12 } else { 120 };
    id("cus_", number * 7 % count + 1)
}

fn amount_of(number: usize) -> usize {
    1200 + number * 425 % 24_000
}

fn customer(own: usize, number: usize) -> Value {
    let somebody = people::person(number);
    let place = people::address(number);
    let mut object = objects::blank_customer(&id("cus_", own), created(number));
    let given = json!({
        "address": {
            "city": place.city, "country": place.country, "line1": place.street, "line2": null,
            "postal_code": place.postcode, "state": place.state,
        },
        "currency": "usd",
        "description": people::company(number),
        "email": somebody.email(number),
        "invoice_prefix": format!("SBX{own:05}"),
        "name": somebody.name(),
        "phone": people::phone(number),
    });
    object.extend(row(given));
    Value::Object(object)
}

fn product(own: usize, number: usize) -> Value {
    const NAMES: [&str; 12] = [
        "Starter plan",
        "Team plan",
        "Business plan",
        "Onboarding",
        "Support hours",
        "Sticker pack",
        "Mug",
        "T-shirt",
        "Notebook",
        "Training day",
        "Extra storage",
        "Priority queue",
    ];
    let mut object = objects::blank_product(&id("prod_", own), created(number));
    object.insert("name".to_owned(), NAMES[(own - 1) % NAMES.len()].into());
    object.insert("default_price".to_owned(), id("price_", own).into());
    Value::Object(object)
}

/// The first twelve prices recur monthly or are paid once, the others are yearly.
fn price(own: usize, number: usize) -> Value {
    let product = (own - 1) % 12 + 1;
    let recurring = product <= 3 || product >= 11;
    let yearly = own > 12;
    let amount = amount_of(product) * if yearly { 10 } else { 1 };
    let mut object = objects::blank_price(&id("price_", own), created(number));
    object.insert("product".to_owned(), id("prod_", product).into());
    object.insert("currency".to_owned(), "usd".into());
    object.insert("unit_amount".to_owned(), amount.into());
    object.insert("unit_amount_decimal".to_owned(), amount.to_string().into());
    if recurring {
        let interval = if yearly { "year" } else { "month" };
        object.insert("type".to_owned(), "recurring".into());
        object.insert("recurring".to_owned(), objects::recurring(interval));
    }
    Value::Object(object)
}

fn charge(own: usize, number: usize) -> Value {
    let mut object = objects::blank_charge(&id("ch_", own), created(number));
    let failed = number.is_multiple_of(20);
    let amount = amount_of(number);
    let refunded = if own.is_multiple_of(13) && own / 13 <= 19 && !failed {
        amount
    } else {
        0
    };
    let given = json!({
        "amount": amount,
        "amount_captured": if failed { 0 } else { amount },
        "amount_refunded": refunded,
        "captured": !failed,
        "currency": "usd",
        "customer": customer_of(number),
        "description": format!("Order {}", 10_000 + number),
        "failure_code": if failed { json!("card_declined") } else { Value::Null },
        "failure_message": if failed { json!("Your card was declined.") } else { Value::Null },
        "paid": !failed,
        "payment_intent": id("pi_", own),
        "refunded": refunded > 0,
        "status": if failed { "failed" } else { "succeeded" },
    });
    object.extend(row(given));
    Value::Object(object)
}

fn payment_intent(own: usize, number: usize) -> Value {
    let mut object = objects::blank_payment_intent(&id("pi_", own), created(number));
    let failed = number.is_multiple_of(20);
    let amount = amount_of(number);
    let given = json!({
        "amount": amount,
        "amount_received": if failed { 0 } else { amount },
        "client_secret": format!("{}_secret_sandbox", id("pi_", own)),
        "currency": "usd",
        "customer": customer_of(number),
        "latest_charge": id("ch_", own),
        "payment_method": if failed { Value::Null } else { json!("pm_card_visa") },
        "status": if failed { "requires_payment_method" } else { "succeeded" },
    });
    object.extend(row(given));
    Value::Object(object)
}

fn invoice(own: usize, number: usize) -> Value {
    let mut object = objects::blank_invoice(&id("in_", own), created(number));
    let amount = amount_of(number);
    let status = match number % 6 {
        0 => "draft",
        1 => "open",
        _ => "paid",
    };
    let paid = if status == "paid" { amount } else { 0 };
    let somebody = people::person(number * 7);
    let given = json!({
        "amount_due": amount,
        "amount_paid": paid,
        "amount_remaining": amount - paid,
        "currency": "usd",
        "customer": customer_of(number),
        "customer_name": somebody.name(),
        "number": if status == "draft" { Value::Null } else { json!(format!("SBX-{own:05}")) },
        "status": status,
        "subtotal": amount,
        "total": amount,
    });
    object.extend(row(given));
    Value::Object(object)
}

fn subscription(own: usize, number: usize) -> Value {
    let created = created(number);
    let mut object = objects::blank_subscription(&id("sub_", own), created);
    let price = id("price_", own % 3 + 1);
    let cancelled = number.is_multiple_of(9);
    let given = json!({
        "canceled_at": if cancelled { json!(created + 2_592_000) } else { Value::Null },
        "currency": "usd",
        "customer": customer_of(number),
        "ended_at": if cancelled { json!(created + 2_592_000) } else { Value::Null },
        "items": objects::list(
            &format!("/v1/subscription_items?subscription={}", id("sub_", own)),
            vec![objects::subscription_item(&id("si_", own), &price, 1, created)],
        ),
        "latest_invoice": id("in_", own),
        "status": if cancelled { "canceled" } else { "active" },
    });
    object.extend(row(given));
    Value::Object(object)
}

fn refund(own: usize, number: usize) -> Value {
    let charge = own * 13;
    let mut object = objects::blank_refund(&id("re_", own), created(number + 30));
    let given = json!({
        "amount": amount_of(charge + number - own),
        "charge": id("ch_", charge),
        "currency": "usd",
        "payment_intent": id("pi_", charge),
        "reason": "requested_by_customer",
        "status": "succeeded",
    });
    object.extend(row(given));
    Value::Object(object)
}

fn payout(own: usize, number: usize) -> Value {
    let created = people::instant(number, 10_080).timestamp();
    let mut object = objects::blank_payout(&id("po_", own), created);
    object.insert("amount".to_owned(), (amount_of(number) * 12).into());
    object.insert("currency".to_owned(), "usd".into());
    object.insert("status".to_owned(), "paid".into());
    Value::Object(object)
}

fn event(own: usize, number: usize) -> Value {
    json!({
        "id": id("evt_", own),
        "object": "event",
        "api_version": null,
        "created": created(number),
        "data": {"object": charge(own, number)},
        "livemode": false,
        "pending_webhooks": 0,
        "request": {"id": null, "idempotency_key": null},
        "type": if number.is_multiple_of(20) { "charge.failed" } else { "charge.succeeded" },
    })
}
