//! The table and the locks beside it agree.

use std::fs;

use super::{
    run,
    table::{From, LOCKS, PEERS},
};
use crate::place::root;

#[test]
fn every_lock_holds_what_the_table_pins() {
    let locks = root().join(LOCKS);
    let lock = |file: String| fs::read_to_string(locks.join(file)).expect("there is a lock");
    for peer in PEERS {
        match peer.from {
            From::PyPi(packages) => {
                let text = lock(format!("{}.txt", peer.name));
                for package in packages {
                    assert!(text.lines().any(|line| line == *package), "{package}");
                }
            }
            From::Npm(packages) => {
                let lock: serde_json::Value =
                    serde_json::from_str(&lock(format!("{}.json", peer.name))).expect("JSON");
                for (package, version) in packages {
                    let pinned = &lock["packages"][format!("node_modules/{package}")]["version"];
                    assert_eq!(pinned, version, "{package}");
                }
            }
            From::Debian { .. } => {}
        }
    }
}

#[test]
fn a_name_nobody_knows_is_refused() {
    let error = run(&["bildbot"]).expect_err("it is unknown");
    assert!(error.to_string().contains("there is no peer `bildbot`: there are buildbot, "));
}
