//! What is installed: every version, and why it is that one.

/// A server or tool of others that tests use.
pub(super) struct Peer {
    pub(super) name: &'static str,
    pub(super) from: From,
}

/// Where what packages bring with them is pinned, from the top of the repository.
pub(super) const LOCKS: &str = "tests/peers/locks";

/// Where it comes from. What a package brings with it is pinned in [`LOCKS`].
pub(super) enum From {
    /// Packages of `PyPI`, `name==version`.
    PyPi(&'static [&'static str]),
    /// Packages of npm, each with its version.
    Npm(&'static [(&'static str, &'static str)]),
    /// A package of Debian and the program it brings. Debian pins the version: each of its releases
    /// has one, and both servers keep their API stable across all that are supported.
    Debian { package: &'static str, program: &'static str },
}

/// All of them. To move a version, change it here, delete its lock and install it: a missing lock is
/// written.
pub(super) const PEERS: [Peer; 7] = [
    // The newest. The worker runs within the master's process; without the pages there is no API.
    Peer {
        name: "buildbot",
        from: From::PyPi(&["buildbot==4.3.0", "buildbot-worker==4.3.0", "buildbot-www==4.3.0"]),
    },
    Peer {
        name: "prometheus",
        from: From::Debian { package: "prometheus", program: "prometheus" },
    },
    Peer {
        name: "alertmanager",
        from: From::Debian {
            package: "prometheus-alertmanager",
            program: "prometheus-alertmanager",
        },
    },
    // The newest that PyPI has a ready-made wheel of; it then needs no Rust and no database server.
    Peer { name: "synapse", from: From::PyPi(&["matrix-synapse==1.163.2"]) },
    // The newest that runs on Debian's Node: from 5.15 on it asks for Node 24.
    Peer { name: "prism", from: From::Npm(&[("@stoplight/prism-cli", "5.14.2")]) },
    // The newest; makes components of WASI 0.2, which the contract of plugins speaks. It needs the shim, and does
    // not say so.
    Peer {
        name: "componentize-js",
        from: From::Npm(&[
            ("@bytecodealliance/componentize-js", "0.23.0"),
            ("@bytecodealliance/preview2-shim", "0.25.0"),
        ]),
    },
    // The newest, for the same.
    Peer { name: "componentize-py", from: From::PyPi(&["componentize-py==0.25.1"]) },
];
