//! The words that stand for a page's number, offset, size, address or token.

/// A paging variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Variable {
    /// 1, 2, 3…
    Number,
    /// Records before the page.
    Offset,
    /// Records a page.
    Size,
    /// Address of the next page.
    NextUrl,
    /// Token of the next page; the text tells several apart.
    Token(String),
}

impl Variable {
    /// Reads a variable; none where the text is an ordinary value.
    pub(crate) fn read(text: &str) -> Option<Self> {
        Some(match text.strip_prefix("CYCLR_PAGE_")? {
            "NUMBER" => Self::Number,
            "OFFSET" => Self::Offset,
            "SIZE" => Self::Size,
            "NEXT_URL" => Self::NextUrl,
            "TOKEN" => Self::Token(String::new()),
            other => Self::Token(other.strip_prefix("TOKEN_")?.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_known_by_their_words() {
        for (text, expected) in [
            ("CYCLR_PAGE_NUMBER", Some(Variable::Number)),
            ("CYCLR_PAGE_OFFSET", Some(Variable::Offset)),
            ("CYCLR_PAGE_SIZE", Some(Variable::Size)),
            ("CYCLR_PAGE_NEXT_URL", Some(Variable::NextUrl)),
            ("CYCLR_PAGE_TOKEN", Some(Variable::Token(String::new()))),
            (
                "CYCLR_PAGE_TOKEN_AFTER",
                Some(Variable::Token("AFTER".into())),
            ),
            ("CYCLR_PAGE_OTHER", None),
            ("100", None),
        ] {
            assert_eq!(Variable::read(text), expected, "{text}");
        }
    }
}
