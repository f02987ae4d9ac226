//! One store's data: plausible, and the same on every start. Times are the store's own, without a zone.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::America::New_York;
use serde_json::{Value, json};

use crate::people;
use crate::records::{Collection, Row, row};

const STATUSES: [(i64, &str); 12] = [
    (1, "New"),
    (2, "Processing"),
    (3, "Partial"),
    (4, "Shipped"),
    (5, "Cancel"),
    (6, "Hold"),
    (7, "Not Completed"),
    (8, "Custom 1"),
    (9, "Custom 2"),
    (10, "Custom 3"),
    (11, "Unpaid"),
    (12, "Review"),
];
const GROUPS: [&str; 5] = ["Retail", "Wholesale", "Staff", "Trade", "Charity"];
const CATEGORIES: [&str; 15] = [
    "Ropes", "Lamps", "Tools", "Paint", "Garden", "Kitchen", "Travel", "Books", "Toys", "Outdoor",
    "Office", "Bath", "Pets", "Music", "Gifts",
];
const GOODS: [&str; 10] = [
    "Mooring rope",
    "Deck lamp",
    "Hand saw",
    "Wall paint",
    "Watering can",
    "Teapot",
    "Rucksack",
    "Field guide",
    "Kite",
    "Tent peg",
];

/// Everything one store has.
pub(super) struct Store {
    collections: BTreeMap<&'static str, Collection>,
}

/// As the API writes times: local to the store.
pub(super) fn store_time(instant: DateTime<Utc>) -> String {
    instant
        .with_timezone(&New_York)
        .format("%Y-%m-%dT%H:%M:%S")
        .to_string()
}

impl Store {
    pub(super) fn seeded(address: &str) -> Self {
        // Every store but the first is smaller and has other customers, so that a mix-up shows.
        let (scale, shift) = if address.contains("sandbox-store") {
            (1, 0)
        } else {
            (10, 1000)
        };
        let seed = |id: &str, count: usize, make: fn(usize, usize) -> Value| {
            Collection::seeded(
                id,
                (1..=count / scale).map(|own| row(make(own, own + shift))),
            )
        };
        let products = (1..=90 / scale).map(|own| (own.to_string(), product(own, own + shift)));
        let mut catalog = Collection::default();
        for (id, record) in products {
            catalog.insert(&id, row(record));
        }
        let collections = BTreeMap::from([
            ("Orders", seed("OrderID", 620, order)),
            (
                "OrderStatus",
                Collection::seeded(
                    "OrderStatusID",
                    STATUSES.map(|(id, name)| row(status(id, name))),
                ),
            ),
            ("Customers", seed("CustomerID", 180, customer)),
            (
                "CustomerGroups",
                Collection::seeded(
                    "CustomerGroupID",
                    GROUPS.iter().zip(1..).map(|(name, id)| group(name, id)),
                ),
            ),
            ("Products", catalog),
            (
                "Categories",
                Collection::seeded(
                    "CategoryID",
                    CATEGORIES
                        .iter()
                        .zip(1..)
                        .map(|(name, id)| category(name, id)),
                ),
            ),
            ("CRM", seed("CrmID", 40, ticket)),
        ]);
        Self { collections }
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
}

fn status(id: i64, name: &str) -> Value {
    json!({"OrderStatusID": id, "StatusDefinition": name, "StatusText": name, "Visible": id != 7, "Sorting": id})
}

fn group(name: &str, id: i64) -> Row {
    row(json!({
        "CustomerGroupID": id, "Name": name, "Description": "", "MinimumOrder": 0.0, "NonTaxable": false,
        "AllowRegistration": true, "DisableRewardPoints": false, "PriceLevel": 1,
    }))
}

fn category(name: &str, id: i64) -> Row {
    row(json!({
        "CategoryID": id, "CategoryName": name, "CategoryDescription": "", "CategoryIcon": "", "CategoryParent": 0,
        "Sorting": id, "Hide": false, "UserID": "storeadmin", "LastUpdate": store_time(people::instant(0, 1)),
    }))
}

fn customer(own: usize, number: usize) -> Value {
    let somebody = people::person(number);
    let place = people::address(number);
    let group = if own.is_multiple_of(4) { 2 } else { 1 };
    json!({
        "CustomerID": own, "Email": somebody.email(number), "BillingCompany": "",
        "BillingFirstName": somebody.first, "BillingLastName": somebody.last,
        "BillingAddress1": place.street, "BillingAddress2": "", "BillingCity": place.city,
        "BillingState": place.state, "BillingZipCode": place.postcode, "BillingCountry": place.country,
        "BillingPhoneNumber": people::phone(number), "BillingTaxID": "",
        "ShippingCompany": "", "ShippingFirstName": somebody.first, "ShippingLastName": somebody.last,
        "ShippingAddress1": place.street, "ShippingAddress2": "", "ShippingCity": place.city,
        "ShippingState": place.state, "ShippingZipCode": place.postcode, "ShippingCountry": place.country,
        "ShippingPhoneNumber": people::phone(number), "ShippingAddressType": 0, "CustomerGroupID": group,
        "Enabled": true, "MailList": own.is_multiple_of(3), "NonTaxable": false, "DisableBillingSameAsShipping": false,
        "Comments": "", "AdditionalField1": "", "AdditionalField2": "", "AdditionalField3": "",
        "TotalStoreCredit": 0.0, "ResetPassword": false, "LastUpdate": store_time(people::instant(number, 420)),
    })
}

fn price(number: usize) -> f64 {
    f64::from(u32::try_from(495 + number * 130 % 9_000).unwrap_or(0)) / 100.0
}

fn product(own: usize, number: usize) -> Value {
    let name = format!("{} {}", GOODS[number % GOODS.len()], number);
    let category = number % CATEGORIES.len() + 1;
    json!({
        "SKUInfo": {
            "CatalogID": own, "SKU": format!("SBX-{own:04}"), "Name": name, "Cost": price(number) / 2.0,
            "Price": price(number), "Currency": "USD", "RetailPrice": price(number), "SalePrice": 0.0,
            "OnSale": false, "Stock": number * 17 % 250,
        },
        "MFGID": "", "ShortDescription": "", "ManufacturerID": 0, "ManufacturerName": "", "DistributorList": [],
        "LastUpdate": store_time(people::instant(number, 700)), "UserID": "storeadmin", "GTIN": "",
        "CategoryList": [{"CategoryID": category, "CategoryName": CATEGORIES[category - 1]}],
        "NonTaxable": false, "NotForSale": false, "Hide": false, "GiftCertificate": false, "HomeSpecial": false,
        "CategorySpecial": false, "NonSearchable": false, "Weight": 1.5, "SelfShip": false, "FreeShipping": false,
        "Description": "<p>Made for the sandbox.</p>", "Keywords": "", "FeatureList": [], "MainImageFile": "",
        "ImageGalleryList": [], "OptionSetList": [], "AdvancedOptionList": [],
        "DateCreated": store_time(people::instant(0, 1)), "Title": name,
    })
}

fn order(own: usize, number: usize) -> Value {
    let buyer = number * 7 % 18 + 1;
    let buyer_number = if number > 1000 { buyer + 1000 } else { buyer };
    let somebody = people::person(buyer_number);
    let place = people::address(buyer_number);
    let date = store_time(people::instant(number, 150));
    let status = [1, 2, 4, 4, 4, 5, 11][number % 7];
    let catalog = own % 9 + 1;
    let quantity = number % 3 + 1;
    let amount = price(number) * f64::from(u32::try_from(quantity).unwrap_or(1));
    let mut order = row(json!({
        "InvoiceNumberPrefix": "SBX-", "InvoiceNumber": 1000 + own, "OrderID": own, "CustomerID": buyer,
        "OrderDate": date, "OrderStatusID": status, "LastUpdate": store_time(people::instant(number, 152)),
        "UserID": "", "SalesPerson": "", "ContinueURL": "", "AlternateOrderID": "", "OrderType": "Regular",
        "PaymentTokenID": 0, "BillingFirstName": somebody.first, "BillingLastName": somebody.last,
        "BillingCompany": "", "BillingAddress": place.street, "BillingAddress2": "", "BillingCity": place.city,
        "BillingState": place.state, "BillingZipCode": place.postcode, "BillingCountry": place.country,
        "BillingPhoneNumber": people::phone(buyer_number), "BillingEmail": somebody.email(buyer_number),
        "BillingPaymentMethod": "Invoice", "BillingOnLinePayment": false, "BillingPaymentMethodID": "2",
    }));
    order.extend(row(json!({
        "ShipmentList": [{
            "ShipmentID": 1, "ShipmentLastUpdate": date, "ShipmentBoxes": 1, "ShipmentOrderStatus": status,
            "ShipmentAddress": place.street, "ShipmentCity": place.city, "ShipmentState": place.state,
            "ShipmentZipCode": place.postcode, "ShipmentCountry": place.country,
            "ShipmentFirstName": somebody.first, "ShipmentLastName": somebody.last, "ShipmentCost": 5.0,
            "ShipmentMethodID": 1, "ShipmentMethodName": "Ground", "ShipmentTrackingCode": "", "ShipmentTax": 0.0,
            "ShipmentWeight": 1.5, "ShipmentNumber": 1,
        }],
        "OrderItemList": [{
            "CatalogID": catalog, "ItemIndexID": own, "ItemID": format!("SBX-{catalog:04}"), "ItemShipmentID": 1,
            "ItemQuantity": quantity, "ItemDescription": GOODS[number % GOODS.len()],
            "ItemUnitPrice": price(number), "ItemWeight": 1.5, "ItemOptionPrice": 0.0, "ItemDateAdded": date,
            "ItemUnitCost": price(number) / 2.0, "ItemUnitStock": 40, "ItemOptions": "",
        }],
        "PromotionList": [], "OrderDiscount": 0.0, "SalesTax": 0.0, "SalesTax2": 0.0, "SalesTax3": 0.0,
        "OrderAmount": amount + 5.0, "AffiliateCommission": 0.0,
        "TransactionList": [{
            "TransactionIndexID": own, "OrderID": own, "TransactionID": format!("T{own:06}"),
            "TransactionDateTime": date, "TransactionType": "Sale", "TransactionMethod": "Invoice",
            "TransactionAmount": amount + 5.0, "TransactionCaptured": 1,
        }],
        "CardType": "", "CardNumber": "", "CardName": "", "CardExpirationMonth": "", "CardExpirationYear": "",
        "RewardPoints": "0", "QuestionList": [], "Referer": "", "IP": "127.0.0.1", "CustomerComments": "",
        "InternalComments": "", "ExternalComments": "",
    })));
    Value::Object(order)
}

fn ticket(own: usize, number: usize) -> Value {
    let somebody = people::person(number);
    let opened = store_time(people::instant(number, 1_500));
    json!({
        "CrmID": own, "CustomerID": own, "OrderID": own, "ProductID": 0, "DateOpened": opened,
        "DateLastAction": store_time(people::instant(number, 1_530)),
        "Subject": format!("Where is order {own}?"), "DepartmentID": 1, "StatusID": own % 3 + 1,
        "CustomerName": somebody.name(), "CustomerEmail": somebody.email(number), "CustomerPhone": people::phone(number),
        "MessageList": [{"MessageID": own, "CrmID": own, "Message": "I ordered last week.", "Sender": 1, "MessageDate": opened}],
    })
}

/// A record before anything is known about it, for ones that are created.
pub(super) fn blank(path: &str, id: i64, now: &str) -> Row {
    let number = usize::try_from(id).unwrap_or(0);
    let template = match path {
        "Orders" => order(number, number),
        "Customers" => customer(number, number),
        "CustomerGroups" => Value::Object(group("", id)),
        "Products" => product(number, number),
        "Categories" => Value::Object(category("", id)),
        _ => ticket(number, number),
    };
    let mut record = row(template);
    for (member, value) in &mut record {
        *value = match (member.as_str(), &*value) {
            ("LastUpdate" | "OrderDate" | "DateOpened" | "DateLastAction" | "DateCreated", _) => {
                now.into()
            }
            (
                "OrderStatusID" | "CustomerGroupID" | "DepartmentID" | "StatusID" | "Enabled"
                | "AllowRegistration" | "SKUInfo",
                kept,
            ) => kept.clone(),
            (_, Value::String(_)) => "".into(),
            (_, Value::Array(_)) => json!([]),
            (_, Value::Bool(_)) => false.into(),
            (_, Value::Number(_)) => json!(0),
            (_, other) => other.clone(),
        };
    }
    for status in ["OrderStatusID", "StatusID", "CustomerGroupID"] {
        if record.contains_key(status) && path != "CustomerGroups" {
            record.insert(status.to_owned(), 1.into());
        }
    }
    if path == "Products" {
        record.insert(
            "SKUInfo".to_owned(),
            json!({"CatalogID": id, "SKU": "", "Name": "", "Cost": 0.0, "Price": 0.0, "Currency": "USD", "RetailPrice": 0.0, "SalePrice": 0.0, "OnSale": false, "Stock": 0}),
        );
    }
    record
}
