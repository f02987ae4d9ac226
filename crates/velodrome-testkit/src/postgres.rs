//! A PostgreSQL server of our own: temporary, private, and as quick as it can be.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::account::RunAs;
use crate::{launch, port::Port, signal};

/// A standby says it too, of connections that only read.
const READY: &str = "database system is ready to accept";
const USER: &str = "velodrome";
/// How long a standby may take until it follows.
const LIMIT: Duration = Duration::from_secs(60);

/// Settings for data that nobody will miss.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    // Commits stay synchronous: tests stop the server as a crash would, and what was committed must be
    // there again; without fsync that costs next to nothing.
    "fsync=off",
    "full_page_writes=off",
    "max_connections=300",
    "shared_buffers=128MB",
    "autovacuum=off",
];

/// Settings for measurements: durable as an installation's, its memory given what a small one would give it.
const DURABLE: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "fsync=on",
    "full_page_writes=on",
    "synchronous_commit=on",
    "max_connections=300",
    "shared_buffers=1GB",
    "max_wal_size=4GB",
];

/// A running server with its data in a temporary folder; both go when it is dropped.
pub struct PrivatePostgres {
    server: Child,
    port: Port,
    programs: PathBuf,
    folder: TempDir,
    settings: &'static [&'static str],
}

impl PrivatePostgres {
    /// Starts a server with the programs found on this machine.
    pub fn start() -> io::Result<Self> {
        let programs = find_programs()
            .ok_or_else(|| io::Error::other("PostgreSQL's server programs are not installed"))?;
        Self::start_with(&programs)
    }

    /// Starts a server with the programs of a folder.
    pub fn start_with(programs: &Path) -> io::Result<Self> {
        Self::start_as(programs, SETTINGS)
    }

    /// Starts a server that keeps what it says it keeps, for measurements.
    pub fn durable() -> io::Result<Self> {
        let programs = find_programs()
            .ok_or_else(|| io::Error::other("PostgreSQL's server programs are not installed"))?;
        Self::start_as(&programs, DURABLE)
    }

    fn start_as(programs: &Path, settings: &'static [&'static str]) -> io::Result<Self> {
        let account = RunAs::unprivileged()?;
        let folder = tempfile::Builder::new()
            .prefix("velodrome-postgres-")
            .tempdir()?;
        account.own(folder.path())?;
        let data = folder.path().join("data");
        initialise(&account, programs, &data, folder.path())?;
        let port = Port::claim()?;
        Ok(Self {
            server: launch(&account, programs, &data, &port, settings)?,
            port,
            programs: programs.to_owned(),
            folder,
            settings,
        })
    }

    /// How to reach its maintenance database.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Makes a database and says how to reach it.
    pub fn create_database(&self, name: &str) -> io::Result<String> {
        let mut command = Command::new(self.programs.join("createdb"));
        finish(
            command
                .arg(format!("--maintenance-db={}", self.url()))
                .arg(name),
        )?;
        Ok(self.url_of(name))
    }

    /// Stops the server as if the machine had lost it; what is connected is cut off.
    pub fn stop(&mut self) -> io::Result<()> {
        if self.server.try_wait()?.is_none() {
            signal::send(&self.server, Signal::QUIT)?;
            self.server.wait()?;
        }
        Ok(())
    }

    /// Starts the server again, on the same port and with the same data.
    pub fn start_again(&mut self) -> io::Result<()> {
        self.stop()?;
        let account = RunAs::unprivileged()?;
        let data = self.folder.path().join("data");
        self.server = launch(&account, &self.programs, &data, &self.port, self.settings)?;
        Ok(())
    }

    /// Starts a server that follows this one: what is acknowledged from now on is there as well.
    ///
    /// # Errors
    /// When PostgreSQL's programs refuse, or the server does not follow in time.
    pub fn standby(&self) -> io::Result<Self> {
        let account = RunAs::unprivileged()?;
        let folder = tempfile::Builder::new()
            .prefix("velodrome-standby-")
            .tempdir()?;
        account.own(folder.path())?;
        let data = folder.path().join("data");
        let mut copy = account.command(self.programs.join("pg_basebackup").as_os_str());
        finish(
            copy.arg(format!("--dbname={}", self.url()))
                .arg("--pgdata")
                .arg(&data)
                .args(["--write-recovery-conf", "--wal-method=stream"])
                .args(["--checkpoint=fast", "--no-sync"])
                .current_dir(folder.path()),
        )?;
        let port = Port::claim()?;
        let standby = Self {
            server: launch(&account, &self.programs, &data, &port, self.settings)?,
            port,
            programs: self.programs.clone(),
            folder,
            settings: self.settings,
        };
        self.say("ALTER SYSTEM SET synchronous_standby_names = '*'")?;
        self.say("SELECT pg_reload_conf()")?;
        let begun = Instant::now();
        while self.ask("SELECT sync_state FROM pg_stat_replication")? != "sync" {
            if begun.elapsed() > LIMIT {
                return Err(io::Error::other("the standby does not follow"));
            }
        }
        Ok(standby)
    }

    /// Makes a standby a server of its own, which writes.
    ///
    /// # Errors
    /// When PostgreSQL refuses.
    pub fn promote(&self) -> io::Result<()> {
        match self.ask("SELECT pg_promote()")?.as_str() {
            "t" => Ok(()),
            said => Err(io::Error::other(format!("it was not promoted: {said}"))),
        }
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    fn say(&self, statement: &str) -> io::Result<()> {
        self.ask(statement).map(drop)
    }

    /// What a statement gives, as text.
    fn ask(&self, statement: &str) -> io::Result<String> {
        let mut command = Command::new(self.programs.join("psql"));
        command
            .arg(self.url())
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--command", statement]);
        Ok(finish(&mut command)?.trim().to_owned())
    }

    fn url_of(&self, database: &str) -> String {
        format!(
            "postgres://{USER}@127.0.0.1:{}/{database}",
            self.port.number()
        )
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if self.stop().is_err() {
            // The child is gone already or can't be signalled; there is nobody left to tell.
            drop(self.server.kill());
        }
    }
}

/// The folder with PostgreSQL's server programs: on the search path, or Debian's newest.
pub fn find_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .filter_map(|folder| real_home(&folder))
        .chain(debian_homes())
        .find(|folder| {
            ["initdb", "postgres", "createdb"]
                .iter()
                .all(|name| folder.join(name).is_file())
        })
}

/// Where a `postgres` on the search path really lives: its neighbours may not be linked.
fn real_home(folder: &Path) -> Option<PathBuf> {
    let program = fs::canonicalize(folder.join("postgres")).ok()?;
    Some(program.parent()?.to_owned())
}

fn debian_homes() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    versions
        .into_iter()
        .rev()
        .map(|(_, folder)| folder)
        .collect()
}

fn initialise(account: &RunAs, programs: &Path, data: &Path, folder: &Path) -> io::Result<()> {
    let mut command = account.command(programs.join("initdb").as_os_str());
    finish(
        command
            .arg("--pgdata")
            .arg(data)
            .args(["--username", USER, "--auth=trust", "--no-sync"])
            .args(["--encoding=UTF8", "--locale=C"])
            .current_dir(folder),
    )?;
    Ok(())
}

fn launch(
    account: &RunAs,
    programs: &Path,
    data: &Path,
    port: &Port,
    settings: &[&str],
) -> io::Result<Child> {
    let folder = data.parent().unwrap_or(data);
    let mut command = account.command(programs.join("postgres").as_os_str());
    command
        .arg("-D")
        .arg(data)
        .args(["-p", &port.number().to_string(), "-k"])
        .arg(folder)
        .args(settings.iter().flat_map(|setting| ["-c", setting]))
        .current_dir(folder);
    launch::until_ready(&mut command, "PostgreSQL", READY)
}

/// Runs a program to its end and gives what it said; where it failed that becomes the error.
pub(crate) fn finish(command: &mut Command) -> io::Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!(
        "{command:?} failed: {}",
        said.trim()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standby_takes_over_with_what_was_acknowledged() {
        if find_programs().is_none() {
            return;
        }
        let mut server = PrivatePostgres::start().unwrap();
        let standby = server.standby().unwrap();

        server.say("CREATE TABLE kept (number integer)").unwrap();
        server.say("INSERT INTO kept VALUES (7)").unwrap();
        server.stop().unwrap();
        standby.promote().unwrap();
        let second = standby.standby().unwrap();
        standby.say("INSERT INTO kept VALUES (8)").unwrap();

        let kept = |server: &PrivatePostgres| server.ask("SELECT sum(number) FROM kept").unwrap();
        assert_eq!(kept(&standby), "15");
        drop(standby);
        second.promote().unwrap();
        assert_eq!(kept(&second), "15");
    }

    #[test]
    fn a_private_server_makes_databases_and_comes_back_after_a_stop() {
        if find_programs().is_none() {
            // `cargo test` needs nothing but Cargo; `cargo xtask test` installs PostgreSQL.
            return;
        }
        let mut server = PrivatePostgres::start().unwrap();

        let url = server.create_database("first").unwrap();
        server.stop().unwrap();
        let refused = server.create_database("second");
        server.start_again().unwrap();
        let again = server.create_database("first");

        assert!(url.ends_with("/first"));
        assert!(refused.is_err());
        assert!(again.unwrap_err().to_string().contains("already exists"));
    }
}
