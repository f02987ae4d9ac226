//! Traces and metrics to a collector, by OTLP over HTTP (OpenTelemetry Protocol, binary protobuf).

use std::time::Duration;

use anyhow::{Context, Result};
use metrics_exporter_opentelemetry::Recorder;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{MetricExporter, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    metrics::SdkMeterProvider,
    trace::{SdkTracerProvider, Tracer},
};
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

const NAME: &str = "velodrome";
/// A collector that does not answer holds nothing up for longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is sent to the collector, from threads of its own.
pub struct Telemetry {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    recorder: Recorder,
}

impl Telemetry {
    /// Sends to the collector at this address, each kind to its path below it (OTLP specification, OTLP/HTTP
    /// request). Must not be called from within a runtime.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn start(collector: &Url) -> Result<Self> {
        let resource = Resource::builder()
            .with_service_name(NAME)
            .with_attribute(opentelemetry::KeyValue::new(
                "service.version",
                env!("CARGO_PKG_VERSION"),
            ))
            .build();
        let spans = SpanExporter::builder()
            .with_http()
            .with_endpoint(below(collector, "v1/traces"))
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(PATIENCE)
            .build()
            .context("setting up traces by OTLP")?;
        let measurements = MetricExporter::builder()
            .with_http()
            .with_endpoint(below(collector, "v1/metrics"))
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(PATIENCE)
            .build()
            .context("setting up metrics by OTLP")?;
        let (metrics, recorder) = Recorder::builder(NAME)
            .with_meter_provider(|builder| {
                builder
                    .with_periodic_exporter(measurements)
                    .with_resource(resource.clone())
            })
            .build();
        let traces = SdkTracerProvider::builder()
            .with_batch_exporter(spans)
            .with_resource(resource)
            .build();
        Ok(Self {
            traces,
            metrics,
            recorder,
        })
    }

    /// Makes traces of spans.
    pub fn layer<S>(&self) -> OpenTelemetryLayer<S, Tracer>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        // Where in our code a span begins says nothing to an operator.
        tracing_opentelemetry::layer()
            .with_tracer(self.traces.tracer(NAME))
            .with_location(false)
            .with_threads(false)
    }

    /// Takes measurements.
    pub fn recorder(&self) -> Recorder {
        self.recorder.clone()
    }

    /// Sends what is left, and ends. What a collector does not take is lost; the work is not.
    pub fn finish(self) {
        for ended in [
            self.traces.shutdown_with_timeout(PATIENCE),
            self.metrics.shutdown_with_timeout(PATIENCE),
        ] {
            if let Err(cause) = ended {
                tracing::warn!(%cause, "The last traces or metrics could not be sent");
            }
        }
    }
}

fn below(collector: &Url, path: &str) -> String {
    format!("{}/{path}", collector.as_str().trim_end_matches('/'))
}
