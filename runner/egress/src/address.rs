//! Which network addresses may be connected to. Nothing here resolves a name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Somewhere in the Internet.
    Public,
    /// This machine or a private network; what kind.
    Private(&'static str),
    /// Where no request of ours has any business; what kind.
    Never(&'static str),
}

/// Judges an address; one that carries another is judged by that.
pub(crate) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => v6(address),
    }
}

fn v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [0, ..] => Reach::Never("unspecified"),
        // The metadata services of Azure, Oracle Cloud and Alibaba Cloud lie outside link-local.
        [168, 63, 129, 16] | [192, 0, 0, 192] | [100, 100, 100, 200] => {
            Reach::Never("a metadata service")
        }
        [169, 254, 169, 254] => Reach::Never("a metadata service"),
        [169, 254, ..] => Reach::Never("link-local"),
        [224..=239, ..] => Reach::Never("multicast"),
        [255, 255, 255, 255] => Reach::Never("broadcast"),
        [240..=255, ..] => Reach::Never("reserved"),
        [127, ..] => Reach::Private("loopback"),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Reach::Private("a private network"),
        [100, 64..=127, ..] => Reach::Private("a provider's shared network"),
        [192, 0, 0, _] | [198, 18..=19, ..] => Reach::Private("a special network"),
        _ => Reach::Public,
    }
}

fn v6(address: Ipv6Addr) -> Reach {
    let segments = address.segments();
    let embedded =
        |high: u16, low: u16| v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 0] => Reach::Never("unspecified"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Private("loopback"),
        // IPv4-compatible and IPv4-mapped; IPv4-translated; NAT64; 6to4.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => embedded(high, low),
        // Where the other address stands in these depends on the network, or it is hidden.
        [0x64, 0xff9b, ..] => Reach::Never("a translation of another address"),
        [0x2001, 0, ..] => Reach::Never("a tunnel to another address"),
        [0xff00..=0xffff, ..] => Reach::Never("multicast"),
        [0xfe80..=0xfebf, ..] => Reach::Never("link-local"),
        // Of Amazon, Google and Scaleway, inside the unique local addresses.
        [0xfd00, 0xec2, ..] | [0xfd20, 0xce, ..] | [0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42] => {
            Reach::Never("a metadata service")
        }
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => Reach::Private("a private network"),
        [0x100, 0, 0, 0, ..] => Reach::Never("discarded"),
        _ => Reach::Public,
    }
}
