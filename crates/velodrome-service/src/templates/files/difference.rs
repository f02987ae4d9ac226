//! What is different between two files, mapping by mapping.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::model::TemplateFile;

/// Most characters of a value in a line for people.
const MOST_SHOWN: usize = 120;

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Where: the keys of the file from the outside in.
    pub path: Vec<String>,
    /// What is there now; none where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What will be; none where nothing will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.join(" › ");
        let is_whole_step = self.path.len() == 2 && self.path[0] == "steps";
        match (&self.before, &self.after) {
            (None, Some(_)) if is_whole_step => write!(f, "+ {path}"),
            (Some(_), None) if is_whole_step => write!(f, "- {path}"),
            (None, Some(after)) => write!(f, "+ {path}: {}", shown(after)),
            (Some(before), None) => write!(f, "- {path}: {}", shown(before)),
            (Some(before), Some(after)) => {
                write!(f, "~ {path}: {} → {}", shown(before), shown(after))
            }
            (None, None) => write!(f, "~ {path}"),
        }
    }
}

/// Everything that is different, in the order of the file; what was removed comes last in its place.
pub(super) fn differences(before: &TemplateFile, after: &TemplateFile) -> Vec<Difference> {
    let written = |file: &TemplateFile| {
        serde_json::to_value(file).expect("a file has text keys and finite numbers")
    };
    let mut found = Vec::new();
    compare(
        &mut Vec::new(),
        Some(&written(before)),
        Some(&written(after)),
        &mut found,
    );
    found
}

fn compare(
    path: &mut Vec<String>,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    if before == after {
        return;
    }
    // Something that is not written is as something in which nothing is written.
    let empty = Value::Object(serde_json::Map::new());
    let is_list_of_parts = is_part(path) && path.len() != 2;
    let (one, other) = match is_list_of_parts {
        true => (before.or(Some(&empty)), after.or(Some(&empty))),
        false => (before, after),
    };
    if let (Some(Value::Object(old)), Some(Value::Object(new))) = (one, other)
        && is_part(path)
    {
        let gone = old.keys().filter(|key| !new.contains_key(*key));
        for key in new.keys().chain(gone) {
            path.push(key.clone());
            compare(path, old.get(key), new.get(key), found);
            path.pop();
        }
        return;
    }
    found.push(Difference {
        path: path.clone(),
        before: before.cloned(),
        after: after.cloned(),
    });
}

/// Whether differences inside of it are told one by one.
fn is_part(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(
        path[..],
        [] | ["settings" | "connectors" | "variables" | "steps"]
            | ["connectors" | "variables" | "steps", _]
            | ["steps", _, "fields" | "parameters"]
    )
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
