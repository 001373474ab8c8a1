//! Asking for a trial, and telling what came of it.

use std::{
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use hardstop_core::{exit::ExitCode, ids::Digest};
use hardstop_evidence::digest;
use hardstop_plugin_host::{Components, Host, Options, World};

use super::{
    holds::faults,
    play::{Player, Verdict},
    world::Recorded,
};
use crate::{
    commands::check::{add, kind, read as read_text},
    error::CliError,
    output::{PluginTestView, Printer},
    plugins::{ask, built, cache, no_host},
    wire::block_on,
};

/// Folders are looked into this deep.
const DEPTH_MAX: usize = 3;

/// Try a component: play recorded exchanges against it, without network and without a repository.
///
/// It runs as it would in a run, and is granted what its manifest asks for. Ends with 0 if all came
/// out as expected, with 1 if something did not, and with 2 if a file is wrong.
#[derive(Args, Debug)]
pub(crate) struct Test {
    /// The component.
    #[arg(default_value = "plugin.wasm")]
    component: PathBuf,
    /// Files of `kind: Exchanges`, and folders to look for them in; the folder `exchanges` beside
    /// the component if none is named.
    exchanges: Vec<PathBuf>,
}

/// The component, and nothing else.
struct One(Digest, Vec<u8>);

impl Components for One {
    fn component(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>> {
        Ok((self.0 == *digest).then(|| self.1.clone()))
    }
}

impl Test {
    /// Plays all exchanges.
    ///
    /// # Errors
    ///
    /// If the component cannot be used.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let Self { component, exchanges } = self;
        let bytes = built(&component, "component")?;
        let beside = component.parent().unwrap_or(Path::new("")).join("exchanges");
        let is_there = !exchanges.is_empty() || beside.is_dir();
        let places = if exchanges.is_empty() { vec![beside] } else { exchanges };
        let files = if is_there { found(&places) } else { Vec::new() };
        let digest = digest(&bytes);
        let world = Arc::new(Recorded::default());
        let told: Arc<dyn World> = Arc::<Recorded>::clone(&world);
        let options = Options { cache: cache(), threads: 1, ..Options::default() };
        let components = Arc::new(One(digest, bytes.clone()));
        let host = Host::recorded(options, components, told).map_err(no_host)?;
        let manifest = ask(&host, &component.display().to_string(), &bytes)?;
        let player = Player { host: &host, world: &world, manifest: &manifest, digest };
        let view = block_on(async {
            let mut view = PluginTestView {
                name: manifest.name.clone(),
                version: manifest.version.clone(),
                faults: faults(&host, &manifest, digest).await,
                exchanges: Vec::new(),
                passed: 0,
                failed: 0,
                wrong: 0,
            };
            for path in &files {
                let (verdict, played) = player.play(path).await;
                match verdict {
                    Verdict::Passed => view.passed += 1,
                    Verdict::Failed => view.failed += 1,
                    Verdict::Wrong => view.wrong += 1,
                }
                view.exchanges.push(played);
            }
            Ok(view)
        })?;
        out.answer(&view, |view| in_words(view, &places))?;
        Ok(match (view.wrong, view.failed + view.faults.len()) {
            (0, 0) => ExitCode::Done,
            (0, _) => ExitCode::RunFailed,
            (_, _) => ExitCode::Usage,
        })
    }
}

/// The files that were named, and in folders that were those of the kind, or that cannot be read.
fn found(named: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in named {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        add(path, DEPTH_MAX, &mut inside);
        inside.retain(|it| read_text(it).map_or(true, |text| kind(&text) == "Exchanges"));
        found.extend(inside);
    }
    found
}

/// * `places`: where exchanges were looked for.
fn in_words(view: &PluginTestView, places: &[PathBuf]) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    if view.exchanges.is_empty() {
        let places: Vec<String> = places.iter().map(|it| format!("`{}/`", it.display())).collect();
        let _ = writeln!(text, "no exchanges were found in {}", places.join(", "));
    }
    for fault in &view.faults {
        let _ = writeln!(text, "FAILED {fault}");
    }
    for played in &view.exchanges {
        let verdict = if played.passed { "ok" } else { "FAILED" };
        let _ = writeln!(text, "{verdict:6} {}: {}", played.path, played.title);
    }
    let faults = match view.faults.len() {
        0 => "all holds that must hold of every plugin".to_owned(),
        1 => "1 fault".to_owned(),
        many => format!("{many} faults"),
    };
    let _ = write!(text, "{} {}: {faults}; {} passed", view.name, view.version, view.passed);
    for (count, what) in [(view.failed, "failed"), (view.wrong, "could not be read")] {
        if count > 0 {
            let _ = write!(text, ", {count} {what}");
        }
    }
    text.push('\n');
    text
}
