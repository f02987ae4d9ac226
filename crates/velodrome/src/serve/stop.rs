//! Signals that end the program.

use std::{io, process, time::Duration};

use futures::FutureExt;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Signals within this time are one.
const SAME: Duration = Duration::from_millis(300);

/// A token that the first SIGTERM or SIGINT cancels. The second one ends the process at once.
///
/// # Errors
/// When the system has no room for a handler.
pub fn on_signals() -> io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        let name = either(&mut terminate, &mut interrupt).await;
        info!(signal = name, "Stopping: finishing what runs");
        token.cancel();
        // Some service managers and shells tell process and group, which is one wish and not two.
        sleep(SAME).await;
        while let Some(Some(())) = terminate.recv().now_or_never() {}
        while let Some(Some(())) = interrupt.recv().now_or_never() {}
        let name = either(&mut terminate, &mut interrupt).await;
        warn!(signal = name, "Stopping at once");
        process::exit(1);
    });
    Ok(stop)
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) -> &'static str {
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}
