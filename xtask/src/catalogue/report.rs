//! What the catalogue holds: `docs/reference/catalogue.md`, and the count in README.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Result, bail};

/// The report.
pub const REPORT: &str = "docs/reference/catalogue.md";
/// Where the count stands.
pub const README: &str = "README.md";
/// The lines around the count.
const BEGIN: &str = "<!-- catalogue: written by cargo xtask connectors -->";
const END: &str = "<!-- /catalogue -->";

/// A line of the report.
#[derive(Clone, Debug)]
pub struct Entry {
    pub slug: String,
    pub name: String,
    pub category: String,
    /// Kinds of authentication.
    pub ways: Vec<String>,
    /// Visible methods of its own; none where there is Call API only.
    pub methods: Option<usize>,
    /// Approved, Beta or Planned.
    pub status: String,
    /// Why it is planned.
    pub reason: Option<String>,
}

impl Entry {
    fn is_planned(&self) -> bool {
        self.reason.is_some()
    }
}

/// How many there are of which kind.
pub struct Count {
    /// With methods of their own.
    pub deep: usize,
    /// With Call API.
    pub generic: usize,
    /// Of both, in Beta.
    pub beta: usize,
    /// Known, but not there yet.
    pub planned: usize,
}

impl Count {
    /// Counts.
    pub fn of(entries: &[Entry]) -> Self {
        let count =
            |wanted: &dyn Fn(&Entry) -> bool| entries.iter().filter(|entry| wanted(entry)).count();
        Self {
            deep: count(&|entry| !entry.is_planned() && entry.methods.is_some()),
            generic: count(&|entry| !entry.is_planned() && entry.methods.is_none()),
            beta: count(&|entry| entry.status == "Beta"),
            planned: count(&Entry::is_planned),
        }
    }

    fn sentence(&self) -> String {
        format!(
            "{} connectors: {} with methods of their own, {} that sign in and call any path (*Call API*). {} of them are \
             *Beta*, because something about them is unconfirmed, and {} more are planned.",
            self.deep + self.generic,
            self.deep,
            self.generic,
            self.beta,
            self.planned
        )
    }
}

/// The report's text.
pub fn markdown(entries: &[Entry]) -> String {
    let mut out = format!(
        "# The catalogue\n\nWritten by `cargo xtask connectors` from the definitions in `connectors/` and the facts in \
         `catalogue/`. {}\n\n*Approved*: works as written. *Beta*: something is unconfirmed, and the connector's guide says \
         what; such connectors are listed where the partner enables them.\n",
        Count::of(entries).sentence()
    );
    let mut by_category: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !entry.is_planned()) {
        by_category.entry(&entry.category).or_default().push(entry);
    }
    for (category, mut entries) in by_category {
        entries.sort_by_key(|entry| entry.name.to_lowercase());
        let _infallible = write!(
            out,
            "\n## {category}\n\n| Connector | Folder | Authentication | Methods | Status |\n| --- | --- | --- | --- | --- |\n"
        );
        for entry in entries {
            let methods = entry
                .methods
                .map_or("Call API".to_owned(), |count| count.to_string());
            let _infallible = writeln!(
                out,
                "| {} | `{}` | {} | {methods} | {} |",
                entry.name,
                entry.slug,
                entry.ways.join(", "),
                entry.status
            );
        }
    }
    let mut planned: Vec<&Entry> = entries.iter().filter(|entry| entry.is_planned()).collect();
    planned.sort_by_key(|entry| entry.name.to_lowercase());
    out.push_str(
        "\n## Planned\n\n| Connector | Category | What is missing |\n| --- | --- | --- |\n",
    );
    for entry in planned {
        let reason = entry.reason.as_deref().unwrap_or_default();
        let _infallible = writeln!(
            out,
            "| {} | {} | {} |",
            entry.name,
            entry.category,
            capital(reason)
        );
    }
    out
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// README with the count of today.
pub fn readme(text: &str, entries: &[Entry]) -> Result<String> {
    let Some((before, rest)) = text.split_once(BEGIN) else {
        bail!("{README} has no line {BEGIN:?}");
    };
    let Some((_, after)) = rest.split_once(END) else {
        bail!("{README} has no line {END:?}");
    };
    let sentence = Count::of(entries).sentence();
    Ok(format!(
        "{before}{BEGIN}\n{sentence} All of them: [the catalogue]({REPORT}).\n{END}{after}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, methods: Option<usize>, status: &str, reason: Option<&str>) -> Entry {
        Entry {
            slug: name.to_lowercase(),
            name: name.to_owned(),
            category: "CRMs".to_owned(),
            ways: vec!["API key".to_owned()],
            methods,
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn the_report_counts_and_readme_says_the_same() {
        let entries = [
            entry("Beta", None, "Beta", None),
            entry("Acme", Some(12), "Approved", None),
            entry(
                "Later",
                None,
                "Planned",
                Some("nobody knows where its API is"),
            ),
        ];

        let report = markdown(&entries);

        assert!(
            report.contains("2 connectors: 1 with methods of their own, 1 that sign in"),
            "{report}"
        );
        assert!(report.find("| Acme |").unwrap() < report.find("| Beta |").unwrap());
        assert!(
            report.contains("| Later | CRMs | Nobody knows where its API is |"),
            "{report}"
        );
        let old = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let new = readme(&old, &entries).unwrap();
        assert!(
            new.starts_with("a\n") && new.ends_with("\nb\n") && new.contains("2 connectors"),
            "{new}"
        );
        assert!(readme("nothing", &entries).is_err());
    }
}
