//! What an empty installation needs before anybody can use it.

use std::io::{self, Write};

use anyhow::{Context, Result};
use velodrome_model::{ExposeSecret, SecretString};
use velodrome_service::{
    Passwords, Workbench,
    bootstrap::{Bootstrap, FirstAdministrator, bootstrap},
};

use crate::config::Bootstrap as Settings;

/// Makes what is missing, and tells a password that was made up for it.
///
/// # Errors
/// When a setting breaks a rule or the store fails.
pub async fn prepare(bench: &Workbench, passwords: &Passwords, settings: Settings) -> Result<()> {
    let options = Bootstrap {
        public_url: bench.public_url.clone(),
        administrator: FirstAdministrator {
            email: settings.admin_email,
            password: settings.admin_password,
        },
        client: settings
            .bootstrap_client_id
            .zip(settings.bootstrap_client_secret),
    };
    let made = bootstrap(&bench.store, passwords, &bench.clock, options)
        .await
        .context("preparing the first start")?;
    if let Some((email, password)) = made.made_up_password {
        tell(bench.public_url.as_str(), &email, &password)
            .context("telling the first administrator's password")?;
    }
    Ok(())
}

/// Not through the log: it may be shipped to where passwords do not belong, or be filtered away.
fn tell(address: &str, email: &str, password: &SecretString) -> io::Result<()> {
    let lines = [
        "The first administrator, told this once:".to_owned(),
        String::new(),
        format!("  Console   {address}console"),
        format!("  Email     {email}"),
        format!("  Password  {}", password.expose_secret()),
        String::new(),
        "Lost it? `velodrome admin reset-password` makes a new one.".to_owned(),
    ];
    let width = lines.iter().map(|line| line.chars().count()).max();
    let width = width.unwrap_or_default();
    let mut out = io::stderr().lock();
    writeln!(out, "\n╔═{}═╗", "═".repeat(width))?;
    for line in lines {
        writeln!(out, "║ {line:width$} ║")?;
    }
    writeln!(out, "╚═{}═╝\n", "═".repeat(width))
}
