//! Measurements of the running binary. `cargo xtask bench` builds what they need and starts
//! them; they print tables for `docs/performance.md`.
#![expect(clippy::print_stdout, reason = "the tables are the result")]

mod credentials;
mod cycles;
mod definitions;
mod library;
mod load;
mod machine;
mod memory;
mod nginx;
mod options;
mod peers;
mod place;
mod proxy;
mod records;
mod refresh;
mod start;
mod stub;
mod subject;
mod table;
mod tokens;
mod wrk;

use anyhow::{Result, bail};
use clap::Parser as _;

use crate::options::Options;

const ALL: [&str; 7] = [
    "start",
    "library",
    "proxy",
    "refresh",
    "credentials",
    "memory",
    "records",
];
/// Installs other products, so it is only made when it is asked for.
const PEERS: &str = "peers";

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let mut wanted = options.measurements.clone();
    if wanted.is_empty() {
        wanted = ALL
            .iter()
            .chain(&cycles::ALL)
            .map(|&name| name.to_owned())
            .collect();
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
            PEERS => peers::measure(&options).await?,
            name if cycles::ALL.contains(&name) => cycles::measure(name, &options).await?,
            other => bail!(
                "there is no measurement {other}, only {}, {} and {PEERS}",
                ALL.join(", "),
                cycles::ALL.join(", ")
            ),
        }
        println!();
    }
    Ok(())
}
