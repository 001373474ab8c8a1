//! What one guest does is nobody else's problem.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use hardstop_plugin_host::Options;
use hardstop_ports::plugin::Plugins as _;
use tokio::time::sleep;

use crate::{
    guest::{ANSWER, Guest},
    setup::{INVOKE, call, failure, options, setup},
};

#[tokio::test]
async fn guests_that_compute_keep_nobody_waiting() {
    let setup = setup(Options { cpu: Duration::from_mins(1), ..options() });
    let spinner = setup.folder.put(Guest::new().invoke("(loop $l (br $l)) unreachable").build());
    let guest = Guest::new().done("{}").invoke(&format!("i32.const {ANSWER}"));
    let quick = setup.folder.put(guest.build());
    setup.host.prepare(spinner).await.unwrap();
    setup.host.prepare(quick).await.unwrap();
    // One more than there are threads.
    let spinning: Vec<_> = (0..3).map(|_| setup.host.call(call(spinner, INVOKE))).collect();
    let mut late = Vec::new();
    for _ in 0..50 {
        let start = Instant::now();
        sleep(Duration::from_millis(5)).await;
        late.push(start.elapsed().saturating_sub(Duration::from_millis(5)));
    }
    late.sort();
    assert!(late[25] < Duration::from_millis(50), "the caller's timers are late: {late:?}");
    let start = Instant::now();
    let ended = setup.host.call(call(quick, INVOKE)).await;
    assert!(start.elapsed() < Duration::from_secs(2), "{ended:?} after {:?}", start.elapsed());
    drop(spinning);
}

#[tokio::test]
async fn a_call_that_is_dropped_makes_room() {
    let setup = setup(Options { calls: 1, cpu: Duration::from_mins(1), ..options() });
    let spinner = setup.folder.put(Guest::new().invoke("(loop $l (br $l)) unreachable").build());
    setup.host.prepare(spinner).await.unwrap();
    let spinning = setup.host.call(call(spinner, INVOKE));
    sleep(Duration::from_millis(50)).await;
    drop(spinning);
    setup.is_well().await;
}

#[tokio::test]
async fn calls_beyond_the_room_wait_their_turn() {
    let setup = Arc::new(setup(Options { calls: 1, ..options() }));
    let guest = Guest::new().done("{}").invoke(&format!("i32.const {ANSWER}"));
    let quick = setup.folder.put(guest.build());
    let calls: Vec<_> = (0..20).map(|_| setup.host.call(call(quick, INVOKE))).collect();
    for ended in futures_util::future::join_all(calls).await {
        assert!(matches!(ended.answer, hardstop_ports::plugin::Answer::Done(_)), "{ended:?}");
    }
}

#[tokio::test]
async fn guests_with_many_memories_leave_room_for_others() {
    let setup = setup(options());
    for (memories, code) in [(2, "plugin_contract"), (3, "plugin_not_component")] {
        let instances = "(core instance (instantiate $m))".repeat(memories);
        let text = format!("(component (core module $m (memory 1)) {instances})");
        let digest = setup.folder.put(wat::parse_str(text).unwrap());
        let refused = failure(setup.host.call(call(digest, INVOKE)).await);
        assert_eq!(refused.code, code, "{refused:?}");
    }
}

#[tokio::test]
async fn nothing_is_kept_between_two_calls() {
    let setup = setup(options());
    // It counts how often it was called, and says so in a digit.
    let guest = Guest::new().done("0").declare("(global $n (mut i32) (i32.const 0))").invoke(
        "(global.set $n (i32.add (global.get $n) (i32.const 1)))
         (i32.store8 (i32.load (i32.const 1040)) (i32.add (i32.const 48) (global.get $n)))
         i32.const 1024",
    );
    for _ in 0..2 {
        let ended = setup.invoke(&guest).await;
        let hardstop_ports::plugin::Answer::Done(output) = ended.answer else {
            panic!("{ended:?}")
        };
        assert_eq!(output.value, "1");
    }
}

#[tokio::test]
async fn a_host_may_go_while_guests_run() {
    let setup = setup(Options { cpu: Duration::from_mins(1), ..options() });
    let spinner = setup.folder.put(Guest::new().invoke("(loop $l (br $l)) unreachable").build());
    setup.host.prepare(spinner).await.unwrap();
    let spinning = setup.host.call(call(spinner, INVOKE));
    drop(setup);
    let ended = spinning.await;
    assert!(matches!(ended.answer, hardstop_ports::plugin::Answer::Failed(_)), "{ended:?}");
}
