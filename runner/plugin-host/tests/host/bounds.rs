//! Guests that take too much are stopped in time, and the next call finds everything in order.

use std::time::{Duration, Instant};

use hardstop_plugin_host::Options;
use hardstop_ports::plugin::Plugins as _;

use crate::{
    guest::Guest,
    setup::{INVOKE, call, failure, options, setup},
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
