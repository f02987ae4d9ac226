//! Exit codes, and what is said with them.

use std::{
    fmt,
    io::{self, Write},
    process::ExitCode,
};

use velodrome_service::bootstrap::BootstrapError;
use velodrome_store::{StoreError, seal::SealError};

use crate::config::{ConfigError, MasterKeyError};

/// The command did its work and found faults, which it has printed.
#[derive(Debug)]
pub struct FaultsFound;

impl fmt::Display for FaultsFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("faults were found")
    }
}

impl std::error::Error for FaultsFound {}

/// The command did its work and found something to change, which it has printed.
#[derive(Debug)]
pub struct ChangesFound;

impl fmt::Display for ChangesFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("changes were found")
    }
}

impl std::error::Error for ChangesFound {}

const FAILED: u8 = 1;
const CHANGES: u8 = 2;
const CONFIGURATION: u8 = 2;
const DATABASE: u8 = 3;
const MASTER_KEY: u8 = 4;

/// The code for an outcome; says what went wrong on standard error.
pub fn code(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    if !error.is::<FaultsFound>() && !error.is::<ChangesFound>() {
        // Nobody is left to tell when standard error is closed.
        let _unheard = writeln!(io::stderr().lock(), "velodrome: {}", sentence(&error));
    }
    code_of(&error).into()
}

/// The error and its causes in one line each, without those that only repeat.
fn sentence(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

fn code_of(error: &anyhow::Error) -> u8 {
    if error.is::<ChangesFound>() {
        return CHANGES;
    }
    for cause in error.chain() {
        if cause.is::<ConfigError>() {
            return CONFIGURATION;
        }
        if cause.is::<MasterKeyError>() || cause.is::<SealError>() {
            return MASTER_KEY;
        }
        if let Some(store) = cause.downcast_ref::<StoreError>() {
            return of_store(store);
        }
        if let Some(BootstrapError::Invalid(_) | BootstrapError::WeakPassword(_)) =
            cause.downcast_ref()
        {
            return CONFIGURATION;
        }
    }
    FAILED
}

fn of_store(error: &StoreError) -> u8 {
    match error {
        StoreError::Seal(_) => MASTER_KEY,
        StoreError::Database(_) => DATABASE,
        StoreError::Configuration(_) => CONFIGURATION,
        StoreError::Conflict(_)
        | StoreError::Stale
        | StoreError::Corrupt { .. }
        | StoreError::File { .. } => FAILED,
    }
}
