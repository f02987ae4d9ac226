//! Which addresses are part of the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not reachable, in words for an error.
pub type SpecialUse = &'static str;

/// IPv4 blocks that are not public: base, prefix length, name.
const SPECIAL_V4: &[(Ipv4Addr, u8, SpecialUse)] = &[
    (
        Ipv4Addr::new(0, 0, 0, 0),
        8,
        "an unspecified (this network) address",
    ),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private address"),
    (
        Ipv4Addr::new(100, 64, 0, 0),
        10,
        "a shared (carrier-grade NAT) address",
    ),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "a loopback address"),
    (
        Ipv4Addr::new(169, 254, 169, 254),
        32,
        "a cloud metadata address",
    ),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "a link-local address"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private address"),
    (
        Ipv4Addr::new(192, 0, 0, 0),
        24,
        "a protocol-assignment address",
    ),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "a documentation address"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a 6to4 relay address"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private address"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "a benchmarking address"),
    (
        Ipv4Addr::new(198, 51, 100, 0),
        24,
        "a documentation address",
    ),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "a documentation address"),
    // A public block, but this one address is the host's own agent inside one large cloud.
    (
        Ipv4Addr::new(168, 63, 129, 16),
        32,
        "a cloud metadata address",
    ),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "a multicast address"),
    (
        Ipv4Addr::new(255, 255, 255, 255),
        32,
        "the broadcast address",
    ),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "a reserved address"),
];

/// IPv6 blocks that are not public although they lie within global unicast (2000::/3), and names for
/// those outside that people may meet.
const SPECIAL_V6: &[(Ipv6Addr, u8, SpecialUse)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "the unspecified address"),
    (Ipv6Addr::LOCALHOST, 128, "a loopback address"),
    (Ipv6Addr::UNSPECIFIED, 96, "an IPv4-compatible address"),
    (
        Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0),
        48,
        "a local translation address",
    ),
    (
        Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0),
        64,
        "a discard address",
    ),
    (
        Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0),
        32,
        "a Teredo address",
    ),
    (
        Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0),
        23,
        "a protocol-assignment address",
    ),
    (
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0),
        32,
        "a documentation address",
    ),
    (
        Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0),
        16,
        "a 6to4 address",
    ),
    (
        Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0),
        20,
        "a documentation address",
    ),
    (
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        128,
        "a cloud metadata address",
    ),
    (
        Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0),
        7,
        "a unique-local address",
    ),
    (
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0),
        10,
        "a link-local address",
    ),
    (
        Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0),
        10,
        "a site-local address",
    ),
    (
        Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0),
        8,
        "a multicast address",
    ),
];

/// What kind of special address this is; none for a public one.
///
/// IPv4-mapped addresses (`::ffff:0:0/96`) and those of the well-known translation prefix
/// (`64:ff9b::/96`, which carries all IPv4 traffic of IPv6-only networks) are judged by the IPv4
/// address inside. Forms nobody needs today (IPv4-compatible, 6to4, Teredo) are refused whole.
pub fn special_use(address: IpAddr) -> Option<SpecialUse> {
    match address {
        IpAddr::V4(v4) => special_v4(v4),
        IpAddr::V6(v6) => special_v6(v6),
    }
}

/// The address as the network would see it: an IPv4-mapped one is its IPv4 address.
pub fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

fn special_v4(address: Ipv4Addr) -> Option<SpecialUse> {
    let bits = address.to_bits();
    SPECIAL_V4
        .iter()
        .find(|(base, prefix, _)| (bits ^ base.to_bits()) >> (32 - prefix) == 0)
        .map(|(_, _, name)| *name)
}

fn special_v6(address: Ipv6Addr) -> Option<SpecialUse> {
    if let Some(inside) = embedded_v4(address) {
        return special_v4(inside);
    }
    let bits = address.to_bits();
    let listed = SPECIAL_V6
        .iter()
        .find(|(base, prefix, _)| (bits ^ base.to_bits()) >> (128 - prefix) == 0)
        .map(|(_, _, name)| *name);
    let global_unicast = bits >> 125 == 0b001;
    listed.or((!global_unicast).then_some("a reserved address"))
}

fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    const MAPPED: u128 = 0xffff;
    const TRANSLATED: u128 = 0x0064_ff9b_0000_0000_0000_0000;
    let bits = address.to_bits();
    let low = u32::try_from(bits & u128::from(u32::MAX)).expect("masked to 32 bits");
    matches!(bits >> 32, MAPPED | TRANSLATED).then(|| Ipv4Addr::from_bits(low))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inside(base: u32, prefix: u8, random: u32) -> Ipv4Addr {
        let host = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
        Ipv4Addr::from_bits(base | (random & host))
    }

    proptest! {
        #[test]
        fn every_special_ipv4_address_is_special_in_every_embedding(block in 0..SPECIAL_V4.len(), random: u32) {
            let (base, prefix, _) = SPECIAL_V4[block];
            let v4 = inside(base.to_bits(), prefix, random);
            let low = u128::from(v4.to_bits());
            let forms = [
                IpAddr::V4(v4),
                Ipv6Addr::from_bits(0xffff_0000_0000 | low).into(),
                Ipv6Addr::from_bits(low).into(),
                Ipv6Addr::from_bits((0x0064_ff9b << 96) | low).into(),
                Ipv6Addr::from_bits((0x0064_ff9b_0001 << 80) | low).into(),
                Ipv6Addr::from_bits((0x2002 << 112) | (low << 80)).into(),
                Ipv6Addr::from_bits((0x2001_0000 << 96) | (!low & 0xffff_ffff)).into(),
            ];
            for form in forms {
                prop_assert!(special_use(form).is_some(), "{form} passes");
            }
        }

        #[test]
        fn every_special_ipv6_address_is_special(block in 0..SPECIAL_V6.len(), random: u128) {
            let (base, prefix, _) = SPECIAL_V6[block];
            let host = u128::MAX.checked_shr(prefix.into()).unwrap_or(0);
            let address = Ipv6Addr::from_bits(base.to_bits() | (random & host));
            prop_assert!(special_use(address.into()).is_some(), "{address} passes");
        }

        #[test]
        fn nothing_outside_global_unicast_passes_but_translations(bits: u128) {
            let address = Ipv6Addr::from_bits(bits);
            if special_use(address.into()).is_none() {
                prop_assert!(bits >> 125 == 1 || embedded_v4(address).is_some());
            }
        }
    }

    #[test]
    fn public_addresses_are_not_special() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.216.34",
            "172.15.255.255",
            "172.32.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001:80b::200e",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
        ] {
            assert_eq!(special_use(text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn metadata_services_are_named() {
        for text in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "fd00:ec2::254",
            "168.63.129.16",
        ] {
            assert_eq!(
                special_use(text.parse().unwrap()),
                Some("a cloud metadata address"),
                "{text}"
            );
        }
    }
}
