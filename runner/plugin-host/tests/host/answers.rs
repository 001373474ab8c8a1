//! What a guest answers arrives as it was meant, and what is too large does not.

use std::time::Duration;

use hardstop_ports::plugin::{Answer, Failure, Leg};

use crate::{
    guest::{ANSWER, Guest},
    setup::{failure, options, setup},
};

fn answer() -> String {
    format!("i32.const {ANSWER}")
}

#[tokio::test]
async fn every_leg_has_its_answers() {
    let setup = setup(options());
    let guest = Guest::new().pending("{\"id\":7}", 1500).invoke(&answer());
    let Answer::Pending(pending) = setup.invoke(&guest).await.answer else {
        panic!("it is pending")
    };
    assert_eq!(pending.state, "{\"id\":7}");
    assert_eq!(pending.poll_after, Duration::from_millis(1500));

    // It gives its state back as its value.
    let guest = Guest::new().done("").poll(
        "(i32.store (i32.const 1040) (local.get $state))
         (i32.store (i32.const 1044) (local.get $state_len)) i32.const 1024",
    );
    let leg = Leg::Poll { state: "{\"id\":8}".to_owned() };
    let Answer::Done(output) = setup.call(&guest, leg).await.answer else { panic!("it is done") };
    assert_eq!(output.value, "{\"id\":8}");

    let not_started = Guest::new().bytes(ANSWER, &[0; 64]).probe(&answer());
    assert_eq!(setup.call(&not_started, Leg::Probe).await.answer, Answer::NotStarted);

    let gone = Guest::new().bytes(ANSWER, &[0; 64]).cancel(&answer());
    let leg = Leg::Cancel { state: Some("{}".to_owned()) };
    assert_eq!(setup.call(&gone, leg).await.answer, Answer::Cancelled);
}

#[tokio::test]
async fn a_failure_of_the_action_is_its_own() {
    let setup = setup(options());
    let guest = Guest::new().failed("build_failed", "compile error").invoke(&answer());
    let failed = failure(setup.invoke(&guest).await);
    assert_eq!((&*failed.code, &*failed.message), ("build_failed", "compile error"));
    assert!(failed.retryable);
    assert_eq!(failed.retry_after, Some(Duration::from_secs(1)));

    // It may not speak for the host.
    for code in ["plugin_denied", "Not Found", ""] {
        let guest = Guest::new().failed(code, "why").invoke(&answer());
        assert_eq!(failure(setup.invoke(&guest).await).code, "failed");
    }
    // What is said of it is for people, and cut.
    let guest = Guest::new().failed("long", &"é".repeat(6000)).invoke(&answer());
    assert_eq!(failure(setup.invoke(&guest).await).message.len(), 8192);
}

#[tokio::test]
async fn a_probe_that_breaks_says_nothing_of_what_it_sought() {
    let setup = setup(options());
    let broken = Guest::new().probe("unreachable");
    let Answer::Failed(failure) = setup.call(&broken, Leg::Probe).await.answer else {
        panic!("it failed to look")
    };
    assert!(failure.message.contains("panicked"), "{failure:?}");
    let refused = Guest::new().failed("unauthorized", "no token").probe(&answer());
    let answer = setup.call(&refused, Leg::Probe).await.answer;
    assert!(matches!(answer, Answer::Failed(Failure { code, .. }) if code == "unauthorized"));
}

#[tokio::test]
async fn what_nobody_can_keep_is_refused() {
    let setup = setup(options());
    let memory = "(memory (export \"memory\") 200)";
    // Texts of zeros from the second page on.
    let large = |guest: Guest, size: u32| {
        guest.declare(memory).bytes(1040, &65536_u32.to_le_bytes()).bytes(1044, &size.to_le_bytes())
    };
    let state = large(Guest::new().pending("", 0), 10_000_000).invoke(&answer());
    let failed = setup.fails(&state).await;
    assert_eq!((&*failed.code, failed.retryable), ("plugin_output", false));
    assert!(failed.message.contains("its state is larger than 65536 bytes"), "{failed:?}");

    let value = large(Guest::new().done(""), 100_000).invoke(&answer());
    let failed = setup.fails(&value).await;
    assert!(failed.message.contains("its output is larger than 65536 bytes"), "{failed:?}");

    // Beyond its memory: a gigabyte that is not there.
    let nowhere = large(Guest::new().done(""), 1 << 30).invoke(&answer());
    assert_eq!(setup.fails(&nowhere).await.code, "plugin_trap");

    // More targets than anybody reads, of nothing.
    let targets = Guest::new().done("{}").declare(memory);
    let targets =
        targets.bytes(1060, &65536_u32.to_le_bytes()).bytes(1064, &2000_u32.to_le_bytes());
    let failed = setup.fails(&targets.invoke(&answer())).await;
    assert!(failed.message.contains("it tells of 2000 targets"), "{failed:?}");
}

#[tokio::test]
async fn a_gigabyte_is_not_copied() {
    // It has the memory, but more is said than the host takes at once.
    let setup = setup(hardstop_plugin_host::Options { memory: 64 << 20, ..options() });
    let guest = Guest::new().done("").declare("(memory (export \"memory\") 1000)");
    let guest =
        guest.bytes(1040, &65536_u32.to_le_bytes()).bytes(1044, &60_000_000_u32.to_le_bytes());
    let failed = setup.fails(&guest.invoke(&answer())).await;
    assert_eq!(failed.code, "plugin_output");
    assert!(failed.message.contains("what it said is larger than 11534336 bytes"), "{failed:?}");
}
