//! Guides: Markdown to HTML that holds nothing but text, structure and harmless links.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// What the console fills in for the server at hand, as a reader of these pages should see it.
const MERGEFIELDS: &[(&str, &str)] = &[
    (
        "{{CallbackUrl}}",
        "https://<your Velodrome>/connector/callback",
    ),
    ("{{ServiceDomain}}", "https://<your Velodrome>"),
    (
        "{{RegionTable}}",
        "The console lists the addresses of your regions here.",
    ),
];

/// A guide as a part of a page: without its title, which the page has, and with its headings below
/// those of the page.
pub fn guide(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut out = String::with_capacity(markdown.len() * 2);
    html::push_html(
        &mut out,
        Harmless {
            events: Parser::new_ext(markdown, options),
            is_in_title: false,
            shown_links: Vec::new(),
            pending: None,
        },
    );
    out
}

/// The events of a text without those that could do harm.
struct Harmless<'a, I: Iterator<Item = Event<'a>>> {
    events: I,
    is_in_title: bool,
    /// Of every open link, whether it stayed one.
    shown_links: Vec<bool>,
    /// The table that follows the element that scrolls it.
    pending: Option<Event<'a>>,
}

impl<'a, I: Iterator<Item = Event<'a>>> Iterator for Harmless<'a, I> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        if let Some(event) = self.pending.take() {
            return Some(event);
        }
        loop {
            let event = self.events.next()?;
            if let Some(event) = self.harmless(event) {
                return Some(event);
            }
        }
    }
}

impl<'a, I: Iterator<Item = Event<'a>>> Harmless<'a, I> {
    fn harmless(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        match event {
            Event::Start(Tag::Heading {
                level: HeadingLevel::H1,
                ..
            }) => {
                self.is_in_title = true;
                None
            }
            Event::End(TagEnd::Heading(HeadingLevel::H1)) => {
                self.is_in_title = false;
                None
            }
            _ if self.is_in_title => None,
            Event::Start(Tag::Heading { level, .. }) => Some(Event::Start(Tag::Heading {
                level: below(level),
                id: None,
                classes: Vec::new(),
                attrs: Vec::new(),
            })),
            Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(below(level)))),
            // As text it is escaped.
            Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
            Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
            Event::Start(Tag::Link { ref dest_url, .. }) => {
                let is_shown = is_harmless(dest_url);
                self.shown_links.push(is_shown);
                is_shown.then_some(event)
            }
            Event::End(TagEnd::Link) => self.shown_links.pop().unwrap_or(false).then_some(event),
            // Pictures would be fetched from elsewhere; their text says what they show.
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
            Event::Start(Tag::Table(_)) => {
                self.pending = Some(event);
                Some(Event::Html(
                    "<div class=\"scroll\" role=\"group\" aria-label=\"Table\" tabindex=\"0\">"
                        .into(),
                ))
            }
            Event::End(TagEnd::Table) => {
                self.pending = Some(Event::Html("</div>\n".into()));
                Some(event)
            }
            Event::Text(text) => Some(Event::Text(filled(&text).into())),
            Event::Code(text) => Some(Event::Code(filled(&text).into())),
            other => Some(other),
        }
    }
}

fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

fn filled(text: &str) -> String {
    MERGEFIELDS
        .iter()
        .fold(text.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
}

/// Whether an address leads to a web page or to a neighbour of this one, and nowhere else.
pub fn is_harmless(address: &str) -> bool {
    // Browsers leave out line breaks and tabs before they look for the scheme, and take \ for /.
    let is_plain = |letter: char| !letter.is_control() && letter != '\\';
    if !address.chars().all(is_plain) || address.starts_with(' ') {
        return false;
    }
    let lower = address.to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("http://") {
        return true;
    }
    let path = address.split(['/', '?', '#']).next().unwrap_or_default();
    !path.contains(':') && !address.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_in_a_guide_is_shown_and_not_obeyed() {
        let html =
            guide("# T\n\n<script>alert(1)</script>\n\nan <img src=x onerror=alert(1)> inline");

        assert!(
            !html.contains("<script") && !html.contains("<img"),
            "{html}"
        );
        assert!(html.contains("&lt;script&gt;"), "{html}");
    }

    #[test]
    fn links_lead_to_the_web_or_to_neighbours_only() {
        for good in [
            "https://acme.example/a:b",
            "HTTP://acme.example",
            "../acme/",
            "#values",
            "a?b=c:d",
        ] {
            assert!(is_harmless(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "JaVaScript:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}javascript:alert(1)",
            " javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "//acme.example",
            "/\\acme.example",
            "mailto:a@acme.example",
        ] {
            assert!(!is_harmless(bad), "{bad:?}");
        }
        let html = guide("[press *me*](javascript:alert(1)) and [this](https://acme.example)");
        assert_eq!(
            html,
            "<p>press <em>me</em> and <a href=\"https://acme.example\">this</a></p>\n"
        );
        let html = guide("<javascript:alert(1)> ![a picture](https://acme.example/x.png)");
        assert_eq!(html, "<p>javascript:alert(1) a picture</p>\n");
    }

    #[test]
    fn the_title_goes_and_headings_move_below_those_of_the_page() {
        let html = guide("# Acme `API`\n\n## Values\n\n### More\n");

        assert_eq!(html, "<h3>Values</h3>\n<h4>More</h4>\n");
    }

    #[test]
    fn tables_scroll_on_their_own() {
        let html = guide("|a|b|\n|-|-|\n|1|<b>|\n");

        assert!(html.starts_with("<div class=\"scroll\""), "{html}");
        assert!(html.ends_with("</table>\n</div>\n"), "{html}");
        assert!(html.contains("&lt;b&gt;"), "{html}");
    }

    #[test]
    fn the_callback_url_says_that_it_is_the_readers_own() {
        let html = guide("Enter `{{CallbackUrl}}`, or {{Other}}.");

        assert!(
            html.contains(
                "<code>https://&lt;your Velodrome&gt;/connector/callback</code>, or {{Other}}."
            ),
            "{html}"
        );
    }
}
