//! Webhooks in both directions: those at providers are taken back and renewed, and errors become posts.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::error;
use velodrome_service::{StoreError, error_webhook::ErrorWebhook, hooks::Hooks};

use crate::pace::turns;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// Does what is due for webhooks at providers, until it is told to stop. A call under way is broken off then;
/// its row is looked at again when its lease has lapsed.
pub async fn look_after(hooks: Hooks, stop: CancellationToken) {
    turns("hooks", LOOK, stop, || hooks.work(), told("hooks")).await;
}

/// Makes posts of new incidents, until it is told to stop.
pub async fn tell_errors(errors: ErrorWebhook, stop: CancellationToken) {
    turns("errors", LOOK, stop, || errors.tell_new(), told("errors")).await;
}

fn told(name: &'static str) -> impl Fn(&StoreError) {
    move |cause| {
        let cause = cause as &dyn std::error::Error;
        error!(
            cause,
            loop_name = name,
            "What is due could not be looked at"
        );
    }
}
