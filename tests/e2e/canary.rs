//! A secret at the mercy of the server that may know it: whatever comes back, it is kept nowhere.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::{Arc, Mutex},
};

use crate::{
    http::{Asked, serve},
    place::{Place, RUNBOOK},
};

/// Holds what every encoding treats in its own way, and fits into a header.
const CANARY: &str = "c4n/ary T<o>k&e\"n'?~s";
/// The canary as other programs write it, one spelling for each encoding that is known.
const SPELLINGS: [(&str, &str); 11] = [
    ("as it is", CANARY),
    ("base64", "YzRuL2FyeSBUPG8+ayZlIm4nP35z"),
    ("base64 for URLs", "YzRuL2FyeSBUPG8-ayZlIm4nP35z"),
    ("hex", "63346e2f61727920543c6f3e6b2665226e273f7e73"),
    ("upper-case hex", "63346E2F61727920543C6F3E6B2665226E273F7E73"),
    ("percent-encoded", "c4n%2Fary%20T%3Co%3Ek%26e%22n%27%3F~s"),
    ("form-encoded", "c4n%2Fary+T%3Co%3Ek%26e%22n%27%3F%7Es"),
    ("JSON-escaped", r#"c4n\/ary T<o>k&e\"n'?~s"#),
    (
        "Unicode-escaped",
        "\\u0063\\u0034\\u006e\\u002f\\u0061\\u0072\\u0079\\u0020\\u0054\\u003c\\u006f\\u003e\
         \\u006b\\u0026\\u0065\\u0022\\u006e\\u0027\\u003f\\u007e\\u0073",
    ),
    ("XML-escaped", "c4n/ary T&lt;o&gt;k&amp;e&quot;n&#x27;?~s"),
    ("quoted for a shell", r#"c4n/ary T<o>k&e"n'\''?~s"#),
];

/// Asks with the secret in every way, and hands on what comes back in every way.
const BOOK: &str = r#"
apiVersion: hardstop/v1
kind: Runbook
id: canary
title: Canary
steps:
  - id: ask
    uses: http/request
    with: {url: "URL/good", bearer: true, save: answer.txt}
    evidence:
      - {id: answer, file: answer.txt}
      - {id: told, file: told.txt, content: "${{ self.outputs.body }} ${{ self.outputs.headers }} ${{ self.files.answer }}"}
  - id: print
    env: {BODY: "${{ steps.ask.outputs.body }}", HEADERS: "${{ steps.ask.outputs.headers['x-echo-0'] }}"}
    run: {shell: sh, script: "echo \"$BODY $HEADERS\"; echo \"$BODY\" >&2"}
  - id: parse
    uses: http/request
    with: {url: "URL/json", method: POST, bearer: true, json: {x: 1}, key_header: X-Key}
  - id: download
    uses: http/download
    with: {url: "URL/good", bearer: true, name: answer.txt}
  - id: refused
    uses: http/request
    with: {url: "URL/bad", bearer: true}
    on_failure: continue
  - id: moved
    uses: http/request
    with: {url: "URL/moved", bearer: true}
    on_failure: continue
  - id: broken
    uses: http/request
    with: {url: "URL/broken", bearer: true}
    on_failure: continue
  - id: unfit
    uses: http/download
    with: {url: "URL/bad", bearer: true, name: never.txt}
"#;

/// The canary in each encoding, each on a line of its own.
fn spelled() -> Vec<(&'static str, Vec<u8>)> {
    let mut all: Vec<_> =
        SPELLINGS.iter().map(|(name, text)| (*name, text.as_bytes().to_vec())).collect();
    all.push(("UTF-16", CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    all
}

/// What a server that wants the secret to be kept answers.
fn hostile(asked: &Asked) -> Vec<u8> {
    let lines: Vec<Vec<u8>> = spelled().into_iter().map(|(_, bytes)| bytes).collect();
    let body = lines.join(&b'\n');
    let header = |(at, (_, text)): (usize, &(_, &str))| format!("x-echo-{at}: {text}\r\n");
    let headers = SPELLINGS.iter().enumerate().map(header).collect::<Vec<_>>().concat();
    let path = asked.line().split(' ').nth(1).unwrap_or_default();
    let answer = |status: &str, more: &str, body: &[u8]| {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\n{headers}{more}content-length: {length}\r\n\
             connection: close\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    };
    match path {
        "/json" => {
            let texts: Vec<&str> = SPELLINGS.iter().map(|(_, text)| *text).collect();
            let json = serde_json::json!({"echo": texts, CANARY: 1});
            answer("200 OK", "content-type: application/json\r\n", json.to_string().as_bytes())
        }
        "/bad" => answer(&format!("500 {CANARY}"), "", &body),
        "/moved" => {
            let to = format!("location: /good?{}\r\n", SPELLINGS[5].1);
            answer("302 Found", &to, &body)
        }
        "/broken" => [format!("HTTP/1.1 {CANARY}\r\n").as_bytes(), &body].concat(),
        _ => answer("200 OK", "content-type: text/plain\r\n", &body),
    }
}

/// What of the canary is in `bytes`.
fn found(bytes: &[u8]) -> Vec<&'static str> {
    let holds = |spelling: &[u8]| bytes.windows(spelling.len()).any(|part| part == spelling);
    spelled().into_iter().filter(|(_, it)| holds(it)).map(|(name, _)| name).collect()
}

#[track_caller]
fn is_clean(what: &str, bytes: &[u8]) {
    let found = found(bytes);
    let text = String::from_utf8_lossy(bytes);
    assert!(found.is_empty(), "{what} holds the canary, {found:?}:\n{text}");
}

/// Looks at every file below `folder`.
fn are_clean(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let looked = entries.map(|entry| {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            return are_clean(&path);
        }
        is_clean(&path.display().to_string(), path.display().to_string().as_bytes());
        is_clean(&path.display().to_string(), &fs::read(&path).unwrap());
        1
    });
    looked.sum()
}

#[test]
fn a_secret_that_a_server_sends_back_in_every_encoding_is_kept_nowhere() {
    let received = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&received);
    let url = serve(move |asked| {
        let value = asked.header("authorization").unwrap_or_default().to_owned();
        hears.lock().unwrap().push(value);
        Some(hostile(asked))
    });
    let place = Place::with(&BOOK.replace("URL", &url));
    // Beside the place, whose files are looked through.
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("token");
    fs::write(&secret, CANARY).unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    let file = secret.display();
    let config = format!(
        "apiVersion: hardstop/v1\nkind: Config\nplugins:\n  http:\n    grants:\n      \
         http: [{{origin: \"{url}\", private: true}}]\n      \
         secrets: {{token: {{file: \"{file}\", header: authorization, hosts: [127.0.0.1]}}}}\n"
    );
    place.commit(".hardstop/config.yaml", &config);
    let mut said = vec![place.expect(0, "plugin add http")];
    place.git(&["add", "hardstop.lock"]);
    place.git(&["commit", "--quiet", "--message", "lock"]);
    said.push(place.expect(3, &format!("run {RUNBOOK}")));
    let run = place.only();
    for line in ["show", "why", "report", "status", "advance", "abort --reason enough"] {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let run = if verb == "status" { String::new() } else { run.to_string() };
        for more in ["", "--json"] {
            if verb != "abort" || more.is_empty() {
                said.push(place.hardstop(&format!("{verb} {run} {rest} {more}")));
            }
        }
        // Live, and over.
        assert!(are_clean(place.outside()) > 20);
    }
    for line in ["show", "report", "why"] {
        said.push(place.hardstop(&format!("{line} {run}")));
    }
    for ended in said {
        is_clean("what was said", ended.out.as_bytes());
        is_clean("what was said", ended.err.as_bytes());
    }
    let objects = place.command("git").args(OBJECTS).output().unwrap().stdout;
    is_clean("an object", &objects);
    // It was really sent, and sent back.
    let told = String::from_utf8_lossy(&objects);
    assert!(told.matches("[REDACTED:").count() > 50, "{told}");
    let received = received.lock().unwrap();
    assert!(received.len() >= 7, "{received:?}");
    assert!(received.iter().all(|it| *it == format!("Bearer {CANARY}")), "{received:?}");
    place.is_sound();
}

/// Every object there is, whole.
const OBJECTS: [&str; 3] = ["cat-file", "--batch", "--batch-all-objects"];

#[test]
fn every_spelling_is_one_of_its_own() {
    for (name, bytes) in spelled() {
        assert!(found(&bytes).contains(&name), "{name}");
    }
    assert_eq!(spelled().len(), 12);
    assert_eq!(found(b"nothing"), Vec::<&str>::new());
}
