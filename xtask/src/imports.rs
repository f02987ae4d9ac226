//! Who may import whom, checked from `cargo metadata`.
//!
//! Two tables below are the architecture. A change of the shape is a change of a table, so a
//! reviewer sees it; everything else is refused.

use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::process;
use crate::workspace::Workspace;

/// Our crates and which of ours each may depend on.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("velodrome-model", &[]),
    ("velodrome-script", &["velodrome-model"]),
    (
        "velodrome-connector",
        &["velodrome-model", "velodrome-script"],
    ),
    ("velodrome-store", &["velodrome-model"]),
    (
        "velodrome-service",
        &["velodrome-model", "velodrome-store", "velodrome-connector"],
    ),
    ("velodrome-api", &["velodrome-model", "velodrome-service"]),
    (
        "velodrome-engine",
        &["velodrome-model", "velodrome-service"],
    ),
    ("velodrome-sandbox", &["velodrome-model"]),
    (
        "velodrome",
        &[
            "velodrome-model",
            "velodrome-connector",
            "velodrome-store",
            "velodrome-service",
            "velodrome-api",
            "velodrome-engine",
            "velodrome-sandbox",
        ],
    ),
    ("velodrome-testkit", &[]),
    ("velodrome-compat", &["velodrome-testkit"]),
    (
        "velodrome-faults",
        &["velodrome-testkit", "velodrome-compat"],
    ),
    ("velodrome-bench", &["velodrome-testkit"]),
    (
        "velodrome-fuzz",
        &["velodrome-model", "velodrome-script", "velodrome-connector"],
    ),
    // A page about a definition reads it as the product does.
    ("xtask", &["velodrome-testkit", "velodrome-model"]),
];

/// What every crate may use in its tests, beside everything that lies below it: a test of a
/// handler builds the real rooms underneath.
const MAY_TEST_WITH: &[&str] = &["velodrome-testkit", "velodrome-sandbox"];

/// Heavy dependencies and their owners. Development dependencies are free, for they are not
/// in the product.
const OWNERS: &[(&str, &[&str], &str)] = &[
    (
        "axum",
        &["velodrome-api", "velodrome-sandbox"],
        "HTTP comes in through the api; the sandbox stands for other companies' servers",
    ),
    (
        "utoipa-axum",
        &["velodrome-api"],
        "the API document is generated from the handlers",
    ),
    (
        "sea-orm",
        &["velodrome-store"],
        "the store is the only room with SQL",
    ),
    (
        "sea-orm-migration",
        &["velodrome-store"],
        "the store is the only room with SQL",
    ),
    (
        "sqlx",
        &["velodrome-store"],
        "the store is the only room with SQL",
    ),
    (
        "async-nats",
        &["velodrome-engine"],
        "the engine owns the queue",
    ),
    (
        "reqwest",
        &[
            "velodrome-connector",
            "velodrome-compat",
            "velodrome-faults",
            "velodrome-bench",
        ],
        "calls leave through the egress guard; the others are tests that stand outside",
    ),
    (
        "hyper",
        &[
            "velodrome-connector",
            "velodrome-sandbox",
            "velodrome-bench",
        ],
        "calls leave through the egress guard; the sandbox posts webhooks to this machine, the benches play a provider",
    ),
    (
        "hyper-util",
        &[
            "velodrome-connector",
            "velodrome-sandbox",
            "velodrome-bench",
        ],
        "calls leave through the egress guard; the sandbox posts webhooks to this machine, the benches play a provider",
    ),
    ("ureq", &[], "calls leave through the egress guard"),
    ("isahc", &[], "calls leave through the egress guard"),
    ("curl", &[], "calls leave through the egress guard"),
    (
        "rquickjs",
        &["velodrome-script"],
        "scripts run in the sandboxed room only",
    ),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<Kind>,
    path: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Dev,
    Build,
}

/// Fails with every dependency that the tables do not allow.
pub fn check(workspace: &Workspace) -> Result<()> {
    let text =
        process::capture(&mut workspace.cargo(&["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: Metadata = serde_json::from_str(&text).context("reading `cargo metadata`")?;
    let wrong = violations(&metadata.packages);
    if !wrong.is_empty() {
        bail!("import rules broken:\n  {}", wrong.join("\n  "));
    }
    check_journeys(workspace)?;
    println!(
        "{} crates and the browser journeys keep the import rules",
        metadata.packages.len()
    );
    Ok(())
}

/// The browser journeys know only what a person sees, so they import nothing from outside their
/// own folder.
fn check_journeys(workspace: &Workspace) -> Result<()> {
    let home = workspace.path("tests/e2e");
    for folder in ["harness", "journeys", "pictures"] {
        let folder = home.join(folder);
        let files =
            fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        for file in files {
            let file = file?.path();
            let text =
                fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            if let Some(line) = text.lines().find(|line| leaves_the_journeys(line)) {
                bail!("{} imports from outside tests/e2e: {line}", file.display());
            }
        }
    }
    Ok(())
}

fn leaves_the_journeys(line: &str) -> bool {
    line.contains("from \"../..")
        || line.contains("import(\"../..")
        || line.contains("from \"@shared")
}

fn violations(packages: &[Package]) -> Vec<String> {
    packages.iter().flat_map(violations_of).collect()
}

fn violations_of(package: &Package) -> Vec<String> {
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == package.name) else {
        return vec![format!(
            "{} is a new room: say in xtask/src/imports.rs what it may import",
            package.name
        )];
    };
    package
        .dependencies
        .iter()
        .filter_map(|dependency| {
            if dependency.path.is_some() {
                ours(package, dependency, allowed)
            } else {
                heavy(package, dependency)
            }
        })
        .collect()
}

fn ours(package: &Package, dependency: &Dependency, allowed: &[&str]) -> Option<String> {
    let name = dependency.name.as_str();
    let in_tests = || MAY_TEST_WITH.contains(&name) || lies_below(name, allowed);
    if allowed.contains(&name) || (dependency.kind == Some(Kind::Dev) && in_tests()) {
        return None;
    }
    let may = if allowed.is_empty() {
        "none of our crates".to_owned()
    } else {
        allowed.join(", ")
    };
    Some(format!(
        "{} imports {name}, but may import {may}",
        package.name
    ))
}

/// Whether a crate is among these or among what they may import in turn.
fn lies_below(name: &str, above: &[&str]) -> bool {
    above.iter().any(|room| {
        let below = MAY_IMPORT.iter().find(|(known, _)| known == room);
        *room == name || below.is_some_and(|(_, below)| lies_below(name, below))
    })
}

fn heavy(package: &Package, dependency: &Dependency) -> Option<String> {
    let (name, owners, reason) = OWNERS.iter().find(|(name, ..)| *name == dependency.name)?;
    if dependency.kind == Some(Kind::Dev) || owners.contains(&package.name.as_str()) {
        return None;
    }
    let owner = if owners.is_empty() {
        "nobody".to_owned()
    } else {
        owners.join(", ")
    };
    Some(format!(
        "{} depends on {name}, which belongs to {owner}: {reason}",
        package.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[(&str, Option<Kind>, bool)]) -> Package {
        Package {
            name: name.to_owned(),
            dependencies: dependencies
                .iter()
                .map(|(name, kind, ours)| Dependency {
                    name: (*name).to_owned(),
                    kind: *kind,
                    path: ours.then(|| format!("/repository/{name}")),
                })
                .collect(),
        }
    }

    #[test]
    fn imports_down_the_picture_are_fine() {
        let service = package(
            "velodrome-service",
            &[
                ("velodrome-model", None, true),
                ("velodrome-store", None, true),
                ("velodrome-testkit", Some(Kind::Dev), true),
                ("serde", None, false),
            ],
        );

        assert_eq!(violations(&[service]), Vec::<String>::new());
    }

    #[test]
    fn a_handler_that_reaches_for_the_store_is_named() {
        let api = package("velodrome-api", &[("velodrome-store", None, true)]);

        assert_eq!(
            violations(&[api]),
            [
                "velodrome-api imports velodrome-store, but may import velodrome-model, velodrome-service"
            ]
        );
    }

    #[test]
    fn the_test_harness_stays_out_of_the_product() {
        let store = package("velodrome-store", &[("velodrome-testkit", None, true)]);

        assert_eq!(
            violations(&[store]),
            ["velodrome-store imports velodrome-testkit, but may import velodrome-model"]
        );
    }

    #[test]
    fn tests_may_build_the_rooms_below_but_not_those_above() {
        let dev = |name| package("velodrome-api", &[(name, Some(Kind::Dev), true)]);
        let store = package(
            "velodrome-store",
            &[("velodrome-service", Some(Kind::Dev), true)],
        );

        assert_eq!(
            violations(&[dev("velodrome-store"), dev("velodrome-sandbox")]),
            Vec::<String>::new()
        );
        assert_eq!(violations(&[store]).len(), 1);
    }

    #[test]
    fn a_second_way_out_is_refused_but_not_in_tests() {
        let service = package("velodrome-service", &[("reqwest", None, false)]);
        let tested = package("velodrome-service", &[("reqwest", Some(Kind::Dev), false)]);

        assert_eq!(violations(&[service]).len(), 1);
        assert_eq!(violations(&[tested]), Vec::<String>::new());
    }

    #[test]
    fn journeys_stay_in_their_folder() {
        assert!(leaves_the_journeys(
            "import { en } from \"../../../web/shared/messages/en\";"
        ));
        assert!(!leaves_the_journeys(
            "import { test } from \"../harness/test.ts\";"
        ));
    }

    #[test]
    fn a_new_crate_must_be_given_its_place() {
        let attic = package("velodrome-common", &[]);

        assert_eq!(
            violations(&[attic]),
            ["velodrome-common is a new room: say in xtask/src/imports.rs what it may import"]
        );
    }
}
