//! Guides: Markdown to HTML that is safe to show.

use pulldown_cmark::{Options, Parser, html};

/// The same text as sanitised HTML: what scripts could live in is gone.
pub fn to_html(markdown: &str) -> String {
    let mut rendered = String::with_capacity(markdown.len() * 2);
    html::push_html(
        &mut rendered,
        Parser::new_ext(
            markdown,
            Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH,
        ),
    );
    ammonia::Builder::default()
        .link_rel(Some("noopener noreferrer"))
        .clean(&rendered)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guides_keep_their_structure_and_lose_scripts() {
        let html = to_html(
            "# Title\n\n|a|b|\n|-|-|\n|1|2|\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))",
        );

        assert!(
            html.contains("<h1>Title</h1>") && html.contains("<table>"),
            "{html}"
        );
        assert!(!html.contains("script"), "{html}");
    }
}
