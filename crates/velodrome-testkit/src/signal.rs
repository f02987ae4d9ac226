//! Signals to our own child processes.

use std::io;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};

/// Asks a child to end.
pub fn terminate(child: &Child) -> io::Result<()> {
    send(child, Signal::TERM)
}

/// Sends a signal to a child that has not been waited for.
pub(crate) fn send(child: &Child, signal: Signal) -> io::Result<()> {
    Ok(kill_process(process(child)?, signal)?)
}

/// The number of a child that has not been waited for.
pub(crate) fn process(child: &Child) -> io::Result<Pid> {
    let id = i32::try_from(child.id()).map_err(io::Error::other)?;
    Pid::from_raw(id).ok_or_else(|| io::Error::other("a child has no number"))
}
