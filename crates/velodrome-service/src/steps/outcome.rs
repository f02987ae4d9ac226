//! What became of a step, in the words of incidents (cycles.md §12).

use chrono::{DateTime, Utc};
use velodrome_connector::call::{CallError, Entry};
use velodrome_model::cycle::{
    Exit, IncidentLevel, Notice, RequestRecord, StepDone, StepFailed, StepOutcome, Trouble, Ways,
};
use velodrome_store::StoreError;

/// Why a step has no outcome that goes on.
#[derive(Debug)]
pub(super) enum Fault {
    /// It failed.
    Failed(Trouble, String),
    /// The provider takes no calls until then.
    Blocked(DateTime<Utc>, String),
    /// The store failed: nothing is known.
    Store(StoreError),
}

impl Fault {
    pub(super) fn failed(trouble: Trouble, detail: impl Into<String>) -> Self {
        Self::Failed(trouble, detail.into())
    }

    /// The outcome of a step that asked and was answered this until then.
    pub(super) fn outcome(
        self,
        requests: Vec<RequestRecord>,
        is_task: bool,
    ) -> Result<StepOutcome, StoreError> {
        Ok(match self {
            Self::Failed(trouble, detail) => StepOutcome::Failed(Box::new(StepFailed {
                trouble,
                notice: notice(IncidentLevel::Error, trouble, detail),
                requests,
                is_task,
            })),
            Self::Blocked(until, detail) => StepOutcome::Blocked {
                until,
                notice: notice(IncidentLevel::Warning, Trouble::CallFailed, detail),
            },
            Self::Store(cause) => return Err(cause),
        })
    }
}

impl From<StoreError> for Fault {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

/// What is told of something.
pub(super) fn notice(level: IncidentLevel, trouble: Trouble, detail: impl Into<String>) -> Notice {
    Notice {
        level,
        message: trouble.as_str().to_owned(),
        detail: detail.into(),
    }
}

/// A warning.
pub(super) fn warning(trouble: Trouble, detail: impl Into<String>) -> Notice {
    notice(IncidentLevel::Warning, trouble, detail)
}

/// A step that did nothing but let the transaction pass.
pub(super) fn passed(exit: Exit) -> StepOutcome {
    StepOutcome::Done(Box::new(StepDone {
        output: serde_json::Value::Null,
        ways: Ways::One(exit),
        requests: Vec::new(),
        warnings: Vec::new(),
        is_task: false,
        last_successful_run: None,
        response: None,
    }))
}

/// What a failed call is called.
pub(super) fn trouble_of(error: &CallError) -> Trouble {
    match error {
        CallError::Build { .. } => Trouble::BuildFailed,
        CallError::Script { building, .. } => match building {
            true => Trouble::BuildFailed,
            false => Trouble::CallFailed,
        },
        CallError::Authentication(_) => Trouble::AuthenticationFailed,
        // Refused after everything that renews a credential was tried.
        CallError::Upstream { status, .. } if *status == http::StatusCode::UNAUTHORIZED => {
            Trouble::AuthenticationFailed
        }
        CallError::Unreadable { .. } => Trouble::UnexpectedFormat,
        CallError::PartlySent { source, .. } => trouble_of(source),
        CallError::RateLimited { .. }
        | CallError::Upstream { .. }
        | CallError::Timeout { .. }
        | CallError::Unreachable { .. }
        | CallError::Refused { .. }
        | CallError::TooLarge { .. }
        | CallError::Paging { .. } => Trouble::CallFailed,
    }
}

/// Status line, body, blank lines and the request, lines ending with CR LF (api.md §13); the reason alone
/// where nothing was asked, and before it where it is no answer of the provider.
pub(super) fn detail_of(error: &CallError) -> String {
    let reason = match error {
        CallError::Script { error, .. } => error.to_string(),
        other => other.to_string(),
    };
    match (error, error.exchange()) {
        (_, None) => reason,
        (CallError::Upstream { .. } | CallError::RateLimited { .. }, Some(exchange)) => {
            exchange.to_string()
        }
        (_, Some(exchange)) => format!("{reason}\r\n\r\n{exchange}"),
    }
}

/// The history of a call; only its answers unless requests are kept too.
pub(super) fn records(entries: Vec<Entry>, with_requests: bool) -> Vec<RequestRecord> {
    let of = |entry: Entry| RequestRecord {
        request: match with_requests {
            true => entry.request,
            false => String::new(),
        },
        response: entry.response,
        duration_ms: u64::try_from(entry.duration.as_millis()).unwrap_or(u64::MAX),
    };
    entries.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use velodrome_connector::{auth::CredentialError, call::Exchange};

    use super::*;

    fn exchange() -> Box<Exchange> {
        Box::new(Exchange {
            status_line: "HTTP/1.1 422 Unprocessable Entity".into(),
            body: "{}".into(),
            request: "POST https://h.example/ HTTP/1.1\r\nauthorization: REDACTED\r\n\r\n{}".into(),
        })
    }

    #[test]
    fn each_failure_has_its_message() {
        let upstream = |status| CallError::Upstream {
            status,
            exchange: exchange(),
        };
        for (error, trouble) in [
            (
                CallError::Build {
                    field: None,
                    message: "x".into(),
                },
                Trouble::BuildFailed,
            ),
            (
                CredentialError::NotAuthenticated.into(),
                Trouble::AuthenticationFailed,
            ),
            (
                upstream(StatusCode::UNAUTHORIZED),
                Trouble::AuthenticationFailed,
            ),
            (upstream(StatusCode::FORBIDDEN), Trouble::CallFailed),
            (
                CallError::Unreadable {
                    message: "no JSON".into(),
                    exchange: exchange(),
                },
                Trouble::UnexpectedFormat,
            ),
            (
                CallError::PartlySent {
                    sent: 0..1,
                    unsent: 1..2,
                    progress: Box::default(),
                    source: Box::new(CredentialError::NotAuthenticated.into()),
                },
                Trouble::AuthenticationFailed,
            ),
        ] {
            assert_eq!(trouble_of(&error), trouble, "{error}");
        }
    }

    #[test]
    fn a_detail_reads_like_the_exchange() {
        let refused = CallError::Upstream {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            exchange: exchange(),
        };
        assert_eq!(
            detail_of(&refused),
            "HTTP/1.1 422 Unprocessable Entity\r\n{}\r\n\r\nHTTP Request:\r\n\
             POST https://h.example/ HTTP/1.1\r\nauthorization: REDACTED\r\n\r\n{}"
        );
    }
}
