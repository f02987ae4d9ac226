//! Signals to our own child processes.

use std::io;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};

/// Asks a child to end.
pub fn terminate(child: &Child) -> io::Result<()> {
    send(child, Signal::TERM)
}

/// Ends a process as a power cut would. The caller started it and has not waited for it.
pub fn kill(process: u32) -> io::Result<()> {
    send_to(process, Signal::KILL)
}

/// Lets a process do nothing at all. The caller started it and has not waited for it.
pub fn pause(process: u32) -> io::Result<()> {
    send_to(process, Signal::STOP)
}

/// Whether a process does nothing because it was told to stop. False where it is gone.
pub fn is_paused(process: u32) -> bool {
    // The state follows the name, which stands in brackets (proc(5)).
    let status = std::fs::read_to_string(format!("/proc/{process}/stat"));
    status.is_ok_and(|status| {
        let rest = status.rsplit(')').next();
        rest.is_some_and(|rest| rest.trim_start().starts_with('T'))
    })
}

fn send_to(process: u32, signal: Signal) -> io::Result<()> {
    let id = i32::try_from(process).map_err(io::Error::other)?;
    let id = Pid::from_raw(id).ok_or_else(|| io::Error::other("a child has no number"))?;
    Ok(kill_process(id, signal)?)
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
