//! A peer as a child process, with a folder of its own.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::time::Instant;
use velodrome_testkit::signal;

/// Generous: n8n loads thousands of files.
const START: Duration = Duration::from_secs(180);
/// How long it may take to stop when it is asked to.
const STOP: Duration = Duration::from_secs(20);

/// A program that runs until it is dropped.
pub struct Peer {
    child: Child,
}

/// A Node.js program of the peers' folder, which sees nothing of this process' environment.
pub fn program(peers: &Path, script: &str, home: &Path) -> Command {
    let runtime = peers.join("runtime/node_modules/.bin");
    let mut command = Command::new(runtime.join("node"));
    command
        .arg(peers.join("node_modules").join(script))
        .env_clear()
        .env("PATH", runtime)
        .env("HOME", home)
        .env("NODE_ENV", "production")
        .current_dir(home)
        .stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn finish(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("starting {command:?}"))?;
    ensure!(
        output.status.success(),
        "{:?} failed:\n{}{}",
        command.get_args().collect::<Vec<_>>(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

impl Peer {
    /// Starts it; what it says goes into a file of its folder.
    pub fn start(command: &mut Command, home: &Path) -> Result<Self> {
        let said = File::create(home.join("said.log"))?;
        let child = command
            .stdout(said.try_clone()?)
            .stderr(said)
            .spawn()
            .with_context(|| format!("starting {command:?}"))?;
        Ok(Self { child })
    }

    /// Its process number.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it answers a request with a status that is wanted.
    pub async fn answers(
        &mut self,
        request: impl Fn(&reqwest::Client) -> reqwest::RequestBuilder,
        home: &Path,
    ) -> Result<()> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let begun = Instant::now();
        loop {
            if let Ok(answer) = request(&http).send().await
                && answer.status().is_success()
            {
                return Ok(());
            }
            let ended = self.child.try_wait()?;
            if ended.is_some() || begun.elapsed() > START {
                let said = std::fs::read_to_string(home.join("said.log")).unwrap_or_default();
                bail!("it did not become ready ({ended:?}):\n{said}");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(mut self) -> Result<()> {
        signal::terminate(&self.child)?;
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            if begun.elapsed() > STOP {
                self.child.kill()?;
                self.child.wait()?;
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Both fail only when it has ended and been waited for already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
