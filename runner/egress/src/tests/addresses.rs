//! Every range that has a meaning, at both of its ends.

use crate::address::{Reach, reach};

fn kind(address: &str) -> &'static str {
    match reach(address.parse().unwrap()) {
        Reach::Public => "public",
        Reach::Private(_) => "private",
        Reach::Never(_) => "never",
    }
}

#[track_caller]
fn all(expected: &str, addresses: &[&str]) {
    for address in addresses {
        assert_eq!(kind(address), expected, "{address}");
    }
}

#[test]
fn of_version_4() {
    all("public", &["1.1.1.1", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0"]);
    all("public", &["100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1"]);
    all("public", &["169.253.255.255", "169.255.0.0", "192.167.255.255", "192.169.0.0"]);
    all("public", &["223.255.255.255", "168.63.129.15", "198.17.255.255", "198.20.0.0"]);
    all("private", &["127.0.0.1", "127.255.255.255", "10.0.0.0", "10.255.255.255"]);
    all("private", &["172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"]);
    all("private", &["100.64.0.0", "100.127.255.255", "192.0.0.8", "198.18.0.1", "198.19.0.1"]);
    all("never", &["0.0.0.0", "0.255.255.255", "169.254.0.0", "169.254.255.255"]);
    all("never", &["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192"]);
    all("never", &["224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255"]);
}

#[test]
fn of_version_6() {
    all("public", &["2606:4700::1111", "2001:1::1", "fbff::1", "2003::1"]);
    all("private", &["::1", "fc00::1", "fdff::1", "fd00:ec1::254", "fec0::1", "fd00:42::43"]);
    all("never", &["::", "fe80::1", "febf::1", "ff00::1", "ffff::1", "100::1"]);
    all("never", &["fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:42::42"]);
    all("never", &["64:ff9b:1::7f00:1", "64:ff9b:0:0:0:1:808:808", "2001::1"]);
}

#[test]
fn one_inside_another_counts() {
    let embedded = |address: &str| {
        let [a, b, c, d] = address.parse::<std::net::Ipv4Addr>().unwrap().octets();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        [
            format!("::ffff:{address}"),
            format!("::ffff:0:{high:x}:{low:x}"),
            format!("64:ff9b::{high:x}:{low:x}"),
            format!("2002:{high:x}:{low:x}::1"),
        ]
    };
    for address in ["1.1.1.1", "127.0.0.1", "10.1.2.3", "169.254.169.254", "0.0.0.0", "224.0.0.1"] {
        for spelling in embedded(address) {
            assert_eq!(kind(&spelling), kind(address), "{spelling}");
        }
    }
    all("private", &["::127.0.0.1", "::10.0.0.1"]);
    all("never", &["::169.254.169.254", "::0.0.0.2"]);
    all("public", &["::8.8.8.8"]);
}
