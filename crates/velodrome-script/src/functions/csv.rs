//! `cyclr_csv_parse` and `cyclr_csv_serialize` (RFC 4180).
//!
//! Our own reader, because a quote that never ends must be an error with its line.

use serde_json::{Map, Value};

use super::{argument, as_text, text, text_or};
use crate::{Fault, run::Outside};

pub(super) fn parse(_: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
    let has_header = argument(arguments, 2) == &Value::Bool(true);
    csv_parse(&text(arguments, 0), delimiter(arguments)?, has_header)
}

pub(super) fn serialize(_: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
    let has_header = argument(arguments, 2) == &Value::Bool(true);
    let text = csv_serialize(argument(arguments, 0), delimiter(arguments)?, has_header)?;
    Ok(text.into())
}

/// `cyclr_csv_parse`: rows as objects, by the header's names or `Field1`, `Field2`….
///
/// # Errors
/// `InvalidCsv` with the line, for a quote that never ends and text behind a closing quote.
pub fn csv_parse(csv: &str, delimiter: char, has_header: bool) -> Result<Value, Fault> {
    let mut rows = rows(csv.trim_start_matches('\u{feff}'), delimiter)?.into_iter();
    let header = if has_header { rows.next() } else { None }.unwrap_or_default();
    let name = |place: usize| {
        header
            .get(place)
            .cloned()
            .unwrap_or_else(|| format!("Field{}", place + 1))
    };
    Ok(rows
        .map(|row| {
            let cells = row.len().max(header.len());
            let mut row = row.into_iter();
            (0..cells)
                .map(|place| (name(place), Value::String(row.next().unwrap_or_default())))
                .collect::<Map<_, _>>()
        })
        .map(Value::Object)
        .collect())
}

/// `cyclr_csv_serialize`: a line for each row, cells quoted where they need it.
///
/// # Errors
/// `InvalidCsv` for anything but an array of objects or of arrays.
pub fn csv_serialize(rows: &Value, delimiter: char, has_header: bool) -> Result<String, Fault> {
    let fault = || Fault::new("InvalidCsv", "expected an array of objects or of arrays");
    let Value::Array(rows) = rows else {
        return Err(fault());
    };
    let mut names: Vec<&str> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for name in rows.iter().filter_map(Value::as_object).flat_map(Map::keys) {
        if seen.insert(name.as_str()) {
            names.push(name);
        }
    }
    let mut out = String::new();
    if has_header && !names.is_empty() {
        line(
            &mut out,
            names.iter().map(|name| (*name).to_owned()),
            delimiter,
        );
    }
    for row in rows {
        match row {
            Value::Object(members) => {
                let cells = names.iter().map(|name| members.get(*name).map(as_text));
                line(&mut out, cells.map(Option::unwrap_or_default), delimiter);
            }
            Value::Array(cells) => line(&mut out, cells.iter().map(as_text), delimiter),
            _ => return Err(fault()),
        }
    }
    Ok(out)
}

fn delimiter(arguments: &[Value]) -> Result<char, Fault> {
    let text = text_or(arguments, 1, ",");
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(char), None) if !matches!(char, '"' | '\r' | '\n') => Ok(char),
        _ => Err(Fault::new(
            "InvalidCsv",
            "the delimiter is one character, neither a quote nor a line end",
        )),
    }
}

fn line(out: &mut String, cells: impl Iterator<Item = String>, delimiter: char) {
    let start = out.len();
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            out.push(delimiter);
        }
        // A byte order mark at the beginning would be taken for one of the file.
        if cell.contains([delimiter, '"', '\r', '\n', '\u{feff}']) {
            out.extend(["\"", &cell.replace('"', "\"\""), "\""]);
        } else {
            out.push_str(&cell);
        }
    }
    // A line with nothing on it would be no row.
    if out.len() == start {
        out.push_str("\"\"");
    }
    out.push_str("\r\n");
}

fn rows(csv: &str, delimiter: char) -> Result<Vec<Vec<String>>, Fault> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut number = 1_usize;
    let mut chars = csv.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if cell.is_empty() && !quoted => {
                quoted = true;
                let start = number;
                loop {
                    match chars.next() {
                        None => {
                            return Err(Fault::new(
                                "InvalidCsv",
                                format!("line {start}: a quote is opened and never closed"),
                            ));
                        }
                        Some('"') if chars.next_if_eq(&'"').is_some() => cell.push('"'),
                        Some('"') => break,
                        Some(char) => {
                            number += usize::from(char == '\n');
                            cell.push(char);
                        }
                    }
                }
            }
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                number += 1;
                // An empty line is no row.
                if quoted || !row.is_empty() || !cell.is_empty() {
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                quoted = false;
            }
            char if char == delimiter => {
                row.push(std::mem::take(&mut cell));
                quoted = false;
            }
            _ if quoted => {
                return Err(Fault::new(
                    "InvalidCsv",
                    format!("line {number}: text follows a closing quote"),
                ));
            }
            char => cell.push(char),
        }
    }
    if quoted || !row.is_empty() || !cell.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    Ok(rows)
}
