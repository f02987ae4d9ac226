//! `velodrome config`.

use anyhow::Result;

use crate::{
    cli::ConfigOptions,
    config::{Config, InForce, markdown},
    output,
};

/// Prints the settings in force.
///
/// # Errors
/// When standard output is closed.
pub fn run(config: &Config, options: &ConfigOptions) -> Result<()> {
    if options.json {
        return Ok(output::json(&config.in_force)?);
    }
    let width = config
        .in_force
        .iter()
        .map(|setting| setting.variable.len())
        .max();
    let width = width.unwrap_or_default();
    for setting in &config.in_force {
        let InForce {
            variable, origin, ..
        } = setting;
        let value = setting.value.as_deref().or(setting.otherwise);
        let value = value.unwrap_or_default();
        output::line(format_args!(
            "{variable:width$}  {:11}  {value}",
            origin.word()
        ))?;
    }
    Ok(())
}

/// Prints the reference of all settings.
///
/// # Errors
/// When standard output is closed.
pub fn reference() -> Result<()> {
    let page = markdown();
    Ok(output::line(page.trim_end())?)
}
