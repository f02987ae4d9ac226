//! What is told about the work.

use tracing_subscriber::EnvFilter;

use url::Url;

use super::setting::{
    Default::{Otherwise, Text},
    Value, settings,
};

settings! {
    /// What is told about the work.
    Logging, "Logs" {
        /// What is logged: `error`, `warn`, `info`, `debug` or `trace`, also by part:
        /// `warn,velodrome_service=debug`. Secrets, payloads and email addresses are not logged at any level.
        filter: LogFilter = "VELODROME_LOG", Text("info");
        /// `text` for people or `json` for programs, one object a line.
        format: LogFormat = "VELODROME_LOG_FORMAT", Text("text");
        /// The collector that the server sends traces and metrics to by OTLP over HTTP, such as
        /// `http://127.0.0.1:4318`; they go to `/v1/traces` and `/v1/metrics` below it. Traces have what the
        /// filter above lets through.
        collector: Option<Collector> = "VELODROME_OTLP_ENDPOINT", Otherwise("none");
    }
}

/// A filter that was read once already.
pub struct LogFilter(String);

/// Where an OpenTelemetry collector listens.
#[derive(Clone, Debug)]
pub struct Collector(pub Url);

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

impl Value for Collector {
    fn parse(text: &str) -> Result<Self, String> {
        let url: Option<Url> = text.parse().ok();
        url.filter(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none())
            .map(Self)
            .ok_or_else(|| "must be an address such as http://127.0.0.1:4318".to_owned())
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
        // Five lines for each migration, and one for each try to reach NATS, tell nobody anything; whoever
        // wants them asks for them.
        EnvFilter::new(format!("sea_orm_migration=warn,async_nats=warn,{}", self.0))
    }
}
