//! The soak: as many kills as wanted, in worlds of their own, each with a seed that repeats it.
#![expect(clippy::print_stdout, reason = "it talks to the person who started it")]

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Parser;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use velodrome_faults::campaign;

/// Kills of one world; then it is looked at, and another one begins.
const KILLS: usize = 50;
/// Fail-overs of one world.
const FAIL_OVERS: usize = 10;

/// Kills a server again and again, and looks at what became of everything.
#[derive(Parser)]
struct Options {
    /// Kills in all
    #[arg(long, default_value_t = 10_000)]
    kills: usize,
    /// Lets PostgreSQL fail over so many times instead of killing the server
    #[arg(long)]
    fail_overs: Option<usize>,
    /// Ends after so many minutes, whatever the kills
    #[arg(long)]
    minutes: Option<u64>,
    /// The seed of the first world; by chance otherwise
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    if let Some(times) = options.fail_overs {
        return fail_overs(times).await;
    }
    let first = options.seed.unwrap_or_else(campaign::seed);
    println!("seed {first}");
    let mut seeds = StdRng::seed_from_u64(first);
    let (begun, mut killed) = (Instant::now(), 0);
    let (mut accepted, mut repeated, mut uncertain, mut given_up) = (0, 0, 0, 0);
    let mut seed = first;
    let end = options
        .minutes
        .map(|minutes| Duration::from_secs(60 * minutes));
    while killed < options.kills && end.is_none_or(|end| begun.elapsed() < end) {
        let kills = KILLS.min(options.kills - killed);
        let verdict = campaign::at_random(seed, kills).await;
        killed += kills;
        accepted += verdict.accepted;
        repeated += verdict.repeated;
        uncertain += verdict.uncertain;
        given_up += verdict.given_up;
        println!(
            "{killed} kills in {} s: {accepted} accepted, {repeated} calls repeated with their key, \
             {uncertain} uncertain, {given_up} given up",
            begun.elapsed().as_secs()
        );
        if !verdict.wrong.is_empty() {
            bail!("seed {seed}, {kills} kills: {:#?}", verdict.wrong);
        }
        seed = seeds.random();
    }
    Ok(())
}

/// Worlds with some fail-overs each.
async fn fail_overs(times: usize) -> Result<()> {
    let (begun, mut done) = (Instant::now(), 0);
    while done < times {
        let some = FAIL_OVERS.min(times - done);
        let verdict = campaign::fail_overs(some).await;
        done += some;
        println!(
            "{done} fail-overs in {} s: {} accepted in the last world, {} calls repeated with their key",
            begun.elapsed().as_secs(),
            verdict.accepted,
            verdict.repeated
        );
        if !verdict.wrong.is_empty() {
            bail!("{some} fail-overs: {:#?}", verdict.wrong);
        }
    }
    Ok(())
}
