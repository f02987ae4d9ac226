//! Objects as Stripe shapes them, before anything is known about them.

use serde_json::{Value, json};

use crate::records::{Row, row};

/// A list inside an object.
pub(super) fn list(url: &str, data: Vec<Value>) -> Value {
    json!({"object": "list", "data": data, "has_more": false, "total_count": data.len(), "url": url})
}

pub(super) fn recurring(interval: &str) -> Value {
    json!({"interval": interval, "interval_count": 1, "meter": null, "trial_period_days": null, "usage_type": "licensed"})
}

pub(super) fn subscription_item(id: &str, price: &str, quantity: i64, created: i64) -> Value {
    json!({
        "id": id, "object": "subscription_item", "created": created, "current_period_start": created,
        "current_period_end": created + 2_592_000, "metadata": {}, "price": price, "quantity": quantity,
    })
}

/// A new object of a collection; `None` for collections whose objects cannot be made.
pub(super) fn blank(path: &str, id: &str, created: i64) -> Option<Row> {
    let make = match path {
        "customers" => blank_customer,
        "charges" => blank_charge,
        "payment_intents" => blank_payment_intent,
        "invoices" => blank_invoice,
        "invoiceitems" => blank_invoice_item,
        "subscriptions" => blank_subscription,
        "products" => blank_product,
        "prices" => blank_price,
        "refunds" => blank_refund,
        "payouts" => blank_payout,
        _ => return None,
    };
    Some(make(id, created))
}

pub(super) fn blank_customer(id: &str, created: i64) -> Row {
    row(json!({
        "id": id, "object": "customer", "address": null, "balance": 0, "created": created, "currency": null,
        "default_source": null, "delinquent": false, "description": null, "discount": null, "email": null,
        "invoice_prefix": null,
        "invoice_settings": {"custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null},
        "livemode": false, "metadata": {}, "name": null, "next_invoice_sequence": 1, "phone": null,
        "preferred_locales": [], "shipping": null, "tax_exempt": "none", "test_clock": null,
    }))
}

pub(super) fn blank_charge(id: &str, created: i64) -> Row {
    row(json!({
        "id": id, "object": "charge", "amount": 0, "amount_captured": 0, "amount_refunded": 0, "application": null,
        "application_fee": null, "application_fee_amount": null, "balance_transaction": null,
        "billing_details": {"address": null, "email": null, "name": null, "phone": null},
        "calculated_statement_descriptor": "SANDBOX", "captured": false, "created": created, "currency": null,
        "customer": null, "description": null, "disputed": false, "failure_code": null, "failure_message": null,
        "fraud_details": {}, "livemode": false, "metadata": {}, "on_behalf_of": null, "outcome": null, "paid": false,
        "payment_intent": null, "payment_method": "pm_card_visa",
        "payment_method_details": {"card": {"brand": "visa", "country": "US", "exp_month": 12, "exp_year": 2034, "last4": "4242"}, "type": "card"},
        "receipt_email": null, "receipt_number": null, "receipt_url": null, "refunded": false, "review": null,
        "shipping": null, "source": null, "source_transfer": null, "statement_descriptor": null,
        "statement_descriptor_suffix": null, "status": "pending", "transfer_data": null, "transfer_group": null,
    }))
}

pub(super) fn blank_payment_intent(id: &str, created: i64) -> Row {
    row(json!({
        "id": id, "object": "payment_intent", "amount": 0, "amount_capturable": 0, "amount_details": {"tip": {}},
        "amount_received": 0, "application": null, "application_fee_amount": null,
        "automatic_payment_methods": null, "canceled_at": null, "cancellation_reason": null,
        "capture_method": "automatic", "client_secret": null, "confirmation_method": "automatic",
        "created": created, "currency": null, "customer": null, "description": null, "last_payment_error": null,
        "latest_charge": null, "livemode": false, "metadata": {}, "next_action": null, "on_behalf_of": null,
        "payment_method": null, "payment_method_options": {}, "payment_method_types": ["card"], "processing": null,
        "receipt_email": null, "review": null, "setup_future_usage": null, "shipping": null, "source": null,
        "statement_descriptor": null, "statement_descriptor_suffix": null, "status": "requires_payment_method",
        "transfer_data": null, "transfer_group": null,
    }))
}

pub(super) fn blank_invoice(id: &str, created: i64) -> Row {
    let mut invoice = row(json!({
    "id": id, "object": "invoice", "account_country": "US", "account_name": "Sandbox Store",
    "amount_due": 0, "amount_overpaid": 0, "amount_paid": 0, "amount_remaining": 0, "amount_shipping": 0,
    "application": null, "attempt_count": 0, "attempted": false, "auto_advance": false,
    "automatic_tax": {"enabled": false, "liability": null, "status": null}, "billing_reason": "manual",
    "collection_method": "charge_automatically", "created": created, "currency": "usd", "custom_fields": null,
    }));
    // In two halves: `json!` recurses with each token and may only do so 128 times.
    invoice.extend(row(json!({
        "customer": null, "customer_address": null, "customer_email": null, "customer_name": null,
        "customer_phone": null, "default_payment_method": null, "default_source": null, "default_tax_rates": [],
        "description": null, "discounts": [], "due_date": null, "effective_at": null, "ending_balance": null,
        "footer": null, "hosted_invoice_url": null, "invoice_pdf": null,
        "lines": list(&format!("/v1/invoices/{id}/lines"), Vec::new()),
        "livemode": false, "metadata": {}, "next_payment_attempt": null, "number": null, "on_behalf_of": null,
        "period_end": created, "period_start": created, "receipt_number": null, "starting_balance": 0,
        "statement_descriptor": null, "status": "draft", "subscription": null, "subtotal": 0, "total": 0,
    })));
    invoice
}

fn blank_invoice_item(id: &str, created: i64) -> Row {
    row(json!({
        "id": id, "object": "invoiceitem", "amount": 0, "currency": "usd", "customer": null, "date": created,
        "description": null, "discountable": true, "discounts": [], "invoice": null, "livemode": false,
        "metadata": {}, "period": {"start": created, "end": created}, "proration": false, "quantity": 1,
        "tax_rates": [],
    }))
}

pub(super) fn blank_subscription(id: &str, created: i64) -> Row {
    row(json!({
        "id": id, "object": "subscription", "application": null, "application_fee_percent": null,
        "automatic_tax": {"enabled": false, "liability": null}, "billing_cycle_anchor": created, "cancel_at": null,
        "cancel_at_period_end": false, "canceled_at": null, "cancellation_details": null,
        "collection_method": "charge_automatically", "created": created, "currency": "usd", "customer": null,
        "days_until_due": null, "default_payment_method": null, "default_source": null, "default_tax_rates": [],
        "description": null, "discounts": [], "ended_at": null, "items": list("/v1/subscription_items", Vec::new()),
        "latest_invoice": null, "livemode": false, "metadata": {}, "on_behalf_of": null, "pause_collection": null,
        "pending_setup_intent": null, "schedule": null, "start_date": created, "status": "active",
        "transfer_data": null, "trial_end": null, "trial_start": null,
    }))
}

pub(super) fn blank_product(id: &str, created: i64) -> Row {
    row(json!({
        "id": id, "object": "product", "active": true, "created": created, "default_price": null,
        "description": null, "images": [], "livemode": false, "marketing_features": [], "metadata": {}, "name": null,
        "package_dimensions": null, "shippable": null, "statement_descriptor": null, "tax_code": null,
        "type": "service", "unit_label": null, "updated": created, "url": null,
    }))
}

pub(super) fn blank_price(id: &str, created: i64) -> Row {
    row(json!({
        "id": id, "object": "price", "active": true, "billing_scheme": "per_unit", "created": created,
        "currency": null, "custom_unit_amount": null, "livemode": false, "lookup_key": null, "metadata": {},
        "nickname": null, "product": null, "recurring": null, "tax_behavior": "unspecified", "tiers_mode": null,
        "transform_quantity": null, "type": "one_time", "unit_amount": null, "unit_amount_decimal": null,
    }))
}

pub(super) fn blank_refund(id: &str, created: i64) -> Row {
    row(json!({
        "id": id, "object": "refund", "amount": 0, "balance_transaction": null, "charge": null, "created": created,
        "currency": "usd", "metadata": {}, "payment_intent": null, "reason": null, "receipt_number": null,
        "source_transfer_reversal": null, "status": "succeeded", "transfer_reversal": null,
    }))
}

pub(super) fn blank_payout(id: &str, created: i64) -> Row {
    row(json!({
        "id": id, "object": "payout", "amount": 0, "application_fee": null, "application_fee_amount": null,
        "arrival_date": created + 172_800, "automatic": false, "balance_transaction": null, "created": created,
        "currency": null, "description": null, "destination": "ba_Sandbox00000001",
        "failure_balance_transaction": null, "failure_code": null, "failure_message": null, "livemode": false,
        "metadata": {}, "method": "standard", "original_payout": null, "reconciliation_status": "not_applicable",
        "reversed_by": null, "source_type": "card", "statement_descriptor": null, "status": "pending",
        "trace_id": null, "type": "bank_account",
    }))
}
