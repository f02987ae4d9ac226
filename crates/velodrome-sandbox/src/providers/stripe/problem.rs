//! Errors in Stripe's shape.

use serde_json::json;

use crate::answer::Answer;

/// Why a call fails.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
    param: Option<String>,
    decline_code: Option<&'static str>,
}

impl Problem {
    fn new(
        status: u16,
        kind: &'static str,
        code: Option<&'static str>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            kind,
            code,
            message: message.into(),
            param: None,
            decline_code: None,
        }
    }

    pub(super) fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self {
            param: Some(param.to_owned()),
            ..Self::new(400, "invalid_request_error", None, message)
        }
    }

    pub(super) fn coded(code: &'static str, param: &str, message: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            ..Self::invalid(param, message)
        }
    }

    pub(super) fn unknown_parameter(name: &str) -> Self {
        Self::coded(
            "parameter_unknown",
            name,
            format!("Received unknown parameter: {name}"),
        )
    }

    pub(super) fn missing(name: &str) -> Self {
        Self::coded(
            "parameter_missing",
            name,
            format!("Missing required param: {name}."),
        )
    }

    /// The object's state does not allow this.
    pub(super) fn state(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", Some(code), message)
    }

    pub(super) fn no_such(noun: &str, id: &str, param: &str) -> Self {
        let message = format!("No such {noun}: '{id}'");
        let status = if param == "id" { 404 } else { 400 };
        Self {
            param: Some(param.to_owned()),
            ..Self::new(
                status,
                "invalid_request_error",
                Some("resource_missing"),
                message,
            )
        }
    }

    pub(super) fn no_such_url(method: &str, path: &str) -> Self {
        let message = format!("Unrecognized request URL ({method}: {path}).");
        Self::new(404, "invalid_request_error", None, message)
    }

    pub(super) fn declined() -> Self {
        Self {
            decline_code: Some("generic_decline"),
            ..Self::new(
                402,
                "card_error",
                Some("card_declined"),
                "Your card was declined.",
            )
        }
    }

    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "invalid_request_error", None, message)
    }

    pub(super) fn expired() -> Self {
        Self::new(
            401,
            "invalid_request_error",
            Some("api_key_expired"),
            "Expired API Key provided.",
        )
    }

    pub(super) fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(403, "invalid_request_error", Some(code), message)
    }

    pub(super) fn rate_limited() -> Self {
        Self::new(
            429,
            "rate_limit_error",
            Some("rate_limit"),
            "Request rate limit exceeded.",
        )
    }

    pub(super) fn idempotency() -> Self {
        let message = "Keys for idempotent requests can only be used with the same parameters they were first used with.";
        Self::new(400, "idempotency_error", None, message)
    }

    #[cfg(test)]
    pub(super) fn code(&self) -> Option<&'static str> {
        self.code
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        let mut error = json!({"type": problem.kind, "message": problem.message});
        if let Some(code) = problem.code {
            error["code"] = code.into();
            error["doc_url"] = format!(
                "https://stripe.com/docs/error-codes/{}",
                code.replace('_', "-")
            )
            .into();
        }
        if let Some(param) = problem.param {
            error["param"] = param.into();
        }
        if let Some(code) = problem.decline_code {
            error["decline_code"] = code.into();
        }
        Answer::json(problem.status, &json!({"error": error}))
    }
}
