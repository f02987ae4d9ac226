//! Ports for servers that a test starts and other programs must reach.

use std::{
    fs::File,
    io,
    net::{Ipv4Addr, TcpListener},
    ops::Range,
    sync::atomic::{AtomicU16, Ordering},
};

/// Below the ports that systems give to outgoing connections (from 32,768 on Linux): one of those may be
/// in use, for a moment, by any client on this machine when the server wants to listen.
const RANGE: Range<u16> = 10_000..32_000;

/// Far enough from each other that processes started one after the other seldom meet.
const STRIDE: u32 = 37;

/// A loopback port that no other test gets while this value lives, whether or not somebody listens on it.
#[derive(Debug)]
pub struct Port {
    number: u16,
    /// Locked; tests of other processes see it.
    _claim: File,
}

impl Port {
    /// Takes a port that nobody listens on.
    ///
    /// # Errors
    /// When claims can't be written to the temporary folder, or every port is taken.
    pub fn claim() -> io::Result<Self> {
        static NEXT: AtomicU16 = AtomicU16::new(0);

        let folder = std::env::temp_dir().join("velodrome-ports");
        std::fs::create_dir_all(&folder)?;
        let ports = u32::from(RANGE.end - RANGE.start);
        let first = std::process::id().wrapping_mul(STRIDE);
        for _ in RANGE {
            let turn = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
            let step = u16::try_from(first.wrapping_add(turn) % ports).map_err(io::Error::other)?;
            let number = RANGE.start + step;
            let claim = File::create(folder.join(number.to_string()))?;
            if claim.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok()
            {
                return Ok(Self {
                    number,
                    _claim: claim,
                });
            }
        }
        Err(io::Error::other("no port is free"))
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once_while_it_is_kept() -> io::Result<()> {
        let ports = (0..50)
            .map(|_| Port::claim())
            .collect::<io::Result<Vec<_>>>()?;

        let numbers: std::collections::HashSet<u16> = ports.iter().map(Port::number).collect();

        assert_eq!(numbers.len(), ports.len());
        assert!(numbers.iter().all(|number| RANGE.contains(number)));
        Ok(())
    }
}
