//! An address that leads to one server and later to another, as that of a database does whose standby takes
//! over.

use std::{
    io,
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use crate::Port;

/// Forwards connections to a port of this machine; ends them when it is dropped.
pub struct Forwarder {
    port: Port,
    way: Arc<Mutex<Way>>,
}

#[derive(Default)]
struct Way {
    /// None when it is over.
    to: Option<u16>,
    open: Vec<TcpStream>,
}

impl Forwarder {
    /// Forwards to this port.
    ///
    /// # Errors
    /// When no port is free.
    pub fn to(port: u16) -> io::Result<Self> {
        let own = Port::claim()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, own.number()))?;
        let way = Arc::new(Mutex::new(Way {
            to: Some(port),
            open: Vec::new(),
        }));
        let taken = Arc::clone(&way);
        thread::spawn(move || take(&listener, &taken));
        Ok(Self { port: own, way })
    }

    /// The port that others connect to.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Forwards to another port from now on, and cuts off what is connected.
    pub fn lead_to(&self, port: u16) {
        let mut way = lock(&self.way);
        way.to = Some(port);
        cut(&mut way.open);
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        let mut way = lock(&self.way);
        way.to = None;
        cut(&mut way.open);
        drop(way);
        // Whoever waits for a connection sees that it is over; where there is nobody any more, it is.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port())));
    }
}

fn take(listener: &TcpListener, way: &Mutex<Way>) {
    for caller in listener.incoming().flatten() {
        let mut way = lock(way);
        let Some(port) = way.to else { return };
        // Nobody there: the caller is cut off, as it would be by a server that has ended.
        let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
            continue;
        };
        way.open
            .retain(|stream| stream.peer_addr().is_ok() && stream.take_error().is_ok());
        let Ok(copies) = join(&caller, &server) else {
            continue;
        };
        way.open.extend(copies);
    }
}

/// Carries what each says to the other; gives handles to cut them off by.
fn join(caller: &TcpStream, server: &TcpStream) -> io::Result<[TcpStream; 2]> {
    for stream in [caller, server] {
        stream.set_nodelay(true)?;
    }
    for (from, to) in [(caller, server), (server, caller)] {
        let (mut from, mut to) = (from.try_clone()?, to.try_clone()?);
        thread::spawn(move || {
            // However it ends, the other side hears that it has; it may know already.
            drop(io::copy(&mut from, &mut to));
            drop(to.shutdown(Shutdown::Both));
            drop(from.shutdown(Shutdown::Both));
        });
    }
    Ok([caller.try_clone()?, server.try_clone()?])
}

fn cut(open: &mut Vec<TcpStream>) {
    for stream in open.drain(..) {
        // One that has ended already is as it should be.
        drop(stream.shutdown(Shutdown::Both));
    }
}

fn lock(way: &Mutex<Way>) -> MutexGuard<'_, Way> {
    way.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    /// A server that says its name and waits until it is left.
    fn server(name: &'static str) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for mut caller in listener.incoming().flatten() {
                caller.write_all(name.as_bytes()).unwrap();
                thread::spawn(move || drop(caller.read(&mut [0])));
            }
        });
        port
    }

    fn connect(forwarder: &Forwarder) -> TcpStream {
        TcpStream::connect((Ipv4Addr::LOCALHOST, forwarder.port())).unwrap()
    }

    #[test]
    fn it_leads_elsewhere_when_told_and_cuts_off_what_was_connected() {
        let forwarder = Forwarder::to(server("first")).unwrap();
        let mut said = [0; 5];
        let mut before = connect(&forwarder);
        before.read_exact(&mut said).unwrap();
        assert_eq!(&said, b"first");

        forwarder.lead_to(server("other"));

        assert_eq!(before.read(&mut said).unwrap_or(0), 0);
        connect(&forwarder).read_exact(&mut said).unwrap();
        assert_eq!(&said, b"other");
    }
}
