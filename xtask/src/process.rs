//! Starting other programs, and saying plainly what went wrong with one.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, bail};

/// Runs a program to its end with our own input and output.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("`{}` could not be started", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a program and gives what it wrote to standard output.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("`{}` could not be started", shown(command)))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", shown(command), output.status);
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` wrote something that is not text", shown(command)))
}

/// Runs a test runner: shows every line it writes and keeps the ones that close its report.
pub fn run_tests(command: &mut Command) -> Result<Vec<String>> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{}` could not be started", shown(command)))?;
    let (lines, received) = mpsc::channel();
    let output = child.stdout.take().expect("standard output was piped");
    let errors = child.stderr.take().expect("standard error was piped");
    let readers = [forward(output, lines.clone()), forward(errors, lines)];
    let mut closing = Vec::new();
    for line in received {
        println!("{line}");
        if closes_a_report(&line) {
            closing.push(without_colour(&line).trim().to_owned());
        }
    }
    for reader in readers {
        reader.join().expect("a reader only forwards lines");
    }
    let status = child.wait().context("waiting for a test runner")?;
    if !status.success() {
        let verdict = closing
            .last()
            .map_or(String::new(), |line| format!(": {line}"));
        bail!("`{}` failed ({status}){verdict}", shown(command));
    }
    Ok(closing)
}

/// The program of this name on the search path, or where Debian keeps servers, which is not on
/// the search path of ordinary users.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

/// A command as somebody would type it.
pub fn shown(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let mut words = vec![name.to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

fn forward(
    stream: impl Read + Send + 'static,
    lines: mpsc::Sender<String>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n') {
            let Ok(line) = line else { break };
            let text = String::from_utf8_lossy(&line)
                .trim_end_matches('\r')
                .to_owned();
            if lines.send(text).is_err() {
                break;
            }
        }
    })
}

/// Whether a line is where a runner sums up: nextest, libtest, Vitest or Playwright.
fn closes_a_report(line: &str) -> bool {
    let plain = without_colour(line);
    let text = plain.trim_start();
    let counts = |word: &str| {
        text.split_once(' ')
            .is_some_and(|(count, rest)| count.parse::<u32>().is_ok() && rest.starts_with(word))
    };
    (text.starts_with("Summary [") && text.contains("tests run"))
        || text.starts_with("test result:")
        || (text.starts_with("Tests  ") && text.contains("passed"))
        || ["passed (", "failed", "flaky"].into_iter().any(counts)
}

fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters
                .by_ref()
                .take_while(|c| !c.is_ascii_alphabetic())
                .for_each(drop);
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_every_runner_are_recognised() {
        let closing = [
            "     Summary [   1.203s] 12 tests run: 12 passed, 0 skipped",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured",
            "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m4 passed\u{1b}[39m\u{1b}[22m (4)",
            "  7 passed (12.3s)",
            "  1 failed",
        ];

        for line in closing {
            assert!(closes_a_report(line), "{line}");
        }
    }

    #[test]
    fn ordinary_lines_are_not_taken_for_closing_lines() {
        for line in [
            "PASS [ 0.01s] it a_test",
            "3 warnings emitted",
            "Tests are fun",
            "",
        ] {
            assert!(!closes_a_report(line), "{line}");
        }
    }

    #[test]
    fn a_failed_program_is_named_as_it_was_typed() {
        let error = run(Command::new("/bin/sh").args(["-c", "exit 3"])).unwrap_err();

        assert_eq!(error.to_string(), "`sh -c exit 3` failed (exit status: 3)");
    }
}
