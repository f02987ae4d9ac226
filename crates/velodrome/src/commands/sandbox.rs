//! `velodrome sandbox`: the simulated providers alone, one for each definition.

use anyhow::{Context, Result};
use serde_json::json;
use velodrome_connector::catalogue::load;
use velodrome_sandbox::{Sandbox, SandboxOptions as Simulation};

use crate::{cli::SandboxOptions, config::Config, definitions, output, serve::stop};

/// Serves until a signal stops it; says first how another server finds it.
///
/// # Errors
/// When the address can't be listened on.
pub async fn run(config: &Config, options: &SandboxOptions) -> Result<()> {
    let stop = stop::on_signals().context("listening for signals")?;
    let loaded = load(&definitions::sources(
        config.egress.connectors_dir.as_deref(),
    ));
    let twins = definitions::twins(&loaded.packages)?;
    let sandbox = Sandbox::with_definitions(options.listen, Simulation::default(), twins).await?;
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
