//! Which right an operation needs of a console administrator (console.md §2). Clients have all.
//!
//! By method and route template, so that a new operation is closed to limited roles until it is named
//! here: what is not named and changes something needs the right to manage the partner.

use http::Method;
use velodrome_model::Right;

/// Operations that show secrets although they only read.
const SECRETS: &[&str] = &["/v1.0/partner/oauthclients/{clientId}/secret"];

/// Prefixes of what belongs to building: connectors of accounts, their methods, custom connectors, templates,
/// cycles and their steps.
const BUILD: &[&str] = &[
    "/v1.0/account/connectors",
    "/v1.0/connectors",
    "/v1.0/templates",
    "/v1.0/cycles",
    "/v1.0/steps",
];

/// What somebody who looks after accounts does with the cycles in them: starting, stopping, and what failed
/// once more, and tidying reports up. By the last segment of a route below cycles.
const RUN: &[&str] = &[
    "activate",
    "deactivate",
    "retry",
    "resume",
    "cancel",
    "replay",
    "incidents",
];

/// Prefixes of what belongs to looking after accounts.
const ACCOUNTS: &[&str] = &["/v1.0/accounts", "/v1.0/users"];

/// The right that an operation needs.
pub fn right_of(method: &Method, template: &str) -> Right {
    if SECRETS.contains(&template) {
        return Right::RevealSecrets;
    }
    let below = |prefixes: &[&str]| prefixes.iter().any(|prefix| is_below(template, prefix));
    match *method {
        // Data on Demand calls the provider also by GET, and an account connector can be used up by calling.
        Method::GET | Method::HEAD if is_call(template) => Right::Build,
        Method::GET | Method::HEAD => Right::Read,
        _ if is_run(template) => Right::Run,
        _ if below(BUILD) => Right::Build,
        _ if below(ACCOUNTS) => Right::ManageAccounts,
        _ => Right::ManagePartner,
    }
}

fn is_below(template: &str, prefix: &str) -> bool {
    template
        .strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_run(template: &str) -> bool {
    let last = template.rsplit('/').next().unwrap_or_default();
    is_below(template, "/v1.0/cycles") && RUN.contains(&last)
}

fn is_call(template: &str) -> bool {
    is_below(template, "/v1.0/account/connectors")
        && template
            .split('/')
            .any(|segment| matches!(segment, "proxy" | "test"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_need_the_right_of_their_area() {
        for (method, template, right) in [
            (Method::GET, "/v1.0/accounts", Right::Read),
            (Method::POST, "/v1.0/accounts", Right::ManageAccounts),
            (
                Method::DELETE,
                "/v1.0/users/{userName}",
                Right::ManageAccounts,
            ),
            (
                Method::PUT,
                "/v1.0/account/connectors/{accountConnectorId}",
                Right::Build,
            ),
            (
                Method::GET,
                "/v1.0/account/connectors/{accountConnectorId}/proxy/{*path}",
                Right::Build,
            ),
            (
                Method::GET,
                "/v1.0/partner/oauthclients/{clientId}/secret",
                Right::RevealSecrets,
            ),
            (
                Method::PUT,
                "/v1.0/partner/settings/security",
                Right::ManagePartner,
            ),
            (Method::PUT, "/v1.0/accountsomething", Right::ManagePartner),
            (Method::PUT, "/v1.0/cycles/{cycleId}/activate", Right::Run),
            (Method::PUT, "/v1.0/cycles/{cycleId}", Right::Build),
        ] {
            assert_eq!(right_of(&method, template), right, "{method} {template}");
        }
    }
}
