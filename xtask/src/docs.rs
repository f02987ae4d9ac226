//! The catalogue as static pages for anybody to read or to publish: an index, and a page for each
//! connector with its guide, methods, limits and release.
//!
//! Pages need no server and no script: the script that comes along only filters the index.

mod credentials;
mod folder;
mod index;
mod kind;
mod markup;
mod methods;
mod page;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use askama::Template as _;
use clap::Args;
use velodrome_model::definition::ConnectorDefinition;

use self::folder::Files;
use self::index::{Card, Index};
use self::page::Page;
use crate::catalogue::{self, Entry, yaml};
use crate::workspace::Workspace;

const STYLE: &str = include_str!("../templates/docs/style.css");
const SEARCH: &str = include_str!("../templates/docs/search.js");

/// Where to.
#[derive(Args)]
pub struct Options {
    /// The folder to write; without it target/catalogue
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Writes the pages.
pub fn write(workspace: &Workspace, options: &Options) -> Result<()> {
    let entries = catalogue::entries(workspace)?;
    let files = pages(workspace, &entries)?;
    let output = options
        .output
        .clone()
        .unwrap_or_else(|| workspace.target().join("catalogue"));
    folder::write(&output, &files)?;
    let bytes: usize = files.values().map(Vec::len).sum();
    println!(
        "{} files, {:.1} MB; begin at {}",
        files.len(),
        bytes as f64 / 1e6,
        output.join("index.html").display()
    );
    Ok(())
}

fn pages(workspace: &Workspace, entries: &[Entry]) -> Result<Files> {
    let mut files = Files::new();
    let mut cards = Vec::new();
    for entry in entries.iter().filter(|entry| entry.reason.is_none()) {
        let slug = &entry.slug;
        let source = Source::read(workspace, slug)?;
        let card = Card::of(&source.definition, entry);
        let page = Page::of(&source.definition, &card, source.guide.as_deref());
        let html = page
            .render()
            .with_context(|| format!("writing the page of {slug}"))?;
        files.insert(format!("{slug}/index.html"), html.into_bytes());
        files.extend(
            source
                .files
                .into_iter()
                .map(|(name, content)| (format!("{slug}/{name}"), content)),
        );
        cards.push(card);
    }
    let html = Index::of(cards, entries)
        .render()
        .context("writing the index")?;
    files.insert("index.html".to_owned(), html.into_bytes());
    files.insert("style.css".to_owned(), STYLE.as_bytes().to_vec());
    files.insert("search.js".to_owned(), SEARCH.as_bytes().to_vec());
    Ok(files)
}

/// What lies in a connector's folder.
struct Source {
    definition: ConnectorDefinition,
    guide: Option<String>,
    /// Files that the page shows as they are.
    files: BTreeMap<String, Vec<u8>>,
}

impl Source {
    fn read(workspace: &Workspace, slug: &str) -> Result<Self> {
        let folder = workspace.path("connectors").join(slug);
        let read = |name: &str| {
            let file = folder.join(name);
            fs::read(&file).with_context(|| format!("reading {}", file.display()))
        };
        let text = String::from_utf8(read("connector.yaml")?)?;
        let definition: ConnectorDefinition =
            yaml::read(&text).with_context(|| format!("reading the definition of {slug}"))?;
        let guide = match &definition.guide {
            Some(name) => Some(String::from_utf8(read(name)?)?),
            None => None,
        };
        let mut files = BTreeMap::new();
        if let Some(icon) = &definition.icon {
            files.insert(icon.clone(), read(icon)?);
        }
        Ok(Self {
            definition,
            guide,
            files,
        })
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    fn entry(slug: &str, reason: Option<&str>) -> Entry {
        Entry {
            slug: slug.to_owned(),
            name: slug.to_owned(),
            category: "CRMs".to_owned(),
            ways: Vec::new(),
            methods: Some(3),
            status: "Approved".to_owned(),
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn every_link_between_the_pages_leads_somewhere_and_nothing_is_fetched_from_elsewhere() {
        let entries = [
            entry("pipedrive", None),
            entry("zenoti", None),
            entry("later", Some("nobody knows its address")),
        ];

        let files = pages(&Workspace::locate(), &entries).unwrap();

        let link = Regex::new(" (href|src)=\"([^\"]*)\"").unwrap();
        let mut count = 0;
        for (path, html) in files.iter().filter(|(path, _)| path.ends_with(".html")) {
            let html = String::from_utf8_lossy(html);
            for [name, address] in link.captures_iter(&html).map(|found| found.extract().1) {
                let is_outside = address.contains("://");
                assert!(!is_outside || name == "href", "{path} fetches {address}");
                if is_outside {
                    continue;
                }
                let (file, anchor) = address.split_once('#').unwrap_or((address, ""));
                let file = file.split('?').next().unwrap_or_default();
                let target = match (file, file.strip_prefix("../"), path.split_once('/')) {
                    ("", _, _) => path.clone(),
                    (_, Some(above), _) => above.to_owned(),
                    (_, None, Some((slug, _))) => format!("{slug}/{file}"),
                    (_, None, None) => file.to_owned(),
                };
                let page = files
                    .get(&target)
                    .unwrap_or_else(|| panic!("{path} leads to {address}"));
                let wanted = format!("id=\"{anchor}\"");
                let is_there = anchor.is_empty() || String::from_utf8_lossy(page).contains(&wanted);
                assert!(is_there, "{path} leads to {address}");
                count += 1;
            }
        }
        assert!(count > 100, "{count} links");
        assert!(!files.contains_key("later/index.html"));
    }
}
