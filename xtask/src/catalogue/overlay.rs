//! What a person knows better: `catalogue/overlays/<slug>.yaml`. The generator reads them, and never
//! writes one.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::yaml;
use crate::workspace::Workspace;

/// The folder of overlays.
pub const OVERLAYS: &str = "catalogue/overlays";

/// One overlay.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// No connector comes of this line, and none is planned; why.
    pub skip: Option<String>,
    /// No connector comes of this line yet; why.
    pub planned: Option<String>,
    /// Merged over the facts (RFC 7396). `auths` and `parameters` may be mappings by id and by name; what
    /// stands in one is merged over the entry, or is a new one.
    #[serde(default)]
    pub facts: Value,
    /// Merged over the definition (RFC 7396).
    #[serde(default)]
    pub definition: Value,
    /// Added to the guide, before what is unconfirmed.
    pub guide: Option<String>,
    /// Pages on which the facts were checked.
    #[serde(default)]
    pub sources: Vec<String>,
}

/// All overlays by slug.
pub fn all(workspace: &Workspace) -> Result<BTreeMap<String, Overlay>> {
    let folder = workspace.path(OVERLAYS);
    let mut found = BTreeMap::new();
    let entries = fs::read_dir(&folder).with_context(|| format!("reading {OVERLAYS}"))?;
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let Some(slug) = name.strip_suffix(".yaml") else {
            bail!("{OVERLAYS}/{name} is no overlay; an overlay is named <slug>.yaml");
        };
        let text =
            fs::read_to_string(&path).with_context(|| format!("reading {OVERLAYS}/{name}"))?;
        let overlay: Overlay =
            yaml::read(&text).with_context(|| format!("reading {OVERLAYS}/{name}"))?;
        found.insert(slug.to_owned(), overlay);
    }
    Ok(found)
}

/// Merges what an overlay says over the facts.
pub fn merge_facts(facts: &mut Value, patch: &Value) {
    let mut rest = patch.clone();
    for (list, id) in [("auths", "id"), ("parameters", "name")] {
        let Some(entries) = rest.get(list).and_then(Value::as_object).cloned() else {
            continue;
        };
        if let Some(members) = rest.as_object_mut() {
            members.shift_remove(list);
        }
        let Some(known) = facts[list].as_array_mut() else {
            continue;
        };
        for (name, patch) in entries {
            let at = known.iter().position(|entry| entry[id] == name.as_str());
            match (at, &patch) {
                (Some(at), Value::Null) => {
                    known.remove(at);
                }
                (Some(at), _) => merge(&mut known[at], &patch),
                (None, _) => {
                    let mut entry = serde_json::json!({ id: name });
                    merge(&mut entry, &patch);
                    known.push(entry);
                }
            }
        }
    }
    merge(facts, &rest);
}

/// RFC 7396.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        if !patch.is_null() {
            *target = patch.clone();
        }
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(members) = target.as_object_mut() else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            members.shift_remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_overlay_changes_single_entries_of_lists() {
        let mut facts = json!({
            "base_url": "https://a.test", "home_url": "https://b.test",
            "auths": [{"id": "default", "pkce": true, "type": "basic"}],
            "parameters": [{"name": "host", "label": "Host"}, {"name": "other", "label": "Other"}],
        });

        merge_facts(
            &mut facts,
            &json!({
                "base_url": "https://c.test", "home_url": null,
                "auths": {"default": {"pkce": false}},
                "parameters": {"host": {"label": "Name"}, "other": null, "zone": {"label": "Zone"}},
            }),
        );

        assert_eq!(
            facts,
            json!({
                "base_url": "https://c.test",
                "auths": [{"id": "default", "pkce": false, "type": "basic"}],
                "parameters": [{"name": "host", "label": "Name"}, {"name": "zone", "label": "Zone"}],
            })
        );
    }
}
