//! The index: every connector by category, and those that are planned.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use velodrome_model::definition::{ConnectorDefinition, ConnectorStatus};

use super::kind::Kind;
use crate::catalogue::Entry;

/// The page.
#[derive(Template)]
#[template(path = "docs/index.html")]
pub struct Index {
    root: &'static str,
    /// How many there are.
    count: usize,
    shelves: Vec<Shelf>,
    planned: Vec<Planned>,
    /// Every category of any connector, for the filter.
    categories: BTreeSet<String>,
    kinds: BTreeSet<Kind>,
}

/// The connectors of one category.
struct Shelf {
    category: String,
    anchor: String,
    cards: Vec<Card>,
}

/// What the index says of a connector; its page begins with the same.
#[derive(Clone)]
pub struct Card {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub icon: Option<String>,
    /// The first one is the shelf that it stands on.
    pub categories: Vec<String>,
    pub kinds: Vec<Kind>,
    /// Methods of its own; none where there is Call API only.
    pub methods: Option<usize>,
    pub is_beta: bool,
}

struct Planned {
    slug: String,
    name: String,
    category: String,
    reason: String,
}

impl Card {
    /// What there is to say of a definition, and of its line in the report.
    pub fn of(definition: &ConnectorDefinition, entry: &Entry) -> Self {
        let mut categories = definition.categories.clone();
        if categories.is_empty() {
            categories.push(entry.category.clone());
        }
        let kinds: BTreeSet<Kind> = definition
            .authentications
            .iter()
            .filter(|one| !one.hide)
            .map(Kind::of)
            .collect();
        Self {
            slug: definition.slug.clone(),
            name: definition.name.clone(),
            description: definition.description.clone().unwrap_or_default(),
            icon: definition.icon.clone(),
            categories,
            kinds: kinds.into_iter().collect(),
            methods: entry.methods,
            is_beta: definition.status == ConnectorStatus::Beta,
        }
    }

    /// The words that the search looks through beside the name.
    fn words(&self) -> String {
        format!("{} {}", self.slug, self.categories.join(" "))
    }

    /// Texts of an attribute, with a line between two: names of categories hold spaces.
    fn category_list(&self) -> String {
        self.categories.join("|")
    }

    fn kind_list(&self) -> String {
        let keys: Vec<&str> = self.kinds.iter().map(|kind| kind.key()).collect();
        keys.join("|")
    }
}

impl Index {
    /// All of them in their order.
    pub fn of(cards: Vec<Card>, entries: &[Entry]) -> Self {
        let count = cards.len();
        let kinds = cards.iter().flat_map(|card| card.kinds.clone()).collect();
        let mut planned: Vec<Planned> = entries.iter().filter_map(Planned::of).collect();
        planned.sort_by_key(|entry| entry.name.to_lowercase());
        let categories = cards
            .iter()
            .flat_map(|card| card.categories.clone())
            .chain(planned.iter().map(|entry| entry.category.clone()))
            .collect();
        let mut by_category: BTreeMap<String, Vec<Card>> = BTreeMap::new();
        for card in cards {
            let shelf = card.categories.first().cloned().unwrap_or_default();
            by_category.entry(shelf).or_default().push(card);
        }
        let shelves = by_category.into_iter().map(|(category, mut cards)| {
            cards.sort_by_key(|card| card.name.to_lowercase());
            Shelf {
                anchor: anchor(&category),
                category,
                cards,
            }
        });
        Self {
            root: "",
            count,
            shelves: shelves.collect(),
            planned,
            categories,
            kinds,
        }
    }
}

impl Planned {
    fn of(entry: &Entry) -> Option<Self> {
        let reason = entry.reason.as_deref()?;
        let mut letters = reason.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        Some(Self {
            slug: entry.slug.clone(),
            name: entry.name.clone(),
            category: entry.category.clone(),
            reason: first.chain(letters).collect(),
        })
    }
}

fn anchor(category: &str) -> String {
    let words: Vec<String> = category
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(slug: &str, name: &str, methods: Option<usize>) -> Card {
        Card {
            slug: slug.to_owned(),
            name: name.to_owned(),
            description: "Says \"<hello>\" & more.".to_owned(),
            icon: Some("icon.svg".to_owned()),
            categories: vec!["Surveys and Forms".to_owned(), "CRMs".to_owned()],
            kinds: vec![Kind::Code, Kind::ApiKey],
            methods,
            is_beta: methods.is_none(),
        }
    }

    fn planned() -> Entry {
        Entry {
            slug: "later".to_owned(),
            name: "Later".to_owned(),
            category: "ERP".to_owned(),
            ways: Vec::new(),
            methods: None,
            status: "Planned".to_owned(),
            reason: Some("nobody knows its address".to_owned()),
        }
    }

    #[test]
    fn connectors_are_listed_with_what_the_filters_need_and_the_planned_ones_last() {
        let cards = vec![
            card("zoo", "Zoo", None),
            card("acme", "Acme <script>", Some(12)),
        ];

        let html = Index::of(cards, &[planned()]).render().unwrap();

        let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text}: {html}"));
        assert!(at("acme/index.html") < at("zoo/index.html"));
        assert!(at("zoo/index.html") < at("Nobody knows its address"));
        assert!(at("12 methods") < at("badge\">Call API only"));
        at("data-category=\"Surveys and Forms|CRMs\"");
        at("data-auth=\"oauth2|api-key\"");
        at("id=\"surveys-and-forms\"");
        assert!(
            !html.contains("<script>") && !html.contains("<hello>"),
            "{html}"
        );
    }
}
