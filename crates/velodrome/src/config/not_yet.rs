//! Settings that this release knows and can't honour: they are refused, for a setting that is ignored
//! would make somebody believe in it.

use super::setting::{Default::Otherwise, Value, settings};

settings! {
    /// Known settings that can't be honoured yet.
    NotYet, "Not in this release" {
        /// JetStream servers that spread work over nodes. Refused in this release: nodes share their work
        /// through PostgreSQL alone.
        nats_url: Option<Nats> = "VELODROME_NATS_URL", Otherwise("none");
    }
}

/// No value of it exists.
pub enum Nats {}

impl Value for Nats {
    fn parse(_: &str) -> Result<Self, String> {
        Err(
            "this release does not use NATS; remove the setting. Several nodes share their work \
             through PostgreSQL, set by VELODROME_DATABASE_URL"
                .to_owned(),
        )
    }
}

impl NotYet {
    /// Its type has no values, so that there is nothing to keep of what was read.
    pub(super) fn nothing(self) {
        let Self { nats_url: None } = self;
    }
}
