//! `velodrome sandbox`: the simulated providers alone.

use anyhow::{Context, Result};
use serde_json::json;
use velodrome_sandbox::{Sandbox, SandboxOptions as Simulation};

use crate::{cli::SandboxOptions, output, serve::stop};

/// Serves until a signal stops it; says first how another server finds it.
///
/// # Errors
/// When the address can't be listened on.
pub async fn run(options: &SandboxOptions) -> Result<()> {
    let stop = stop::on_signals().context("listening for signals")?;
    let sandbox = Sandbox::bind(options.listen, Simulation::default()).await?;
    let rewrites: Vec<String> = sandbox.rewrites().iter().map(ToString::to_string).collect();
    let rewrite = rewrites.join(",");
    let allow = "127.0.0.0/8,::1";
    if options.json {
        output::json(&json!({ "page": sandbox.front_page(), "allow": allow, "rewrite": rewrite }))?;
    } else {
        output::line(format_args!("VELODROME_EGRESS_ALLOW={allow}"))?;
        output::line(format_args!("VELODROME_EGRESS_REWRITE={rewrite}"))?;
    }
    Ok(sandbox.serve(stop).await?)
}
