//! How processes start and end.

use std::{
    future::pending,
    process::Command,
    time::{Duration, Instant},
};

use hardstop_core::event::Cause;
use tokio::sync::watch;

use super::{Performed, Stop, Trial, block_on};

/// Performs, and stops the command once it has printed `line`.
fn stopped_at(line: &str, stop: Stop, mut trial: Trial) -> Performed {
    let (to, mut shown) = watch::channel(String::new());
    trial.live = Some(to);
    block_on(async {
        let stopping = async {
            shown.wait_for(|shown| shown == line).await.unwrap();
            trial.stop.0.send_replace(Some(stop));
            pending().await
        };
        tokio::select! {
            performed = trial.perform() => performed,
            performed = stopping => performed,
        }
    })
}

#[test]
fn exit_codes_and_signals_are_told_apart() {
    assert!(Trial::argv(&["true"]).run().outputs().is_empty());
    assert_eq!(*Trial::argv(&["false"]).run().cause(), Cause::Exit { code: 1 });
    assert_eq!(*Trial::sh("exit 143").run().cause(), Cause::Exit { code: 143 });
    assert_eq!(*Trial::sh("kill -KILL $$").run().cause(), Cause::Signal { signal: 9 });
}

#[test]
fn scripts_stop_at_the_first_error() {
    assert_eq!(*Trial::sh("false; echo on").run().cause(), Cause::Exit { code: 1 });
    Trial::sh("echo $UNSET").run().fails_with("Exit");
}

#[test]
fn a_program_that_cannot_start_says_what_to_do() {
    Trial::argv(&["no-such-program"]).run().fails_with("is it installed and on the runner's PATH?");
    Trial::argv(&["./none"]).run().fails_with("counts from the step's working directory");
    Trial::argv(&[""]).run().fails_with("its first word names the program");
    Trial::argv(&["true", "a\0b"]).run().fails_with("nul byte");
    let long = "x".repeat(200_000);
    Trial::argv(&["true", &long]).run().fails_with("pass long values in a file");

    let script = Trial::argv(&["./script"]);
    // Written by another process: a file open for writing here could be inherited by the child
    // of another test for a moment, and the system refuses to execute it then.
    let prepare = |text: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", text]).current_dir(script.repository.path()).status().unwrap();
    };
    prepare("echo '#!/no/such/interpreter' > script");
    script.run().fails_with("is it an executable file");
    prepare("chmod +x script");
    script.run().fails_with("the interpreter its first line names is missing");
    prepare("echo : > script");
    script.run().fails_with("needs a `#!` first line");
}

#[test]
fn every_argument_reaches_the_program_verbatim() {
    let words = [
        "", " ", "a b", "*", "~", "$HOME", "$(id)", "`id`", "; exit 3", "&& false", "| cat", "> f",
        "'", "\"", "\\", "\\n", "!!", "#x", "-n", "--", "{a,b}", "a\tb", "é", "\u{202e}",
        "${{ x }}", "%s", "\u{7f}", "=", "@file",
    ];
    let argv: Vec<_> = ["printf", "[%s]"].into_iter().chain(words).collect();
    let want = format!("[{}]", words.join("]["));
    assert_eq!(Trial::argv(&argv).run().stdout(), want);
}

#[test]
fn a_command_ends_at_its_deadline() {
    let mut trial = Trial::argv(&["sleep", "30"]);
    trial.remaining = Duration::from_millis(50);
    let start = Instant::now();
    assert_eq!(*trial.run().cause(), Cause::TimedOut);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_command_that_ignores_term_is_killed_after_its_grace() {
    let mut trial = Trial::sh("trap '' TERM; echo begun; while :; do sleep 1; done");
    trial.exec.grace = Duration::from_millis(300);
    let start = Instant::now();
    let performed = stopped_at("begun", Stop::Aborted, trial);
    assert_eq!(*performed.cause(), Cause::Aborted);
    assert_eq!(performed.stdout(), "begun\n", "what it printed is kept");
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn children_get_their_grace_too() {
    // The shell ends at once; its child cleans up and says so.
    let mut trial = Trial::sh(
        "(trap 'sleep 0.1; echo cleaned; exit' TERM; echo begun; while :; do sleep 0.05; done) & wait",
    );
    trial.exec.grace = Duration::from_secs(3);
    assert_eq!(stopped_at("begun", Stop::Aborted, trial).stdout(), "begun\ncleaned\n");
}

#[test]
fn a_stop_is_obeyed_before_and_during_the_command() {
    for (stop, cause) in [(Stop::Aborted, Cause::Aborted), (Stop::Interrupted, Cause::Interrupted)]
    {
        let during = stopped_at("begun", stop, Trial::sh("echo begun; exec sleep 30"));
        assert_eq!(*during.cause(), cause);

        let before = Trial::sh("echo begun");
        before.stop.0.send_replace(Some(stop));
        assert_eq!(*before.run().cause(), cause);
        assert!(before.run().files.is_empty(), "it was not started");
    }
    let mut late = Trial::sh("echo begun");
    late.remaining = Duration::ZERO;
    assert!(late.run().files.is_empty(), "its time was up before it started");
}

#[test]
fn a_background_child_cannot_hold_the_step_or_outlive_it() {
    let trial = Trial::sh("sleep 30 & echo $!; exit 4");
    let start = Instant::now();
    let performed = trial.run();
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(*performed.cause(), Cause::Exit { code: 4 });
    assert!(is_gone(performed.stdout().trim()));
}

#[test]
fn a_detached_child_may_live_on() {
    let performed = Trial::sh("sleep 30 >/dev/null 2>&1 & echo $!").run();
    let child: i32 = performed.stdout().trim().parse().unwrap();
    let child = rustix::process::Pid::from_raw(child).unwrap();
    rustix::process::kill_process(child, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn giving_an_attempt_up_kills_it() {
    let mut trial = Trial::sh("echo $$; exec sleep 30");
    let (to, mut shown) = watch::channel(String::new());
    trial.live = Some(to);
    let process = block_on(async {
        tokio::select! {
            _ = trial.perform() => panic!("it ended by itself"),
            line = shown.wait_for(|line| !line.is_empty()) => line.unwrap().clone(),
        }
    });
    assert!(is_gone(&process));
}

/// Whether a process has ended; one that nobody has waited for yet counts.
fn is_gone(process: &str) -> bool {
    for _ in 0..200 {
        match std::fs::read(format!("/proc/{process}/cmdline")) {
            Ok(line) if !line.is_empty() => std::thread::sleep(Duration::from_millis(10)),
            Ok(_) | Err(_) => return true,
        }
    }
    false
}
