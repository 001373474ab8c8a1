//! What is shown of a command while it runs.

use tokio::sync::watch;

use super::Trial;

#[track_caller]
fn check(printed: &str, want: &str) {
    let (to, shown) = watch::channel(String::new());
    let mut trial = Trial::argv(&["printf", "%s", printed]);
    trial.live = Some(to);
    trial.run();
    assert_eq!(*shown.borrow(), want);
}

#[test]
fn the_last_line_that_is_not_blank_is_shown() {
    check("one\ntwo\n\n", "two");
    check("10%\r20%\r", "20%");
    check("no end", "no end");
    check("", "");
}

#[test]
fn it_is_safe_for_a_terminal() {
    check("\x1b[31mred\x1b[0m \x1b]0;title\x07x\x08\u{9b}2J", "red x2J");
    check("a\u{202e}b\u{200b}c\u{feff}", "abc");
    check(&"y".repeat(10_000), &"y".repeat(512));
}

#[test]
fn secrets_are_masked_before_anything_is_shown() {
    let (to, shown) = watch::channel(String::new());
    let mut trial = Trial::sh("echo \"$SECRET\"").secret("token");
    trial.live = Some(to);
    trial.run();
    assert_eq!(*shown.borrow(), "[REDACTED:token]");
}
