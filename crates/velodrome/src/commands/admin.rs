//! `velodrome admin`.

use std::io::Read;

use anyhow::{Context, Result};
use serde_json::json;
use velodrome_model::{ExposeSecret, SecretString};
use velodrome_service::operator::Operator;

use crate::{
    cli::{AdminCommand, AdminOptions},
    config::Config,
    database, output, services,
};

/// Makes an administrator or resets its password, and prints a password that was made up.
///
/// # Errors
/// When the address or the password can't be used, or the store fails.
pub async fn run(config: &Config, command: AdminCommand) -> Result<()> {
    let store = database::open(&config.storage).await?;
    let operator = Operator::new(store.clone(), services::passwords()?);
    let (as_json, done) = match command {
        AdminCommand::Create(options) => {
            let done = operator.create_administrator(&options.email, given(&options)?);
            (options.json, done.await?)
        }
        AdminCommand::ResetPassword(options) => {
            let done = operator.reset_password(&options.email, given(&options)?);
            (options.json, done.await?)
        }
    };
    store.close().await?;
    let password = done.password.as_ref().map(ExposeSecret::expose_secret);
    if as_json {
        return Ok(output::json(
            &json!({ "email": done.email, "password": password }),
        )?);
    }
    output::line(format_args!("Email     {}", done.email))?;
    if let Some(password) = password {
        output::line(format_args!("Password  {password}"))?;
    }
    Ok(())
}

/// The password on standard input, without the line's end.
fn given(options: &AdminOptions) -> Result<Option<SecretString>> {
    if !options.password_stdin {
        return Ok(None);
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("reading the password from standard input")?;
    let password = text.trim_end_matches(['\r', '\n']);
    Ok(Some(SecretString::from(password)))
}
