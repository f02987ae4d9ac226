//! Name resolution as a browser does it: names below `localhost` are this machine.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Knows this machine, and nothing of the world.
pub struct OnlyThisMachine;

impl Resolve for OnlyThisMachine {
    fn resolve(&self, name: Name) -> Resolving {
        let known = name.as_str() == "localhost" || name.as_str().ends_with(".localhost");
        let found = if known {
            let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            Ok(Box::new([here].into_iter()) as Addrs)
        } else {
            let problem = format!("{} is outside of this machine", name.as_str());
            Err(io::Error::other(problem).into())
        };
        Box::pin(async move { found })
    }
}
