//! Names that stand for what they should not, or for something else the second time.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::time::timeout;

use crate::{
    Code, Gate,
    connect::{Resolve as _, System, system_trust},
};

use super::{
    kit::{Names, gate_with, get, grants},
    server::{Server, ok},
};

#[tokio::test]
async fn a_name_is_resolved_once() {
    let server = Server::saying(ok("", b""));
    let names = Names::default().and("api.example.com", &[&["127.0.0.1"], &["169.254.169.254"]]);
    let (names, url) = (Arc::new(names), server.named("api.example.com", "/"));
    let granted = grants(&[server.named("*.example.com", "")]);
    let gate = gate_with(&granted, Arc::clone(&names), system_trust);
    for _ in 0..3 {
        get(&gate, &url).await.unwrap();
    }
    assert_eq!((names.asked.load(Ordering::Relaxed), server.received().len()), (1, 3));
    // The next call resolves it anew, and judges it anew.
    let gate = gate_with(&granted, names, system_trust);
    let refused = get(&gate, &url).await.unwrap_err();
    assert_eq!(refused.code, Code::Address);
    assert_eq!(
        refused.message,
        "api.example.com stands for 169.254.169.254, which is a metadata service; no request may \
         go there"
    );
    assert_eq!(server.received().len(), 3);
}

#[tokio::test]
async fn one_bad_address_among_good_ones_is_enough() {
    for bad in ["169.254.169.254", "::ffff:169.254.169.254", "0.0.0.0", "64:ff9b::a9fe:a9fe"] {
        let server = Server::saying(ok("", b""));
        let names = Names::default().and("api.example.com", &[&["127.0.0.1", bad]]);
        let gate = gate_with(&grants(&[server.named("*", "")]), Arc::new(names), system_trust);
        let refused = get(&gate, &server.named("api.example.com", "/")).await.unwrap_err();
        assert_eq!(refused.code, Code::Address);
        assert!(refused.message.contains(bad), "{refused}");
        assert!(server.received().is_empty());
    }
}

#[tokio::test]
async fn names_of_private_addresses_need_a_grant() {
    for private in ["127.0.0.1", "10.0.0.1", "fd12::1", "100.64.0.1", "::ffff:192.168.0.1"] {
        let names = Names::default().and("api.example.com", &[&[private]]);
        let mut granted = grants(&["http://api.example.com".to_owned()]);
        granted.http[0].private = false;
        let gate = gate_with(&granted, Arc::new(names), system_trust);
        let refused = get(&gate, "http://api.example.com/").await.unwrap_err();
        assert_eq!(refused.code, Code::Address, "{private}");
        let advice = "add `private: true` to the grant for http://api.example.com:80 in \
                      `plugins.ci.grants.http`";
        assert!(refused.message.ends_with(advice), "{refused}");
    }
}

#[tokio::test]
async fn a_name_for_nothing_is_unknown() {
    let names = Names::default().and("api.example.com", &[&[]]);
    let granted = grants(&["http://api.example.com".to_owned()]);
    let gate = gate_with(&granted, Arc::new(names), system_trust);
    assert_eq!(get(&gate, "http://api.example.com/").await.unwrap_err().code, Code::Name);
}

#[tokio::test]
async fn nobody_there_makes_a_name_be_resolved_again() {
    let server = Server::saying(ok("", b""));
    // Nobody listens at the second address of this machine.
    let names = Names::default().and("api.example.com", &[&["127.0.0.2"], &["127.0.0.1"]]);
    let granted = grants(&[server.named("api.example.com", "")]);
    let (gate, url) =
        (gate_with(&granted, Arc::new(names), system_trust), server.named("api.example.com", "/"));
    assert_eq!(get(&gate, &url).await.unwrap_err().code, Code::Unreachable);
    assert!(get(&gate, &url).await.is_ok());
}

#[tokio::test]
async fn look_ups_that_nobody_waits_for_take_one_thread() {
    // How many there are now, and the most that there ever were.
    static NOW: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let system = System::asking(|_| {
        MOST.fetch_max(NOW.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(200));
        NOW.fetch_sub(1, Ordering::Relaxed);
        Ok(vec![Ipv4Addr::LOCALHOST.into()])
    });
    let look_up = || system.resolve("slow.example.com".to_owned());
    for _ in 0..100 {
        assert!(timeout(Duration::from_millis(2), look_up()).await.is_err());
    }
    assert_eq!(look_up().await.unwrap(), [Ipv4Addr::LOCALHOST]);
    assert_eq!(MOST.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn this_machines_own_names_are_judged_too() {
    let server = Server::saying(ok("", b"here"));
    let mut granted = grants(&[server.named("localhost", "")]);
    let url = server.named("localhost", "/");
    let gate = Gate::new("plugins.ci", &granted, BTreeMap::new()).unwrap();
    assert_eq!(get(&gate, &url).await.unwrap().body, "here");
    granted.http[0].private = false;
    let gate = Gate::new("plugins.ci", &granted, BTreeMap::new()).unwrap();
    assert_eq!(get(&gate, &url).await.unwrap_err().code, Code::Address);
}
