//! Keys out of names (connectors.md §10: "Keys are slugs of names").

use std::collections::HashSet;

use deunicode::deunicode;

/// The most characters of a key.
const MAX_LENGTH: usize = 80;

/// Small letters, digits and hyphens that stand for a name; empty if it has nothing of the kind.
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in deunicode(name).chars() {
        if slug.len() >= MAX_LENGTH {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') && letter != '\'' {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// Keys that are given out once.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    taken: HashSet<String>,
}

impl Keys {
    /// Keeps a key from being given out.
    pub fn reserve(&mut self, key: &str) {
        self.taken.insert(key.to_owned());
    }

    /// The key for a name: its slug, or `fallback` when that is empty, with `-2`, `-3`… on a clash.
    pub fn key(&mut self, name: &str, fallback: &str) -> String {
        let mut wanted = slug(name);
        if wanted.is_empty() {
            fallback.clone_into(&mut wanted);
        }
        let mut key = wanted.clone();
        let mut number = 1_u64;
        while !self.taken.insert(key.clone()) {
            number += 1;
            let end = format!("-{number}");
            let room = MAX_LENGTH.saturating_sub(end.len()).min(wanted.len());
            key = format!("{}{end}", wanted[..room].trim_end_matches('-'));
        }
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_keeps_letters_and_digits_of_any_script_and_joins_them_with_hyphens() {
        for (name, expected) in [
            ("List Things", "list-things"),
            ("  OAuth 2.0 ", "oauth-2-0"),
            ("Größe — ändern!", "grosse-andern"),
            ("Buyer's Orders", "buyers-orders"),
            ("取引先", "qu-yin-xian"),
            ("!!!", ""),
        ] {
            assert_eq!(slug(name), expected, "{name}");
        }
        assert_eq!(slug(&"ab ".repeat(100)).len(), 80);
    }

    #[test]
    fn a_clash_gets_a_number_and_stays_short_enough() {
        let mut keys = Keys::default();
        assert_eq!(keys.key("Get Thing", "method"), "get-thing");
        assert_eq!(keys.key("Get thing", "method"), "get-thing-2");
        assert_eq!(keys.key("?", "method"), "method");
        assert_eq!(keys.key("get-thing 2", "method"), "get-thing-2-2");
        let long = "x".repeat(100);
        assert_eq!(keys.key(&long, "method"), "x".repeat(80));
        assert_eq!(keys.key(&long, "method"), format!("{}-2", "x".repeat(78)));
    }
}
