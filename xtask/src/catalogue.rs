//! The catalogue's breadth: definitions made from facts about providers.
//!
//! `catalogue/providers.jsonl` holds the facts, `catalogue/overlays` what a person knows better, and
//! `connectors/<slug>` what comes of both. A folder whose definition does not begin with [`MARK`] was
//! made by hand and is left alone.

mod auth;
mod categories;
mod definition;
mod exchange;
mod facts;
mod guide;
mod icon;
mod methods;
mod overlay;
mod paging;
mod parameters;
mod releases;
mod report;
mod template;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use self::facts::Provider;
use self::overlay::Overlay;
use self::releases::Releases;
pub use self::report::Entry;
use self::template::Inexpressible;
use crate::workspace::Workspace;

/// First line of every definition that is made here.
const MARK: &str = "# Made by `cargo xtask connectors`; change catalogue/overlays/";
/// The folder of definitions.
const CONNECTORS: &str = "connectors";

/// Files by their path in the repository.
type Files = BTreeMap<String, String>;

/// What comes of one line of the facts.
enum Outcome {
    /// Definition, guide, icon, exchanges.
    Made(Box<Made>),
    Planned(String),
    /// Made by hand, or not wanted.
    None,
}

struct Made {
    entry: Entry,
    files: Files,
}

/// What comes of all of the facts.
struct Generated {
    entries: Vec<Entry>,
    files: Files,
}

/// Every connector there is and every one that is planned, as the report has them.
pub fn entries(workspace: &Workspace) -> Result<Vec<Entry>> {
    Ok(generate(workspace)?.entries)
}

/// Writes what the facts say today, and removes what they no longer say.
pub fn write(workspace: &Workspace) -> Result<()> {
    let fresh = generate(workspace)?.files;
    let (changed, stale) = difference(workspace, &fresh)?;
    for path in &changed {
        let file = workspace.path(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        }
        fs::write(&file, &fresh[path]).with_context(|| format!("writing {path}"))?;
    }
    for path in &stale {
        fs::remove_file(workspace.path(path)).with_context(|| format!("removing {path}"))?;
    }
    remove_empty_folders(workspace)?;
    println!("{} files written, {} removed", changed.len(), stale.len());
    Ok(())
}

/// Fails when the repository holds something else than [`write`] would write.
pub fn check(workspace: &Workspace) -> Result<()> {
    let (changed, stale) = difference(workspace, &generate(workspace)?.files)?;
    if let Some(first) = changed.iter().chain(&stale).next() {
        let others = changed.len() + stale.len() - 1;
        bail!(
            "{first} and {others} more are stale: run `cargo xtask connectors` and commit what it writes"
        );
    }
    Ok(())
}

/// Paths whose content would change, and paths that would go.
fn difference(workspace: &Workspace, fresh: &Files) -> Result<(Vec<String>, Vec<String>)> {
    let mut changed = Vec::new();
    for (path, text) in fresh {
        let known = fs::read(workspace.path(path)).ok();
        if known.as_deref() != Some(text.as_bytes()) {
            changed.push(path.clone());
        }
    }
    let stale = kept(workspace)?
        .into_iter()
        .filter(|path| !fresh.contains_key(path))
        .collect();
    Ok((changed, stale))
}

/// Every file of the connectors that were made here.
fn kept(workspace: &Workspace) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for slug in folders(workspace)? {
        if !is_made(workspace, &slug) {
            continue;
        }
        let mut open = vec![PathBuf::from(CONNECTORS).join(&slug)];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(workspace.path(&folder))? {
                let entry = entry?;
                let path = folder.join(entry.file_name());
                if entry.file_type()?.is_dir() {
                    open.push(path);
                } else {
                    out.push(path.to_string_lossy().into_owned());
                }
            }
        }
    }
    out.sort_unstable();
    Ok(out)
}

fn folders(workspace: &Workspace) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for entry in fs::read_dir(workspace.path(CONNECTORS)).context("reading connectors")? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            out.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    out.sort_unstable();
    Ok(out)
}

fn is_made(workspace: &Workspace, slug: &str) -> bool {
    fs::read_to_string(workspace.path(CONNECTORS).join(slug).join("connector.yaml"))
        .is_ok_and(|text| text.starts_with(MARK))
}

fn remove_empty_folders(workspace: &Workspace) -> Result<()> {
    for slug in folders(workspace)? {
        let folder = workspace.path(CONNECTORS).join(&slug);
        let exchanges = folder.join("exchanges");
        for empty in [exchanges, folder] {
            if empty.is_dir() && fs::read_dir(&empty)?.next().is_none() {
                fs::remove_dir(&empty).with_context(|| format!("removing {}", empty.display()))?;
            }
        }
    }
    Ok(())
}

/// All files that come of the facts, and what they are about.
fn generate(workspace: &Workspace) -> Result<Generated> {
    let overlays = overlay::all(workspace)?;
    let providers = providers(workspace, &overlays)?;
    let mut releases = Releases::read(workspace)?;
    let mut entries = by_hand(workspace)?;
    let hand_made: BTreeSet<String> = entries.iter().map(|entry| entry.slug.clone()).collect();
    let mut files = Files::new();
    let none = Overlay::default();
    for provider in providers.values() {
        let overlay = overlays.get(&provider.slug).unwrap_or(&none);
        let is_hand_made = hand_made.contains(&provider.slug);
        match outcome(provider, overlay, is_hand_made, &mut releases)? {
            Outcome::Made(made) => {
                files.extend(made.files);
                entries.push(made.entry);
            }
            Outcome::Planned(reason) => entries.push(planned(provider, reason)),
            Outcome::None => {}
        }
    }
    if let Some(stray) = overlays.keys().find(|slug| !providers.contains_key(*slug)) {
        bail!(
            "{}/{stray}.yaml belongs to no line of {}",
            overlay::OVERLAYS,
            facts::FACTS
        );
    }
    unlike_names(&entries)?;
    files.insert(releases::RELEASES.to_owned(), releases.text()?);
    files.insert(report::REPORT.to_owned(), report::markdown(&entries));
    let readme = fs::read_to_string(workspace.path(report::README)).context("reading README.md")?;
    files.insert(
        report::README.to_owned(),
        report::readme(&readme, &entries)?,
    );
    Ok(Generated { entries, files })
}

/// The facts with what overlays say about them, and with what variants share with their product.
fn providers(
    workspace: &Workspace,
    overlays: &BTreeMap<String, Overlay>,
) -> Result<BTreeMap<String, Provider>> {
    let mut out = BTreeMap::new();
    for mut line in facts::lines(workspace)? {
        let slug = line["slug"].as_str().unwrap_or_default().to_owned();
        if let Some(overlay) = overlays.get(&slug)
            && !overlay.facts.is_null()
        {
            overlay::merge_facts(&mut line, &overlay.facts);
        }
        let provider: Provider =
            serde_json::from_value(line).with_context(|| format!("reading the facts of {slug}"))?;
        out.insert(slug, provider);
    }
    let known = out.clone();
    for provider in out.values_mut() {
        let family = provider
            .variant_of
            .as_ref()
            .and_then(|slug| known.get(slug));
        if let Some(family) = family {
            share(provider, family);
        }
    }
    Ok(out)
}

/// A variant is the same product: documentation is the same, and where the address of the API is too,
/// so is how it is called.
fn share(variant: &mut Provider, family: &Provider) {
    variant.docs_url = variant.docs_url.take().or_else(|| family.docs_url.clone());
    variant.home_url = variant.home_url.take().or_else(|| family.home_url.clone());
    if variant.base_url == family.base_url {
        variant.verification = variant
            .verification
            .take()
            .or_else(|| family.verification.clone());
        variant.pagination = variant
            .pagination
            .take()
            .or_else(|| family.pagination.clone());
        variant.rate_limit = variant
            .rate_limit
            .take()
            .or_else(|| family.rate_limit.clone());
    }
}

fn outcome(
    provider: &Provider,
    overlay: &Overlay,
    is_hand_made: bool,
    releases: &mut Releases,
) -> Result<Outcome> {
    // Templates for any API are what Generic Webhook and custom connectors are for.
    if is_hand_made || provider.generic || overlay.skip.is_some() {
        return Ok(Outcome::None);
    }
    if let Some(reason) = &overlay.planned {
        return Ok(Outcome::Planned(reason.clone()));
    }
    if !provider.complete {
        return Ok(Outcome::Planned(incomplete(provider).to_owned()));
    }
    match definition::draft(provider) {
        Ok(draft) => Ok(Outcome::Made(Box::new(made(
            provider, draft, overlay, releases,
        )?))),
        Err(Inexpressible(reason)) => Ok(Outcome::Planned(reason)),
    }
}

fn incomplete(provider: &Provider) -> &'static str {
    if provider.base_url.is_none() {
        methods::NO_ADDRESS
    } else {
        "how it authenticates is known only in part"
    }
}

fn planned(provider: &Provider, reason: String) -> Entry {
    Entry {
        slug: provider.slug.clone(),
        name: provider.name.clone(),
        category: first_category(categories::labels(&provider.categories)),
        ways: Vec::new(),
        methods: None,
        status: "Planned".to_owned(),
        reason: Some(reason),
    }
}

/// The shelf that a connector stands on.
fn first_category(labels: Vec<String>) -> String {
    labels
        .into_iter()
        .next()
        .unwrap_or_else(|| "Other".to_owned())
}

fn made(
    provider: &Provider,
    mut draft: definition::Draft,
    overlay: &Overlay,
    releases: &mut Releases,
) -> Result<Made> {
    if !overlay.definition.is_null() {
        let mut whole = Value::Object(std::mem::take(&mut draft.definition));
        overlay::merge(&mut whole, &overlay.definition);
        if let Value::Object(members) = whole {
            draft.definition = members;
        }
    }
    let slug = &provider.slug;
    let guide = guide::markdown(provider, &draft, overlay);
    let icon = icon::svg(slug, &provider.name);
    let exchanges = exchange::all(provider, &draft.definition);
    let content = Value::Object(draft.definition.clone()).to_string();
    let number = releases.number(slug, &[&content, &guide, &icon]);
    draft.definition.insert(
        "release".into(),
        json!({"number": number, "status": "Live", "level": "Minor"}),
    );
    let definition = Value::Object(draft.definition);
    let mut text = format!("{MARK}{slug}.yaml instead.\n");
    for source in provider.docs_url.iter().chain(&overlay.sources) {
        text.push_str(&format!("# Source: {source}\n"));
    }
    text.push_str(&yaml::text(&definition, &[("path", methods::path())])?);
    let mut files = Files::new();
    let path = |name: &str| format!("{CONNECTORS}/{slug}/{name}");
    files.insert(path("connector.yaml"), text);
    files.insert(path("guide.md"), guide);
    files.insert(path("icon.svg"), icon);
    for (key, example) in exchanges {
        files.insert(
            path(&format!("exchanges/{key}.json")),
            format!("{example:#}\n"),
        );
    }
    let listed: Listed = serde_json::from_value(definition)?;
    Ok(Made {
        entry: listed.entry(slug, true),
        files,
    })
}

/// What the report says of a definition.
#[derive(Deserialize)]
struct Listed {
    name: String,
    #[serde(default)]
    categories: Vec<String>,
    status: Option<String>,
    authentications: Vec<Way>,
    methods: Vec<Method>,
}

#[derive(Deserialize)]
struct Way {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Method {
    #[serde(default)]
    hide: bool,
}

impl Listed {
    fn entry(self, slug: &str, is_made: bool) -> Entry {
        let ways = self
            .authentications
            .into_iter()
            .map(|way| way.name.unwrap_or(way.kind));
        let visible = self.methods.iter().filter(|method| !method.hide).count();
        Entry {
            slug: slug.to_owned(),
            name: self.name,
            category: first_category(self.categories),
            ways: ways.collect(),
            methods: (!is_made).then_some(visible),
            status: self.status.unwrap_or_else(|| "Approved".to_owned()),
            reason: None,
        }
    }
}

/// The definitions that were made by hand.
fn by_hand(workspace: &Workspace) -> Result<Vec<Entry>> {
    let mut out = Vec::new();
    for slug in folders(workspace)? {
        let path = format!("{CONNECTORS}/{slug}/connector.yaml");
        let Ok(text) = fs::read_to_string(workspace.path(&path)) else {
            continue;
        };
        if text.starts_with(MARK) {
            continue;
        }
        let listed: Listed = yaml::read(&text).with_context(|| format!("reading {path}"))?;
        out.push(listed.entry(&slug, false));
    }
    Ok(out)
}

/// Two connectors of one name could not be told apart in the library.
fn unlike_names(entries: &[Entry]) -> Result<()> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.reason.is_none()) {
        if let Some(other) = seen.insert(entry.name.to_lowercase(), &entry.slug) {
            bail!(
                "{other} and {} are both named {:?}; rename one in its overlay",
                entry.slug,
                entry.name
            );
        }
    }
    Ok(())
}
