//! Made-up names for sample records: the same ones on every start.

use chrono::{DateTime, TimeDelta, Utc};

const FIRST: [&str; 24] = [
    "Ada", "Bruno", "Clara", "Dmitri", "Elif", "Farid", "Grace", "Hiro", "Ines", "Jonas", "Kavya",
    "Liam", "Mei", "Noah", "Olga", "Pedro", "Quinn", "Rosa", "Sven", "Tara", "Umar", "Vera",
    "Wanda", "Yusuf",
];
const LAST: [&str; 29] = [
    "Abbott", "Bauer", "Costa", "Dahl", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanova",
    "Jensen", "Kowalski", "Lindgren", "Moreau", "Nakamura", "Okafor", "Patel", "Quiroga", "Rossi",
    "Silva", "Tanaka", "Ueda", "Varga", "Weber", "Xu", "Yilmaz", "Zimmer", "Almeida", "Becker",
    "Novak",
];
const COMPANY: [&str; 20] = [
    "Alder",
    "Birch",
    "Copper",
    "Delta",
    "Ember",
    "Falcon",
    "Granite",
    "Harbour",
    "Indigo",
    "Juniper",
    "Kestrel",
    "Lantern",
    "Meridian",
    "Northgate",
    "Orchard",
    "Pioneer",
    "Quarry",
    "Riverside",
    "Summit",
    "Tidewater",
];
const TRADE: [&str; 7] = [
    "Bakeries",
    "Logistics",
    "Software",
    "Textiles",
    "Foods",
    "Tools",
    "Energy",
];
const CITY: [(&str, &str, &str, &str); 8] = [
    ("Portland", "OR", "97205", "US"),
    ("Austin", "TX", "78701", "US"),
    ("Denver", "CO", "80202", "US"),
    ("Miami", "FL", "33130", "US"),
    ("Boston", "MA", "02110", "US"),
    ("Chicago", "IL", "60601", "US"),
    ("Seattle", "WA", "98101", "US"),
    ("Atlanta", "GA", "30303", "US"),
];
const STREET: [&str; 9] = [
    "Canal Street",
    "Mill Lane",
    "Park Avenue",
    "Station Road",
    "Hill Street",
    "Lake Drive",
    "Oak Street",
    "Main Street",
    "Bridge Road",
];

/// Somebody; the same number is always the same person.
pub(crate) struct Person {
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
}

pub(crate) fn person(number: usize) -> Person {
    // 24 and 29 have no common factor, so 696 people come before the first namesake.
    Person {
        first: FIRST[number % FIRST.len()],
        last: LAST[(number * 5 + 3) % LAST.len()],
    }
}

impl Person {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// An address in a domain that can never receive mail (RFC 2606).
    pub(crate) fn email(&self, number: usize) -> String {
        format!("{}.{}{number}@example.com", self.first, self.last).to_lowercase()
    }
}

/// A number from the range kept free for fiction.
pub(crate) fn phone(number: usize) -> String {
    format!(
        "+1 555 {:03} 01{:02}",
        200 + number / 100 % 800,
        number % 100
    )
}

pub(crate) fn company(number: usize) -> String {
    format!(
        "{} {}",
        COMPANY[number % COMPANY.len()],
        TRADE[(number / COMPANY.len() + number) % TRADE.len()]
    )
}

/// A place to send things to.
pub(crate) struct Address {
    pub(crate) street: String,
    pub(crate) city: &'static str,
    pub(crate) state: &'static str,
    pub(crate) postcode: &'static str,
    pub(crate) country: &'static str,
}

pub(crate) fn address(number: usize) -> Address {
    let (city, state, postcode, country) = CITY[number % CITY.len()];
    let street = format!("{} {}", 1 + number * 7 % 240, STREET[number % STREET.len()]);
    Address {
        street,
        city,
        state,
        postcode,
        country,
    }
}

/// An instant in the past: number 0 is the oldest, each next one `minutes` later.
pub(crate) fn instant(number: usize, minutes: i64) -> DateTime<Utc> {
    // 2025-01-06T08:00:00Z, a Monday.
    let start =
        DateTime::from_timestamp(1_736_150_400, 0).expect("the instant is within chrono's range");
    start + TimeDelta::minutes(minutes * i64::try_from(number).unwrap_or(0))
}
