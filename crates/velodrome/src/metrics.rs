//! The metrics' recorder, and their text for Prometheus.

use anyhow::{Context, Result};
use metrics::gauge;
use metrics_exporter_opentelemetry::Recorder;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_util::layers::FanoutBuilder;

/// Upper bounds of the buckets of every duration, in seconds.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// Installs the recorder, once in a process and before anything is counted; another one is told the same.
///
/// # Errors
/// When there is one already.
pub fn install(another: Option<Recorder>) -> Result<PrometheusHandle> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .build_recorder();
    let handle = recorder.handle();
    let installed = match another {
        None => metrics::set_global_recorder(recorder).ok(),
        Some(another) => {
            let both = FanoutBuilder::default()
                .add_recorder(recorder)
                .add_recorder(another);
            metrics::set_global_recorder(both.build()).ok()
        }
    };
    installed.context("something takes measurements already")?;
    gauge!("velodrome_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}
