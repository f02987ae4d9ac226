//! Measurements of the running binary. `cargo xtask bench` builds what they need and starts
//! them; they print tables for `docs/performance.md`.
#![expect(clippy::print_stdout, reason = "the tables are the result")]

mod credentials;
mod definitions;
mod library;
mod machine;
mod memory;
mod nginx;
mod proxy;
mod records;
mod refresh;
mod start;
mod subject;
mod table;
mod tokens;
mod wrk;

use anyhow::{Result, bail};

const ALL: [&str; 7] = [
    "start",
    "library",
    "proxy",
    "refresh",
    "credentials",
    "memory",
    "records",
];

#[tokio::main]
async fn main() -> Result<()> {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    if wanted.is_empty() {
        wanted = ALL.map(str::to_owned).to_vec();
    }
    println!("{}\n", machine::description()?);
    for name in &wanted {
        println!("## {name}: `cargo xtask bench {name}`\n");
        match name.as_str() {
            "start" => start::measure().await?,
            "library" => library::measure()?,
            "proxy" => proxy::measure().await?,
            "refresh" => refresh::measure().await?,
            "credentials" => credentials::measure().await?,
            "memory" => memory::measure().await?,
            "records" => records::measure().await?,
            other => bail!("there is no measurement {other}, only {}", ALL.join(", ")),
        }
        println!();
    }
    Ok(())
}
