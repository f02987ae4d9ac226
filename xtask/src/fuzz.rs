//! Fuzzing for as long as one likes: what `fuzz/` holds, driven by libFuzzer.
//!
//! The check needs none of this: it runs the same targets on the stable toolchain with their corpus and
//! a few thousand changes of it (`fuzz/tests/corpus.rs`).

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process;
use crate::workspace::Workspace;

/// Targets and further folders whose files are good to begin with.
const TARGETS: &[(&str, &[&str])] = &[
    ("csv", &[]),
    (
        "definition",
        &[
            "tests/definitions",
            "crates/velodrome-connector/tests/fixtures/broken",
        ],
    ),
    ("location", &[]),
    ("mergefield", &[]),
    (
        "openapi",
        &["crates/velodrome-connector/tests/fixtures/openapi"],
    ),
    ("script", &[]),
    ("webhook", &[]),
    ("xml", &[]),
];

/// What to fuzz, and for how long.
#[derive(Args)]
pub struct Options {
    /// Name of a target; none means all, one after the other
    target: Option<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
}

/// Fuzzes until the time is over or something is found.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let names = || TARGETS.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    let chosen: Vec<_> = TARGETS
        .iter()
        .filter(|(name, _)| {
            options
                .target
                .as_deref()
                .is_none_or(|wanted| wanted == *name)
        })
        .collect();
    if chosen.is_empty() {
        bail!(
            "there is no such target; the targets are {}",
            names().join(", ")
        );
    }
    require_tools()?;
    for (name, others) in chosen {
        // libFuzzer keeps what it finds in the first folder, which is no part of the repository.
        let found = workspace.target().join("fuzz/corpus").join(name);
        let crashes = workspace.target().join("fuzz/crashes").join(name);
        for folder in [&found, &crashes] {
            fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        let mut command = nightly(workspace, &["cargo", "fuzz", "run"]);
        command
            .args(["--fuzz-dir", "fuzz", "--features", "libfuzzer", name])
            .arg(found)
            .arg(workspace.path("fuzz/corpus").join(name))
            .args(others.iter().map(|folder| workspace.path(folder)))
            .arg("--")
            .arg(format!("-max_total_time={}", options.seconds))
            .arg(format!("-artifact_prefix={}/", crashes.display()))
            .args(["-timeout=30", "-rss_limit_mb=4096"]);
        process::run(&mut command)?;
    }
    Ok(())
}

/// One sentence about what is missing. Neither is installed unasked: a toolchain is the reader's to choose.
fn require_tools() -> Result<()> {
    let nightly = Command::new("rustup")
        .args(["run", "nightly", "rustc", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !nightly.is_ok_and(|status| status.success()) {
        bail!(
            "fuzzing needs Rust's nightly toolchain for its sanitizers: install it with `rustup toolchain install nightly`"
        );
    }
    if process::find("cargo-fuzz").is_none() {
        bail!("fuzzing needs cargo-fuzz: install it with `cargo install cargo-fuzz --locked`");
    }
    Ok(())
}

/// A program of the nightly toolchain, not of the one that runs this.
fn nightly(workspace: &Workspace, words: &[&str]) -> Command {
    let mut command = workspace.program("rustup", ".", &["run", "nightly"]);
    command.args(words);
    for name in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(name);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_program_a_corpus_and_a_place_in_the_check() {
        let workspace = Workspace::locate();
        let tests = fs::read_to_string(workspace.path("fuzz/tests/corpus.rs")).unwrap();
        for (name, others) in TARGETS {
            let program = workspace.path(format!("fuzz/fuzz_targets/{name}.rs"));
            assert!(program.is_file(), "{}", program.display());
            for folder in [&format!("fuzz/corpus/{name}").as_str()]
                .into_iter()
                .chain(others.iter())
            {
                assert!(workspace.path(folder).is_dir(), "{folder}");
            }
            assert!(
                tests.contains(&format!("velodrome_fuzz::{name}::run")),
                "{name}"
            );
        }
        let programs = fs::read_dir(workspace.path("fuzz/fuzz_targets")).unwrap();
        assert_eq!(programs.count(), TARGETS.len());
    }
}
