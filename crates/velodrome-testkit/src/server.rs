//! The built server as a child process: started, waited for, stopped and killed.

use std::ffi::OsString;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, prlimit};
use tempfile::TempDir;

use crate::database::FreshDatabase;
use crate::known_definitions::KnownDefinitions;
use crate::output::{NoLine, Output};
use crate::{port::Port, signal};

/// How the message begins that the server logs, as JSON, once it can serve.
const READY: &str = "\"message\":\"Ready";
/// Generous, because a cold build machine also compiles while tests run.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The first administrator of every test server.
pub const ADMIN_EMAIL: &str = "admin@velodrome.test";
/// Its password.
pub const ADMIN_PASSWORD: &str = "correct-horse-battery";
/// The default partner's OAuth client in every test server.
pub const CLIENT_ID: &str = "velodrome-test-client";
/// The client's secret.
pub const CLIENT_SECRET: &str = "velodrome-test-secret-0123456789";

/// A server to be started.
pub struct ServerBuilder {
    binary: PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(String, String)>,
    database: Option<String>,
    is_new_here: bool,
}

impl ServerBuilder {
    /// A server with the settings that every test wants: a database and a data folder of its
    /// own, a known administrator and a known OAuth client.
    pub fn new() -> Self {
        Self {
            binary: binary(),
            arguments: vec!["serve".into()],
            variables: Vec::new(),
            database: None,
            is_new_here: false,
        }
    }

    /// A server that has to check the connectors of the catalogue by itself, as at its first start on a
    /// machine; others take over what an earlier one found.
    pub fn new_here(mut self) -> Self {
        self.is_new_here = true;
        self
    }

    /// Another program than the one that Cargo built beside the tests.
    pub fn binary(mut self, path: impl Into<PathBuf>) -> Self {
        self.binary = path.into();
        self
    }

    /// Also starts the simulators of the seed providers.
    pub fn sandbox(self) -> Self {
        self.argument("--sandbox")
    }

    /// One more argument.
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// One more setting, or another value for one.
    pub fn set(mut self, name: &str, value: impl Display) -> Self {
        self.variables.push((name.to_owned(), value.to_string()));
        self
    }

    /// A database that the caller keeps, instead of a fresh one.
    pub fn database(mut self, url: &str) -> Self {
        self.database = Some(url.to_owned());
        self
    }

    /// Starts it and waits until it can serve.
    ///
    /// # Panics
    /// With everything the server wrote, when it does not become ready.
    pub fn start(self) -> TestServer {
        TestServer::start(self).unwrap_or_else(|error| panic!("the server did not start: {error}"))
    }
}

impl Default for ServerBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// A running server; it is killed and its data removed when dropped.
pub struct TestServer {
    child: Child,
    output: Output,
    port: Port,
    data: TempDir,
    database: Database,
    builder: ServerBuilder,
}

enum Database {
    Own(FreshDatabase),
    Callers(String),
}

impl Database {
    fn url(&self) -> &str {
        match self {
            Self::Own(fresh) => fresh.url(),
            Self::Callers(url) => url,
        }
    }
}

impl TestServer {
    /// A server with the usual settings.
    pub fn new() -> Self {
        ServerBuilder::new().start()
    }

    fn start(builder: ServerBuilder) -> io::Result<Self> {
        let data = tempfile::Builder::new()
            .prefix("velodrome-data-")
            .tempdir()?;
        let database = builder
            .database
            .clone()
            .map_or_else(|| Database::Own(FreshDatabase::create()), Database::Callers);
        let port = Port::claim()?;
        let output = Output::default();
        let known = KnownDefinitions::of(&builder.binary)?;
        if !builder.is_new_here {
            known.put_into(data.path())?;
        }
        let child = launch(&builder, data.path(), &database, &port, &output)?;
        let server = Self {
            child,
            output,
            port,
            data,
            database,
            builder,
        };
        server.wait_until_ready(0)?;
        known.take_from(server.data.path())?;
        Ok(server)
    }

    /// Its origin, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.number())
    }

    /// Its data folder.
    pub fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// How to reach its database.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// Everything it wrote so far.
    pub fn log(&self) -> String {
        self.output.text()
    }

    /// Waits for a line of its log and gives what `wanted` makes of it.
    ///
    /// # Panics
    /// When the line does not come within the limit.
    pub fn wait_for_log<T>(&self, limit: Duration, wanted: impl Fn(&str) -> Option<T>) -> T {
        match self.output.wait_for(0, limit, wanted) {
            Ok(found) => found,
            Err(reason) => panic!(
                "the line did not come ({reason:?}); the log:\n{}",
                self.log()
            ),
        }
    }

    /// Its process number, for measurements.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Whether its log has a line, within a time.
    pub fn has_logged(&self, limit: Duration, words: &str) -> bool {
        let found = |line: &str| line.contains(words).then_some(());
        self.output.wait_for(0, limit, found).is_ok()
    }

    /// Another value for a setting, from the next start on.
    pub fn set(&mut self, name: &str, value: impl Display) {
        let variables = &mut self.builder.variables;
        variables.retain(|(known, _)| known != name);
        variables.push((name.to_owned(), value.to_string()));
    }

    /// Waits until it has ended by itself; false where it has not within the limit.
    pub fn wait_for_end(&mut self, limit: Duration) -> bool {
        let ended = self
            .output
            .wait_for(self.output.len(), limit, |_| None::<()>);
        if ended == Err(NoLine::TimedOut) {
            return false;
        }
        self.child.wait().is_ok()
    }

    /// Lets it go on that was paused.
    pub fn resume(&self) -> io::Result<()> {
        signal::send(&self.child, Signal::CONT)
    }

    /// Asks it to stop, without waiting.
    pub fn ask_to_stop(&self) -> io::Result<()> {
        signal::terminate(&self.child)
    }

    /// Waits until it has ended.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }

    /// Asks it to stop and waits until it has.
    pub fn terminate(&mut self) -> io::Result<ExitStatus> {
        self.ask_to_stop()?;
        self.wait()
    }

    /// From now on no file of it may become longer than this, or any length again. A program that does not
    /// ignore SIGXFSZ is killed when it tries.
    pub fn limit_files(&self, bytes: Option<u64>) -> io::Result<()> {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(Some(signal::process(&self.child)?), Resource::Fsize, limit)?;
        Ok(())
    }

    /// Stops it in its tracks, as a machine does that is put to sleep.
    pub fn pause(&self) -> io::Result<()> {
        signal::send(&self.child, Signal::STOP)
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it again after a stop, with the same port, data and settings.
    pub fn start_again(&mut self) -> io::Result<()> {
        let seen = self.output.len();
        self.child = launch(
            &self.builder,
            self.data.path(),
            &self.database,
            &self.port,
            &self.output,
        )?;
        self.wait_until_ready(seen)
    }

    fn wait_until_ready(&self, from: usize) -> io::Result<()> {
        self.output
            .wait_for(from, START_LIMIT, |line| line.contains(READY).then_some(()))
            .map_err(|reason| io::Error::other(format!("{reason:?}\n{}", self.log())))
    }
}

impl Default for TestServer {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        // Both fail only when it has ended and been waited for already.
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            // The harness shows a failed test's output, and the server's log is part of it.
            write_to_test_output(&self.log());
        }
    }
}

fn launch(
    builder: &ServerBuilder,
    data: &Path,
    database: &Database,
    port: &Port,
    output: &Output,
) -> io::Result<Child> {
    let mut command = Command::new(&builder.binary);
    command
        .args(&builder.arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("VELODROME_LISTEN", format!("127.0.0.1:{}", port.number()))
        .env("VELODROME_DATA_DIR", data)
        .env("VELODROME_DATABASE_URL", database.url())
        .env("VELODROME_ADMIN_EMAIL", ADMIN_EMAIL)
        .env("VELODROME_ADMIN_PASSWORD", ADMIN_PASSWORD)
        .env("VELODROME_BOOTSTRAP_CLIENT_ID", CLIENT_ID)
        .env("VELODROME_BOOTSTRAP_CLIENT_SECRET", CLIENT_SECRET)
        .env("VELODROME_LOG_FORMAT", "json")
        .envs(builder.variables.iter().map(|(name, value)| (name, value)))
        .current_dir(data)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|error| io::Error::other(format!("{}: {error}", builder.binary.display())))?;
    output.collect(child.stdout.take().expect("standard output was piped"));
    output.collect(child.stderr.take().expect("standard error was piped"));
    Ok(child)
}

/// The server that tests start: `VELODROME_BINARY`, or the one in the folder above the running test's.
///
/// # Panics
/// When it is not built.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("VELODROME_BINARY") {
        return path.into();
    }
    let test = std::env::current_exe().expect("a running test has a file");
    test.ancestors()
        .map(|folder| folder.join("velodrome"))
        .find(|candidate| candidate.is_file())
        .expect("the server is built before its tests: `cargo build --workspace`")
}

#[expect(clippy::print_stderr, reason = "a failed test shows the server's log")]
fn write_to_test_output(log: &str) {
    eprintln!("---- the server's log ----\n{log}");
}
