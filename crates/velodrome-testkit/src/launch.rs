//! Starting a server, until it says that it is ready.

use std::{
    io,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::output::Output;

const LIMIT: Duration = Duration::from_secs(60);

/// Starts a server that says on standard error that it is ready, in a line with these words.
///
/// # Errors
/// When it does not; what it said instead is told.
pub fn until_ready(command: &mut Command, name: &str, ready: &str) -> io::Result<Child> {
    let mut server = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let output = Output::default();
    output.collect(server.stderr.take().expect("standard error was piped"));
    let said = output.wait_for(0, LIMIT, |line| line.contains(ready).then_some(()));
    if said.is_err() {
        // It may have ended by itself, which is what we are about to report.
        drop(server.kill());
        server.wait()?;
        return Err(io::Error::other(format!(
            "{name} did not start:\n{}",
            output.text()
        )));
    }
    Ok(server)
}
