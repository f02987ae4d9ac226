//! Which list of a method's answer makes one transaction an item (cycles.md §8).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::location::Location;

/// Whether lists are split into one transaction an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CollectionSplitting {
    /// Never.
    None,
    /// On the trigger step.
    #[default]
    First,
    /// On every step that gives a list which can be split.
    All,
}

/// The main list among the locations of a method's response fields: the only list at the shallowest
/// depth that has one. None where there is no list, or where two stand side by side there.
///
/// Lists inside the main one stay whole, and what stands beside it is repeated for each item.
pub fn main_list<'a>(fields: impl IntoIterator<Item = &'a Location>) -> Option<Location> {
    let lists: HashSet<Location> = fields
        .into_iter()
        .filter_map(Location::outermost_array)
        .collect();
    let shallowest = lists.iter().map(Location::depth).min()?;
    let mut there = lists.into_iter().filter(|list| list.depth() == shallowest);
    match (there.next(), there.next()) {
        (Some(main), None) => Some(main),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[&str]) -> Option<String> {
        let fields: Vec<Location> = fields.iter().map(|field| field.parse().unwrap()).collect();
        main_list(&fields).map(|list| list.to_string())
    }

    #[test]
    fn the_only_list_at_the_shallowest_depth_is_split() {
        for (fields, expected) in [
            (
                vec!["[contacts].id", "[contacts].email"],
                Some("[contacts]"),
            ),
            (vec!["name", "[groups].id"], Some("[groups]")),
            (
                vec!["[orders].id", "[orders].[lines].sku"],
                Some("[orders]"),
            ),
            (vec!["[users].id", "[teams].id"], None),
            (vec!["[].id"], Some("[]")),
            (vec!["[].[lines].sku"], Some("[]")),
            (vec!["data.[deals].id", "[warnings]"], Some("[warnings]")),
            (vec!["data.[deals].id", "meta.[pages].id"], None),
            (vec!["tags.[names]"], Some("tags.[names]")),
            (vec!["id", "name"], None),
            (vec![], None),
        ] {
            assert_eq!(of(&fields).as_deref(), expected, "{fields:?}");
        }
    }
}
