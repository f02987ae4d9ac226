//! `velodrome.toml`: the same settings under lower-case names, flat (`egress_allow = …`) or nested
//! (`[egress]`, `allow = …`).

use std::{fs, io, path::Path};

use toml::{Table, Value};

use super::{FILE, all_settings, faults::Faults, shown::Origin, values::Values};

/// Reads the file that was named, or [`FILE`] where it exists.
pub fn read(named: Option<&Path>, values: &mut Values, faults: &mut Faults) {
    let path = named.unwrap_or(Path::new(FILE));
    let shown = path.display().to_string();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => return,
        Err(error) => return faults.add(&shown, &format!("can't be read: {error}")),
    };
    match text.parse::<Table>() {
        Ok(table) => take_table("", &table, &shown, values, faults),
        Err(error) => {
            // The error's own text quotes the line, which may hold a secret.
            let line = error.span().map_or(1, |span| line_of(&text, span.start));
            faults.add(&format!("{shown}, line {line}"), error.message());
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}

fn take_table(prefix: &str, table: &Table, file: &str, values: &mut Values, faults: &mut Faults) {
    for (name, value) in table {
        let key = match prefix {
            "" => name.clone(),
            _ => format!("{prefix}_{name}"),
        };
        if let Value::Table(inner) = value {
            take_table(&key, inner, file, values, faults);
            continue;
        }
        let Some(setting) = all_settings().find(|setting| setting.key() == key) else {
            let known = all_settings().map(super::Setting::key);
            faults.unknown(&format!("{file}: the key"), &key, known);
            continue;
        };
        match text_of(value) {
            Some(text) if text.is_empty() => {}
            Some(text) => values.give(setting, text, Origin::File),
            None => faults.add(
                &format!("{file}: {key}"),
                "must be a text, a number or a list of texts",
            ),
        }
    }
}

/// A list is the comma-separated text that the environment takes.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(is) => Some(is.to_string()),
        Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            Some(texts?.join(","))
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => None,
    }
}
