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
    cache::cache,
    holds::faults,
    play::{Player, Verdict},
    world::Recorded,
};
use crate::{
    commands::check::{add, kind, read as read_text},
    error::CliError,
    output::{PluginTestView, Printer},
    plugins::{ask, no_host, read},
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
        let bytes = read(&component).map_err(|source| {
            let path = component.display().to_string();
            CliError::Path { path, action: "cannot be read", source }
        })?;
        let beside = component.parent().unwrap_or(Path::new("")).join("exchanges");
        let usual = || Some(beside).filter(|it| it.is_dir()).into_iter().collect();
        let files = found(if exchanges.is_empty() { usual() } else { exchanges });
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
        out.answer(&view, in_words)?;
        Ok(match (view.wrong, view.failed + view.faults.len()) {
            (0, 0) => ExitCode::Done,
            (0, _) => ExitCode::RunFailed,
            (_, _) => ExitCode::Usage,
        })
    }
}

/// The files that were named, and those of the kind in folders that were.
fn found(named: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in named {
        if !path.is_dir() {
            found.push(path);
            continue;
        }
        let mut inside = Vec::new();
        add(&path, DEPTH_MAX, &mut inside);
        inside.retain(|it| read_text(it).is_ok_and(|text| kind(&text) == "Exchanges"));
        found.extend(inside);
    }
    found
}

fn in_words(view: &PluginTestView) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
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
