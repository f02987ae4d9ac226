//! nginx, as the upstream that answers at once and as the proxy to compare with.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use velodrome_testkit::Port;

/// Two instances of nginx.
pub struct Nginx {
    upstream: Instance,
    proxy: Instance,
}

/// One nginx with its own configuration.
struct Instance {
    process: Child,
    port: Port,
    _folder: TempDir,
}

impl Nginx {
    /// Starts them on free ports; the upstream answers 2 KB of JSON.
    pub fn start() -> Result<Self> {
        let upstream = Instance::start(&answering())?;
        let proxy = Instance::start(&proxying(upstream.port.number()))?;
        Ok(Self { upstream, proxy })
    }

    /// Where the upstream answers.
    pub fn upstream(&self) -> String {
        format!("http://127.0.0.1:{}", self.upstream.port.number())
    }

    /// Where the proxy in front of it answers.
    pub fn proxy(&self) -> String {
        format!("http://127.0.0.1:{}", self.proxy.port.number())
    }
}

impl Instance {
    fn start(server: &str) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("velodrome-nginx-")
            .tempdir()?;
        let port = Port::claim()?;
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configuration(folder.path(), port.number(), server))
            .context("writing nginx.conf")?;
        let program = std::env::var_os("NGINX").unwrap_or_else(|| "nginx".into());
        let process = Command::new(program)
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(&file)
            .args(["-e", "stderr"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("starting nginx")?;
        let mut instance = Self {
            process,
            port,
            _folder: folder,
        };
        instance.await_listening()?;
        Ok(instance)
    }

    /// nginx says nothing when it is ready, so its port is tried, yielding in between.
    fn await_listening(&mut self) -> Result<()> {
        while TcpStream::connect(("127.0.0.1", self.port.number())).is_err() {
            if let Some(status) = self.process.try_wait()? {
                bail!("nginx ended with {status}");
            }
            std::thread::yield_now();
        }
        Ok(())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // Asked to end, the master takes its workers along; killed, it would leave them behind.
        if velodrome_testkit::signal::terminate(&self.process).is_ok() {
            drop(self.process.wait());
        }
    }
}

fn answering() -> String {
    let record = format!("{{\"id\":1,\"title\":\"{}\"}}", "x".repeat(2048 - 19));
    format!("location / {{ default_type application/json; return 200 '{record}'; }}")
}

fn proxying(upstream: u16) -> String {
    format!(
        "location / {{ proxy_pass http://records; proxy_http_version 1.1; proxy_set_header Connection ''; }} }}
  upstream records {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 100000000;"
    )
}

fn configuration(folder: &Path, port: u16, server: &str) -> String {
    let place = folder.display();
    format!(
        "daemon off; worker_processes auto; pid {place}/nginx.pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000;
  client_body_temp_path {place}/a; proxy_temp_path {place}/b; fastcgi_temp_path {place}/c;
  uwsgi_temp_path {place}/d; scgi_temp_path {place}/e;
  server {{ listen 127.0.0.1:{port}; {server} }}
}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_of_both_configurations_balance() {
        for server in [answering(), proxying(80)] {
            let text = configuration(Path::new("/place"), 8080, &server);

            assert_eq!(
                text.matches('{').count(),
                text.matches('}').count(),
                "{text}"
            );
        }
    }
}
