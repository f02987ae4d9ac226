//! A provider that knows its answers by heart.

use std::{io, sync::Arc};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::members;

/// The most bytes of a request that an example may send.
const MAX_REQUEST: usize = 16 * 1024 * 1024;

/// One request as it arrived.
pub struct Sent {
    /// Request line and headers.
    pub head: String,
    /// Body, as text.
    pub body: String,
}

/// Answers one request after the other and returns them when the last is answered.
pub async fn serve(listener: Arc<TcpListener>, answers: Vec<Value>) -> io::Result<Vec<Sent>> {
    let mut sent = Vec::new();
    for answer in answers {
        let (mut socket, _) = listener.accept().await?;
        sent.push(read(&mut socket).await?);
        let body = match &answer["body"] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            json => json.to_string(),
        };
        let mut head = format!(
            "HTTP/1.1 {} Example\r\nConnection: close\r\nContent-Length: {}\r\n",
            answer["status"],
            body.len()
        );
        for (name, value) in members(&answer["headers"]) {
            head.push_str(&format!(
                "{name}: {}\r\n",
                value.as_str().unwrap_or_default()
            ));
        }
        socket
            .write_all(format!("{head}\r\n{body}").as_bytes())
            .await?;
    }
    Ok(sent)
}

async fn read(socket: &mut TcpStream) -> io::Result<Sent> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let count = socket.read(&mut buffer).await?;
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length")
                .and_then(|length| length.parse().ok())
                .unwrap_or(0);
            if body.len() >= length {
                return Ok(Sent {
                    head: head.to_owned(),
                    body: body.to_owned(),
                });
            }
        }
        if count == 0 || bytes.len() > MAX_REQUEST {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// A header of a request or answer, by name in any case.
pub fn header(head: &str, name: &str) -> Option<String> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}
