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
use crate::stub::{Manners, Stub};

const SCRIPT: &str = "n8n/bin/n8n";

/// The workflows of `benches/peers/n8n`, in the binary so that it can run anywhere.
const WORKFLOWS: [(&str, &str, &str); 6] = [
    workflow(
        "benchforward0001",
        include_str!("../../peers/n8n/forward.json"),
        "forward",
    ),
    workflow(
        "benchforwardlast",
        include_str!("../../peers/n8n/forward-and-wait.json"),
        "forward-and-wait",
    ),
    workflow(
        "benchsplit000001",
        include_str!("../../peers/n8n/split.json"),
        "split",
    ),
    workflow(
        "benchcodenone001",
        include_str!("../../peers/n8n/code-none.json"),
        "code-none",
    ),
    workflow(
        "benchcodeall0001",
        include_str!("../../peers/n8n/code-all.json"),
        "code-all",
    ),
    workflow(
        "benchcodeeach001",
        include_str!("../../peers/n8n/code-each.json"),
        "code-each",
    ),
];

const fn workflow(
    id: &'static str,
    text: &'static str,
    name: &'static str,
) -> (&'static str, &'static str, &'static str) {
    (id, text, name)
}

/// A running n8n.
pub struct N8n {
    peer: Option<Peer>,
    home: TempDir,
    port: Port,
    /// Of the broker of its task runners.
    broker: Port,
    peers: PathBuf,
    saves: &'static str,
}

impl N8n {
    /// Starts one with the workflows; they call the provider at `stub`. `saves` is `all` or `none`: what is
    /// kept of an execution that succeeded.
    pub async fn start(peers: &Path, stub: &str, saves: &'static str) -> Result<Self> {
        let home = tempfile::Builder::new()
            .prefix("velodrome-n8n-")
            .tempdir()?;
        let mut n8n = Self {
            peer: None,
            home,
            port: Port::claim()?,
            broker: Port::claim()?,
            peers: peers.to_owned(),
            saves,
        };
        let folder = n8n.home.path().join("workflows");
        fs::create_dir_all(&folder)?;
        for (id, text, _) in WORKFLOWS {
            let text = text.replace("http://stub.invalid", stub);
            fs::write(folder.join(format!("{id}.json")), text)?;
        }
        let mut import = n8n.command(&["import:workflow", "--separate"]);
        finish(import.arg(format!("--input={}", folder.display())))?;
        for (id, _, _) in WORKFLOWS {
            finish(n8n.command(&["publish:workflow"]).arg(format!("--id={id}")))?;
        }
        let mut peer = Peer::start(&mut n8n.command(&["start"]), n8n.home.path())?;
        let url = n8n.webhook("code-none");
        // Its webhooks answer later than its health does.
        peer.answers(
            |http| http.post(&url).json(&serde_json::json!({})),
            n8n.home.path(),
        )
        .await
        .context("n8n")?;
        n8n.peer = Some(peer);
        Ok(n8n)
    }

    /// The production address of a workflow's webhook.
    pub fn webhook(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/webhook/{path}", self.port.number())
    }

    /// Stops it.
    pub async fn stop(mut self) -> Result<()> {
        match self.peer.take() {
            Some(peer) => peer.stop().await,
            None => Ok(()),
        }
    }

    fn memory(&self) -> Result<u64> {
        let peer = self.peer.as_ref().context("it runs")?;
        machine::peak(peer.process())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(&self.peers, SCRIPT, self.home.path());
        command
            .args(arguments)
            .env("N8N_USER_FOLDER", self.home.path())
            .env("N8N_LISTEN_ADDRESS", "127.0.0.1")
            .env("N8N_PORT", self.port.number().to_string())
            .env("N8N_RUNNERS_BROKER_PORT", self.broker.number().to_string())
            .envs([
                // Its embedded database is in WAL mode; the pool is of readers.
                ("DB_TYPE", "sqlite"),
                ("DB_SQLITE_POOL_SIZE", "4"),
                ("EXECUTIONS_MODE", "regular"),
                ("EXECUTIONS_DATA_SAVE_ON_SUCCESS", self.saves),
                ("EXECUTIONS_DATA_SAVE_ON_ERROR", "all"),
                ("EXECUTIONS_DATA_SAVE_ON_PROGRESS", "false"),
                ("EXECUTIONS_DATA_SAVE_MANUAL_EXECUTIONS", "false"),
                ("NODE_FUNCTION_ALLOW_BUILTIN", "crypto"),
                ("N8N_LOG_LEVEL", "warn"),
                ("N8N_DISABLE_UI", "true"),
                ("N8N_PUBLIC_API_DISABLED", "true"),
                ("N8N_DIAGNOSTICS_ENABLED", "false"),
                ("N8N_VERSION_NOTIFICATIONS_ENABLED", "false"),
                ("N8N_TEMPLATES_ENABLED", "false"),
                ("N8N_PERSONALIZATION_ENABLED", "false"),
                ("N8N_HIRING_BANNER_ENABLED", "false"),
                ("N8N_COMMUNITY_PACKAGES_ENABLED", "false"),
            ]);
        command
    }
}

/// What it does, with everything kept and with nothing kept, answering at once and at the end.
pub async fn lines(peers: &Path, options: &Options) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (saves, keeps) in [
        (
            "all",
            "every execution; SQLite, WAL, its default synchronous=FULL",
        ),
        ("none", "failed executions only"),
    ] {
        for (path, answers) in [
            ("forward", "answers at once"),
            ("forward-and-wait", "answers at the end"),
        ] {
            // A process of its own for each: what one has piled up does not slow the next.
            let stub = Stub::start(Manners::default()).await?;
            let n8n = N8n::start(peers, &stub.url(), saves).await?;
            let (full, half) = loaded(&n8n.webhook(path), &stub, options).await?;
            let memory = n8n.memory()?;
            n8n.stop().await?;
            let n8n = N8n::start(peers, &stub.url(), saves).await?;
            let split = split(&n8n.webhook("split"), &stub).await?;
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
