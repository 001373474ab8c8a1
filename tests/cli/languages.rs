//! One behaviour, three languages: a project of each is begun, built with the real toolchain, tried,
//! locked and run, and nobody can tell them apart.
//!
//! What is not installed is skipped, and the skip is said. Nothing is installed here.

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

use hardstop_tests_peers::place::{installed, skipped};
use serde_json::{Value, json};

use super::stage::{Ended, Stage};

const TARGET: &str = "wasm32-unknown-unknown";
/// The value of the secret that the server is sent.
const TOKEN: &str = "token-of-the-test";

/// What a language leaves for the others to be compared with.
#[derive(Debug, PartialEq)]
struct Behaviour {
    manifest: Value,
    events: Vec<Value>,
    requests: Vec<String>,
}

#[test]
fn a_plugin_behaves_the_same_in_every_language() {
    let server = Server::start();
    let stage = stage(&server);
    let mut seen: Vec<(&str, Behaviour)> = Vec::new();
    for language in ["rust", "js", "python"] {
        let folder = stage.repo().join("plugins").join(format!("demo-{language}"));
        let next = begin(&stage, language);
        let page = fs::read_to_string(root().join("docs/plugins.md")).unwrap();
        for command in &next {
            assert!(page.contains(&format!("$ {command}\n")), "docs/plugins.md has no `{command}`");
        }
        if let Err(missing) = build(language, &stage, &folder, &next) {
            skipped(&missing);
            continue;
        }
        tried(&stage, &folder);
        stage.hardstop_in(&folder, &["plugin", "add", "plugin.wasm"]).expect(0, &["locked 0.1.0"]);
        stage.commit("lock it");
        server.reset();
        let run = format!("runbooks/{language}.yaml");
        let mut command = stage.command(env!("CARGO_BIN_EXE_hardstop"), &stage.repo());
        command.env("DEPLOY_TOKEN", TOKEN).args(["run", &run, "--wait", "5m", "--json"]);
        let ended = Ended::of(&command.output().unwrap());
        assert_eq!(ended.code, 3, "{ended:?}");
        let behaviour = behaviour(&stage, language, &ended, &server);
        is_as_written(&behaviour);
        seen.push((language, behaviour));
    }
    for pair in seen.windows(2) {
        assert_eq!(pair[0].1, pair[1].1, "{} and {}", pair[0].0, pair[1].0);
    }
}

/// A repository with a runbook for each language.
fn stage(server: &Server) -> Stage {
    let mut files = Vec::new();
    let mut config = "apiVersion: hardstop/v1\nkind: Config\nplugins:\n".to_owned();
    for language in ["rust", "js", "python"] {
        let url = &server.url;
        write!(
            config,
            "  demo-{language}:\n    config: {{url: '{url}'}}\n    grants:\n      \
             http: [{{origin: '{url}', private: true}}]\n      secrets: {{token: {{env: \
             DEPLOY_TOKEN, header: authorization, hosts: ['127.0.0.1']}}}}\n"
        )
        .unwrap();
        let book = format!(
            "apiVersion: hardstop/v1\nkind: Runbook\nid: deploy\nsteps:\n  \
             - {{id: before, uses: demo-{language}/status, with: {{service: shop}}}}\n  \
             - {{id: deploy, uses: demo-{language}/deploy, with: {{service: shop, version: 1.4.0}}, \
             timeout: 10m}}\n  \
             - {{id: missing, uses: demo-{language}/status, with: {{service: nobody}}}}\n"
        );
        files.push((format!("runbooks/{language}.yaml"), book));
    }
    files.push((".hardstop/config.yaml".to_owned(), config));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let stage = Stage::new(&files);
    fs::create_dir(stage.repo().join("plugins")).unwrap();
    stage
}

/// Writes the project, and gives the commands that people are told to type.
fn begin(stage: &Stage, language: &str) -> Vec<String> {
    let name = format!("demo-{language}");
    let args = ["plugin", "new", &name, "--language", language, "--json"];
    let folder = stage.repo().join("plugins");
    let ended = stage.hardstop_in(&folder, &args);
    assert_eq!(ended.code, 0, "{ended:?}");
    let view: Value = serde_json::from_str(&ended.out).unwrap();
    stage.hardstop_in(&folder, &args).expect(2, &["is there already", "nothing was written"]);
    let next = view["next"].as_array().unwrap().iter();
    next.map(|command| command.as_str().unwrap().to_owned()).collect()
}

/// Builds it; `Err` says what is not installed.
fn build(language: &str, stage: &Stage, folder: &Path, next: &[String]) -> Result<(), String> {
    match language {
        "rust" => {
            let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("languages");
            let mut cargo = cargo()?;
            let fetched = Command::new("cargo")
                .args(["fetch", "--offline", "--locked", "--quiet"])
                .current_dir(folder)
                .output()
                .unwrap();
            if !fetched.status.success() {
                let advice = "cargo fetch --manifest-path plugins/templates/rust/Cargo.toml";
                return Err(format!("crates of the template are not here; {advice}"));
            }
            cargo.args(next[0].split(' ').skip(1)).args(["--offline", "--locked", "--quiet"]);
            done(cargo.env("CARGO_TARGET_DIR", &target).current_dir(folder));
            let module = target.join(TARGET).join("release/plugin.wasm");
            let wrap = ["plugin", "wrap", module.to_str().unwrap()];
            stage.hardstop_in(folder, &wrap).expect(0, &["plugin.wasm: ", "hardstop plugin test"]);
        }
        "js" => {
            let program = installed("componentize-js", "node_modules/.bin/componentize-js")?;
            let package = fs::read_to_string(folder.join("package.json")).unwrap();
            let package: Value = serde_json::from_str(&package).unwrap();
            let script = package["scripts"]["build"].as_str().unwrap();
            done(Command::new(program).args(script.split(' ').skip(1)).current_dir(folder));
        }
        _ => {
            let program = installed("componentize-py", "bin/componentize-py")?;
            done(Command::new(program).args(next[1].split(' ').skip(1)).current_dir(folder));
        }
    }
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A cargo that can compile for [`TARGET`]: rustup's, else Debian's with the sources of std.
fn cargo() -> Result<Command, String> {
    let said = |args: &[&str]| {
        let asked = Command::new("rustc").args(args).output().unwrap();
        PathBuf::from(String::from_utf8(asked.stdout).unwrap().trim())
    };
    if said(&["--print", "target-libdir", "--target", TARGET]).is_dir() {
        return Ok(Command::new("cargo"));
    }
    let linker = said(&["--print", "target-libdir"]).with_file_name("bin").join("rust-lld");
    let library = Path::new("/usr/lib/rustlib/src/rust/library/Cargo.toml");
    if !library.is_file() || !linker.is_file() {
        let advice = "rustup target add, or apt-get install rustc-web cargo-web rust-web-src";
        return Err(format!("no compiler for {TARGET} is installed; {advice}"));
    }
    let debian = || {
        let mut cargo = Command::new("/usr/bin/cargo");
        cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
        // That of the toolchain that runs this test is for it alone.
        cargo.env_remove("RUSTUP_TOOLCHAIN");
        cargo
    };
    let fetched = debian()
        .args(["fetch", "--offline", "--locked", "--quiet", "--manifest-path"])
        .arg(library)
        .output()
        .unwrap();
    if !fetched.status.success() {
        return Err(
            "crates that std is built of are not here; cargo xtask plugins --check".to_owned()
        );
    }
    let mut cargo = debian();
    // Options of cargo's own stand before what it is told to do.
    cargo
        .args(["-Z", "build-std=std,panic_abort"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    Ok(cargo)
}

#[track_caller]
fn done(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// Its recorded exchanges come out as expected, and differently when something else is expected.
fn tried(stage: &Stage, folder: &Path) {
    let passed = "all holds that must hold of every plugin; 4 passed";
    stage.hardstop_in(folder, &["plugin", "test"]).expect(0, &[passed]);
    let text = fs::read_to_string(folder.join("exchanges/status.yaml")).unwrap();
    let other = stage.beside("other.yaml");
    fs::write(&other, text.replace("done: {version: 1.4.0", "done: {version: 1.5.0")).unwrap();
    let args = ["plugin", "test", "plugin.wasm", other.to_str().unwrap()];
    let must = "it must be done: {\"healthy\":true,\"version\":\"1.5.0\"}";
    stage.hardstop_in(folder, &args).expect(1, &["leg 1 (invoke) is done", must, "1 failed"]);
}

/// What came of a run, without what is different each time.
fn behaviour(stage: &Stage, language: &str, ended: &Ended, server: &Server) -> Behaviour {
    let plugin = format!("demo-{language}");
    let lock = fs::read_to_string(stage.repo().join("hardstop.lock")).unwrap();
    let lock: Value = serde_json::from_str(&lock).unwrap();
    let mut manifest = lock["plugins"][&plugin]["manifest"].clone();
    assert_eq!(manifest["name"].take(), plugin);
    let view: Value = serde_json::from_str(&ended.out).unwrap();
    let id = view["run"]["run"].as_str().unwrap_or_else(|| panic!("{view:#}"));
    let folder = stage.repo().join(".git/hardstop/runs").join(id);
    let journal = fs::read_to_string(folder.join("journal.jsonl")).unwrap();
    let settled = |text: &str| text.replace(&plugin, "demo").replace(id, "RUN");
    let event = |line: &str| {
        let mut line: Value = serde_json::from_str(&settled(line)).unwrap();
        let mut event = line["event"].take();
        settle(&mut event);
        event
    };
    let events = journal.lines().map(event).collect();
    Behaviour { manifest, events, requests: server.asked() }
}

/// Takes out what no two runs have in common.
fn settle(value: &mut Value) {
    match value {
        Value::String(text) => {
            let is_instant =
                text.get(..5).is_some_and(|it| it.starts_with("20") && it.ends_with('-'));
            if is_instant || text.starts_with("sha256:") {
                "varies".clone_into(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(settle),
        Value::Object(members) => {
            for varying in ["holder", "size_bytes", "original_bytes", "took_ms"] {
                members.remove(varying);
            }
            members.values_mut().for_each(settle);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What every language must have done.
fn is_as_written(behaviour: &Behaviour) {
    let of = |step: &str, kind: &str| {
        let is_of = |event: &&Value| event["step"].as_str().is_some_and(|it| it.ends_with(step));
        let mut steps = behaviour.events.iter().filter(is_of);
        let found = steps.rfind(|event| event["type"] == kind);
        found.unwrap_or_else(|| panic!("no {kind} of {step} in {:#?}", behaviour.events)).clone()
    };
    let outputs = |step: &str| of(step, "step.succeeded")["outputs"].clone();
    assert_eq!(outputs("before"), json!({ "version": "1.3.9", "healthy": true }));
    assert_eq!(outputs("deploy"), json!({ "id": "d-17" }));
    let failed = of("missing", "attempt.failed").to_string();
    assert!(failed.contains("not_found"), "{failed}");
    assert!(failed.contains("/services/nobody answered 404: no such service"), "{failed}");
    assert_eq!(
        behaviour.requests,
        [
            "GET /services/shop ",
            "POST /deployments with a key {\"service\":\"shop\",\"version\":\"1.4.0\"}",
            "GET /deployments/d-17 ",
            "GET /deployments/d-17 ",
            "GET /services/nobody ",
        ]
    );
}

/// The deployment server that the templates are about.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        // It ends with the test.
        thread::spawn(move || {
            for connection in listener.incoming() {
                answer(connection.unwrap(), &kept);
            }
        });
        Self { url, asked }
    }

    fn reset(&self) {
        self.asked.lock().unwrap().clear();
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(mut connection: TcpStream, asked: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut head = Vec::new();
    for line in reader.by_ref().lines().map(Result::unwrap) {
        if line.is_empty() {
            break;
        }
        head.push(line);
    }
    let header = |name: &str| {
        let mut lines = head.iter().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let length = header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let request = head[0].trim_end_matches(" HTTP/1.1");
    let key = header("idempotency-key").map(|_| "with a key ").unwrap_or_default();
    let line = format!("{request} {key}{}", String::from_utf8(body).unwrap());
    let mut asked = asked.lock().unwrap();
    let again = asked.contains(&line);
    asked.push(line);
    let (status, text) = match request {
        _ if header("authorization").as_deref() != Some(&format!("Bearer {TOKEN}")) => {
            (401, "who are you?".to_owned())
        }
        "GET /services/shop" => (200, json!({ "version": "1.3.9", "healthy": true }).to_string()),
        "POST /deployments" => (201, json!({ "id": "d-17", "state": "running" }).to_string()),
        "GET /deployments/d-17" => {
            let state = if again { "succeeded" } else { "running" };
            (200, json!({ "id": "d-17", "state": state }).to_string())
        }
        _ => (404, "no such service".to_owned()),
    };
    let length = text.len();
    write!(connection, "HTTP/1.1 {status} OK\r\ncontent-length: {length}\r\n\r\n{text}").unwrap();
}
