//! `velodrome serve`: opens the rooms in order, and closes them in reverse.

mod counterpart;
mod first_start;
mod nodes;
mod readiness;
mod releases;
mod reload;
mod simulators;
pub mod stop;

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use metrics_exporter_opentelemetry::Recorder;
use tokio::{
    net::TcpListener,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, info, warn};
use url::Url;
use velodrome_api::{Site, SiteFacts};
use velodrome_connector::{
    catalogue::{Catalogue, Loaded, load_cached},
    egress::Client,
};
use velodrome_engine::{Engine, queue::Queue};
use velodrome_service::{Tools, Workbench, pace::Pace};
use velodrome_store::{Database, Store};

use releases::ChangedLive;
use reload::Reload;

use crate::{
    cli::ServeOptions,
    config::{Config, Roles},
    database, definitions, metrics,
    services::{self, Services, Ties},
};

/// How long a stop may take.
const GRACE: Duration = Duration::from_secs(30);
/// Definitions that were checked at an earlier start, in the data folder.
const CACHE: &str = "connectors.cache";
/// Between two tidyings of the metrics' memory.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// Serves until a signal stops it.
///
/// # Errors
/// When something that it needs is missing or wrong.
pub async fn serve(
    config: Config,
    options: ServeOptions,
    telemetry: Option<Recorder>,
) -> Result<()> {
    let recorder = metrics::install(telemetry).context("setting up metrics")?;
    velodrome_api::describe_metrics();
    velodrome_service::metrics::describe();
    velodrome_engine::metrics::describe();
    let stop = stop::on_signals().context("listening for signals")?;
    let address = config.server.listen.0;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("VELODROME_LISTEN: can't listen on {address}"))?;
    let address = listener.local_addr()?;

    config.storage.make_data_dir().with_context(|| {
        let folder = config.storage.data_dir.display();
        format!("VELODROME_DATA_DIR: making {folder}")
    })?;
    let loading = tokio::task::spawn_blocking(loader(&config));
    let store = database::open_waiting(&config.storage, &stop).await?;
    counterpart::check(&store, options.sandbox).await?;
    let loaded = loading.await.context("loading connector definitions")?;
    let reload = Reload::of(&config, options.sandbox);
    let changed = match &reload {
        Some(_) => ChangedLive::Taken,
        None => ChangedLive::Refused,
    };
    let registered = releases::register(&store, loaded, changed).await?;
    let catalogue = Arc::new(Catalogue::new(registered));

    let mut policy = config.egress.policy();
    // The simulators outlive the requests that call them.
    let stop_simulators = CancellationToken::new();
    let simulators = if options.sandbox {
        let live = catalogue.snapshot();
        let packages = live.all_live().iter().map(|release| release.package());
        let twins = definitions::twins(packages)?;
        Some(simulators::start(&mut policy, twins, stop_simulators.clone()).await?)
    } else {
        None
    };
    let is_rewritten = !policy.rewrite.is_empty();
    let bench = Workbench::from(Tools {
        store: store.clone(),
        catalogue: Arc::clone(&catalogue),
        client: Client::new(policy).context("setting up the client for calls out")?,
        clock: store.clock(),
        public_url: config.server.public_url(address),
        real_secret_kind: options
            .sandbox
            .then_some(velodrome_sandbox::real_secret_kind as fn(&str) -> _),
    });
    let passwords = services::passwords()?;
    let queue = nodes::connect(&store, &config.nodes).await?;
    first_start::prepare(&bench, &passwords, config.bootstrap).await?;

    let site = Site::new(SiteFacts {
        public_url: bench.public_url.clone(),
        version: env!("CARGO_PKG_VERSION"),
        trusted_proxies: config.server.trusted_proxies.0,
        sandbox_url: simulators
            .as_ref()
            .map(|simulators| simulators.page.clone()),
        egress_is_rewritten: is_rewritten,
        pace: Pace::new(config.server.api_rate_limit.map(|limit| limit.0)),
        metrics_token: config.server.metrics_token,
        render_metrics: {
            let recorder = recorder.clone();
            Arc::new(move || recorder.render())
        },
        readiness: Arc::new(readiness::Ready::new(store.clone(), queue.clone())),
    });
    let tasks = TaskTracker::new();
    let database = config.storage.database();
    let ties = Ties {
        database: &database,
        queue: queue.as_ref(),
    };
    let services = services::build(&bench, &ties, site, &passwords, tasks.clone());

    let engine = Engine::new(stop.clone());
    let roles = config.server.roles;
    let at_once = config.server.transactions_at_once.0.get() as usize;
    let api = services.api.clone();
    nodes::tell_roles(roles, &database);
    start_loops(&engine, services, (roles, at_once), queue);
    let (kept, watched, ends) = (store.clone(), catalogue.clone(), stop.clone());
    tasks.spawn(async move {
        keep_releases(&kept, &watched, &ends).await;
        if let Some(reload) = reload {
            ends.run_until_cancelled(reload.watch(&kept, &watched))
                .await;
        }
    });
    tasks.spawn(stop.clone().run_until_cancelled_owned(async move {
        let mut upkeep = interval(METRICS_UPKEEP);
        upkeep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            upkeep.tick().await;
            recorder.run_upkeep();
        }
    }));

    let router = if roles.api {
        velodrome_api::router(api).context("writing the API document")?
    } else {
        velodrome_api::operations_router(api)
    };
    let page = simulators.as_ref().map(|simulators| &simulators.page);
    tell_ready(&bench, &database, page, is_rewritten);
    let mut serving = tokio::spawn(velodrome_api::serve(listener, router, stop.clone()));
    let ended_early = tokio::select! {
        ended = &mut serving => Some(ended),
        () = stop.cancelled() => None,
    };
    // Without requests there is nothing left to do for the other parts.
    stop.cancel();
    let finishing = async {
        let served = match ended_early {
            Some(served) => served,
            None => serving.await,
        };
        engine.finish().await;
        tasks.close();
        tasks.wait().await;
        stop_simulators.cancel();
        if let Some(simulators) = simulators {
            simulators.finish().await;
        }
        served
    };
    let served = timeout(GRACE, finishing).await;
    if served.is_err() {
        warn!("Stopping with work unfinished; its leases will lapse and it is done again");
    }
    if let Err(cause) = store.close().await {
        let cause = &cause as &dyn std::error::Error;
        error!(cause, "The database did not close well");
    }
    info!("Stopped");
    match served {
        Ok(served) => served
            .context("serving requests")?
            .context("serving requests"),
        Err(_) => Ok(()),
    }
}

/// Loading definitions, apart from everything else: it takes processors, not waiting.
fn loader(config: &Config) -> impl FnOnce() -> Loaded + Send + 'static {
    let sources = definitions::sources(config.egress.connectors_dir.as_deref());
    let cache = config.storage.data_dir.join(CACHE);
    move || load_cached(&sources, &cache)
}

/// Starts the loops of this node's roles.
fn start_loops(
    engine: &Engine,
    services: Services,
    (roles, at_once): (Roles, usize),
    queue: Option<Queue>,
) {
    engine.follow_clock(services.housekeeping.clone());
    engine.follow_keys(services.housekeeping.clone());
    if let Some(queue) = queue {
        if roles.worker {
            engine.hear_ready(queue.clone(), services.runs.clone());
        }
        if roles.api {
            engine.hear_answers(queue.clone(), services.runs.clone());
        }
        engine.speak(queue);
    }
    if roles.worker {
        engine.work_off(services.outbox);
        engine.upgrade(services.templates);
        engine.run(services.runs.clone(), at_once);
    } else {
        services.runs.leave_to_others();
    }
    if roles.scheduler {
        engine.renew(services.renewals);
        engine.schedule(services.runs);
        engine.look_after_hooks(services.hooks);
        engine.tell_errors(services.errors);
        engine.sweep(services.housekeeping);
        engine.reconcile(services.ledger);
    }
}

/// Keeps the content of new releases, behind the start.
async fn keep_releases(store: &Store, catalogue: &Catalogue, stop: &CancellationToken) {
    let snapshot = catalogue.snapshot();
    let keeping = stop.run_until_cancelled(releases::keep(store, &snapshot));
    match keeping.await {
        Some(Ok(kept)) => info!(kept, "Kept the content of connector releases"),
        Some(Err(cause)) => {
            let cause = &*cause as &dyn std::error::Error;
            error!(
                cause,
                "The content of connector releases could not be kept; the next start tries again"
            );
        }
        None => {}
    }
}

fn tell_ready(bench: &Workbench, database: &Database, page: Option<&Url>, is_rewritten: bool) {
    let snapshot = bench.catalogue.snapshot();
    if let Some(page) = page {
        warn!(page = %page, "Sandbox: simulators answer in the providers' place");
    } else if is_rewritten {
        warn!("VELODROME_EGRESS_REWRITE is on: calls to some providers go elsewhere");
    }
    info!(
        address = %bench.public_url,
        database = %database::place(database),
        connectors = snapshot.all_live().len(),
        invalid = snapshot.invalid().len(),
        sandbox = page.is_some(),
        rewritten = is_rewritten,
        "Ready"
    );
}
