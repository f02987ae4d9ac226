//! `velodrome template`: templates as files under version control.
//!
//! An instance is called over its REST API, as the continuous integration of a partner does who has no
//! access to its database; and its server keeps things in memory that a second writer would not reach.

mod folder;
mod instance;
mod plan;

use std::{ffi::OsString, fs, path::Path};

use anyhow::{Context, Result, bail};
use serde_json::json;
use velodrome_service::templates::files::{SCHEMA, TemplateFile};

use self::{
    instance::Instance,
    plan::{Manner, Planned},
};
use crate::{
    cli::{TemplateApply, TemplateCommand, TemplateExport},
    exit::{ChangesFound, FaultsFound},
    output,
};

/// Does what was asked.
///
/// # Errors
/// [`FaultsFound`] and [`ChangesFound`] after printing them; others when the instance can't be used.
pub async fn run(
    command: TemplateCommand,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<()> {
    match command {
        TemplateCommand::Export(options) => {
            let url = options.instance.url.as_deref();
            let instance = Instance::sign_in(url, environment).await?;
            export(&instance, &options).await
        }
        TemplateCommand::Plan(options) => {
            let url = options.instance.url.as_deref();
            let instance = Instance::sign_in(url, environment).await?;
            let planned = planned(&instance, &options).await?;
            show(&planned, options.json)?;
            if planned.iter().any(|one| one.refused.is_some()) {
                return Err(FaultsFound.into());
            }
            match planned.iter().any(Planned::is_change) {
                true => Err(ChangesFound.into()),
                false => Ok(()),
            }
        }
        TemplateCommand::Apply(options) => {
            let url = options.instance.url.as_deref();
            let instance = Instance::sign_in(url, environment).await?;
            let mut planned = planned(&instance, &options).await?;
            if !planned.iter().any(|one| one.refused.is_some()) {
                for one in &mut planned {
                    one.carry_out(&instance)
                        .await
                        .with_context(|| format!("applying {}", one.key))?;
                }
            }
            show(&planned, options.json)?;
            match planned.iter().any(|one| one.refused.is_some()) {
                true => Err(FaultsFound.into()),
                false => Ok(()),
            }
        }
        TemplateCommand::Check { paths, json } => {
            let (count, faults) = folder::check(&paths)?;
            if json {
                output::json(&json!({ "files": count, "faults": faults }))?;
            } else {
                for fault in &faults {
                    output::line(fault)?;
                }
                output::line(format_args!("{count} good, {} faults", faults.len()))?;
            }
            match faults.is_empty() {
                true => Ok(()),
                false => Err(FaultsFound.into()),
            }
        }
        TemplateCommand::Schema => Ok(output::line(SCHEMA.trim_end())?),
    }
}

/// What the files of a folder change; nothing is changed while one of them is wrong.
async fn planned(instance: &Instance, options: &TemplateApply) -> Result<Vec<Planned>> {
    let (files, faults) = folder::read(&options.folder)?;
    if !faults.is_empty() {
        for fault in faults {
            output::remark(fault)?;
        }
        return Err(FaultsFound.into());
    }
    if files.is_empty() && options.prune {
        bail!(
            "{} has no file; delete the templates in the console if that is what you want",
            options.folder.display()
        );
    }
    let known = plan::known(instance).await?;
    let manner = Manner {
        promote: options.promote,
        prune: options.prune,
    };
    plan::plan(instance, &files, &known, manner).await
}

fn show(planned: &[Planned], as_json: bool) -> Result<()> {
    if as_json {
        return Ok(output::json(&json!({ "templates": planned }))?);
    }
    for one in planned {
        output::line(one)?;
    }
    let changes = planned.iter().filter(|one| one.is_change()).count();
    let same = planned.len() - changes;
    Ok(output::line(format_args!(
        "{changes} to change, {same} as they are"
    ))?)
}

async fn export(instance: &Instance, options: &TemplateExport) -> Result<()> {
    let folder = &options.folder;
    fs::create_dir_all(folder)
        .with_context(|| format!("making the folder {}", folder.display()))?;
    let known = plan::known(instance).await?;
    for key in &options.only {
        if !known.contains_key(key) {
            let keys: Vec<&str> = known.keys().map(String::as_str).collect();
            bail!("there is no template {key}; there are {}", keys.join(", "));
        }
    }
    let mut written = Vec::new();
    for (key, known) in known {
        if !options.only.is_empty() && !options.only.contains(&key) {
            continue;
        }
        let path = folder.join(format!("{key}.yaml"));
        let mut file = known.revision.file.clone();
        // What is not offered is the usual thing.
        file.published = file.published.filter(|published| *published);
        let is_same = says_same(&path, &key, &known.revision)?;
        if !is_same {
            fs::write(&path, file.text()).with_context(|| format!("writing {}", path.display()))?;
        }
        written.push(json!({ "key": key, "file": path, "written": !is_same }));
        if !options.json {
            let word = if is_same { "Unchanged" } else { "Wrote" };
            output::line(format_args!("{word} {}", path.display()))?;
        }
    }
    if options.json {
        output::json(&json!({ "templates": written }))?;
    }
    Ok(())
}

/// Whether a file is there that says what the template is.
fn says_same(
    path: &Path,
    key: &str,
    revision: &velodrome_service::templates::files::Revision,
) -> Result<bool> {
    if !path.exists() {
        return Ok(false);
    }
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    // A file that can't be read is written anew.
    let known = TemplateFile::read(&path.display().to_string(), &bytes);
    Ok(known.is_ok_and(|known| known.change_of(key, revision).differences.is_empty()))
}
