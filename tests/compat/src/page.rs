//! Just enough HTML to press a button of a plain page.

use url::Url;

/// A page that a browser shows.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it came from, after all redirects.
    pub url: Url,
    /// Its status.
    pub status: u16,
    /// Its source.
    pub text: String,
}

/// A form of a page, with the values it would send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it goes, as written.
    pub action: String,
    /// Fields in their order; buttons are left out until one is pressed.
    pub fields: Vec<(String, String)>,
    /// Buttons: their text, name and value.
    pub buttons: Vec<(String, String, String)>,
}

impl Page {
    /// The forms of the page.
    pub fn forms(&self) -> Vec<Form> {
        let mut forms = Vec::new();
        let mut rest = self.text.as_str();
        while let Some(start) = rest.find("<form") {
            let form = &rest[start..];
            let end = form.find("</form>").unwrap_or(form.len());
            forms.push(Form::read(&form[..end]));
            rest = &form[end..];
        }
        forms
    }

    /// The form with a button of this text, as if it had been pressed.
    ///
    /// # Panics
    /// With the page, when it has no such button.
    #[track_caller]
    pub fn press(&self, label: &str) -> Form {
        for mut form in self.forms() {
            let pressed = form
                .buttons
                .iter()
                .find(|(text, ..)| text == label)
                .cloned();
            if let Some((_, name, value)) = pressed {
                if !name.is_empty() {
                    form.fields.push((name, value));
                }
                return form;
            }
        }
        panic!("no button {label} on {}:\n{}", self.url, self.text)
    }
}

impl Form {
    /// The same form with another value in a field.
    ///
    /// # Panics
    /// When it has no such field.
    #[track_caller]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(known, _)| known == name);
        let (_, kept) = field.unwrap_or_else(|| panic!("the form has no field {name}"));
        value.clone_into(kept);
        self
    }

    fn read(source: &str) -> Self {
        let mut form = Self {
            action: String::new(),
            fields: Vec::new(),
            buttons: Vec::new(),
        };
        let mut rest = source;
        while let Some(start) = rest.find('<') {
            let tag_source = &rest[start + 1..];
            let end = tag_source.find('>').unwrap_or(tag_source.len());
            let tag = &tag_source[..end];
            rest = tag_source.get(end + 1..).unwrap_or_default();
            form.add(tag, rest);
        }
        form
    }

    fn add(&mut self, tag: &str, after: &str) {
        let of = |name: &str| attribute(tag, name).unwrap_or_default();
        let kind = tag.split_whitespace().next().unwrap_or_default();
        match kind {
            "form" => self.action = of("action"),
            "button" => {
                let text = after.split('<').next().unwrap_or_default().trim();
                self.buttons.push((unescape(text), of("name"), of("value")));
            }
            "input" if of("type") == "checkbox" && !has_word(tag, "checked") => {}
            "input" if of("type") == "radio" && !has_word(tag, "checked") => {}
            "input" if of("type") == "submit" => {
                self.buttons.push((of("value"), of("name"), of("value")));
            }
            "input" => self.fields.push((of("name"), of("value"))),
            _ => {}
        }
    }
}

fn has_word(tag: &str, word: &str) -> bool {
    tag.split_whitespace()
        .any(|part| part.trim_end_matches('/') == word)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let marker = format!(" {name}=");
    let value = &tag[tag.find(&marker)? + marker.len()..];
    let text = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => value.split([' ', '/']).next()?,
    };
    Some(unescape(text))
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let known = after
            .split_once(';')
            .and_then(|(name, after)| Some((entity(name)?, after)));
        match known {
            Some((letter, after)) => {
                plain.push(letter);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain + rest
}

/// The letter that a character reference stands for.
fn entity(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "amp" => Some('&'),
        number => {
            let number = number.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pressed_button_is_sent_with_the_fields() {
        let page = Page {
            url: Url::parse("http://provider.test/authorize").unwrap(),
            status: 200,
            text: "<form method=\"post\" action=\"/consent?a=1&amp;b=2\">\
                   <input type=\"hidden\" name=\"state\" value=\"s&quot;1\">\
                   <input type=\"checkbox\" name=\"scope\" value=\"read\" checked>\
                   <input type=\"checkbox\" name=\"scope\" value=\"write\">\
                   <button name=\"decision\" value=\"allow\">Allow</button></form>"
                .to_owned(),
        };

        let form = page.press("Allow");

        assert_eq!(form.action, "/consent?a=1&b=2");
        assert_eq!(
            form.fields,
            [("state", "s\"1"), ("scope", "read"), ("decision", "allow")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
}
