//! Which compiler for WebAssembly there is: rustup's, else Debian's with the sources of std.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

use super::build::TARGET;

/// A compiler that can build for [`TARGET`].
pub(super) struct Toolchain {
    /// What it says it is, and how it comes by std: what a component's bytes depend on.
    pub(super) version: String,
    kind: Kind,
}

enum Kind {
    /// The toolchain that runs this, with the target installed.
    Rustup,
    /// `rustc-web`, `cargo-web` and `rust-web-src`, which bring std as sources; the linker is that
    /// of the toolchain that runs this.
    Debian { linker: PathBuf },
}

impl Toolchain {
    /// What to do where there is none.
    pub(super) const ADVICE: &str = "no compiler for WebAssembly is installed: run `rustup target \
        add wasm32-unknown-unknown`, or `apt-get install rustc-web cargo-web rust-web-src`";

    /// The one to use; `None` if there is none.
    ///
    /// # Errors
    ///
    /// If a compiler is there but cannot be asked.
    pub(super) fn find() -> anyhow::Result<Option<Self>> {
        let folder = said("rustc", &["--print", "target-libdir", "--target", TARGET])?;
        if Path::new(&folder).is_dir() {
            let version = said("rustc", &["--version"])?;
            return Ok(Some(Self { version, kind: Kind::Rustup }));
        }
        if !Path::new("/usr/lib/rustlib/src/rust/library").is_dir() {
            return Ok(None);
        }
        let host = said("rustc", &["--print", "target-libdir"])?;
        let linker = Path::new(&host).with_file_name("bin").join("rust-lld");
        if !linker.is_file() {
            return Ok(None);
        }
        let version = said("/usr/bin/rustc", &["--version"])?;
        let version = format!("{version}, std from its sources");
        Ok(Some(Self { version, kind: Kind::Debian { linker } }))
    }

    /// A `cargo build` for [`TARGET`], to which nothing need be added but what to build.
    pub(super) fn cargo_build(&self) -> Command {
        let mut cargo = match &self.kind {
            Kind::Rustup => Command::new(env!("CARGO")),
            Kind::Debian { .. } => Command::new("/usr/bin/cargo"),
        };
        cargo.args(["build", "--quiet", "--release", "--locked", "--target", TARGET]);
        if let Kind::Debian { linker } = &self.kind {
            cargo
                .args(["-Z", "build-std=std,panic_abort"])
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                .env("RUSTC", "/usr/bin/rustc")
                // Debian's compiler is a stable one; std is built from sources by it alone.
                .env("RUSTC_BOOTSTRAP", "1");
        }
        cargo
    }
}

/// What a program prints, without the line's end.
fn said(program: &str, args: &[&str]) -> anyhow::Result<String> {
    let asked = Command::new(program)
        .args(args)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{program} cannot be run"))?;
    if !asked.status.success() {
        bail!("`{program} {}` failed", args.join(" "));
    }
    Ok(String::from_utf8(asked.stdout)?.trim().to_owned())
}
