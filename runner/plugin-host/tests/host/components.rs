//! What is no plugin is refused, and told why.

use hardstop_core::ids::Digest;
use hardstop_plugin_host::Options;
use hardstop_ports::plugin::{Failure, Plugins as _};

use crate::{
    guest::Guest,
    setup::{INVOKE, Setup, call, failure, options, setup},
};

/// What a call of these bytes comes to; describing them comes to the same.
async fn refused(setup: &Setup, bytes: Vec<u8>) -> Failure {
    let digest = setup.folder.put(bytes.clone());
    let called = failure(setup.host.call(call(digest, INVOKE)).await);
    let described = setup.host.describe(bytes).await.expect_err("it is no plugin");
    assert_eq!(called, described);
    setup.is_well().await;
    called
}

#[track_caller]
fn is(failure: &Failure, code: &str, words: &str) {
    assert_eq!(failure.code, code, "{failure:?}");
    assert!(failure.message.contains(words), "{failure:?}");
    assert!(!failure.retryable, "{failure:?}");
}

#[tokio::test]
async fn what_is_no_component_is_refused() {
    let setup = setup(options());
    let good = Guest::new().build();
    is(&refused(&setup, b"#!/bin/sh\n".to_vec()).await, "plugin_not_component", "no WebAssembly");
    is(&refused(&setup, Vec::new()).await, "plugin_not_component", "no WebAssembly");
    let module = Guest::new().module("0.1.0");
    is(&refused(&setup, module).await, "plugin_not_component", "hardstop plugin wrap");
    let torn = good[..good.len() / 2].to_vec();
    is(&refused(&setup, torn).await, "plugin_not_component", "no component that can be run");
    let mut large = good;
    large.resize(64 * 1024 * 1024 + 1, 0);
    is(&refused(&setup, large).await, "plugin_not_component", "at most 67108864");
}

#[tokio::test]
async fn another_contract_is_refused_by_name() {
    let setup = setup(options());
    let failure = refused(&setup, Guest::new().build_for_tomorrow()).await;
    is(&failure, "plugin_contract", "hardstop:plugin/action@0.9.0");
    is(&failure, "plugin_contract", "known is hardstop:plugin/action@0.1.0");
    let empty = wat::parse_str("(component)").unwrap();
    is(&refused(&setup, empty).await, "plugin_contract", "exports nothing");
    let hollow =
        "(component (instance $i) (export \"hardstop:plugin/action@0.1.0\" (instance $i)))";
    let failure = refused(&setup, wat::parse_str(hollow).unwrap()).await;
    is(&failure, "plugin_contract", "does not keep contract 0.1.0");
}

#[tokio::test]
async fn an_import_that_no_plugin_has_is_refused() {
    let setup = setup(options());
    let thief = "(component
        (import \"host:disk/files@1.0.0\" (instance (export \"read\" (func))))
        (instance $i) (export \"hardstop:plugin/action@0.1.0\" (instance $i)))";
    let failure = refused(&setup, wat::parse_str(thief).unwrap()).await;
    is(&failure, "plugin_contract", "host:disk/files@1.0.0");
}

#[tokio::test]
async fn only_what_was_pinned_is_run() {
    let setup = setup(options());
    let missing = Digest::from_bytes([7; 32]);
    let ended = setup.host.call(call(missing, INVOKE)).await;
    is(&failure(ended), "plugin_missing", &missing.to_string());
    let bytes = Guest::new().build();
    setup.folder.put_as(missing, bytes);
    let ended = setup.host.call(call(missing, INVOKE)).await;
    is(&failure(ended), "plugin_digest", &missing.to_string());
    setup.is_well().await;
}

#[tokio::test]
async fn a_plugin_describes_itself_the_same_each_time() {
    let setup = setup(options());
    let manifest = "{\"name\":\"demo\"}";
    let bytes = Guest::new().describes(manifest).build();
    assert_eq!(setup.host.describe(bytes).await.unwrap(), manifest);
    // Eight random bytes, each made a printable character, are what it says.
    let moody = Guest::new()
        .declare(
            "(import \"wasi:random/random@0.2.12\" \"get-random-u64\" (func $random (result i64)))",
        )
        .bytes(512, &[0, 8, 0, 0, 8, 0, 0, 0])
        .describe(
            "(i64.store (i32.const 2048) (i64.or
                (i64.and (call $random) (i64.const 0x0f0f0f0f0f0f0f0f))
                (i64.const 0x4040404040404040)))
             i32.const 512",
        );
    let failure = setup.host.describe(moody.build()).await.unwrap_err();
    is(&failure, "plugin_manifest", "differently each time");
    let long = Guest::new()
        .declare("(memory (export \"memory\") 10)")
        .bytes(512, &[0, 0, 1, 0, 1, 0, 4, 0])
        .describe("i32.const 512");
    let failure = setup.host.describe(long.build()).await.unwrap_err();
    is(&failure, "plugin_manifest", "262145 bytes");
    let endless = Guest::new().describe("(loop $l (br $l)) unreachable");
    is(&setup.host.describe(endless.build()).await.unwrap_err(), "plugin_cpu", "computed");
    setup.is_well().await;
}

#[tokio::test]
async fn machine_code_is_kept_and_replaced_if_it_is_broken() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("plugins");
    let options = || Options { cache: Some(folder.clone()), ..options() };
    setup(options()).is_well().await;
    let files: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    let whole = std::fs::read(file).unwrap();
    std::fs::write(file, b"not machine code").unwrap();
    setup(options()).is_well().await;
    assert_eq!(std::fs::read(file).unwrap().len(), whole.len());
}
