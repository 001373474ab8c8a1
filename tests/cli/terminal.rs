//! A run on a terminal: its questions in place.

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::{
    stage::{Stage, until},
    walk::BOOK,
};

/// A command on a terminal of its own.
struct Session {
    child: Child,
    keys: File,
    screen: Arc<Mutex<String>>,
    /// How much of the screen was looked at.
    seen: usize,
}

impl Session {
    fn start(stage: &Stage, args: &[&str]) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
        let theirs = OpenOptions::new().read(true).write(true).open(name).unwrap();
        let child = stage
            .command(env!("CARGO_BIN_EXE_hardstop"), &stage.repo())
            .args(args)
            .env("TERM", "xterm")
            .stdin(Stdio::from(theirs.try_clone().unwrap()))
            .stdout(Stdio::from(theirs.try_clone().unwrap()))
            .stderr(Stdio::from(theirs))
            .spawn()
            .unwrap();
        let keys = File::from(ours);
        let screen = Arc::new(Mutex::new(String::new()));
        let (mut output, shown) = (keys.try_clone().unwrap(), Arc::clone(&screen));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Ends with an error once the other side is closed.
            while let Ok(n @ 1..) = output.read(&mut bytes) {
                shown.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..n]));
            }
        });
        Self { child, keys, screen, seen: 0 }
    }

    /// Waits for a text, then types.
    #[track_caller]
    fn answer(&mut self, text: &str, typed: &str) {
        self.see(text);
        self.keys.write_all(typed.as_bytes()).unwrap();
    }

    /// Waits for a text after the one seen last.
    #[track_caller]
    fn see(&mut self, text: &str) {
        let mut found = None;
        until(text, || {
            let screen = self.screen.lock().unwrap();
            found = screen[self.seen..].find(text);
            if found.is_none() {
                thread::yield_now();
            }
            found.is_some()
        });
        self.seen += found.unwrap() + text.len();
    }

    fn end(mut self) -> (i32, String) {
        let code = self.child.wait().unwrap().code().unwrap();
        let screen = self.screen.lock().unwrap().clone();
        (code, screen)
    }
}

#[test]
fn asks_its_questions_in_place() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    let mut session = Session::start(&stage, &["run", "book.yaml"]);
    session.see("SOLO POLICY");
    session.answer("All is well", "\n");
    session.answer("[number, later]", "many\n");
    session.see("this takes a number");
    session.answer("[number, later]", "3\n");
    session.see("HARD STOP");
    session.answer("Go on with 3", "maybe\n");
    session.see("this takes `approve`");
    session.answer("[approve, reject <reason>, later]", "approve looks good\n");
    session.see(": succeeded");
    session.see("hardstop verify");
    let (code, screen) = session.end();
    assert_eq!(code, 0, "{screen}");
    stage.hardstop(&["verify"]).expect(0, &[]);
}

#[test]
fn later_and_the_end_of_input_leave_the_run() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    for keys in ["later\n", "\u{4}"] {
        let mut session = Session::start(&stage, &["run", "book.yaml"]);
        session.answer("[Enter = done, later]", keys);
        session.see("next: hardstop tick");
        let (code, screen) = session.end();
        assert_eq!(code, 3, "{screen}");
    }
}

#[test]
fn a_failed_step_is_asked_about() {
    let book = "\
apiVersion: hardstop/v1
kind: Runbook
id: fails
steps:
  - {id: try, run: [test, -f, flag]}
";
    let stage = Stage::new(&[("fails.yaml", book)]);
    let mut session = Session::start(&stage, &["run", "fails.yaml"]);
    session.answer("[retry, attest", "skip\n");
    session.see("say why");
    session.see("[retry, attest");
    stage.write("flag", "");
    session.keys.write_all(b"retry\n").unwrap();
    session.see(": succeeded");
    assert_eq!(session.end().0, 0);
}

#[test]
fn what_was_typed_before_the_question_is_no_answer() {
    let book = "\
apiVersion: hardstop/v1
kind: Runbook
id: eager
steps:
  - {id: nap, run: [sleep, '0.5']}
  - id: look
    checklist:
      items: [{id: ok, text: All is well}]
";
    let stage = Stage::new(&[("eager.yaml", book)]);
    let mut session = Session::start(&stage, &["run", "eager.yaml"]);
    session.answer("nap", "\n");
    session.answer("[Enter = done, later]", "later\n");
    session.see("next: hardstop tick");
    assert_eq!(session.end().0, 3);
}
