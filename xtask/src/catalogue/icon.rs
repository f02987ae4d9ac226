//! A monogram: no provider's logo, but each connector has a face of its own.

use sha2::{Digest, Sha256};

/// An icon of one or two letters.
pub fn svg(slug: &str, name: &str) -> String {
    let (ground, mark) = colours(slug);
    let letters = monogram(name);
    let size = if letters.chars().count() == 1 {
        210
    } else {
        168
    };
    let title = escaped(name);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 400 400\" role=\"img\" aria-label=\"{title}\">\n  \
         <rect width=\"400\" height=\"400\" rx=\"72\" fill=\"{ground}\"/>\n  \
         <rect x=\"64\" y=\"316\" width=\"272\" height=\"12\" rx=\"6\" fill=\"{mark}\"/>\n  \
         <text x=\"200\" y=\"262\" text-anchor=\"middle\" font-family=\"system-ui, 'Helvetica Neue', Arial, sans-serif\" \
         font-size=\"{size}\" font-weight=\"600\" fill=\"#ffffff\">{letters}</text>\n</svg>\n"
    )
}

/// First letters of the first two words; of one word its capitals, else its first two letters.
fn monogram(name: &str) -> String {
    let plain = name.split(['(', '–']).next().unwrap_or(name);
    let words: Vec<&str> = plain
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    match words.as_slice() {
        [] => "?".to_owned(),
        [word] => {
            let capitals: Vec<char> = word
                .chars()
                .filter(|letter| letter.is_uppercase())
                .collect();
            match capitals.as_slice() {
                [first, second, ..] => [*first, *second].iter().collect(),
                _ => {
                    let mut letters = word.chars();
                    let first = letters.next().into_iter().flat_map(char::to_uppercase);
                    first.chain(letters.next()).collect()
                }
            }
        }
        [first, second, ..] => [first, second]
            .into_iter()
            .filter_map(|word| word.chars().next())
            .flat_map(char::to_uppercase)
            .collect(),
    }
}

/// Ground and line, from the slug; dark enough for white letters (WCAG 2.2 §1.4.3).
fn colours(slug: &str) -> (String, String) {
    let hash = Sha256::digest(slug.as_bytes());
    let hue = f64::from(u16::from_be_bytes([hash[0], hash[1]])) / 65_536.0 * 360.0;
    let ground = rgb(hue, 0.42 + f64::from(hash[2] % 16) / 100.0, 0.32);
    let mark = rgb((hue + 40.0) % 360.0, 0.55, 0.72);
    (ground, mark)
}

/// Hue in degrees, saturation and lightness from 0 to 1 (CSS Color 4 §7.1).
fn rgb(hue: f64, saturation: f64, lightness: f64) -> String {
    let a = saturation * lightness.min(1.0 - lightness);
    let channel = |n: f64| {
        let k = (n + hue / 30.0) % 12.0;
        let value = lightness - a * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0);
        (value * 255.0).round() as u8
    };
    format!(
        "#{:02x}{:02x}{:02x}",
        channel(0.0),
        channel(8.0),
        channel(4.0)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_letters() {
        for (name, expected) in [
            ("Google Drive", "GD"),
            ("HubSpot", "HS"),
            ("Asana", "As"),
            ("Shopify (OAuth)", "Sh"),
            ("monday.com", "MC"),
            ("X", "X"),
        ] {
            assert_eq!(monogram(name), expected, "{name}");
        }
    }

    #[test]
    fn an_icon_stays_as_it_is_and_differs_from_others() {
        assert_eq!(svg("asana", "Asana"), svg("asana", "Asana"));
        assert_ne!(colours("asana"), colours("slack"));
        assert!(svg("a", "A & \"B\"").contains("A &amp; &quot;B&quot;"));
    }
}
