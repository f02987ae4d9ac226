//! Where outbound calls may go.

use std::{borrow::Cow, fmt, net::IpAddr, str::FromStr};

use http::HeaderValue;
use ipnet::IpNet;
use url::{Host, Url};

use super::{
    address::{canonical, special_use},
    error::{Refusal, RefusalReason},
};

/// What the operator permits beyond the public internet (ground-rules.md, `VELODROME_EGRESS_*`).
#[derive(Clone, Debug, Default)]
pub struct EgressPolicy {
    /// Networks that may be reached although they are loopback, private or otherwise special.
    pub allow: Vec<IpNet>,
    /// Origins that are served by others; for sandboxes and tests.
    pub rewrite: Vec<Rewrite>,
}

/// Calls to `from` go to `to`, keeping path, query and the `Host` of `from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// The origin that callers name.
    pub from: Origin,
    /// The origin that is called.
    pub to: Origin,
}

/// Scheme, host and port of an http(s) address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: Scheme,
    host: Host<String>,
    port: u16,
}

/// The two schemes that we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scheme {
    Http,
    Https,
}

/// A setting that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not a network.
    #[error("{0:?} is neither an IP address nor a network such as 10.0.0.0/8")]
    Network(String),
    /// Not a pair of origins.
    #[error("{0:?} is not a pair such as https://api.example.com=http://127.0.0.1:4010")]
    Pair(String),
    /// Not an origin.
    #[error("{0:?} is not an origin: http or https, a host, perhaps a port, nothing else")]
    Origin(String),
}

/// An address that has passed the guard, as it is to be called.
#[derive(Debug)]
pub(super) struct Target<'a> {
    /// What to connect to.
    pub url: Cow<'a, Url>,
    /// The `Host` to send when it is not that of `url`.
    pub host: Option<HeaderValue>,
}

impl EgressPolicy {
    /// Reads `VELODROME_EGRESS_ALLOW` and `VELODROME_EGRESS_REWRITE`; all faults at once.
    pub fn parse(allow: &str, rewrite: &str) -> Result<Self, Vec<PolicyError>> {
        let mut faults = Vec::new();
        let mut policy = Self::default();
        for item in items(allow) {
            match item
                .parse()
                .or_else(|_| item.parse::<IpAddr>().map(IpNet::from))
            {
                Ok(net) => policy.allow.push(net),
                Err(_) => faults.push(PolicyError::Network(item.to_owned())),
            }
        }
        for item in items(rewrite) {
            match item.parse() {
                Ok(pair) => policy.rewrite.push(pair),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() {
            Ok(policy)
        } else {
            Err(faults)
        }
    }

    /// Whether a connection to this address may be made.
    pub fn check_address(&self, address: IpAddr) -> Result<(), RefusalReason> {
        let seen = canonical(address);
        if self
            .allow
            .iter()
            .any(|net| net.contains(&seen) || net.contains(&address))
        {
            return Ok(());
        }
        special_use(seen).map_or(Ok(()), |what| Err(RefusalReason::Address(what)))
    }

    /// The address after `EGRESS_REWRITE`; also for the addresses a browser is sent to.
    pub fn rewrite_url(&self, url: &Url) -> Url {
        self.rewritten(url).unwrap_or_else(|| url.clone())
    }

    /// Applies the rewrites and checks what can be known before a name is resolved. Names are checked
    /// by the resolver; address literals never reach it and are checked here.
    pub(super) fn admit<'a>(&self, url: &'a Url) -> Result<Target<'a>, Refusal> {
        let target = match self.rewritten(url) {
            Some(rewritten) => Target {
                url: Cow::Owned(rewritten),
                host: host_header(url),
            },
            None => Target {
                url: Cow::Borrowed(url),
                host: None,
            },
        };
        let refuse = |why| {
            Err(Refusal {
                what: origin_text(&target.url),
                why,
            })
        };
        if Scheme::of(&target.url).is_none() {
            return refuse(RefusalReason::Scheme);
        }
        if !target.url.username().is_empty() || target.url.password().is_some() {
            return refuse(RefusalReason::UserInfo);
        }
        match target.url.port_or_known_default() {
            Some(80 | 443 | 1024..) => {}
            _ => return refuse(RefusalReason::Port),
        }
        let literal = match target.url.host() {
            None => return refuse(RefusalReason::NoHost),
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
            Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
        };
        match literal.map(|address| self.check_address(address)) {
            Some(Err(why)) => refuse(why),
            _ => Ok(target),
        }
    }

    fn rewritten(&self, url: &Url) -> Option<Url> {
        if self.rewrite.is_empty() {
            return None;
        }
        let origin = Origin::of(url)?;
        let to = &self.rewrite.iter().find(|pair| pair.from == origin)?.to;
        let mut url = url.clone();
        // Both schemes are special ones, the host comes from a parsed URL: none of these can fail, and
        // an address that was only half rewritten must not be called.
        url.set_scheme(to.scheme.as_str()).ok()?;
        url.set_host(Some(&to.host.to_string())).ok()?;
        url.set_port(Some(to.port)).ok()?;
        Some(url)
    }
}

impl Origin {
    /// The origin of an http(s) URL.
    pub fn of(url: &Url) -> Option<Self> {
        let scheme = Scheme::of(url)?;
        let host = match url.host()?.to_owned() {
            // `example.com.` is the same host, fully qualified.
            Host::Domain(name) => Host::Domain(name.trim_end_matches('.').to_owned()),
            address => address,
        };
        Some(Self {
            scheme,
            host,
            port: url.port_or_known_default()?,
        })
    }

    /// Whether it is https.
    pub fn is_secure(&self) -> bool {
        self.scheme == Scheme::Https
    }
}

impl Scheme {
    fn of(url: &Url) -> Option<Self> {
        match url.scheme() {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            _ => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)?;
        if self.port == self.scheme.default_port() {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

impl FromStr for Origin {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = || PolicyError::Origin(text.to_owned());
        let url = Url::parse(text.trim()).map_err(|_| fault())?;
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        Self::of(&url).filter(|_| bare).ok_or_else(fault)
    }
}

impl FromStr for Rewrite {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (from, to) = text
            .split_once('=')
            .ok_or_else(|| PolicyError::Pair(text.to_owned()))?;
        Ok(Self {
            from: from.parse()?,
            to: to.parse()?,
        })
    }
}

impl fmt::Display for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.from, self.to)
    }
}

/// What an error may say about an address: never path or query, which may hold secrets.
pub(super) fn origin_text(url: &Url) -> String {
    match Origin::of(url) {
        Some(origin) => origin.to_string(),
        None => format!("{}:", url.scheme()),
    }
}

fn host_header(url: &Url) -> Option<HeaderValue> {
    let host = url.host_str()?;
    let text = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    HeaderValue::try_from(text).ok()
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_spelling_of_a_special_address_is_admitted(
            block in proptest::sample::select(vec![
                (0x0a00_0000_u32, 8), (0x7f00_0000, 8), (0xa9fe_0000, 16), (0xac10_0000, 12),
                (0xc0a8_0000, 16), (0x6440_0000, 10), (0xe000_0000, 4), (0, 8), (0xf000_0000, 4),
                (0xc612_0000, 15), (0xc000_0200, 24),
            ]),
            random: u32,
        ) {
            let (base, prefix): (u32, u32) = block;
            let bits = base | (random & (u32::MAX >> prefix));
            let [a, b, c, d] = bits.to_be_bytes();
            let (high, low) = (bits >> 16, bits & 0xffff);
            let rest = bits & 0x00ff_ffff;
            for host in [
                format!("{a}.{b}.{c}.{d}"),
                format!("{a}.{b}.{c}.{d}."),
                format!("{bits}"),
                format!("0x{bits:x}"),
                format!("0{bits:o}"),
                format!("{a}.{rest}"),
                format!("0x{a:X}.0{b:o}.{low}"),
                format!("%3{}%2e{b}.{c}.{d}", a.to_string().chars().next().unwrap_or('0'))
                    .replacen("%2e", &format!("{}%2e", &a.to_string()[1..]), 1),
                format!("[::ffff:{a}.{b}.{c}.{d}]"),
                format!("[0:0:0:0:0:FFFF:{high:X}:{low:X}]"),
                format!("[::{high:x}:{low:x}]"),
                format!("[64:ff9b::{high:x}:{low:x}]"),
                format!("[2002:{high:x}:{low:x}::]"),
            ] {
                let url = Url::parse(&format!("https://{host}/")).unwrap();
                let refused = EgressPolicy::default().admit(&url).map(|_| ()).unwrap_err();
                prop_assert!(matches!(refused.why, RefusalReason::Address(_)), "{host}: {refused}");
            }
        }
    }

    #[test]
    fn settings_are_read_and_all_faults_are_reported() {
        let policy = EgressPolicy::parse(
            " 10.0.0.0/8, 192.168.1.7 ,fd00::/8,",
            "https://A.example=http://127.0.0.1:4010,https://b.example:8443=http://sandbox:80",
        )
        .unwrap();
        assert_eq!(policy.allow.len(), 3);
        let shown: Vec<_> = policy.rewrite.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "https://a.example=http://127.0.0.1:4010",
                "https://b.example:8443=http://sandbox"
            ]
        );

        let faults = EgressPolicy::parse(
            "10.0.0.0/33,host",
            "https://a.example,https://a.example/x=http://b,ftp://a.example=http://b",
        )
        .unwrap_err();
        assert_eq!(
            faults,
            [
                PolicyError::Network("10.0.0.0/33".into()),
                PolicyError::Network("host".into()),
                PolicyError::Pair("https://a.example".into()),
                PolicyError::Origin("https://a.example/x".into()),
                PolicyError::Origin("ftp://a.example".into()),
            ]
        );
    }

    #[test]
    fn a_browsers_address_is_rewritten_too_and_others_stay() {
        let policy = EgressPolicy::parse("", "https://a.example=http://127.0.0.1:4010").unwrap();
        let table = [
            (
                "https://a.example/authorize?x=%20#f",
                "http://127.0.0.1:4010/authorize?x=%20#f",
            ),
            ("https://a.example./", "http://127.0.0.1:4010/"),
            ("https://a.example:444/", "https://a.example:444/"),
            ("http://a.example/", "http://a.example/"),
            ("https://a.example.evil/", "https://a.example.evil/"),
            ("mailto:a@a.example", "mailto:a@a.example"),
        ];
        for (from, to) in table {
            assert_eq!(policy.rewrite_url(&Url::parse(from).unwrap()).as_str(), to);
        }
    }

    #[test]
    fn an_allowed_network_opens_its_addresses_in_every_form() {
        let policy = EgressPolicy::parse("127.0.0.0/8,169.254.1.0/24", "").unwrap();

        for allowed in ["127.0.0.1", "::ffff:127.9.9.9", "169.254.1.1", "1.1.1.1"] {
            assert_eq!(
                policy.check_address(allowed.parse().unwrap()),
                Ok(()),
                "{allowed}"
            );
        }
        for refused in [
            "::1",
            "10.0.0.1",
            "169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
        ] {
            assert!(
                policy.check_address(refused.parse().unwrap()).is_err(),
                "{refused}"
            );
        }
    }
}
