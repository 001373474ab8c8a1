//! Guests that take too much are stopped in time, and the next call finds everything in order.

use std::time::{Duration, Instant};

use hardstop_plugin_host::Options;
use hardstop_ports::plugin::Plugins as _;

use crate::{
    guest::{ANSWER, Guest},
    setup::{INVOKE, call, failure, options, setup, value},
};

/// Computes for ever.
const ENDLESS: &str = "(loop $l (br $l)) unreachable";

#[tokio::test]
async fn an_endless_loop_ends_with_its_processor_time() {
    let setup = setup(options());
    setup.is_well().await;
    let guest = Guest::new().invoke(ENDLESS);
    let start = Instant::now();
    let failed = setup.fails(&guest).await;
    assert_eq!((&*failed.code, failed.retryable), ("plugin_cpu", false));
    assert!(failed.message.contains("more than 300 ms"), "{failed:?}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_endless_loop_ends_with_its_time() {
    let setup = setup(Options { cpu: Duration::from_mins(1), ..options() });
    let digest = setup.folder.put(Guest::new().invoke(ENDLESS).build());
    setup.host.prepare(digest).await.unwrap();
    let mut call = call(digest, INVOKE);
    call.remaining = Duration::from_millis(100);
    let start = Instant::now();
    let failed = failure(setup.host.call(call).await);
    assert_eq!((&*failed.code, failed.retryable), ("plugin_time", true));
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    setup.is_well().await;
}

#[tokio::test]
async fn one_that_waits_for_ever_ends_with_its_time() {
    let setup = setup(options());
    // It blocks until an hour has passed, which costs no processor time.
    let guest = Guest::new()
        .declare(
            "(import \"wasi:clocks/monotonic-clock@0.2.12\" \"subscribe-duration\"
                (func $after (param i64) (result i32)))
             (import \"wasi:io/poll@0.2.12\" \"[method]pollable.block\" (func $block (param i32)))",
        )
        .invoke("(call $block (call $after (i64.const 3600000000000))) unreachable");
    let digest = setup.folder.put(guest.build());
    setup.host.prepare(digest).await.unwrap();
    let mut call = call(digest, INVOKE);
    call.remaining = Duration::from_millis(200);
    let start = Instant::now();
    let failed = failure(setup.host.call(call).await);
    assert_eq!(failed.code, "plugin_time");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    setup.is_well().await;
}

#[tokio::test]
async fn memory_ends_where_it_was_told() {
    let setup = setup(options());
    let bomb = "(loop $l (drop (memory.grow (i32.const 16))) (br $l)) unreachable";
    let failed = setup.fails(&Guest::new().invoke(bomb)).await;
    assert_eq!((&*failed.code, failed.retryable), ("plugin_memory", false));
    assert!(failed.message.contains("16 MiB"), "{failed:?}");

    let at_once = Guest::new().invoke("(drop (memory.grow (i32.const 65000))) unreachable");
    assert_eq!(setup.fails(&at_once).await.code, "plugin_memory");

    let table = Guest::new().declare("(table $t 1 funcref)").invoke(
        "(loop $l (drop (table.grow $t (ref.null func) (i32.const 1000))) (br $l)) unreachable",
    );
    let failed = setup.fails(&table).await;
    assert_eq!(failed.code, "plugin_memory");
    assert!(failed.message.contains("a table of more than 100000 entries"), "{failed:?}");

    // It asks for more before it runs.
    let from_start = Guest::new().declare("(memory (export \"memory\") 1000)");
    let failed = setup.fails(&from_start.invoke("unreachable")).await;
    assert_eq!(failed.code, "plugin_memory", "{failed:?}");
}

#[tokio::test]
async fn one_that_breaks_says_how() {
    let setup = setup(options());
    for (body, words) in [
        ("unreachable", "panicked"),
        ("(call $deep) unreachable", "call stack exhausted"),
        ("(i32.load (i32.const -8))", "out of bounds memory access"),
        ("(i32.div_s (i32.const 1) (i32.const 0))", "divide by zero"),
    ] {
        let guest = Guest::new().declare("(func $deep (call $deep))").invoke(body);
        let failed = setup.fails(&guest).await;
        assert_eq!((&*failed.code, failed.retryable), ("plugin_trap", false));
        assert!(failed.message.contains(words), "{failed:?}");
    }
    // An answer that is none: the variant has two cases.
    let garbled = Guest::new().bytes(1024, &[0, 0, 0, 0, 0, 0, 0, 0, 9]).invoke("i32.const 1024");
    assert_eq!(setup.fails(&garbled).await.code, "plugin_trap");
    let exits = Guest::new()
        .declare("(import \"wasi:cli/exit@0.2.12\" \"exit\" (func $exit (param i32)))")
        .invoke("(call $exit (i32.const 1)) unreachable");
    let failed = setup.fails(&exits).await;
    assert!(failed.message.contains("ended itself with status 1"), "{failed:?}");
}

/// What a guest says of requests.
const REQUESTS: &str = r#"
    (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
    (import "wasi:http/types@0.2.12" "[constructor]outgoing-request"
        (func $request (param i32) (result i32)))
    (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-method"
        (func $method (param i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-scheme"
        (func $scheme (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-authority"
        (func $authority (param i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-path-with-query"
        (func $path (param i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.12" "[method]outgoing-request.body" (func $body (param i32 i32)))
    (import "wasi:http/types@0.2.12" "[method]outgoing-body.write" (func $write (param i32 i32)))
    (import "wasi:io/streams@0.2.12" "[method]output-stream.check-write"
        (func $room (param i32 i32)))
    (memory (export "memory") 200)
"#;

#[tokio::test]
async fn what_is_said_of_a_request_is_bounded() {
    let setup = setup(options());
    // Methods, authorities, paths and schemes of so many letters; it counts those that are refused.
    for (length, refused) in [(16, "0"), (16 * 1024, "1"), (16 * 1024 + 1, "4"), (8_000_000, "4")] {
        let guest = Guest::new().done("0").declare(REQUESTS).invoke(&format!(
            "(memory.fill (i32.const 65536) (i32.const 97) (i32.const {length}))
             (i32.store8 (i32.const 65535) (i32.const 47))
             (local.set $i (call $request (call $fields)))
             (local.set $k (i32.const {length}))
             (local.set $j (i32.const 48))
             (local.set $j (i32.add (local.get $j)
                (call $method (local.get $i) (i32.const 9) (i32.const 65536) (local.get $k))))
             (local.set $j (i32.add (local.get $j)
                (call $authority (local.get $i) (i32.const 1) (i32.const 65536) (local.get $k))))
             (local.set $j (i32.add (local.get $j)
                (call $path (local.get $i) (i32.const 1) (i32.const 65535) (local.get $k))))
             (local.set $j (i32.add (local.get $j)
                (call $scheme (local.get $i) (i32.const 1) (i32.const 2) (i32.const 65536)
                    (local.get $k))))
             (i32.store8 (i32.load (i32.const 1040)) (local.get $j))
             i32.const {ANSWER}"
        ));
        assert_eq!(value(&setup.invoke(&guest).await), refused, "{length}");
    }
}

#[tokio::test]
async fn requests_that_are_never_sent_are_bounded() {
    let setup = setup(options());
    // As much of its body as may wait is a small piece.
    let piece = Guest::new().done("{}").declare(REQUESTS).invoke(&format!(
        "(call $body (call $request (call $fields)) (i32.const 2048))
         (call $write (i32.load (i32.const 2052)) (i32.const 2048))
         (call $room (i32.load (i32.const 2052)) (i32.const 2048))
         (if (i64.ne (i64.load (i32.const 2056)) (i64.const 16384)) (then unreachable))
         i32.const {ANSWER}"
    ));
    assert_eq!(value(&setup.invoke(&piece).await), "{}");

    let hoard = Guest::new()
        .declare(REQUESTS)
        .invoke("(loop $l (drop (call $request (call $fields))) (br $l)) unreachable");
    let failed = setup.fails(&hoard).await;
    assert_eq!(failed.code, "plugin_trap");
    assert!(failed.message.contains("resource table has no free keys"), "{failed:?}");
}
