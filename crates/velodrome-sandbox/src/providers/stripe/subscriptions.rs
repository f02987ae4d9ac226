//! Subscriptions: how they begin, and their items.

use serde_json::Value;

use super::account::Account;
use super::objects;
use super::problem::Problem;
use crate::records::{Row, plain};
use crate::world::World;

/// Completes a new subscription.
pub(super) fn begin(
    account: &Account,
    subscription: &mut Row,
    given: &Row,
    world: &World,
) -> Result<(), Problem> {
    set_items(account, subscription, given, world)?;
    let now = world.now().timestamp();
    let days = given
        .get("trial_period_days")
        .and_then(Value::as_i64)
        .filter(|days| *days > 0);
    if let Some(days) = days {
        subscription.insert("status".to_owned(), "trialing".into());
        subscription.insert("trial_start".to_owned(), now.into());
        subscription.insert("trial_end".to_owned(), (now + days * 86_400).into());
    }
    Ok(())
}

/// Changes the items that are named by id, adds those that are not; the others stay.
pub(super) fn set_items(
    account: &Account,
    subscription: &mut Row,
    given: &Row,
    world: &World,
) -> Result<(), Problem> {
    let before = subscription
        .get("items")
        .and_then(|items| items.get("data"))
        .and_then(Value::as_array);
    let mut items = before.cloned().unwrap_or_default();
    let asked = given.get("items").and_then(Value::as_array);
    for (at, asked) in asked.into_iter().flatten().enumerate() {
        let price_param = format!("items[{at}][price]");
        let price = asked.get("price").map(|price| plain(Some(price)));
        if let Some(price) = &price {
            check_price(account, price, &price_param)?;
        }
        let quantity = quantity(asked, at)?;
        let Some(id) = asked.get("id").map(|id| plain(Some(id))) else {
            let price = price.ok_or_else(|| Problem::missing(&price_param))?;
            let id = format!("si_{}", world.chance.text(14));
            let now = world.now().timestamp();
            items.push(objects::subscription_item(
                &id,
                &price,
                quantity.unwrap_or(1),
                now,
            ));
            continue;
        };
        let known = items.iter().position(|item| plain(item.get("id")) == id);
        let known = known.ok_or_else(|| {
            Problem::no_such("subscription_item", &id, &format!("items[{at}][id]"))
        })?;
        if asked.get("deleted") == Some(&Value::from("true")) {
            items.remove(known);
            continue;
        }
        if let Some(price) = price {
            items[known]["price"] = price.into();
        }
        if let Some(quantity) = quantity {
            items[known]["quantity"] = quantity.into();
        }
    }
    if items.is_empty() {
        return Err(Problem::missing("items"));
    }
    let url = format!(
        "/v1/subscription_items?subscription={}",
        plain(subscription.get("id"))
    );
    subscription.insert("items".to_owned(), objects::list(&url, items));
    Ok(())
}

fn check_price(account: &Account, price: &str, param: &str) -> Result<(), Problem> {
    let known = account.collection("prices").get(price);
    let known = known.ok_or_else(|| Problem::no_such("price", price, param))?;
    if known.get("recurring").is_none_or(Value::is_null) {
        let message = "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.";
        return Err(Problem::invalid(param, message));
    }
    Ok(())
}

fn quantity(asked: &Value, at: usize) -> Result<Option<i64>, Problem> {
    let Some(text) = asked.get("quantity").map(|quantity| plain(Some(quantity))) else {
        return Ok(None);
    };
    match text.parse() {
        Ok(quantity) => Ok(Some(quantity)),
        Err(_) => {
            let param = format!("items[{at}][quantity]");
            Err(Problem::coded(
                "parameter_invalid_integer",
                &param,
                format!("Invalid integer: {text}"),
            ))
        }
    }
}
