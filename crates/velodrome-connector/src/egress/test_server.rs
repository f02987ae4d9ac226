//! A server for tests that does exactly what it is told, over real sockets.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use url::Url;

/// What the server does with one request.
pub(crate) enum Turn {
    /// Sends these bytes and closes.
    Say(Vec<u8>),
    /// Sends these bytes and then nothing, keeping the connection.
    Hang(Vec<u8>),
    /// Sends a head and then this chunk for ever.
    Pour(Vec<u8>, Vec<u8>),
}

/// A server for tests that takes one turn for each connection and tells what it was asked.
pub(crate) struct Server {
    pub address: SocketAddr,
    asked: mpsc::UnboundedReceiver<String>,
}

impl Server {
    pub async fn start(turns: Vec<Turn>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut kept = Vec::new();
            for turn in turns {
                let (mut socket, _) = listener.accept().await.unwrap();
                tell.send(read_request(&mut socket).await).unwrap();
                match turn {
                    Turn::Say(bytes) => {
                        socket.write_all(&bytes).await.unwrap();
                        socket.shutdown().await.unwrap();
                    }
                    Turn::Hang(bytes) => {
                        socket.write_all(&bytes).await.unwrap();
                        kept.push(socket);
                    }
                    Turn::Pour(head, chunk) => {
                        socket.write_all(&head).await.unwrap();
                        while socket.write_all(&chunk).await.is_ok() {}
                    }
                }
            }
            std::future::pending::<()>().await;
        });
        Self { address, asked }
    }

    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    pub async fn asked(&mut self) -> String {
        self.asked.recv().await.unwrap()
    }
}

/// Reads a request with its body, if it declares one.
pub(crate) async fn read_request(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = socket.read(&mut buffer).await.unwrap();
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            assert_ne!(read, 0, "the client left: {text}");
            continue;
        };
        let declared = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if body.len() >= declared.unwrap_or(0) {
            return String::from_utf8(bytes).unwrap();
        }
    }
}

pub(crate) fn say(text: &str) -> Turn {
    Turn::Say(text.as_bytes().to_vec())
}

/// An answer with this status, content type and body.
pub(crate) fn answer(status: u16, content_type: &str, body: &str) -> Turn {
    say(&format!(
        "HTTP/1.1 {status} Status\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ))
}

/// A client that may call it.
pub(crate) fn local_client() -> super::Client {
    let policy = super::EgressPolicy::parse("127.0.0.0/8", "").unwrap();
    super::Client::new(policy).unwrap()
}
