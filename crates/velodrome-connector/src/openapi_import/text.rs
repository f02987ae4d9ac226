//! Texts of documents, made fit for definitions.

use crate::catalogue::looks_secret;

/// The most characters of a method's or connector's description.
pub const METHOD: usize = 600;
/// The most characters of a field's or parameter's description.
pub const FIELD: usize = 240;

/// One line of at most so many characters.
pub fn line(text: &str, most: usize) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).take(most).collect();
    shorten(&words.join(" "), most)
}

/// The first paragraph as a line that ends with a period; none if nothing is left.
///
/// What looks like a secret is not repeated.
pub fn sentence(text: &str, most: usize) -> Option<String> {
    let paragraph = text.trim().split("\n\n").next().unwrap_or_default();
    let mut line = line(paragraph, most);
    if line.is_empty() || looks_secret(text) {
        return None;
    }
    if !line.ends_with(['.', '!', '?', '…', ':']) {
        line.push('.');
    } else if line.ends_with(':') {
        line.pop();
        line.push('.');
    }
    Some(line)
}

/// `listPetsByID` as `list Pets By ID`.
pub fn words(identifier: &str) -> String {
    let letters: Vec<char> = identifier.chars().collect();
    let mut words = String::with_capacity(identifier.len() + 8);
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
        if begins {
            words.push(' ');
        }
        words.push(if letter.is_alphanumeric() {
            *letter
        } else {
            ' '
        });
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words with capitals, as a title.
pub fn title(words: &str) -> String {
    let words = words.split_whitespace().map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect()
        })
    });
    words.collect::<Vec<_>>().join(" ")
}

fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => {
            let cut = &text[..end];
            let cut = cut.rsplit_once(' ').map_or(cut, |(whole, _)| whole);
            format!("{}…", cut.trim_end_matches(['.', ',']))
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_its_first_paragraph_on_one_line() {
        assert_eq!(
            sentence("Lists\n  pets\n\n# More\n", METHOD).unwrap(),
            "Lists pets."
        );
        assert_eq!(sentence("Why?", METHOD).unwrap(), "Why?");
        assert_eq!(sentence(" \n", METHOD), None);
        assert_eq!(sentence(&"word ".repeat(20), 12).unwrap(), "word word…");
    }

    #[test]
    fn identifiers_fall_apart_into_words() {
        assert_eq!(words("listPetsByID"), "list Pets By ID");
        assert_eq!(words("HTTPServer_v2"), "HTTP Server v2");
        assert_eq!(title("list pets"), "List Pets");
    }
}
