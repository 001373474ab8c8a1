//! Plugins: what is locked, what is checked against it, and what a run is refused without.

#[cfg(feature = "plugins")]
use hardstop_core::ids::Digest;
use hardstop_evidence::digest;
use serde_json::json;

use super::stage::Stage;

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0 not really";
const CONFIG: &str = "\
apiVersion: hardstop/v1
kind: Config
plugins:
  ci:
    config: {url: 'https://ci.example.com'}
    grants: {http: [{origin: 'https://ci.example.com'}]}
";

/// The text of a lock file with one plugin, `ci`.
fn lock(version: &str, more: &[&str]) -> String {
    let mut http = vec![json!({"origin": "${config.url}", "methods": ["GET"], "why": "asks"})];
    http.extend(more.iter().map(|it| json!({"origin": it, "why": "asks more"})));
    let action = json!({
        "summary": "Builds.",
        "input": {
            "type": "object",
            "required": ["job"],
            "additionalProperties": false,
            "properties": {"job": {"type": "string"}}
        },
        "output": {"type": "object", "properties": {"number": {"type": "integer"}}}
    });
    let manifest = json!({
        "name": "ci", "version": version, "contract": "0.1.0", "summary": "Builds on a server.",
        "config": {"url": {"summary": "Where it is.", "required": true}},
        "http": http, "actions": {"build": action}
    });
    let locked = json!({
        "version": version, "digest": digest(&[COMPONENT, version.as_bytes()].concat()).to_string(),
        "source": "path:plugins/ci.wasm", "manifest": manifest
    });
    format!("{:#}\n", json!({"version": 1, "plugins": {"ci": locked}}))
}

fn book(uses: &str) -> String {
    format!(
        "apiVersion: hardstop/v1\nkind: Runbook\nid: book\nsteps:\n  - id: a\n    uses: {uses}\n  \
         - {{id: b, run: [echo, \"${{{{ steps.a.outputs.number }}}}\"]}}\n"
    )
}

fn stage(uses: &str) -> Stage {
    Stage::new(&[
        ("hardstop.lock", &lock("1.0.0", &[])),
        (".hardstop/config.yaml", CONFIG),
        ("book.yaml", &book(uses)),
    ])
}

#[test]
fn calls_are_checked_against_the_lock_file() {
    let stage = stage("ci/build\n    with: {jbo: x}");
    stage.hardstop(&["check", "book.yaml"]).expect(
        2,
        &["`ci/build` needs `job`", "`ci/build` takes no `jbo`", "did you mean `job`?", "2 errors"],
    );
    stage.write("book.yaml", &book("ci/biuld"));
    stage.hardstop(&["check", "book.yaml"]).expect(2, &["no action `biuld`", "`build`"]);
    stage.write("book.yaml", &book("ci/build\n    with: {job: x}").replace("number", "nr"));
    stage.hardstop(&["check", "book.yaml"]).expect(2, &["no output `nr`"]);
    stage.write("hardstop.lock", "{}");
    stage.hardstop(&["check", "book.yaml"]).expect(2, &["runbook::lock", "cannot be read"]);
}

#[test]
fn a_plugin_that_is_not_locked_is_rehearsed_and_not_run() {
    let stage = Stage::new(&[("book.yaml", &book("jenkins/build"))]);
    let ended = stage.hardstop(&["check", "book.yaml"]);
    ended.expect(0, &["calls `jenkins/build`, for which no plugin is locked", "book.yaml: ok"]);
    let (_, view) = stage.json(&["check", "book.yaml"]);
    assert_eq!(view["files"][0]["unlocked"], json!(["jenkins/build"]));
    let ended = stage.hardstop(&["run", "book.yaml"]);
    ended.expect(2, &["no plugin is locked for `jenkins/build`", "hardstop plugin add jenkins"]);
    // With a lock file, a name in it may have been meant.
    stage.write("hardstop.lock", &lock("1.0.0", &[]));
    stage
        .hardstop(&["check", "book.yaml"])
        .expect(0, &["plugin `jenkins` is not locked", "1 warning"]);
}

#[test]
fn a_run_is_refused_what_its_plugins_lack() {
    let stage = stage("ci/build\n    with: {job: x}");
    stage
        .hardstop(&["run", "book.yaml"])
        .expect(2, &["the component of `ci`, sha256:", "not here"]);
    stage.write(".hardstop/config.yaml", "apiVersion: hardstop/v1\nkind: Config\n");
    stage.commit("no grants");
    let ended = stage.hardstop(&["run", "book.yaml"]);
    ended.expect(2, &["`config.url` is not set: Where it is.", "add it to .hardstop/config.yaml"]);
    stage.write(".hardstop/config.yaml", &CONFIG.replace("{url:", "{urk: x, url:"));
    stage.commit("one too many");
    let ended = stage.hardstop(&["run", "book.yaml"]);
    ended.expect(2, &["it has no `config.urk`", "correct `plugins.ci` in .hardstop/config.yaml"]);
    stage.write("hardstop.lock", "{}");
    stage
        .hardstop(&["plugin", "list"])
        .expect(2, &["cannot be read", "`git restore :/hardstop.lock`"]);
}

/// A run that goes on at another commit needs what that one calls, as one that is opened does.
#[test]
fn a_run_is_not_rebased_onto_what_nothing_provides() {
    let plain = "apiVersion: hardstop/v1\nkind: Runbook\nid: book\nsteps:\n  \
                 - {id: look, checklist: {items: [{id: ok, text: All is well}]}}\n";
    let stage = Stage::new(&[("book.yaml", plain)]);
    let run = stage.waiting_run("book.yaml");
    stage.write(
        "book.yaml",
        &format!("{plain}  - {{id: build, uses: ci/build, with: {{job: x}}}}\n"),
    );
    stage.commit("a call");
    let rebase = ["rebase", &run, "--onto", "HEAD", "--reason", "one more step"];
    let advice = "`hardstop plugin add <file or address of ci>`";
    stage.hardstop(&rebase).expect(2, &["no plugin is locked for `ci/build`", advice]);
    stage.write("hardstop.lock", &lock("1.0.0", &[]));
    stage.commit("locked");
    stage.hardstop(&rebase).expect(2, &["`config.url` is not set", ".hardstop/config.yaml"]);
    stage.write(".hardstop/config.yaml", CONFIG);
    stage.commit("granted");
    stage.hardstop(&rebase).expect(2, &["the component of `ci`, sha256:", "not here"]);
    // Nothing of it was kept: the run goes on as it was.
    stage.hardstop(&["tick", &run, "look", "ok"]).expect(0, &["succeeded"]);
}

#[test]
fn plans_and_differences_tell_of_plugins() {
    let stage = stage("ci/build\n    with: {job: x}");
    stage.write("runbooks/book.yaml", &book("ci/build\n    with: {job: x}"));
    stage.commit("one more");
    let first = digest(&[COMPONENT, b"1.0.0"].concat());
    stage.hardstop(&["plan", "book.yaml"]).expect(0, &[&format!("plugin ci 1.0.0 {first}")]);
    let (_, view) = stage.json(&["plan", "book.yaml"]);
    assert_eq!(view["plugins"][0]["asks"], json!(["http ${config.url} GET"]));
    stage.write("hardstop.lock", &lock("1.1.0", &["https://*:*"]));
    for args in [&["diff", "book.yaml"][..], &["diff"]] {
        stage.hardstop(args).expect(
            0,
            &["plugin digest `ci` changed", "plugin capability `ci` added", "1 of them weakened"],
        );
    }
}

#[test]
fn what_is_shipped_is_listed() {
    let stage = stage("ci/build\n    with: {job: x}");
    let ended = stage.hardstop(&["plugin", "list"]);
    ended.expect(0, &["ci 1.0.0 (path:plugins/ci.wasm, its component is not here)", "shipped: "]);
    let (_, view) = stage.json(&["plugin", "list"]);
    assert_eq!(view["locked"][0]["granted"], json!(["http https://ci.example.com:443 GET"]));
    assert!(
        view["shipped"].as_array().is_some_and(|all| all.iter().any(|it| it["name"] == "http"))
    );
    stage.hardstop(&["plugin", "docs"]).expect(0, &["### ci/build", "| `job` | text | yes |"]);
    stage.hardstop(&["plugin", "info", "ci"]).expect(0, &["asks for: http ${config.url} GET"]);
    for (typed, said) in [
        ("nothing", "neither a shipped plugin nor a file"),
        ("http://example.com/a.wasm", "none of `shipped`"),
        ("https://user@example.com/a", "no password"),
        ("https://*.example.com/a", "is no host"),
        ("path:../a.wasm", "leads out"),
    ] {
        stage.hardstop(&["plugin", "add", typed]).expect(2, &[said]);
    }
    stage.hardstop(&["plugin", "update", "other"]).expect(2, &["plugin `other` is not locked"]);
}

#[test]
fn what_is_built_in_has_a_manifest() {
    let stage = Stage::new(&[("book.yaml", &book("exec/run\n    with: {run: [date]}"))]);
    stage.hardstop(&["plugin", "list"]).expect(0, &["exec ", "(built in)", "actions: run"]);
    let ended = stage.hardstop(&["plugin", "info", "exec"]);
    ended.expect(0, &["built in", "granted: exec any program", "exec/run"]);
    let docs = [
        "### exec/run",
        "| `env` | map | | Added to the environment",
        "run: [\"certs\", \"status\"",
    ];
    stage.hardstop(&["plugin", "docs", "exec"]).expect(0, &docs);
    // All actions are all that are built in, and all that are locked.
    stage.hardstop(&["plugin", "docs"]).expect(0, &docs);
    stage.hardstop(&["check", "book.yaml"]).expect(2, &["runbook::built-in", "write `run: ["]);
    stage.hardstop(&["plugin", "add", "exec"]).expect(2, &["`exec` is built in"]);
    let config = "apiVersion: hardstop/v1\nkind: Config\nexec: {allow: []}\n";
    stage.write(".hardstop/config.yaml", config);
    stage.commit("nothing may be executed");
    let (_, view) = stage.json(&["plugin", "info", "exec"]);
    assert_eq!(view["missing"][0], "`exec.allow` is empty, so no program may be executed");
    stage.write(".hardstop/config.yaml", &format!("{config}plugins: {{exec: {{}}}}\n"));
    stage.commit("a grant in the wrong place");
    stage.hardstop(&["plugin", "list"]).expect(2, &["config::built-in", "`exec: {allow: [git]}`"]);
}

#[cfg(feature = "plugins")]
#[test]
fn a_shipped_plugin_is_locked_and_verified() {
    let stage = Stage::new(&[]);
    let (code, view) = stage.json(&["plugin", "add", "http"]);
    assert_eq!((code, &view["plugins"][0]["name"]), (0, &json!("http")), "{view:#}");
    let path = stage.repo().join("hardstop.lock");
    let text = std::fs::read_to_string(&path).unwrap();
    stage.hardstop(&["plugin", "add", "http"]).expect(0, &["http: locked"]);
    stage.hardstop(&["plugin", "update"]).expect(0, &["as before"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    stage.hardstop(&["plugin", "verify"]).expect(0, &["http", ": ok"]);
    let mut edited: serde_json::Value = serde_json::from_str(&text).unwrap();
    edited["plugins"]["http"]["manifest"]["summary"] = json!("Something else.");
    stage.write("hardstop.lock", &format!("{edited:#}\n"));
    let hint = "hint: hardstop.lock was edited: `git restore :/hardstop.lock`";
    stage.hardstop(&["plugin", "verify"]).expect(5, &["something else of itself", hint]);
}

/// A plugin of one's own: what is printed can be typed, and what is only looked at is not kept.
#[cfg(feature = "plugins")]
#[test]
fn a_component_is_looked_at_locked_and_built_anew() {
    let stage = Stage::new(&[("plugins/README.md", "")]);
    let (repo, file) = (stage.repo(), stage.repo().join("plugins/own.wasm"));
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins/dist/http.wasm");
    // A section that nobody reads makes another component of it.
    let build = |name: u8| {
        let mut bytes = std::fs::read(shipped).unwrap();
        bytes.extend([0, 2, 1, name]);
        std::fs::write(&file, &bytes).unwrap();
        digest(&bytes)
    };
    let first = build(b'a');
    let keeps = repo.join(".git/hardstop/plugins");
    let kept = |digest: &Digest| keeps.join(format!("{}.wasm", digest.hex())).exists();
    let ended = stage.hardstop(&["plugin", "info", "plugins/own.wasm"]);
    let next = "next: hardstop plugin docs plugins/own.wasm";
    ended.expect(0, &["not locked: `hardstop plugin add plugins/own.wasm`", next]);
    stage.hardstop(&["plugin", "docs", "plugins/own.wasm"]).expect(0, &["### http/request"]);
    // Outside of any repository as well.
    let beside = stage.beside("beside");
    std::fs::create_dir(&beside).unwrap();
    let docs = ["plugin", "docs", file.to_str().unwrap()];
    stage.hardstop_in(&beside, &docs).expect(0, &["### http/request"]);
    stage.hardstop_in(&beside, &["plugin", "docs"]).expect(2, &["not inside a git repository"]);
    assert!(!kept(&first));
    let ended = stage.hardstop(&["plugin", "add", "plugins/own.wasm"]);
    ended.expect(0, &["next: git add hardstop.lock plugins/own.wasm && git commit"]);
    assert!(kept(&first));
    stage.commit("locked");

    let second = build(b'b');
    let ended = stage.hardstop(&["plugin", "info", "plugins/own.wasm"]);
    ended.expect(0, &["not locked: `hardstop plugin update http --from plugins/own.wasm`"]);
    let ended = stage.hardstop(&["plugin", "add", "plugins/own.wasm"]);
    ended
        .expect(2, &["is locked already", "`hardstop plugin update http --from plugins/own.wasm`"]);
    // What is kept is what was locked; without it there is only another one.
    stage.hardstop(&["plugin", "verify"]).expect(0, &["http", ": ok"]);
    std::fs::remove_dir_all(&keeps).unwrap();
    let ended = stage.hardstop(&["plugin", "verify"]);
    ended.expect(5, &["was locked", "hint: somebody changed it", "`hardstop plugin update http`"]);
    std::fs::rename(&file, repo.join("plugins/gone.wasm")).unwrap();
    let (code, view) = stage.json(&["plugin", "verify"]);
    let found = &view["plugins"][0];
    let cause = found["causes"][0].as_str().unwrap_or_default();
    assert!(code == 2 && cause.contains("No such file"), "{code}: {view:#}");
    std::fs::rename(repo.join("plugins/gone.wasm"), &file).unwrap();

    let update = |digest: &str| ["plugin", "update", "http", "--digest", digest].map(str::to_owned);
    let folder = repo.join("plugins");
    let run = |args: [String; 5]| stage.hardstop_in(&folder, &args.each_ref().map(String::as_str));
    run(update(&first.to_string())).expect(2, &["somebody changed it"]);
    let next = "next: git add :/hardstop.lock :/plugins/own.wasm && git commit";
    run(update(&second.to_string())).expect(0, &[next]);
    stage
        .hardstop(&["plugin", "update", "--digest", &second.to_string()])
        .expect(2, &["one plugin"]);
    assert!(kept(&second) && !kept(&first));
    stage.hardstop(&["plugin", "update", "http", "--from", "shipped"]).expect(0, &["(shipped)"]);
}

#[cfg(feature = "plugins")]
#[test]
fn what_is_no_plugin_is_not_locked() {
    let stage = Stage::new(&[("plugins/text.wasm", "no component")]);
    let ended = stage.hardstop(&["plugin", "add", "plugins/text.wasm"]);
    ended.expect(
        2,
        &["plugins/text.wasm cannot be used", "no WebAssembly component", "plugin wrap"],
    );
    let ended = stage.hardstop(&["plugin", "add", "https://[::1]:9/a.wasm"]);
    ended.expect(2, &["cannot be downloaded: its server has no public address", "name the file"]);
    let digest = format!("sha256:{}", "0".repeat(64));
    let ended = stage.hardstop(&["plugin", "add", "http", "--digest", &digest]);
    ended.expect(2, &["not sha256:0000"]);
    assert!(!stage.repo().join("hardstop.lock").exists());
}

#[cfg(not(feature = "plugins"))]
#[test]
fn a_build_without_plugins_says_what_it_cannot_do() {
    let stage = stage("ci/build\n    with: {job: x}");
    let none = "this build of hardstop runs no plugins";
    stage.hardstop(&["plugin", "list"]).expect(0, &["shipped: ", none]);
    stage.hardstop(&["doctor"]).expect(0, &[&format!("warning  plugins: {none}"), "fix: use a"]);
    stage.hardstop(&["check", "book.yaml"]).expect(0, &["book.yaml: ok"]);
    stage.hardstop(&["run", "book.yaml"]).expect(2, &["would call ci", none, "hint: use a build"]);
    stage.hardstop(&["plugin", "add", "http"]).expect(2, &["http cannot be asked", none]);
}
