//! The running program, and a way to talk to it.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use velodrome_testkit::{
    FreshDatabase, ServerBuilder, TestServer,
    server::{CLIENT_ID, CLIENT_SECRET},
};

/// The program under test.
pub fn binary() -> PathBuf {
    env!("CARGO_BIN_EXE_velodrome").into()
}

/// A running program of the test's own.
pub struct TestApp {
    /// The process, for tests that stop it.
    pub server: TestServer,
    token: Option<String>,
    account: Option<String>,
}

/// What it answered.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Body.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The same answer, if it has this status.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

impl TestApp {
    /// Starts it with the usual settings.
    pub fn start() -> Self {
        Self::with(|builder| builder)
    }

    /// Starts it with settings of the test's own.
    pub fn with(settings: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        let server = settings(ServerBuilder::new().binary(binary())).start();
        Self {
            server,
            token: None,
            account: None,
        }
    }

    /// As the partner's program from now on.
    pub fn signed_in(mut self) -> Self {
        let answer = self.sign_in().expect(200).json();
        self.token = Some(answer["access_token"].as_str().unwrap().to_owned());
        self
    }

    /// Makes an account and acts in it from now on.
    pub fn in_new_account(mut self, id: &str) -> Self {
        let body = serde_json::json!({ "Id": id, "Name": id });
        self.post("/v1.0/accounts", &body).expect(200);
        self.account = Some(id.to_owned());
        self
    }

    /// Acts in another account from now on.
    pub fn in_account(mut self, id: &str) -> Self {
        self.account = Some(id.to_owned());
        self
    }

    /// Asks for a token with the partner's client.
    pub fn sign_in(&self) -> Answer {
        let form = format!(
            "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}"
        );
        self.send(
            "POST",
            "/oauth/token",
            "application/x-www-form-urlencoded",
            &form,
        )
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "application/json", "")
    }

    /// Creates.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, "application/json", &body.to_string())
    }

    /// Creates, with one more header.
    pub fn post_with(&self, path: &str, body: &Value, (name, value): &(&str, String)) -> Answer {
        let kind = format!("application/json\r\n{name}: {value}");
        self.send("POST", path, &kind, &body.to_string())
    }

    /// Changes.
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, "application/json", &body.to_string())
    }

    /// Deletes.
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, "application/json", "")
    }

    /// Reads in an account.
    pub fn get_in(&self, account: &str, path: &str) -> Answer {
        self.send_in(Some(account), "GET", path, "application/json", "")
    }

    /// Creates in an account.
    pub fn post_in(&self, account: &str, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.send_in(Some(account), "POST", path, "application/json", &body)
    }

    fn send(&self, method: &str, path: &str, kind: &str, body: &str) -> Answer {
        self.send_in(self.account.as_deref(), method, path, kind, body)
    }

    fn send_in(
        &self,
        account: Option<&str>,
        method: &str,
        path: &str,
        kind: &str,
        body: &str,
    ) -> Answer {
        let mut headers = String::new();
        if let Some(token) = &self.token {
            headers.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        if let Some(account) = account {
            headers.push_str(&format!("X-Cyclr-Account: {account}\r\n"));
        }
        sent(&self.server.url(), method, path, (kind, &headers), body)
    }

    /// Runs a command beside the server, on its database and with its keys.
    pub fn command(&self, arguments: &[&str]) -> Output {
        let database = self.server.database_url().to_owned();
        run(
            arguments,
            &[
                (
                    "VELODROME_DATA_DIR",
                    self.server.data_dir().to_str().unwrap(),
                ),
                ("VELODROME_DATABASE_URL", &database),
            ],
        )
    }
}

/// Whether the tests run on PostgreSQL.
pub fn is_postgres() -> bool {
    FreshDatabase::is_postgres()
}

/// Runs the program with this environment and nothing else, in a folder without a `velodrome.toml`.
pub fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(binary())
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What a command printed, when it went well.
pub fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", complaint(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a command said on standard error.
pub fn complaint(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// One request with JSON to a server of any kind.
pub fn ask(url: &str, method: &str, path: &str, body: &str) -> Answer {
    sent(url, method, path, ("application/json", ""), body)
}

/// One request on a connection of its own: HTTP/1.0 ends an answer with the connection, so that nothing has to
/// be known about its form.
fn sent(url: &str, method: &str, path: &str, (kind, headers): (&str, &str), body: &str) -> Answer {
    let host = url.trim_start_matches("http://");
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{headers}",
        body.len()
    );
    let mut stream = TcpStream::connect(host).unwrap();
    stream
        .write_all(format!("{head}\r\n{body}").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer {
        status,
        text: text.to_owned(),
    }
}
