//! Texts of the facts with `{{names}}` in them, and what becomes of them in a definition.

use std::collections::HashMap;
use std::fmt;

/// Why a fact can't be said in a definition; a sentence for the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inexpressible(pub String);

impl Inexpressible {
    /// The sentence, without a period.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Inexpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    /// What stands inside the braces.
    Name(&'a str),
}

/// Splits a text at its names.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            break;
        };
        if !before.is_empty() {
            out.push(Piece::Text(before));
        }
        out.push(Piece::Name(name.trim()));
        rest = after;
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest));
    }
    out
}

/// The names in a text.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Name(name) => Some(name),
        Piece::Text(_) => None,
    })
}

/// The name, where the text is one and nothing else.
pub fn sole(text: &str) -> Option<&str> {
    match pieces(text).as_slice() {
        [Piece::Name(name)] => Some(name),
        _ => None,
    }
}

/// Text in front of the only name, and the name.
pub fn prefixed(text: &str) -> Option<(&str, &str)> {
    match pieces(text).as_slice() {
        [Piece::Name(name)] => Some(("", name)),
        [Piece::Text(before), Piece::Name(name)] => Some((before, name)),
        _ => None,
    }
}

/// What one name of `template` has to be for it to become `wanted`.
pub fn solved<'t>(template: &'t str, wanted: &str) -> Option<(&'t str, String)> {
    for name in names(template) {
        let written = format!("{{{{{name}}}}}");
        let (before, after) = template.split_once(&written)?;
        if let Some(value) = wanted
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .filter(|value| !value.is_empty() && !value.contains("{{"))
        {
            return Some((name, value.to_owned()));
        }
    }
    None
}

/// `client_id` as a definition writes names: `ClientId`.
pub fn pascal(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    let joined: String = words
        .filter(|word| !word.is_empty())
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        })
        .collect();
    if joined.starts_with(|first: char| first.is_ascii_digit()) {
        format!("The{joined}")
    } else {
        joined
    }
}

/// What a name of the facts is in a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A mergefield of this name.
    Field(String),
    /// Always this text.
    Constant(String),
}

/// The names of one provider.
#[derive(Clone, Debug, Default)]
pub struct Names(HashMap<String, Meaning>);

impl Names {
    /// Gives a name its meaning; a second, different one is a fault of the facts.
    pub fn give(&mut self, name: &str, meaning: Meaning) -> Result<(), Inexpressible> {
        match self.0.get(name) {
            Some(known) if *known != meaning => Err(Inexpressible::new(format!(
                "the value {name} means different things to different ways to authenticate"
            ))),
            _ => {
                self.0.insert(name.to_owned(), meaning);
                Ok(())
            }
        }
    }

    /// Whether a name has a meaning.
    pub fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The mergefield of a name.
    pub fn field(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Meaning::Field(field) => Some(field),
            Meaning::Constant(_) => None,
        }
    }

    /// The text with mergefields in the place of names.
    pub fn merged(&self, text: &str) -> Result<String, Inexpressible> {
        let mut out = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Name(name) => match self.0.get(name) {
                    Some(Meaning::Field(field)) => out.push_str(&format!("{{{{{field}}}}}")),
                    Some(Meaning::Constant(text)) => out.push_str(text),
                    None if name.contains('(') => {
                        let function = name.split('(').next().unwrap_or_default();
                        return Err(Inexpressible::new(format!(
                            "a value has to be computed ({function}), which needs a script"
                        )));
                    }
                    None => {
                        return Err(Inexpressible::new(format!(
                            "nobody knows where the value {name} comes from"
                        )));
                    }
                },
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_mergefields_and_constants() {
        let mut names = Names::default();
        names
            .give("shop_id", Meaning::Field("ShopId".into()))
            .unwrap();
        names.give("v", Meaning::Constant("7".into())).unwrap();

        assert_eq!(
            names.merged("https://{{shop_id}}.acme.test/{{ v }}/x"),
            Ok("https://{{ShopId}}.acme.test/7/x".into())
        );
        assert!(
            names
                .merged("{{base64(shop_id)}}")
                .unwrap_err()
                .0
                .contains("base64")
        );
        assert!(names.merged("{{other}}").unwrap_err().0.contains("other"));
        assert!(names.give("v", Meaning::Constant("8".into())).is_err());
    }

    #[test]
    fn a_name_is_solved_for_the_text_that_is_wanted() {
        for (template, wanted, expected) in [
            (
                "https://{{host}}/a",
                "https://x.test/a",
                Some(("host", "x.test")),
            ),
            ("https://{{host}}/a", "https://x.test/b", None),
            (
                "https://{{a}}-{{b}}.x",
                "https://one-{{b}}.x",
                Some(("a", "one")),
            ),
            ("https://{{host}}", "https://{{other}}", None),
            ("https://x", "https://x", None),
        ] {
            let solved = solved(template, wanted);
            let solved = solved.as_ref().map(|(name, value)| (*name, value.as_str()));
            assert_eq!(solved, expected, "{template} {wanted}");
        }
    }

    #[test]
    fn names_are_written_as_definitions_write_them() {
        for (name, expected) in [
            ("client_id", "ClientId"),
            ("installation.api_end_point", "InstallationApiEndPoint"),
            ("dc", "Dc"),
            ("2fa", "The2fa"),
        ] {
            assert_eq!(pascal(name), expected);
        }
    }
}
