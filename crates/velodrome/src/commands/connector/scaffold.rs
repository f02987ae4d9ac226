//! `velodrome connector new`: a definition to begin with.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use velodrome_connector::catalogue;

use crate::{exit::FaultsFound, output};

/// A picture of plain shapes, until somebody draws a better one.
const ICON: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">
  <rect width="400" height="400" rx="72" fill="#3a5b8e"/>
  <circle cx="140" cy="200" r="48" fill="#ffffff"/>
  <circle cx="260" cy="200" r="48" fill="none" stroke="#ffffff" stroke-width="24"/>
  <path d="M188 200h24" stroke="#ffffff" stroke-width="24"/>
</svg>
"##;

/// Writes the folder of a new connector.
///
/// # Errors
/// When the slug is malformed, the folder exists or it can't be written.
pub fn new(slug: &str, dir: &Path) -> Result<()> {
    let name = title(slug);
    let exchange = format!(
        r#"{{
  "request": {{
    "method": "GET",
    "url": "https://api.{slug}.example/v1/me",
    "headers": {{"Accept": "application/json"}}
  }},
  "response": {{
    "status": 200,
    "headers": {{"Content-Type": "application/json"}},
    "body": {{"id": 7, "name": "Ann"}}
  }},
  "inputs": {{"parameters": {{}}, "fields": {{}}}},
  "properties": {{}}
}}
"#
    );
    let folder = Folder::make(dir, slug)?;
    folder.write("connector.yaml", &definition(slug, &name))?;
    folder.write("guide.md", &guide(&name))?;
    folder.write("icon.svg", ICON)?;
    folder.write("exchanges/get-current-user.json", &exchange)?;
    folder.finish()?;
    output::line(format_args!(
        "Made {}; change connector.yaml, then run: velodrome connector check {0}",
        folder.path.display()
    ))?;
    Ok(())
}

fn definition(slug: &str, name: &str) -> String {
    format!(
        r#"format: velodrome.connector/1
slug: {slug}                # the folder's name; never changes
name: {name}
version: "1"                # of the remote API
description: What {name} does, in a sentence.
categories: [Other]
status: Approved
release: {{number: 1, status: Live, comments: First release.}}
guide: guide.md
icon: icon.svg
authentications:
  - key: api-key
    name: API Key
    type: ApiKey
    authScheme: X-Api-Key   # the header that carries the key
    fields:
      ApiKey: {{label: API Key, description: Where to find the key.}}
postInstallTestAuth: get-current-user
methods:
  - key: get-current-user
    name: Get Current User
    description: Retrieves the user to whom the key belongs.
    category: Users
    type: Action
    httpMethod: GET
    endpoint: https://api.{slug}.example/v1/me
    response:
      fields:
        - {{connectorField: id, systemField: UserId, dataType: Integer}}
        - {{connectorField: name, systemField: UserName}}
"#
    )
}

/// The setup guide that a new definition begins with.
pub fn guide(name: &str) -> String {
    format!(
        "# {name}\n\nSay here which values are needed, where to find them in {name}, and what to do when the connection fails.\n"
    )
}

/// The icon that a new definition begins with.
pub fn icon() -> &'static str {
    ICON
}

/// A folder that is being filled and checked.
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
}

impl Folder {
    /// Makes `dir/slug`, which must not exist.
    ///
    /// # Errors
    /// When the slug is malformed or the folder exists.
    pub fn make(dir: &Path, slug: &str) -> Result<Self> {
        let letters =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if slug.is_empty() || slug.len() > 80 || slug.starts_with('-') || !slug.chars().all(letters)
        {
            bail!(
                "the slug {slug:?} must be 1 to 80 lower-case letters, digits and hyphens and start with a letter or digit"
            );
        }
        let path = dir.join(slug);
        fs::create_dir_all(dir).with_context(|| format!("making the folder {}", dir.display()))?;
        match fs::create_dir(&path) {
            Ok(()) => Ok(Self { path }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                bail!(
                    "{} is there already; choose another slug or folder",
                    path.display()
                )
            }
            Err(error) => {
                Err(error).with_context(|| format!("making the folder {}", path.display()))
            }
        }
    }

    /// Writes a file in it.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, file: &str, content: &str) -> Result<()> {
        let path = self.path.join(file);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, content).with_context(|| format!("writing {}", path.display()))
    }

    /// Checks what was written.
    ///
    /// # Errors
    /// [`FaultsFound`] when the definition can't be used.
    pub fn finish(&self) -> Result<()> {
        if let Err(faults) = catalogue::open(&self.path) {
            for fault in faults {
                output::remark(fault)?;
            }
            return Err(FaultsFound.into());
        }
        Ok(())
    }
}

fn title(slug: &str) -> String {
    let words = slug.split('-').filter(|word| !word.is_empty()).map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    let title = words.collect::<Vec<_>>().join(" ");
    // In YAML a bare number is no text.
    if title.starts_with(|letter: char| letter.is_ascii_digit()) {
        format!("\"{title}\"")
    } else {
        title
    }
}
