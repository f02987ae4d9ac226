//! `velodrome connector test`: what can be judged of a definition, by its examples and by calling.

mod trial;

use std::{fs, path::Path};

use anyhow::Result;
use serde::Serialize;
use velodrome_connector::{
    catalogue::{self, Package},
    exchanges::{absent_fields, replay},
};
use velodrome_model::definition::{ConnectorDefinition, Method, MethodType};

use crate::{
    cli::{Level, TestOptions},
    config::Config,
    exit::FaultsFound,
    output,
};

/// What was tried, and what came of it.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tested {
    /// Methods whose example was replayed as it is written.
    passed: Vec<String>,
    /// Methods that answered as they should when they were called, with the authentication's key.
    called: Vec<String>,
    /// What is wrong.
    faults: Vec<String>,
    /// What could not be judged.
    notes: Vec<String>,
}

/// Checks a definition, replays its example exchanges, and calls its methods if there is somebody to call.
///
/// # Errors
/// [`FaultsFound`] when something is wrong at this level; others when the credentials can't be read or the
/// twin can't be started.
pub async fn test(config: Option<&Config>, options: &TestOptions) -> Result<()> {
    let folder = &options.folder;
    let tested = match catalogue::open(folder) {
        Ok(package) => {
            let mut tested = examine(folder, &package, options.level).await;
            trial::call(config, options, &package.definition(), &mut tested).await?;
            tested
        }
        Err(faults) => Tested {
            faults: faults.iter().map(ToString::to_string).collect(),
            ..Tested::default()
        },
    };
    if options.json {
        output::json(&tested)?;
    } else {
        print(&tested, options)?;
    }
    if tested.faults.is_empty() {
        Ok(())
    } else {
        Err(FaultsFound.into())
    }
}

fn print(tested: &Tested, options: &TestOptions) -> Result<()> {
    for note in &tested.notes {
        output::line(format_args!("note: {note}"))?;
    }
    for fault in &tested.faults {
        output::line(fault)?;
    }
    let called = if options.twin || options.credentials.is_some() {
        format!(", {} methods answered", tested.called.len())
    } else {
        String::new()
    };
    output::line(format_args!(
        "{} methods passed{called}, {} faults",
        tested.passed.len(),
        tested.faults.len()
    ))?;
    Ok(())
}

async fn examine(folder: &Path, package: &Package, level: Level) -> Tested {
    let definition = package.definition();
    let mut tested = Tested::default();
    if level == Level::Strict {
        let warnings = package.warnings().iter().map(ToString::to_string);
        tested.faults.extend(warnings);
    }
    if level != Level::Basic && definition.post_install_test_auth.is_none() {
        tested.faults.push(
            "no method proves that credentials work; name one in postInstallTestAuth".to_owned(),
        );
    }
    let actions = definition
        .methods
        .iter()
        .filter(|method| method.kind == MethodType::Action);
    for method in actions {
        let path = folder.join(format!("exchanges/{}.json", method.key));
        let outcome = match fs::read_to_string(&path) {
            Ok(text) => one(&definition, method, &text, level).await,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if level == Level::Basic {
                    continue;
                }
                Err("there is no example exchange".to_owned())
            }
            Err(error) => Err(error.to_string()),
        };
        match outcome {
            Ok(()) => tested.passed.push(method.key.clone()),
            Err(fault) => tested.faults.push(format!("{}: {fault}", path.display())),
        }
    }
    tested
}

async fn one(
    definition: &ConnectorDefinition,
    method: &Method,
    text: &str,
    level: Level,
) -> Result<(), String> {
    replay(definition, method, text).await?;
    if level == Level::Strict {
        let absent = absent_fields(method, text)?;
        if !absent.is_empty() {
            return Err(format!("no answer holds {}", absent.join(", ")));
        }
    }
    Ok(())
}
