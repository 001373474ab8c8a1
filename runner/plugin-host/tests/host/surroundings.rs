//! What a guest sees: its parameters, its configuration, a place to print and one for files. Nothing
//! of the machine.

use std::{fmt::Write as _, time::Duration};

use hardstop_plugin_host::Options;
use hardstop_ports::plugin::{Answer, Plugins as _};

use crate::{
    guest::{ANSWER, Guest},
    setup::{INVOKE, call, options, setup, value},
};

/// Answers with the text whose address and length are left on the stack.
fn says(body: &str) -> String {
    format!(
        "{body} (local.set $j) (local.set $i)
         (i32.store (i32.const 1040) (local.get $i)) (i32.store (i32.const 1044) (local.get $j))
         i32.const {ANSWER}"
    )
}

#[tokio::test]
async fn a_call_arrives_whole() {
    let setup = setup(options());
    for (body, expected) in [
        ("(local.get $action) (local.get $action_len)", "act"),
        ("(local.get $input) (local.get $input_len)", "{\"a\":1}"),
        ("(local.get $key) (local.get $key_len)", "key-1"),
    ] {
        let digest = setup.folder.put(Guest::new().done("").invoke(&says(body)).build());
        let mut call = call(digest, INVOKE);
        call.input = "{\"a\":1}".to_owned();
        assert_eq!(value(&setup.host.call(call).await), expected);
    }
}

#[tokio::test]
async fn configuration_is_what_was_granted() {
    let setup = setup(options());
    let get = |key: &str| {
        let guest = Guest::new().done("").declare(
            "(import \"wasi:config/store@0.2.0-rc.1\" \"get\" (func $get (param i32 i32 i32)))",
        );
        let (guest, at) = guest.text(key);
        // A result of an option: at 2048 whether it is an error, at 2052 whether there is one.
        let body = format!(
            "(call $get (i32.const {at}) (i32.const {}) (i32.const 2048))
             (if (i32.or (i32.load8_u (i32.const 2048)) (i32.eqz (i32.load8_u (i32.const 2052))))
               (then unreachable))
             (i32.load (i32.const 2056)) (i32.load (i32.const 2060))",
            key.len()
        );
        setup.folder.put(guest.invoke(&says(&body)).build())
    };
    let mut granted = call(get("url"), INVOKE);
    granted.grants.config.insert("url".to_owned(), "https://ci.example.com".to_owned());
    assert_eq!(value(&setup.host.call(granted).await), "https://ci.example.com");
    for key in ["url", "secret:token", "HOME"] {
        let ended = setup.host.call(call(get(key), INVOKE)).await;
        assert!(matches!(ended.answer, Answer::Failed(_)), "{ended:?}");
    }
}

#[tokio::test]
async fn printing_is_kept_and_bounded() {
    let setup = setup(options());
    let (guest, context) = Guest::new().done("{}").text("ci");
    let (guest, message) = guest.text("started");
    let guest = guest.declare(
        "(import \"wasi:logging/logging@0.1.0-draft\" \"log\"
            (func $log (param i32 i32 i32 i32 i32)))",
    );
    let line = format!(
        "(call $log (i32.const 3) (i32.const {context}) (i32.const 2)
            (i32.const {message}) (i32.const 7))"
    );
    let once = setup.folder.put(guest.invoke(&format!("{line} i32.const {ANSWER}")).build());
    let ended = setup.host.call(call(once, INVOKE)).await;
    assert_eq!(String::from_utf8(ended.printed).unwrap(), "warning: ci: started\n");

    let guest = Guest::new().done("{}").declare(
        "(import \"wasi:cli/stdout@0.2.12\" \"get-stdout\" (func $stdout (result i32)))
         (import \"wasi:io/streams@0.2.12\" \"[method]output-stream.blocking-write-and-flush\"
            (func $write (param i32 i32 i32 i32)))",
    );
    let much = guest.invoke(&format!(
        "(local.set $j (call $stdout))
         (loop $l
            (call $write (local.get $j) (i32.const 65536) (i32.const 4096) (i32.const 2048))
            (if (i32.load8_u (i32.const 2048)) (then unreachable))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $i) (i32.const 100))))
         i32.const {ANSWER}"
    ));
    let ended = setup.invoke(&much).await;
    assert_eq!(value(&ended), "{}");
    assert!(ended.printed.len() < 257 * 1024);
    assert!(ended.printed.ends_with(b"(the rest is left out)\n"));
}

#[tokio::test]
async fn what_was_printed_outlives_the_guest() {
    let setup = setup(options());
    let (guest, message) = Guest::new().text("about to break");
    let guest = guest.declare(
        "(import \"wasi:logging/logging@0.1.0-draft\" \"log\"
            (func $log (param i32 i32 i32 i32 i32)))",
    );
    let guest = guest.invoke(&format!(
        "(call $log (i32.const 4) (i32.const 0) (i32.const 0) (i32.const {message}) (i32.const 14))
         unreachable"
    ));
    let ended = setup.invoke(&guest).await;
    assert!(matches!(ended.answer, Answer::Failed(_)), "{ended:?}");
    assert_eq!(ended.printed, b"error: about to break\n");
}

/// Puts files, one after the other, and answers how often it was refused, in a digit.
fn keeper(files: &[(&str, u32)]) -> Guest {
    let mut guest = Guest::new().done("0").declare(
        "(import \"hardstop:plugin/artifacts@0.1.0\" \"put-artifact\"
            (func $put (param i32 i32 i32 i32 i32)))
         (memory (export \"memory\") 200)",
    );
    let mut body = String::new();
    for (name, size) in files {
        let (named, at) = guest.text(name);
        guest = named;
        writeln!(
            body,
            "(call $put (i32.const {at}) (i32.const {}) (i32.const 65536) (i32.const {size})
                (i32.const 2048))
             (local.set $i (i32.add (local.get $i) (i32.load8_u (i32.const 2048))))",
            name.len()
        )
        .expect("strings grow");
    }
    guest.invoke(&format!(
        "{body} (i32.store8 (i32.load (i32.const 1040)) (i32.add (i32.const 48) (local.get $i)))
         i32.const {ANSWER}"
    ))
}

#[tokio::test]
async fn artifacts_have_names_and_bounds() {
    // What it hands over is copied on its processor time.
    let setup = setup(Options { cpu: Duration::from_mins(1), ..options() });
    let files = [("console.txt", 5), ("../../etc/passwd", 1), (".hidden", 1), ("", 1), ("a/b", 1)];
    let ended = setup.invoke(&keeper(&files)).await;
    assert_eq!(value(&ended), "4");
    assert_eq!(ended.artifacts.keys().collect::<Vec<_>>(), ["console.txt"]);
    assert_eq!(ended.artifacts["console.txt"].len(), 5);

    // The last of a name counts; one is too large, and one too many for all together.
    let mib = 1024 * 1024;
    let files = [
        ("a", 10 * mib),
        ("a", 10 * mib),
        ("b", 10 * mib),
        ("c", 10 * mib),
        ("d", 3 * mib),
        ("e", 10 * mib + 1),
    ];
    let ended = setup.invoke(&keeper(&files)).await;
    assert_eq!(value(&ended), "2");
    assert_eq!(ended.artifacts.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
}
