//! A NATS server of our own with JetStream: temporary, private, and gone with its store when asked.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Child, Command},
};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{launch, port::Port, signal};

const READY: &str = "Server is ready";
const PROGRAM: &str = "nats-server";

/// A running server with its store in a temporary folder; both go when it is dropped.
pub struct PrivateNats {
    server: Option<Child>,
    port: Port,
    program: PathBuf,
    folder: TempDir,
}

impl PrivateNats {
    /// Starts a server with the program found on this machine.
    ///
    /// # Errors
    /// When there is none, or it does not start.
    pub fn start() -> io::Result<Self> {
        let mut server = Self::not_started()?;
        server.start_again()?;
        Ok(server)
    }

    /// A server with an address at which nobody answers yet.
    ///
    /// # Errors
    /// When the program is not installed.
    pub fn not_started() -> io::Result<Self> {
        let program = find_program().ok_or_else(|| {
            io::Error::other("nats-server is not installed; `cargo xtask test` installs it")
        })?;
        let folder = tempfile::Builder::new()
            .prefix("velodrome-nats-")
            .tempdir()?;
        Ok(Self {
            server: None,
            port: Port::claim()?,
            program,
            folder,
        })
    }

    /// How to reach it.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port.number())
    }

    /// Ends it as a power cut would.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn stop(&mut self) -> io::Result<()> {
        if let Some(mut server) = self.server.take() {
            signal::send(&server, Signal::KILL)?;
            server.wait()?;
        }
        Ok(())
    }

    /// Removes what it stored; it must not run.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn wipe(&self) -> io::Result<()> {
        assert!(self.server.is_none(), "a running server's store is in use");
        let store = self.store();
        if store.exists() {
            fs::remove_dir_all(store)?;
        }
        Ok(())
    }

    /// Starts it, on the same port and with what its store holds.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn start_again(&mut self) -> io::Result<()> {
        self.stop()?;
        self.server = Some(launch(&self.program, &self.store(), &self.port)?);
        Ok(())
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }
}

impl Drop for PrivateNats {
    fn drop(&mut self) {
        // It fails when the server has ended by itself; there is nobody left to tell.
        drop(self.stop());
    }
}

/// The server's program: on the search path, or where Debian puts programs of administrators.
pub fn find_program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(PROGRAM))
        .find(|program| program.is_file())
}

fn launch(program: &Path, store: &Path, port: &Port) -> io::Result<Child> {
    let mut command = Command::new(program);
    command
        .args(["--addr", "127.0.0.1", "--jetstream", "--port"])
        .arg(port.number().to_string())
        .arg("--store_dir")
        .arg(store);
    launch::until_ready(&mut command, PROGRAM, READY)
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_private_server_comes_back_at_the_same_place_with_an_empty_store() {
        if find_program().is_none() {
            // `cargo test` needs nothing but Cargo; `cargo xtask test` installs NATS.
            return;
        }
        let mut server = PrivateNats::start().unwrap();
        let address = server.url().replace("nats://", "");
        TcpStream::connect(&address).unwrap();

        server.stop().unwrap();
        let refused = TcpStream::connect(&address);
        server.wipe().unwrap();
        server.start_again().unwrap();

        assert!(refused.is_err());
        TcpStream::connect(&address).unwrap();
    }
}
