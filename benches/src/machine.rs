//! The machine that was measured.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

/// One line: processor, cores, memory, system, compiler.
pub fn description() -> Result<String> {
    let processor = field("/proc/cpuinfo", "model name")?;
    let memory: u64 = field("/proc/meminfo", "MemTotal")?
        .trim_end_matches(" kB")
        .parse()
        .context("reading the size of the memory")?;
    let cores = std::thread::available_parallelism()?;
    Ok(format!(
        "Machine: {processor}, {cores} cores, {} GiB; {}; {}",
        memory.div_ceil(1024 * 1024),
        said(Command::new("uname").args(["-sr"]))?,
        said(Command::new("rustc").arg("--version"))?,
    ))
}

/// The resident memory of a process, in bytes.
pub fn resident(process: u32) -> Result<u64> {
    memory(process, "VmRSS")
}

/// The most resident memory that a process ever had, in bytes.
pub fn peak(process: u32) -> Result<u64> {
    memory(process, "VmHWM")
}

/// Processor time that a process has used, by itself and for it by the system.
pub fn processor_time(process: u32) -> Result<Duration> {
    /// Linux counts in these for every program, whatever its own clock does (`man 5 proc`).
    const TICKS_A_SECOND: f64 = 100.0;
    let file = format!("/proc/{process}/stat");
    let text = fs::read_to_string(&file).with_context(|| format!("reading {file}"))?;
    // The second field is the name in brackets, which may hold blanks; time is the 14th and 15th field.
    let (_, after) = text.rsplit_once(')').context("a name in brackets")?;
    let mut fields = after.split_whitespace().skip(11);
    let mut ticks = || -> Result<f64> { Ok(fields.next().context("processor time")?.parse()?) };
    Ok(Duration::from_secs_f64(
        (ticks()? + ticks()?) / TICKS_A_SECOND,
    ))
}

fn memory(process: u32, name: &str) -> Result<u64> {
    let kilobytes: u64 = field(&format!("/proc/{process}/status"), name)?
        .trim_end_matches(" kB")
        .trim()
        .parse()
        .context("reading the resident memory")?;
    Ok(kilobytes * 1024)
}

fn field(file: &str, name: &str) -> Result<String> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {file}"))?;
    let line = text
        .lines()
        .find(|line| line.starts_with(name))
        .with_context(|| format!("{file} has no {name}"))?;
    Ok(line
        .split_once(':')
        .map_or("", |(_, value)| value)
        .trim()
        .to_owned())
}

fn said(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("starting {command:?}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
