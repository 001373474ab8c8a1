//! Which compilers for WebAssembly there are: rustup's, and Debian's with the sources of std.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

use super::build::TARGET;
use crate::place::{cargo, cargo_at};

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

    /// The one of that version, else any; `None` if there is none.
    ///
    /// # Errors
    ///
    /// If a compiler is there but cannot be asked.
    pub(super) fn find(version: Option<&str>) -> anyhow::Result<Option<Self>> {
        let mut all: Vec<Self> = [Self::rustup()?, Self::debian()?].into_iter().flatten().collect();
        let wanted = all.iter().position(|it| Some(it.version.as_str()) == version);
        Ok((!all.is_empty()).then(|| all.swap_remove(wanted.unwrap_or_default())))
    }

    fn rustup() -> anyhow::Result<Option<Self>> {
        let folder = said("rustc", &["--print", "target-libdir", "--target", TARGET])?;
        if !Path::new(&folder).is_dir() {
            return Ok(None);
        }
        Ok(Some(Self { version: said("rustc", &["--version"])?, kind: Kind::Rustup }))
    }

    fn debian() -> anyhow::Result<Option<Self>> {
        if !Path::new("/usr/lib/rustlib/src/rust/library").is_dir() {
            return Ok(None);
        }
        let host = said("rustc", &["--print", "target-libdir"])?;
        let linker = Path::new(&host).with_file_name("bin").join("rust-lld");
        if !linker.is_file() {
            return Ok(None);
        }
        let version = said("/usr/bin/rustc", &["--version"])?;
        let links = said(&linker, &["-flavor", "wasm", "--version"])?;
        let links = links.split(" (").next().unwrap_or_default();
        let version = format!("{version}, std from its sources, {links}");
        Ok(Some(Self { version, kind: Kind::Debian { linker } }))
    }

    /// A `cargo build` for [`TARGET`], to which nothing need be added but what to build.
    pub(super) fn cargo_build(&self) -> Command {
        let mut cargo = match &self.kind {
            Kind::Rustup => cargo(),
            Kind::Debian { .. } => cargo_at("/usr/bin/cargo"),
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
fn said(program: impl AsRef<Path>, args: &[&str]) -> anyhow::Result<String> {
    let program = program.as_ref();
    let asked = Command::new(program).args(args).stderr(Stdio::inherit()).output();
    let asked = asked.with_context(|| format!("{} cannot be run", program.display()))?;
    if !asked.status.success() {
        bail!("`{} {}` failed", program.display(), args.join(" "));
    }
    Ok(String::from_utf8(asked.stdout)?.trim().to_owned())
}
