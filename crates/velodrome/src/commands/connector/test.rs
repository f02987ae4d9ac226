//! `velodrome connector test`: what can be judged of a definition without credentials.

use std::{fs, path::Path};

use anyhow::Result;
use serde::Serialize;
use velodrome_connector::{
    catalogue::{self, Package},
    exchanges::{absent_fields, replay},
};
use velodrome_model::definition::{ConnectorDefinition, Method, MethodType};

use crate::{cli::Level, exit::FaultsFound, output};

/// What was tried, and what came of it.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tested {
    /// Methods whose example was replayed as it is written.
    passed: Vec<String>,
    /// What is wrong.
    faults: Vec<String>,
}

/// Checks a definition and replays its example exchanges.
///
/// # Errors
/// [`FaultsFound`] when something is wrong at this level.
pub async fn test(folder: &Path, level: Level, json: bool) -> Result<()> {
    let tested = match catalogue::open(folder) {
        Ok(package) => examine(folder, &package, level).await,
        Err(faults) => Tested {
            faults: faults.iter().map(ToString::to_string).collect(),
            ..Tested::default()
        },
    };
    if json {
        output::json(&tested)?;
    } else {
        for fault in &tested.faults {
            output::line(fault)?;
        }
        output::line(format_args!(
            "{} methods passed, {} faults",
            tested.passed.len(),
            tested.faults.len()
        ))?;
    }
    if tested.faults.is_empty() {
        Ok(())
    } else {
        Err(FaultsFound.into())
    }
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
