//! Connector definitions, and where calls out may go.

use std::path::PathBuf;

use velodrome_connector::egress::EgressPolicy;

use super::setting::{Default::Otherwise, Default::Text, Value, settings};

settings! {
    /// Connector definitions, and where calls out may go.
    Egress, "Connectors and calls out" {
        /// Folder of further connector definitions, beside the built-in ones. The same slug and version
        /// replaces a built-in one.
        connectors_dir: Option<PathBuf> = "VELODROME_CONNECTORS_DIR", Otherwise("none: the built-in catalogue only");
        /// Whether changed files of that folder are read again while the server runs, `true` or `false`. For
        /// development: a Live release may then change without a new number, and what is installed moves to
        /// the changed one. What can't be used is written to the log with file, line and column, and the last
        /// good release stays.
        connectors_reload: Option<bool> = "VELODROME_CONNECTORS_RELOAD", Otherwise("`true` with `--sandbox`, else `false`");
        /// Comma-separated addresses or networks (`10.0.0.0/8`) that calls out may reach although they are
        /// loopback, private, link-local or otherwise special.
        allow: Allowed = "VELODROME_EGRESS_ALLOW", Text("");
        /// Comma-separated pairs `https://host=http://host:port`: calls to the left origin go to the right
        /// one, which must itself be allowed. For sandboxes and tests; the console shows a banner.
        rewrite: Rewrites = "VELODROME_EGRESS_REWRITE", Text("");
    }
}

/// Networks that may be reached.
pub struct Allowed(EgressPolicy);

/// Origins that are served by others.
pub struct Rewrites(EgressPolicy);

impl Value for Allowed {
    fn parse(text: &str) -> Result<Self, String> {
        policy(text, "").map(Self)
    }
}

impl Value for Rewrites {
    fn parse(text: &str) -> Result<Self, String> {
        policy("", text).map(Self)
    }
}

fn policy(allow: &str, rewrite: &str) -> Result<EgressPolicy, String> {
    EgressPolicy::parse(allow, rewrite).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("; ")
    })
}

impl Egress {
    /// What the operator permits.
    pub fn policy(&self) -> EgressPolicy {
        EgressPolicy {
            allow: self.allow.0.allow.clone(),
            rewrite: self.rewrite.0.rewrite.clone(),
        }
    }
}
