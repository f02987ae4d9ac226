//! The forgiving JSON dialect: single-quoted text, unquoted and numeric names, comments, trailing commas.
//!
//! Written by hand because the parsers at hand either recurse without bound on hostile input or refuse
//! numeric names.

use std::{iter::Peekable, str::Chars};

use serde_json::{Map, Number, Value};

use super::Unreadable;

/// How deep lists and objects may nest; the same bound as strict JSON has.
const MAX_DEPTH: usize = 128;

/// Parses one value and nothing after it.
pub(super) fn parse(text: &str) -> Result<Value, Unreadable> {
    let mut reader = Reader {
        chars: text.chars().peekable(),
        line: 1,
    };
    let value = reader.value(0)?;
    reader.blanks()?;
    match reader.peek() {
        None => Ok(value),
        Some(extra) => Err(reader.wrong(format_args!("{extra:?} after the end"))),
    }
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    line: usize,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<char> {
        self.chars.peek().copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.chars.next();
        if next == Some('\n') {
            self.line += 1;
        }
        next
    }

    fn wrong(&self, what: std::fmt::Arguments<'_>) -> Unreadable {
        Unreadable::new(format!(
            "The body is not valid JSON: {what} in line {}.",
            self.line
        ))
    }

    fn expected(&mut self, what: &str) -> Unreadable {
        match self.peek() {
            Some(found) => self.wrong(format_args!("{found:?} where {what} is expected")),
            None => self.wrong(format_args!("it ends where {what} is expected")),
        }
    }

    /// Skips white space and comments.
    fn blanks(&mut self) -> Result<(), Unreadable> {
        while let Some(c) = self.peek() {
            if c.is_whitespace() || c == '\u{feff}' {
                self.next();
            } else if c == '/' {
                self.next();
                match self.next() {
                    Some('/') => {
                        while self.peek().is_some_and(|c| c != '\n') {
                            self.next();
                        }
                    }
                    Some('*') => self.block_comment()?,
                    _ => return Err(self.wrong(format_args!("a stray '/'"))),
                }
            } else {
                break;
            }
        }
        Ok(())
    }

    fn block_comment(&mut self) -> Result<(), Unreadable> {
        let mut star = false;
        while let Some(c) = self.next() {
            if star && c == '/' {
                return Ok(());
            }
            star = c == '*';
        }
        Err(self.wrong(format_args!("a comment without end")))
    }

    fn value(&mut self, depth: usize) -> Result<Value, Unreadable> {
        if depth > MAX_DEPTH {
            return Err(self.wrong(format_args!("more than {MAX_DEPTH} levels of nesting")));
        }
        self.blanks()?;
        match self.peek() {
            Some('{') => self.object(depth),
            Some('[') => self.list(depth),
            Some(quote @ ('"' | '\'')) => self.text(quote).map(Value::String),
            Some(c) if is_word(c) || c == '+' || c == '.' => self.literal(),
            _ => Err(self.expected("a value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Unreadable> {
        self.next();
        let mut map = Map::new();
        loop {
            self.blanks()?;
            let name = match self.peek() {
                Some('}') => {
                    self.next();
                    return Ok(Value::Object(map));
                }
                Some(quote @ ('"' | '\'')) => self.text(quote)?,
                Some(c) if is_word(c) => self.word(),
                _ => return Err(self.expected("a property name")),
            };
            self.blanks()?;
            if self.peek() != Some(':') {
                return Err(self.expected("':'"));
            }
            self.next();
            let value = self.value(depth + 1)?;
            // The last of equal names wins, in its own place.
            map.shift_remove(&name);
            map.insert(name, value);
            self.separator('}')?;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Unreadable> {
        self.next();
        let mut items = Vec::new();
        loop {
            self.blanks()?;
            if self.peek() == Some(']') {
                self.next();
                return Ok(Value::Array(items));
            }
            items.push(self.value(depth + 1)?);
            self.separator(']')?;
        }
    }

    /// A comma, or the closing bracket left for the caller.
    fn separator(&mut self, close: char) -> Result<(), Unreadable> {
        self.blanks()?;
        match self.peek() {
            Some(',') => {
                self.next();
                Ok(())
            }
            Some(c) if c == close => Ok(()),
            _ => Err(self.expected("a comma or the end of the list or object")),
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self
            .peek()
            .filter(|c| is_word(*c) || matches!(c, '+' | '.'))
        {
            word.push(c);
            self.next();
        }
        word
    }

    fn literal(&mut self) -> Result<Value, Unreadable> {
        let word = self.word();
        match word.as_str() {
            "true" => return Ok(Value::Bool(true)),
            "false" => return Ok(Value::Bool(false)),
            "null" | "undefined" => return Ok(Value::Null),
            _ => {}
        }
        number(&word)
            .map(Value::Number)
            .ok_or_else(|| self.wrong(format_args!("the unknown word {:?}", shortened(&word))))
    }

    fn text(&mut self, quote: char) -> Result<String, Unreadable> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(self.wrong(format_args!("a text without end"))),
                Some(c) if c == quote => return Ok(text),
                Some('\\') => self.escape(&mut text)?,
                Some(c) => text.push(c),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), Unreadable> {
        let c = match self.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('u') => self.unicode()?,
            Some('\n') => return Ok(()),
            Some(c) if !c.is_ascii_alphanumeric() => c,
            _ => return Err(self.wrong(format_args!("an unknown escape in a text"))),
        };
        text.push(c);
        Ok(())
    }

    fn unicode(&mut self) -> Result<char, Unreadable> {
        let high = self.hex4()?;
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(high)
                .ok_or_else(|| self.wrong(format_args!("half of a surrogate pair in a text")));
        }
        let pair = self.next() == Some('\\') && self.next() == Some('u');
        let low = if pair { self.hex4()? } else { 0 };
        if !(0xdc00..0xe000).contains(&low) {
            return Err(self.wrong(format_args!("half of a surrogate pair in a text")));
        }
        char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
            .ok_or_else(|| self.wrong(format_args!("a bad surrogate pair in a text")))
    }

    fn hex4(&mut self) -> Result<u32, Unreadable> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.next().and_then(|c| c.to_digit(16));
            value = value * 16
                + digit.ok_or_else(|| self.wrong(format_args!("a bad \\u escape in a text")))?;
        }
        Ok(value)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '-')
}

fn number(word: &str) -> Option<Number> {
    let digits = word.strip_prefix('+').unwrap_or(word);
    if let Ok(whole) = digits.parse::<i64>() {
        return Some(whole.into());
    }
    if let Ok(whole) = digits.parse::<u64>() {
        return Some(whole.into());
    }
    if let Some(hex) = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        return u64::from_str_radix(hex, 16).ok().map(Number::from);
    }
    // Rust reads "inf" and "nan" as numbers, JSON doesn't.
    let plain = digits
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    plain
        .then(|| digits.parse().ok().and_then(Number::from_f64))
        .flatten()
}

fn shortened(word: &str) -> String {
    word.chars().take(32).collect()
}
