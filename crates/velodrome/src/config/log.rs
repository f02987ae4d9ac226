//! What is told about the work.

use tracing_subscriber::EnvFilter;

use super::setting::{Default::Text, Value, settings};

settings! {
    /// What is told about the work.
    Logging, "Logs" {
        /// What is logged: `error`, `warn`, `info`, `debug` or `trace`, also by part:
        /// `warn,velodrome_service=debug`. Secrets, payloads and email addresses are not logged at any level.
        filter: LogFilter = "VELODROME_LOG", Text("info");
        /// `text` for people or `json` for programs, one object a line.
        format: LogFormat = "VELODROME_LOG_FORMAT", Text("text");
    }
}

/// A filter that was read once already.
pub struct LogFilter(String);

/// Form of the log's lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Value for LogFilter {
    fn parse(text: &str) -> Result<Self, String> {
        EnvFilter::try_new(text)
            .map(|_| Self(text.to_owned()))
            .map_err(|fault| {
                format!("{fault}; write a level such as info, or warn,velodrome=debug")
            })
    }
}

impl Value for LogFormat {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json".to_owned()),
        }
    }
}

impl LogFilter {
    /// The filter, as the subscriber takes it.
    pub fn filter(&self) -> EnvFilter {
        // Five lines for each migration tell nobody anything; whoever wants them asks for them.
        EnvFilter::new(format!("sea_orm_migration=warn,{}", self.0))
    }
}
