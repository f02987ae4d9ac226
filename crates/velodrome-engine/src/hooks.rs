//! Webhooks in both directions: those at providers are taken back and renewed, and errors become posts.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::error;
use velodrome_service::{StoreError, error_webhook::ErrorWebhook, hooks::Hooks};

use crate::{metrics, pace::Pace};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// Does what is due for webhooks at providers, until it is told to stop. A call under way is broken off then;
/// its row is looked at again when its lease has lapsed.
pub async fn look_after(hooks: Hooks, stop: CancellationToken) {
    turns("hooks", stop, || hooks.work()).await;
}

/// Makes posts of new incidents, until it is told to stop.
pub async fn tell_errors(errors: ErrorWebhook, stop: CancellationToken) {
    turns("errors", stop, || errors.tell_new()).await;
}

/// Takes turns at something that tells whether there may be more to do.
async fn turns<F>(name: &'static str, stop: CancellationToken, turn: impl Fn() -> F)
where
    F: Future<Output = Result<bool, StoreError>>,
{
    let mut pace = Pace::every(LOOK, stop);
    let mut was_well = true;
    while pace.turn().await {
        // Boxed: it holds what a call needs, and the loop waits most of the time.
        let Some(outcome) = pace.unless_stopped(Box::pin(turn())).await else {
            return;
        };
        match outcome {
            Ok(more) => {
                was_well = true;
                if more {
                    pace.hurry();
                }
            }
            Err(cause) => {
                metrics::failed(name);
                // Said once, not every second of an outage.
                if was_well {
                    let cause = &cause as &dyn std::error::Error;
                    error!(
                        cause,
                        loop_name = name,
                        "What is due could not be looked at"
                    );
                }
                was_well = false;
            }
        }
    }
}
