//! n8n on one node, with the settings that its documentation advises for production.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;
use velodrome_testkit::Port;

use super::process::{Peer, finish, program};
use super::{Line, loaded, split};
use crate::machine;
use crate::options::Options;
use crate::stub::Stub;

const SCRIPT: &str = "n8n/bin/n8n";

/// The workflows of `benches/peers/n8n` with their ids, in the binary so that it can run anywhere.
const WORKFLOWS: [(&str, &str); 6] = [
    (
        "benchforward0001",
        include_str!("../../peers/n8n/forward.json"),
    ),
    (
        "benchforwardlast",
        include_str!("../../peers/n8n/forward-and-wait.json"),
    ),
    (
        "benchsplit000001",
        include_str!("../../peers/n8n/split.json"),
    ),
    (
        "benchcodenone001",
        include_str!("../../peers/n8n/code-none.json"),
    ),
    (
        "benchcodeall0001",
        include_str!("../../peers/n8n/code-all.json"),
    ),
    (
        "benchcodeeach001",
        include_str!("../../peers/n8n/code-each.json"),
    ),
];

/// A folder of n8n with the workflows, imported and published: that takes most of a minute, so it is done once.
pub struct Prepared {
    home: TempDir,
    peers: PathBuf,
}

impl Prepared {
    /// Workflows that call the provider at `stub`.
    pub fn new(peers: &Path, stub: &str) -> Result<Self> {
        let home = home()?;
        let folder = home.path().join("workflows");
        fs::create_dir_all(&folder)?;
        for (id, text) in WORKFLOWS {
            let text = text.replace("http://stub.invalid", stub);
            fs::write(folder.join(format!("{id}.json")), text)?;
        }
        let prepared = Self {
            home,
            peers: peers.to_owned(),
        };
        // Nothing of it runs long enough to need the ports.
        let run = |arguments: &[&str]| {
            let mut command = program(&prepared.peers, SCRIPT, prepared.home.path());
            finish(settings(&mut command, prepared.home.path(), "all").args(arguments))
        };
        let input = format!("--input={}", folder.display());
        tokio::task::block_in_place(|| {
            run(&["import:workflow", "--separate", &input])?;
            WORKFLOWS
                .iter()
                .try_for_each(|(id, _)| run(&["publish:workflow", &format!("--id={id}")]))
        })?;
        Ok(prepared)
    }
}

fn home() -> Result<TempDir> {
    Ok(tempfile::Builder::new()
        .prefix("velodrome-n8n-")
        .tempdir()?)
}

/// A running n8n.
pub struct N8n {
    peer: Peer,
    port: Port,
    /// Of the broker of its task runners.
    _broker: Port,
    /// Kept last: it is in use until the process has ended.
    home: TempDir,
}

impl N8n {
    /// Starts one on a copy of a folder. `saves` is `all` or `none`: what is kept of an execution that
    /// succeeded.
    pub async fn start(prepared: &Prepared, saves: &'static str) -> Result<Self> {
        let home = home()?;
        let mut copy = Command::new("cp");
        copy.arg("-r").arg(prepared.home.path().join(".n8n"));
        finish(copy.arg(home.path()))?;
        let (port, broker) = (Port::claim()?, Port::claim()?);
        let mut command = program(&prepared.peers, SCRIPT, home.path());
        settings(&mut command, home.path(), saves)
            .arg("start")
            .env("N8N_LISTEN_ADDRESS", "127.0.0.1")
            .env("N8N_PORT", port.number().to_string())
            .env("N8N_RUNNERS_BROKER_PORT", broker.number().to_string());
        let peer = Peer::start(&mut command, home.path())?;
        let mut n8n = Self {
            peer,
            port,
            _broker: broker,
            home,
        };
        let url = n8n.webhook("code-none");
        let home = n8n.home.path().to_owned();
        // Its webhooks answer later than its health does.
        n8n.peer
            .answers(|http| http.post(&url).json(&serde_json::json!({})), &home)
            .await
            .context("n8n")?;
        Ok(n8n)
    }

    /// The production address of a workflow's webhook.
    pub fn webhook(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/webhook/{path}", self.port.number())
    }

    /// Stops it.
    pub async fn stop(self) -> Result<()> {
        self.peer.stop().await
    }
}

fn settings<'a>(command: &'a mut Command, home: &Path, saves: &str) -> &'a mut Command {
    command.env("N8N_USER_FOLDER", home).envs([
        // Its embedded database is in WAL mode; the pool is of readers.
        ("DB_TYPE", "sqlite"),
        ("DB_SQLITE_POOL_SIZE", "4"),
        ("EXECUTIONS_MODE", "regular"),
        ("EXECUTIONS_DATA_SAVE_ON_SUCCESS", saves),
        ("EXECUTIONS_DATA_SAVE_ON_ERROR", "all"),
        ("EXECUTIONS_DATA_SAVE_ON_PROGRESS", "false"),
        ("EXECUTIONS_DATA_SAVE_MANUAL_EXECUTIONS", "false"),
        ("NODE_FUNCTION_ALLOW_BUILTIN", "crypto"),
        ("N8N_LOG_LEVEL", "warn"),
        // Nothing but what is measured runs, and nothing is sent home.
        ("N8N_DISABLE_UI", "true"),
        ("N8N_PUBLIC_API_DISABLED", "true"),
        ("N8N_DIAGNOSTICS_ENABLED", "false"),
        ("N8N_VERSION_NOTIFICATIONS_ENABLED", "false"),
        ("N8N_TEMPLATES_ENABLED", "false"),
        ("N8N_PERSONALIZATION_ENABLED", "false"),
        ("N8N_HIRING_BANNER_ENABLED", "false"),
        ("N8N_COMMUNITY_PACKAGES_ENABLED", "false"),
    ])
}

/// What it does, with everything kept and with nothing kept, answering at once and at the end.
pub async fn lines(prepared: &Prepared, stub: &Stub, options: &Options) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (saves, keeps) in [
        ("all", "every execution; SQLite, WAL, synchronous=FULL"),
        ("none", "failed executions only"),
    ] {
        for (path, answers) in [
            ("forward", "answers at once"),
            ("forward-and-wait", "answers at the end"),
        ] {
            // A process of its own for each: what one has piled up does not slow the next.
            let n8n = N8n::start(prepared, saves).await?;
            let split = split(&n8n.webhook("split"), stub).await?;
            let (full, half) = loaded(&n8n.webhook(path), stub, options).await?;
            let memory = machine::peak(n8n.peer.process())?;
            n8n.stop().await?;
            lines.push(Line {
                name: format!("n8n, {answers}"),
                keeps: keeps.to_owned(),
                full,
                half,
                split,
                memory,
            });
        }
    }
    Ok(lines)
}
