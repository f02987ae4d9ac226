//! How several nodes tell each other of work.

use std::path::PathBuf;

use velodrome_engine::queue::Servers;
use velodrome_store::Database;

use super::{
    faults::Faults,
    setting::{Default::Otherwise, Value, settings},
    storage::Storage,
};

settings! {
    /// How several nodes tell each other of work.
    Nodes, "Several nodes" {
        /// NATS servers with JetStream, comma-separated, that carry hints between nodes which share a PostgreSQL
        /// database: `nats://HOST:4222`, or `tls://HOST:4222` where the connection must be encrypted. A login
        /// stands before the host: `nats://USER:PASSWORD@HOST`, `nats://TOKEN@HOST`. While NATS is away,
        /// or without it, nodes find work by looking each second: nothing is lost, it takes longer.
        nats_url: Option<NatsUrl> = "VELODROME_NATS_URL", Otherwise("none: nodes find each other's work by looking");
        /// A file with a NATS user's JWT and seed (`.creds`), which logs in instead of `VELODROME_NATS_URL`.
        nats_credentials_file: Option<PathBuf> = "VELODROME_NATS_CREDENTIALS_FILE", Otherwise("none");
        /// A PEM file with the certificates that NATS servers' are signed with.
        nats_ca_file: Option<PathBuf> = "VELODROME_NATS_CA_FILE", Otherwise("the system's certificates");
    }
}

/// Addresses of NATS servers, which may hold a password.
#[derive(Clone)]
pub struct NatsUrl(pub Servers);

impl Value for NatsUrl {
    const IS_SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        Servers::parse(text)
            .map(Self)
            .map_err(|fault| fault.to_string())
    }
}

impl Nodes {
    pub(super) fn check(&self, storage: &Storage, faults: &mut Faults) {
        if self.nats_url.is_some() && matches!(storage.database(), Database::Sqlite(_)) {
            faults.add(
                "VELODROME_NATS_URL",
                "carries hints between nodes that share a PostgreSQL database, and SQLite is for one node; \
                 remove it, or set VELODROME_DATABASE_URL",
            );
        }
        if self.nats_url.is_none() {
            let alone = [
                (
                    &self.nats_credentials_file,
                    "VELODROME_NATS_CREDENTIALS_FILE",
                ),
                (&self.nats_ca_file, "VELODROME_NATS_CA_FILE"),
            ];
            for (file, variable) in alone {
                if file.is_some() {
                    faults.add(
                        variable,
                        "is of no use without VELODROME_NATS_URL; set that too",
                    );
                }
            }
        }
    }
}
