//! Node-RED, which keeps nothing of what it does.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use velodrome_testkit::Port;

use super::process::{Peer, program};
use super::{Line, loaded, split};
use crate::machine;
use crate::options::Options;
use crate::stub::{Manners, Stub};

const FLOWS: &str = include_str!("../../peers/node-red/flows.json");
const SETTINGS: &str = include_str!("../../peers/node-red/settings.cjs");

/// What it does.
pub async fn line(peers: &Path, options: &Options) -> Result<Line> {
    let stub = Stub::start(Manners::default()).await?;
    let home = tempfile::Builder::new()
        .prefix("velodrome-node-red-")
        .tempdir()?;
    let flows = FLOWS.replace("http://stub.invalid", &stub.url());
    fs::write(home.path().join("flows.json"), flows)?;
    fs::write(home.path().join("settings.cjs"), SETTINGS)?;
    let port = Port::claim()?;
    let mut command = program(peers, "node-red/red.js", home.path());
    command
        .arg("--userDir")
        .arg(home.path())
        .arg("--settings")
        .arg(home.path().join("settings.cjs"))
        .env("PORT", port.number().to_string());
    let mut peer = Peer::start(&mut command, home.path())?;
    let url = |path: &str| format!("http://127.0.0.1:{}/{path}", port.number());
    let ready = url("forward");
    peer.answers(
        |http| http.post(&ready).json(&serde_json::json!({})),
        home.path(),
    )
    .await
    .context("Node-RED")?;
    let split = split(&url("split"), &stub).await?;
    let (full, half) = loaded(&ready, &stub, options).await?;
    let memory = machine::peak(peer.process())?;
    peer.stop().await?;
    Ok(Line {
        name: "Node-RED".to_owned(),
        keeps: "nothing".to_owned(),
        full,
        half,
        split,
        memory,
    })
}
