//! `velodrome connector import-openapi`.

use std::{fs, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use serde::Serialize;
use url::Url;
use velodrome_connector::{
    catalogue::{self, yaml_text},
    egress::Client,
    openapi_import::{EgressResolver, Import, ImportSummary, Options, confirm_paging, import},
};

use super::scaffold::{Folder, guide, icon};
use crate::{cli::ImportOptions, config::Config, exit::FaultsFound, output};

/// What `--json` prints.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    slug: &'a str,
    folder: String,
    #[serde(flatten)]
    summary: ImportSummary<'a>,
}

/// Makes a definition of an OpenAPI document, or brings one up to date.
///
/// # Errors
/// When the document can't be had or read, or the definition can't be written.
pub async fn import_openapi(config: &Config, options: &ImportOptions) -> Result<()> {
    let existing = match &options.into {
        Some(folder) => Some(existing(folder)?),
        None => None,
    };
    let mut wanted = Options {
        name: options.name.clone(),
        slug: options.slug.clone(),
        base: None,
        existing,
    };
    let address = Url::parse(&options.document)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    let mut made = match address {
        Some(url) => {
            let client = Client::new(config.egress.policy())?;
            let resolver = EgressResolver::new(client);
            let fetched = resolver
                .get(&url)
                .await
                .map_err(|reason| anyhow!("{url} can't be fetched: {reason}"))?;
            wanted.base = Some(fetched.url);
            import(&fetched.bytes, wanted, Some(&resolver)).await?
        }
        None => {
            let document = fs::read(&options.document)
                .with_context(|| format!("reading {}", options.document))?;
            import(&document, wanted, None).await?
        }
    };
    if options.confirm_paging {
        for hint in &made.paging {
            confirm_paging(&mut made.definition, hint);
        }
    }
    let folder = write(&mut made, options)?;
    report(&made, &folder, options.json)
}

fn existing(folder: &Path) -> Result<velodrome_model::definition::ConnectorDefinition> {
    match catalogue::open(folder) {
        Ok(package) => Ok(package.definition()),
        Err(faults) => {
            for fault in faults {
                output::remark(fault)?;
            }
            Err(FaultsFound.into())
        }
    }
}

fn write(made: &mut Import, options: &ImportOptions) -> Result<Folder> {
    if let Some(path) = &options.into {
        let folder = Folder { path: path.clone() };
        folder.write("connector.yaml", &yaml_text(&made.definition))?;
        folder.finish()?;
        return Ok(folder);
    }
    let Some(out) = &options.out else {
        bail!("say where to write with --out, or which definition to bring up to date with --into");
    };
    made.definition.guide = Some("guide.md".to_owned());
    made.definition.icon = Some("icon.svg".to_owned());
    let folder = Folder::make(out, &made.definition.slug)?;
    folder.write("connector.yaml", &yaml_text(&made.definition))?;
    folder.write("guide.md", &guide(&made.definition.name))?;
    folder.write("icon.svg", icon())?;
    folder.finish()?;
    Ok(folder)
}

fn report(made: &Import, folder: &Folder, json: bool) -> Result<()> {
    let folder = folder.path.display().to_string();
    if json {
        output::json(&Outcome {
            slug: &made.definition.slug,
            folder,
            summary: made.summary(),
        })?;
        return Ok(());
    }
    for item in &made.report {
        output::remark(format_args!("#{}: {}", item.pointer, item.reason))?;
    }
    let paging = match made.paging.len() {
        0 => String::new(),
        some => format!("; {some} look like paging (--confirm-paging switches it on)"),
    };
    output::line(format_args!(
        "Wrote {folder}: {} methods, {} elements left out{paging}",
        made.definition.methods.len(),
        made.report.len()
    ))?;
    Ok(())
}
