//! IP rules at the door.

use std::{net::IpAddr, sync::Arc};

use ipnet::IpNet;
use velodrome_model::{IpScope, PartnerScope};
use velodrome_store::StoreError;

use super::{Access, AccessError};

impl Access {
    /// Lets an address in for a scope, or not. A scope without rules is open; an address that nobody
    /// knows is let in by no rule.
    ///
    /// # Errors
    /// [`AccessError::Address`] when rules keep it out.
    pub async fn admit(
        &self,
        partner: PartnerScope,
        scope: IpScope,
        address: Option<IpAddr>,
    ) -> Result<(), AccessError> {
        let rules = self.rules(partner).await?;
        let mut nets = rules
            .iter()
            .filter(|(of, _)| *of == scope)
            .map(|(_, net)| net)
            .peekable();
        if nets.peek().is_none()
            || address.is_some_and(|address| nets.any(|net| contains(net, address)))
        {
            return Ok(());
        }
        Err(AccessError::Address)
    }

    async fn rules(&self, partner: PartnerScope) -> Result<Arc<Vec<(IpScope, IpNet)>>, StoreError> {
        self.kept
            .rules
            .get(&partner.partner, || self.read_rules(partner))
            .await
    }

    async fn read_rules(
        &self,
        partner: PartnerScope,
    ) -> Result<Arc<Vec<(IpScope, IpNet)>>, StoreError> {
        let unit = self.store.read(&partner).await?;
        let rules = unit.ip_rules().all().await?;
        let parsed = rules.into_iter().map(|rule| {
            let net = parse_net(&rule.cidr).ok_or(StoreError::Corrupt { what: "an IP rule" })?;
            Ok((rule.scope, net))
        });
        Ok(Arc::new(parsed.collect::<Result<Vec<_>, StoreError>>()?))
    }
}

/// Reads an address or a network. IPv4 inside IPv6 is read as the IPv4 that it is.
pub(crate) fn parse_net(text: &str) -> Option<IpNet> {
    let text = text.trim();
    if let Ok(net) = text.parse::<IpNet>() {
        return Some(net.trunc());
    }
    text.parse::<IpAddr>()
        .ok()
        .map(|address| IpNet::from(address.to_canonical()))
}

/// Whether a network contains an address; dual-stack listeners show IPv4 callers as IPv6.
pub(crate) fn contains(net: &IpNet, address: IpAddr) -> bool {
    net.contains(&address.to_canonical()) || net.contains(&address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_single_addresses_of_both_families_are_read() {
        for (rule, address, inside) in [
            ("203.0.113.0/24", "203.0.113.9", true),
            ("203.0.113.77/24", "203.0.113.9", true),
            ("203.0.113.9", "203.0.113.9", true),
            ("203.0.113.9", "::ffff:203.0.113.9", true),
            ("203.0.113.9", "203.0.113.10", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("::/0", "203.0.113.9", false),
        ] {
            let net = parse_net(rule).unwrap();
            assert_eq!(
                contains(&net, address.parse().unwrap()),
                inside,
                "{rule} {address}"
            );
        }
        assert!(parse_net("203.0.113.0/33").is_none() && parse_net("office").is_none());
    }
}
