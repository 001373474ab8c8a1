//! The projects that `plugin new` writes: the files of `plugins/templates/`, which are part of this
//! program. They hold all that is needed to build, so nobody needs a clone of ours.

use clap::ValueEnum;

/// What a plugin can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// Rust, with the kit in the project.
    Rust,
    /// JavaScript, made a component by `componentize-js`.
    Js,
    /// Python, made a component by `componentize-py`.
    Python,
}

/// What stands for the plugin's name in the templates.
const NAME: &str = "my-plugin";

macro_rules! files {
    ($folder:literal, $($path:literal),* $(,)?) => {
        &[$((
            $path,
            include_str!(concat!("../../../../plugins/templates/", $folder, "/", $path)),
        )),*]
    };
}

/// Paths in the project, and texts.
type Files = &'static [(&'static str, &'static str)];

const RUST: Files = files![
    "rust",
    ".gitignore",
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "exchanges/deploy.yaml",
    "exchanges/lost.yaml",
    "exchanges/status.yaml",
    "exchanges/unwanted.yaml",
    "sdk/Cargo.toml",
    "sdk/src/action.rs",
    "sdk/src/answer.rs",
    "sdk/src/call.rs",
    "sdk/src/guest.rs",
    "sdk/src/host.rs",
    "sdk/src/http/mod.rs",
    "sdk/src/http/request.rs",
    "sdk/src/http/response.rs",
    "sdk/src/http/tests.rs",
    "sdk/src/http/url.rs",
    "sdk/src/lib.rs",
    "sdk/src/plugin/builder.rs",
    "sdk/src/plugin/dispatch.rs",
    "sdk/src/plugin/mod.rs",
    "sdk/src/plugin/tests.rs",
    "sdk/src/testing.rs",
    "sdk/src/time.rs",
    "sdk/src/whole.rs",
    "sdk/wit/deps/clocks.wit",
    "sdk/wit/deps/config.wit",
    "sdk/wit/deps/http.wit",
    "sdk/wit/deps/io.wit",
    "sdk/wit/deps/logging.wit",
    "sdk/wit/deps/random.wit",
    "sdk/wit/plugin.wit",
    "src/deploy.rs",
    "src/lib.rs",
    "src/status.rs",
    "src/tests.rs",
];

const JS: Files = files![
    "js",
    ".gitignore",
    "README.md",
    "exchanges/deploy.yaml",
    "exchanges/lost.yaml",
    "exchanges/status.yaml",
    "exchanges/unwanted.yaml",
    "hardstop.js",
    "package.json",
    "plugin.js",
    "wit/deps/clocks.wit",
    "wit/deps/config.wit",
    "wit/deps/http.wit",
    "wit/deps/io.wit",
    "wit/deps/logging.wit",
    "wit/deps/random.wit",
    "wit/plugin.wit",
];

const PYTHON: Files = files![
    "python",
    ".gitignore",
    "README.md",
    "app.py",
    "exchanges/deploy.yaml",
    "exchanges/lost.yaml",
    "exchanges/status.yaml",
    "exchanges/unwanted.yaml",
    "hardstop.py",
    "requirements.txt",
    "wit/deps/clocks.wit",
    "wit/deps/config.wit",
    "wit/deps/http.wit",
    "wit/deps/io.wit",
    "wit/deps/logging.wit",
    "wit/deps/random.wit",
    "wit/plugin.wit",
];

impl Language {
    /// The files of a plugin of that name, by their paths in the project.
    pub(crate) fn files(self, name: &str) -> Vec<(&'static str, String)> {
        let files = self.templates().iter();
        files.map(|(path, text)| (*path, text.replace(NAME, name))).collect()
    }

    /// The commands that build, try and lock it, in its folder.
    pub(crate) const fn next(self) -> &'static [&'static str] {
        match self {
            Self::Rust => &[
                "cargo build --release --target wasm32-unknown-unknown",
                "hardstop plugin wrap target/wasm32-unknown-unknown/release/plugin.wasm",
                "hardstop plugin test",
                "hardstop plugin add plugin.wasm",
            ],
            Self::Js => &[
                "npm install",
                "npm run build",
                "hardstop plugin test",
                "hardstop plugin add plugin.wasm",
            ],
            Self::Python => &[
                "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
                ".venv/bin/componentize-py -d wit -w plugin componentize app -o plugin.wasm",
                "hardstop plugin test",
                "hardstop plugin add plugin.wasm",
            ],
        }
    }

    const fn templates(self) -> Files {
        match self {
            Self::Rust => RUST,
            Self::Js => JS,
            Self::Python => PYTHON,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::{Files, JS, Language, NAME, PYTHON, RUST};

    /// Where compilers and package managers work.
    const PRODUCTS: [&str; 4] = ["target", "node_modules", ".venv", "__pycache__"];

    fn walk(folder: &Path, below: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if PRODUCTS.contains(&name) || path.extension().is_some_and(|it| it == "wasm") {
                continue;
            }
            let below = format!("{below}{name}");
            if path.is_dir() {
                walk(&path, &format!("{below}/"), found);
            } else {
                found.insert(below);
            }
        }
    }

    #[test]
    fn all_of_a_template_is_written() {
        let all: [(&str, Files); 3] = [("rust", RUST), ("js", JS), ("python", PYTHON)];
        for (language, files) in all {
            let folder = Path::new("../../plugins/templates").join(language);
            let mut there = BTreeSet::new();
            walk(&folder, "", &mut there);
            let written: BTreeSet<_> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
            assert_eq!(written, there, "{language}");
        }
    }

    #[test]
    fn a_project_bears_its_own_name() {
        for language in [Language::Rust, Language::Js, Language::Python] {
            let files = language.files("deployments");
            assert!(files.iter().all(|(_, text)| !text.contains(NAME)), "{language:?}");
            assert!(files.iter().any(|(_, text)| text.contains("`deployments`")), "{language:?}");
            let readme = files.iter().find(|(path, _)| *path == "README.md").map(|(_, text)| text);
            for command in language.next() {
                assert!(
                    readme.is_some_and(|text| text.contains(command)),
                    "{language:?}: {command}"
                );
            }
        }
    }

    /// The kit in a project asks for what the kit of the shipped plugins does.
    #[test]
    fn the_kit_in_a_project_has_the_same_dependencies() {
        let text = include_str!("../../../../plugins/templates/rust/sdk/Cargo.toml");
        let workspace = include_str!("../../../../plugins/Cargo.toml");
        let kit = include_str!("../../../../plugins/sdk/Cargo.toml");
        let dependencies = |text: &'static str| {
            let lines = text.lines().skip_while(|line| !line.starts_with("[dependencies]"));
            lines.filter(|line| line.contains('=') && !line.starts_with('['))
        };
        assert!(dependencies(text).all(|line| workspace.contains(line)), "other versions");
        let names = |separator| {
            dependencies(if separator == '.' { kit } else { text })
                .filter_map(move |line| line.split([separator, ' ']).next())
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(names('.'), names(' '));
    }
}
