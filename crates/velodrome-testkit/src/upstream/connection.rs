//! One connection: calls in, answers out, in the manner asked for.

use std::io::{self, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use super::Shared;
use super::answer::{Answer, Manner};
use super::request::Received;

/// Serves a connection until one side is done.
pub(crate) fn serve(stream: TcpStream, shared: &Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(call) = Received::read(&mut reader)? {
        let head_only = call.method == "HEAD";
        let answer = shared.answer(call);
        if !deliver(&mut writer, &answer, head_only, shared)? {
            return writer.shutdown(Shutdown::Both);
        }
    }
    Ok(())
}

/// Writes an answer; false when the connection is at its end.
fn deliver(
    stream: &mut TcpStream,
    answer: &Answer,
    head_only: bool,
    shared: &Shared,
) -> io::Result<bool> {
    match answer.manner {
        Manner::Proper => {
            write_whole(stream, answer, answer.body.len(), head_only)?;
            Ok(true)
        }
        Manner::Late(time) => {
            shared.wait_until_closed_or(time);
            write_whole(stream, answer, answer.body.len(), head_only)?;
            Ok(true)
        }
        Manner::Truncate { promised } | Manner::Overrun { promised } => {
            write_whole(stream, answer, promised, head_only)?;
            Ok(false)
        }
        Manner::Hang => {
            shared.wait_until_closed();
            Ok(false)
        }
        Manner::Reset => Ok(false),
        Manner::Endless => {
            write_endlessly(stream, answer, shared)?;
            Ok(false)
        }
    }
}

fn write_whole(
    stream: &mut TcpStream,
    answer: &Answer,
    length: usize,
    head_only: bool,
) -> io::Result<()> {
    let mut bytes = head(answer);
    bytes.extend(format!("Content-Length: {length}\r\n\r\n").into_bytes());
    if !head_only {
        bytes.extend_from_slice(&answer.body);
    }
    stream.write_all(&bytes)
}

fn write_endlessly(stream: &mut TcpStream, answer: &Answer, shared: &Shared) -> io::Result<()> {
    let mut bytes = head(answer);
    bytes.extend(b"Connection: close\r\n\r\n");
    bytes.extend_from_slice(&answer.body);
    stream.write_all(&bytes)?;
    let more = b"{\"filler\":\"0123456789\"},".repeat(2048);
    while !shared.is_closed() {
        stream.write_all(&more)?;
    }
    Ok(())
}

fn head(answer: &Answer) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} Programmed\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.into_bytes()
}
