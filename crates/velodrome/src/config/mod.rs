//! Configuration: read once, from the environment and `velodrome.toml`, with all mistakes reported
//! together.
//!
//! One struct a concern. A field's doc comment is the setting's text in
//! `docs/reference/configuration.md`, which `velodrome config --markdown` writes.

mod bootstrap;
mod egress;
mod faults;
mod file;
mod log;
mod master_key;
mod nodes;
mod reference;
mod server;
mod setting;
mod shown;
mod storage;
mod values;

use std::{ffi::OsString, path::Path};

pub use bootstrap::Bootstrap;
pub use egress::Egress;
pub use faults::ConfigError;
pub use log::{LogFormat, Logging};
pub use master_key::MasterKeyError;
pub use nodes::Nodes;
pub use reference::markdown;
pub use server::{Roles, Server};
pub use setting::Setting;
pub use shown::InForce;
pub use storage::Storage;

use faults::Faults;
use values::Values;

/// The file that is read when it exists and no other is named.
pub const FILE: &str = "velodrome.toml";

/// All settings.
pub struct Config {
    /// Where requests come in and which parts run.
    pub server: Server,
    /// Database, data folder and the key that seals secrets.
    pub storage: Storage,
    /// How several nodes tell each other of work.
    pub nodes: Nodes,
    /// What is made at the first start.
    pub bootstrap: Bootstrap,
    /// Connector definitions and calls out.
    pub egress: Egress,
    /// What is told about the work.
    pub logging: Logging,
    /// Every setting as it is in force, secrets masked.
    pub in_force: Vec<InForce>,
}

/// A group of settings under one heading.
pub struct Group {
    /// What the group is about.
    pub title: &'static str,
    /// Its settings.
    pub settings: &'static [Setting],
}

/// Every group, in the order of the reference.
pub const GROUPS: &[Group] = &[
    Group {
        title: Server::TITLE,
        settings: Server::SETTINGS,
    },
    Group {
        title: Storage::TITLE,
        settings: Storage::SETTINGS,
    },
    Group {
        title: Nodes::TITLE,
        settings: Nodes::SETTINGS,
    },
    Group {
        title: Bootstrap::TITLE,
        settings: Bootstrap::SETTINGS,
    },
    Group {
        title: Egress::TITLE,
        settings: Egress::SETTINGS,
    },
    Group {
        title: Logging::TITLE,
        settings: Logging::SETTINGS,
    },
];

fn all_settings() -> impl Iterator<Item = &'static Setting> {
    GROUPS.iter().flat_map(|group| group.settings)
}

impl Config {
    /// Reads the environment, and the file that was named or else [`FILE`] where it exists.
    ///
    /// # Errors
    /// Every mistake of both at once.
    pub fn read(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        file: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let mut faults = Faults::default();
        let mut values = Values::default();
        file::read(file, &mut values, &mut faults);
        values.take_environment(environment, &mut faults);

        let server = Server::read(&mut values, &mut faults);
        let storage = Storage::read(&mut values, &mut faults);
        let nodes = Nodes::read(&mut values, &mut faults);
        let bootstrap = Bootstrap::read(&mut values, &mut faults);
        let egress = Egress::read(&mut values, &mut faults);
        let logging = Logging::read(&mut values, &mut faults);

        if let Some(storage) = &storage {
            storage.check(&mut faults);
            if let Some(nodes) = &nodes {
                nodes.check(storage, &mut faults);
            }
        }
        if let Some(bootstrap) = &bootstrap {
            bootstrap.check(&mut faults);
        }
        match (server, storage, nodes, bootstrap, egress, logging) {
            (
                Some(server),
                Some(storage),
                Some(nodes),
                Some(bootstrap),
                Some(egress),
                Some(logging),
            ) if faults.is_empty() => Ok(Self {
                server,
                storage,
                nodes,
                bootstrap,
                egress,
                logging,
                in_force: values.into_in_force(),
            }),
            _ => Err(faults.into_error()),
        }
    }
}

#[cfg(test)]
mod tests;
