//! Money: charges, payment intents, refunds, and the life of an invoice.

use serde_json::{Value, json};

use super::account::Account;
use super::objects;
use super::problem::Problem;
use crate::records::{Row, plain};
use crate::world::World;

fn set(object: &mut Row, members: impl IntoIterator<Item = (&'static str, Value)>) {
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
}

fn amount(object: &Row, member: &str) -> i64 {
    object.get(member).and_then(Value::as_i64).unwrap_or(0)
}

fn positive(given: &Row, member: &str) -> Result<(), Problem> {
    if given.contains_key(member) && amount(given, member) < 1 {
        let message = "This value must be greater than or equal to 1.";
        return Err(Problem::coded("parameter_invalid_integer", member, message));
    }
    Ok(())
}

/// The test cards that every issuer declines.
fn is_declined(method: &str) -> bool {
    method.contains("chargeDeclined") || method.contains("card_declined")
}

pub(super) fn new_charge(charge: &mut Row, given: &Row) -> Result<(), Problem> {
    positive(given, "amount")?;
    if !given.contains_key("source") && !given.contains_key("customer") {
        return Err(Problem::missing("source"));
    }
    if is_declined(&plain(given.get("source"))) {
        return Err(Problem::declined());
    }
    let captured = given.get("capture") != Some(&Value::Bool(false));
    let taken = if captured {
        amount(charge, "amount")
    } else {
        0
    };
    set(
        charge,
        [
            ("status", json!("succeeded")),
            ("paid", json!(true)),
            ("captured", json!(captured)),
            ("amount_captured", json!(taken)),
        ],
    );
    Ok(())
}

pub(super) fn new_intent(
    account: &mut Account,
    intent: &mut Row,
    given: &Row,
    world: &World,
) -> Result<(), Problem> {
    positive(given, "amount")?;
    let id = plain(intent.get("id"));
    intent.insert(
        "client_secret".to_owned(),
        format!("{id}_secret_{}", world.chance.text(16)).into(),
    );
    if given.get("payment_method").is_some_and(Value::is_string) {
        intent.insert("status".to_owned(), "requires_confirmation".into());
    }
    if given.get("confirm") == Some(&Value::Bool(true)) {
        confirm(account, intent, world)?;
    }
    Ok(())
}

fn confirm(account: &mut Account, intent: &mut Row, world: &World) -> Result<(), Problem> {
    let method = plain(intent.get("payment_method"));
    if method.is_empty() {
        let message =
            "You cannot confirm this PaymentIntent because it's missing a payment method.";
        return Err(Problem::state("payment_intent_unexpected_state", message));
    }
    if is_declined(&method) {
        return Err(Problem::declined());
    }
    let manual = plain(intent.get("capture_method")) == "manual";
    let total = amount(intent, "amount");
    let id = format!("ch_{}", world.chance.text(24));
    let mut charge = objects::blank_charge(&id, world.now().timestamp());
    for member in ["amount", "currency", "customer", "description"] {
        charge.insert(
            member.to_owned(),
            intent.get(member).cloned().unwrap_or(Value::Null),
        );
    }
    set(
        &mut charge,
        [
            (
                "payment_intent",
                intent.get("id").cloned().unwrap_or(Value::Null),
            ),
            ("payment_method", method.into()),
            ("status", json!("succeeded")),
            ("paid", json!(true)),
            ("captured", json!(!manual)),
            ("amount_captured", json!(if manual { 0 } else { total })),
        ],
    );
    account.save("charges", charge, "succeeded", world);
    let (status, received, capturable) = if manual {
        ("requires_capture", 0, total)
    } else {
        ("succeeded", total, 0)
    };
    set(
        intent,
        [
            ("latest_charge", id.into()),
            ("status", json!(status)),
            ("amount_received", json!(received)),
            ("amount_capturable", json!(capturable)),
        ],
    );
    Ok(())
}

/// A named action on one object; the object afterwards.
pub(super) fn act(
    account: &mut Account,
    path: &str,
    action: &str,
    mut object: Row,
    given: &Row,
    world: &World,
) -> Result<Row, Problem> {
    let status = plain(object.get("status"));
    let what = match (path, action) {
        ("charges", "capture") => capture_charge(&mut object, given)?,
        ("payment_intents", "confirm") => {
            expect_state(
                "payment_intent_unexpected_state",
                "PaymentIntent",
                &status,
                &["requires_payment_method", "requires_confirmation"],
            )?;
            if let Some(method) = given.get("payment_method") {
                object.insert("payment_method".to_owned(), method.clone());
            }
            confirm(account, &mut object, world)?;
            if plain(object.get("status")) == "succeeded" {
                "succeeded"
            } else {
                "amount_capturable_updated"
            }
        }
        ("payment_intents", "capture") => {
            expect_state(
                "payment_intent_unexpected_state",
                "PaymentIntent",
                &status,
                &["requires_capture"],
            )?;
            capture_intent(account, &mut object, given, world)?;
            "succeeded"
        }
        ("payment_intents", "cancel") => {
            let open = [
                "requires_payment_method",
                "requires_confirmation",
                "requires_action",
                "requires_capture",
            ];
            expect_state(
                "payment_intent_unexpected_state",
                "PaymentIntent",
                &status,
                &open,
            )?;
            let reason = given
                .get("cancellation_reason")
                .cloned()
                .unwrap_or(Value::Null);
            set(
                &mut object,
                [
                    ("status", json!("canceled")),
                    ("cancellation_reason", reason),
                    ("canceled_at", world.now().timestamp().into()),
                    ("amount_capturable", json!(0)),
                ],
            );
            "canceled"
        }
        ("refunds", "cancel") => {
            expect_state("resource_missing", "refund", &status, &["requires_action"])?;
            object.insert("status".to_owned(), "canceled".into());
            "updated"
        }
        ("invoices", "finalize") => {
            expect_state("invoice_not_editable", "invoice", &status, &["draft"])?;
            finalize(account, &mut object);
            "finalized"
        }
        ("invoices", "send") => {
            expect_state(
                "invoice_not_editable",
                "invoice",
                &status,
                &["draft", "open"],
            )?;
            if status == "draft" {
                finalize(account, &mut object);
            }
            "sent"
        }
        ("invoices", "pay") => {
            if status == "paid" {
                return Err(Problem::state(
                    "invoice_already_paid",
                    "Invoice is already paid",
                ));
            }
            expect_state(
                "invoice_not_editable",
                "invoice",
                &status,
                &["draft", "open", "uncollectible"],
            )?;
            if is_declined(&plain(given.get("payment_method"))) {
                return Err(Problem::declined());
            }
            if status == "draft" {
                finalize(account, &mut object);
            }
            let due = amount(&object, "amount_due");
            set(
                &mut object,
                [
                    ("status", json!("paid")),
                    ("amount_paid", json!(due)),
                    ("amount_remaining", json!(0)),
                    ("attempted", json!(true)),
                    ("attempt_count", json!(1)),
                ],
            );
            "paid"
        }
        ("invoices", "void") => {
            expect_state(
                "invoice_not_editable",
                "invoice",
                &status,
                &["open", "uncollectible"],
            )?;
            object.insert("status".to_owned(), "void".into());
            "voided"
        }
        _ => return Err(Problem::no_such_url("POST", action)),
    };
    account.save(path, object.clone(), what, world);
    Ok(object)
}

fn expect_state(
    code: &'static str,
    noun: &str,
    status: &str,
    allowed: &[&str],
) -> Result<(), Problem> {
    if allowed.contains(&status) {
        return Ok(());
    }
    let message = format!(
        "This {noun} has a status of {status}; this needs one of {}.",
        allowed.join(", ")
    );
    Err(Problem::state(code, message))
}

fn finalize(account: &Account, invoice: &mut Row) {
    let finalized = account
        .collection("invoices")
        .iter()
        .filter(|other| plain(other.get("number")).starts_with("SBX-"))
        .count();
    set(
        invoice,
        [
            ("status", json!("open")),
            ("number", format!("SBX-{:05}", 1000 + finalized).into()),
        ],
    );
}

fn capture_charge(charge: &mut Row, given: &Row) -> Result<&'static str, Problem> {
    if charge.get("captured") == Some(&Value::Bool(true)) {
        return Err(Problem::state(
            "charge_already_captured",
            "This charge has already been captured.",
        ));
    }
    positive(given, "amount")?;
    let total = amount(charge, "amount");
    let taken = given.get("amount").and_then(Value::as_i64).unwrap_or(total);
    if taken > total {
        return Err(Problem::coded(
            "amount_too_large",
            "amount",
            "You cannot capture more than was authorized.",
        ));
    }
    set(
        charge,
        [("captured", json!(true)), ("amount_captured", json!(taken))],
    );
    Ok("captured")
}

fn capture_intent(
    account: &mut Account,
    intent: &mut Row,
    given: &Row,
    world: &World,
) -> Result<(), Problem> {
    let capturable = amount(intent, "amount_capturable");
    let taken = given
        .get("amount_to_capture")
        .and_then(Value::as_i64)
        .unwrap_or(capturable);
    if !(1..=capturable).contains(&taken) {
        return Err(Problem::coded(
            "amount_too_large",
            "amount_to_capture",
            "The amount to capture is not within what was authorized.",
        ));
    }
    let id = plain(intent.get("latest_charge"));
    if let Some(mut charge) = account.collection("charges").get(&id).cloned() {
        set(
            &mut charge,
            [("captured", json!(true)), ("amount_captured", json!(taken))],
        );
        account.save("charges", charge, "captured", world);
    }
    set(
        intent,
        [
            ("status", json!("succeeded")),
            ("amount_received", json!(taken)),
            ("amount_capturable", json!(0)),
        ],
    );
    Ok(())
}

/// A refund takes from its charge, never more than is left.
pub(super) fn new_refund(
    account: &mut Account,
    refund: &mut Row,
    given: &Row,
    world: &World,
) -> Result<(), Problem> {
    positive(given, "amount")?;
    let id = match (given.get("charge"), given.get("payment_intent")) {
        (Some(charge), _) => plain(Some(charge)),
        (None, Some(intent)) => {
            let intent = account
                .collection("payment_intents")
                .get(&plain(Some(intent)));
            plain(intent.and_then(|intent| intent.get("latest_charge")))
        }
        (None, None) => return Err(Problem::missing("charge")),
    };
    let charge = account.collection("charges").get(&id).cloned();
    let mut charge = charge.ok_or_else(|| Problem::no_such("charge", &id, "charge"))?;
    let left = amount(&charge, "amount_captured") - amount(&charge, "amount_refunded");
    if left <= 0 {
        return Err(Problem::state(
            "charge_already_refunded",
            format!("Charge {id} has already been refunded."),
        ));
    }
    let back = given.get("amount").and_then(Value::as_i64).unwrap_or(left);
    if back > left {
        let message =
            format!("Refund amount ({back}) is greater than unrefunded amount on charge ({left})");
        return Err(Problem::invalid("amount", message));
    }
    let refunded = amount(&charge, "amount_refunded") + back;
    set(
        &mut charge,
        [
            ("amount_refunded", json!(refunded)),
            ("refunded", json!(back == left)),
        ],
    );
    set(
        refund,
        [
            ("amount", json!(back)),
            ("charge", id.into()),
            (
                "currency",
                charge.get("currency").cloned().unwrap_or(Value::Null),
            ),
            (
                "payment_intent",
                charge.get("payment_intent").cloned().unwrap_or(Value::Null),
            ),
        ],
    );
    account.save("charges", charge, "refunded", world);
    Ok(())
}
