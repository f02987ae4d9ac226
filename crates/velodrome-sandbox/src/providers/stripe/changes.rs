//! What creating and updating objects brings with it.

use serde_json::{Value, json};

use super::account::Account;
use super::objects;
use super::payments;
use super::problem::Problem;
use super::resources::{Resource, referred};
use super::subscriptions;
use crate::records::{Row, plain, row};
use crate::world::World;

/// Makes an object from checked parameters.
pub(super) fn create(
    account: &mut Account,
    resource: &Resource,
    given: &Row,
    world: &World,
) -> Result<Row, Problem> {
    check_references(account, given)?;
    let wanted = given
        .get("id")
        .filter(|_| resource.path == "products")
        .map(|id| plain(Some(id)));
    if let Some(id) = wanted
        .as_ref()
        .filter(|id| account.collection("products").contains(id))
    {
        return Err(Problem::coded(
            "resource_already_exists",
            "id",
            format!("Product already exists: {id}"),
        ));
    }
    let id = wanted.unwrap_or_else(|| format!("{}{}", resource.prefix, world.chance.text(24)));
    let created = world.now().timestamp();
    let mut object = objects::blank(resource.path, &id, created)
        .ok_or_else(|| Problem::no_such_url("POST", resource.path))?;
    merge(&mut object, given);
    match resource.path {
        "charges" => payments::new_charge(&mut object, given)?,
        "payment_intents" => payments::new_intent(account, &mut object, given, world)?,
        "refunds" => payments::new_refund(account, &mut object, given, world)?,
        "subscriptions" => subscriptions::begin(account, &mut object, given, world)?,
        "prices" => new_price(account, &mut object, given, world)?,
        "invoices" => name_customer(account, &mut object),
        "invoiceitems" => new_item(account, &object)?,
        _ => {}
    }
    account.save(resource.path, object.clone(), "created", world);
    Ok(object)
}

/// Changes an object by checked parameters.
pub(super) fn update(
    account: &mut Account,
    resource: &Resource,
    before: &Row,
    given: &Row,
    world: &World,
) -> Result<Row, Problem> {
    check_references(account, given)?;
    let mut object = before.clone();
    match resource.path {
        "invoices" if plain(before.get("status")) != "draft" && !editable_when_open(given) => {
            let message = "Finalized invoices can't be updated in this way";
            return Err(Problem::state("invoice_not_editable", message));
        }
        "subscriptions" if plain(before.get("status")) == "canceled" => {
            let message =
                "A canceled subscription can only update its cancellation_details and metadata.";
            return Err(Problem::state("resource_missing", message));
        }
        _ => {}
    }
    merge(&mut object, given);
    if resource.path == "subscriptions" && given.contains_key("items") {
        subscriptions::set_items(account, &mut object, given, world)?;
    }
    if resource.path == "products" {
        object.insert("updated".to_owned(), world.now().timestamp().into());
    }
    account.save(resource.path, object.clone(), "updated", world);
    Ok(object)
}

fn editable_when_open(given: &Row) -> bool {
    given
        .keys()
        .all(|name| ["metadata", "auto_advance", "description"].contains(&name.as_str()))
}

/// Removes an object where its state allows it; what the API answers.
pub(super) fn delete(
    account: &mut Account,
    resource: &Resource,
    before: &Row,
    world: &World,
) -> Result<Row, Problem> {
    let id = plain(before.get("id"));
    match resource.path {
        "subscriptions" => {
            if plain(before.get("status")) == "canceled" {
                return Err(Problem::no_such("subscription", &id, "id"));
            }
            let mut object = before.clone();
            let now = world.now().timestamp();
            for (member, value) in [
                ("status", json!("canceled")),
                ("canceled_at", now.into()),
                ("ended_at", now.into()),
            ] {
                object.insert(member.to_owned(), value);
            }
            account.save("subscriptions", object.clone(), "deleted", world);
            return Ok(object);
        }
        "invoices" if plain(before.get("status")) != "draft" => {
            return Err(Problem::state(
                "invoice_not_editable",
                "You can only delete draft invoices.",
            ));
        }
        "products" => {
            let used = account
                .collection("prices")
                .iter()
                .any(|price| plain(price.get("product")) == id);
            if used {
                let message = "This product cannot be deleted because it has one or more user-created prices.";
                return Err(Problem::invalid("id", message));
            }
        }
        _ => {}
    }
    let gone = row(json!({"id": id, "object": resource.object, "deleted": true}));
    account.save(resource.path, before.clone(), "deleted", world);
    if resource.path == "customers" {
        // A deleted customer can still be fetched and then says so.
        account
            .collection_mut("customers")
            .insert(&id, gone.clone());
    } else {
        account.collection_mut(resource.path).remove(&id);
    }
    Ok(gone)
}

/// Puts parameters into the members of the same name. `metadata` merges; an empty value removes a key.
fn merge(object: &mut Row, given: &Row) {
    for (name, value) in given {
        if name == "metadata" {
            let mut metadata = object
                .get("metadata")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default();
            match value {
                Value::Object(new) => {
                    for (key, value) in new {
                        if value == "" {
                            metadata.shift_remove(key);
                        } else {
                            metadata.insert(key.clone(), value.clone());
                        }
                    }
                }
                _ => metadata.clear(),
            }
            object.insert(name.clone(), Value::Object(metadata));
        } else if object.contains_key(name) && name != "items" {
            object.insert(name.clone(), value.clone());
        }
    }
}

fn check_references(account: &Account, given: &Row) -> Result<(), Problem> {
    for (name, value) in given {
        let Some(collection) = referred(name).filter(|_| value.is_string()) else {
            continue;
        };
        let id = plain(Some(value));
        let exists = account
            .collection(collection)
            .get(&id)
            .is_some_and(|object| !object.contains_key("deleted"));
        if !exists {
            return Err(Problem::no_such(name, &id, name));
        }
    }
    Ok(())
}

fn name_customer(account: &Account, invoice: &mut Row) {
    let Some(customer) = account
        .collection("customers")
        .get(&plain(invoice.get("customer")))
    else {
        return;
    };
    for (member, of_customer) in [
        ("customer_name", "name"),
        ("customer_email", "email"),
        ("customer_phone", "phone"),
        ("customer_address", "address"),
    ] {
        let value = customer.get(of_customer).cloned().unwrap_or(Value::Null);
        invoice.insert(member.to_owned(), value);
    }
}

fn new_price(
    account: &mut Account,
    price: &mut Row,
    given: &Row,
    world: &World,
) -> Result<(), Problem> {
    if let Some(data) = given.get("product_data") {
        let name = data
            .get("name")
            .cloned()
            .ok_or_else(|| Problem::missing("product_data[name]"))?;
        let id = format!("prod_{}", world.chance.text(14));
        let mut product = objects::blank_product(&id, world.now().timestamp());
        product.insert("name".to_owned(), name);
        account.save("products", product, "created", world);
        price.insert("product".to_owned(), id.into());
    } else if !given.contains_key("product") {
        return Err(Problem::missing("product"));
    }
    match given.get("unit_amount") {
        Some(amount) => {
            price.insert("unit_amount_decimal".to_owned(), amount.to_string().into());
        }
        None if ["unit_amount_decimal", "custom_unit_amount", "tiers"]
            .iter()
            .any(|name| given.contains_key(*name)) => {}
        None => return Err(Problem::missing("unit_amount")),
    }
    if let Some(asked) = given.get("recurring") {
        let interval = plain(asked.get("interval"));
        if !["day", "week", "month", "year"].contains(&interval.as_str()) {
            return Err(Problem::invalid(
                "recurring[interval]",
                "Invalid recurring[interval]: must be one of day, week, month, or year",
            ));
        }
        price.insert("recurring".to_owned(), objects::recurring(&interval));
        price.insert("type".to_owned(), "recurring".into());
    }
    Ok(())
}

/// A line on a draft invoice raises what is due.
fn new_item(account: &mut Account, item: &Row) -> Result<(), Problem> {
    let Some(invoice) = item.get("invoice").filter(|invoice| !invoice.is_null()) else {
        return Ok(());
    };
    let amount = item.get("amount").and_then(Value::as_i64).unwrap_or(0);
    let id = plain(Some(invoice));
    let invoice = account
        .collection_mut("invoices")
        .get_mut(&id)
        .ok_or_else(|| Problem::no_such("invoice", &id, "invoice"))?;
    if plain(invoice.get("status")) != "draft" {
        return Err(Problem::state(
            "invoice_not_editable",
            "Only draft invoices take further items.",
        ));
    }
    for member in ["amount_due", "amount_remaining", "subtotal", "total"] {
        let sum = invoice.get(member).and_then(Value::as_i64).unwrap_or(0) + amount;
        invoice.insert(member.to_owned(), sum.into());
    }
    let line = json!({
        "id": format!("il_{}", plain(item.get("id"))), "object": "line_item", "amount": amount,
        "currency": item.get("currency"), "description": item.get("description"), "quantity": item.get("quantity"),
    });
    if let Some(Value::Array(lines)) = invoice
        .get_mut("lines")
        .and_then(|lines| lines.get_mut("data"))
    {
        lines.push(line);
    }
    Ok(())
}
