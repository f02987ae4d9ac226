//! Mergefields in a mapping's script (scripting.md §6): values become text that the script cannot
//! mistake for code.

use serde_json::Value;
use velodrome_model::definition::scalar_text;

/// Where in a script a mergefield stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Code,
    /// Between two of these quotes.
    Quoted(char),
    Template,
    LineComment,
    BlockComment,
}

/// The script with its `[Name]` mergefields replaced. `value` knows the fields; what it does not know
/// stays, for it is an array or an index.
pub fn merge(script: &str, value: impl Fn(&str) -> Option<Value>) -> String {
    merged(script, ("[", "]"), value)
}

/// The same for mergefields in double braces, `{{…}}`; `value` is asked for what stands between them.
pub fn merge_braced(script: &str, value: impl Fn(&str) -> Option<Value>) -> String {
    merged(script, ("{{", "}}"), value)
}

fn merged(
    script: &str,
    (open, close): (&str, &str),
    value: impl Fn(&str) -> Option<Value>,
) -> String {
    let mut out = String::with_capacity(script.len());
    let mut place = Place::Code;
    // Depth of braces inside each `${`.
    let mut templates: Vec<usize> = Vec::new();
    let mut rest = script;
    while let Some(char) = rest.chars().next() {
        if !matches!(place, Place::LineComment | Place::BlockComment)
            && let Some((name, after)) = rest.strip_prefix(open).and_then(|r| r.split_once(close))
            && let Some(value) = value(name)
        {
            write(&mut out, place, &value);
            rest = after;
            continue;
        }
        let mut length = char.len_utf8();
        match place {
            Place::Code => match char {
                '"' | '\'' => place = Place::Quoted(char),
                '`' => place = Place::Template,
                '/' if rest.starts_with("//") => place = Place::LineComment,
                '/' if rest.starts_with("/*") => {
                    place = Place::BlockComment;
                    length = 2;
                }
                '{' => {
                    if let Some(depth) = templates.last_mut() {
                        *depth += 1;
                    }
                }
                '}' => match templates.last_mut() {
                    Some(0) => {
                        templates.pop();
                        place = Place::Template;
                    }
                    Some(depth) => *depth -= 1,
                    None => {}
                },
                _ => {}
            },
            Place::Quoted(_) | Place::Template if char == '\\' => {
                length += rest[1..].chars().next().map_or(0, char::len_utf8);
            }
            Place::Quoted(quote) if char == quote || char == '\n' => place = Place::Code,
            Place::Template if char == '`' => place = Place::Code,
            Place::Template if rest.starts_with("${") => {
                templates.push(0);
                place = Place::Code;
                length = 2;
            }
            Place::LineComment if char == '\n' => place = Place::Code,
            Place::BlockComment if rest.starts_with("*/") => {
                place = Place::Code;
                length = 2;
            }
            Place::Quoted(_) | Place::Template | Place::LineComment | Place::BlockComment => {}
        }
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

fn write(out: &mut String, place: Place, value: &Value) {
    let text = match value {
        Value::Null => String::new(),
        Value::Array(_) | Value::Object(_) => value.to_string(),
        scalar => scalar_text(scalar),
    };
    match place {
        Place::Code if is_literal(&text) => out.push_str(&text),
        Place::Code => out.push_str(&literal(&text)),
        Place::Quoted(_) | Place::Template => escape(out, &text),
        Place::LineComment | Place::BlockComment => {}
    }
}

/// Whether a text is a number or a boolean as JSON writes them.
fn is_literal(text: &str) -> bool {
    matches!(text, "true" | "false")
        || matches!(serde_json::from_str(text), Ok(Value::Number(_)))
            && text.bytes().all(|byte| !byte.is_ascii_whitespace())
}

/// A text as a literal, which no character of it can end.
fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    escape(&mut out, text);
    out.push('"');
    out
}

/// The text inside any kind of quotes, meaning itself.
fn escape(out: &mut String, text: &str) {
    for char in text.chars() {
        match char {
            '\\' | '`' | '$' | '"' | '\'' => out.extend(['\\', char]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            '\0' => out.push_str("\\x00"),
            other => out.push(other),
        }
    }
}
