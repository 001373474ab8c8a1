//! What people have tried to smuggle into logs and documents, and what is left of it.

use crate::documents::sanitise::{code, line, markdown};

#[track_caller]
fn shows(text: &str, want: &str) {
    assert_eq!(line(text, 200), want, "{text:?}");
}

#[track_caller]
fn escapes(text: &str, want: &str) {
    assert_eq!(markdown(text), want, "{text:?}");
}

#[test]
fn plain_text_stays_as_it_is() {
    for text in
        ["", "Bundle all refs", "naïve 日本語 🙂", "hard_stop, step a/b-c (2 of 3)", "a: 1.5%"]
    {
        shows(text, text);
        escapes(text, text);
    }
    escapes("mail alice@example.com", "mail alice@example.com");
    escapes("see https://example.com/a_b#top", "see https://example.com/a_b#top");
}

#[test]
fn terminals_are_not_steered() {
    shows("\u{1b}[31mred\u{1b}[0m", "red");
    shows("\u{1b}]0;owned\u{7}title", "title");
    shows("\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link");
    shows("ok\u{1b}[2K\u{1b}[1Gfailed", "okfailed");
    shows("over\rwritten", "over written");
    shows("bell\u{7}back\u{8}\u{0}del\u{7f}", "bellbackdel");
    shows("\u{9b}31m", "31m");
    shows("\u{1b}", "");
}

#[test]
fn text_is_neither_hidden_nor_reordered() {
    shows("user\u{202e}nimda\u{202c}", "usernimda");
    shows("\u{2066}isolate\u{2069}", "isolate");
    shows("ze\u{200b}ro\u{200d} wi\u{feff}dth\u{ad}", "zero width");
    shows("tag\u{e0041}\u{e007f} filler\u{3164} selector\u{fe0f}", "tag filler selector");
}

#[test]
fn a_line_stays_a_line() {
    shows("a\nb\r\nc\u{2028}d\u{2029}e\u{85}f\tg", "a b c d e f g");
    shows("  many   spaces  ", "many spaces");
}

#[test]
fn length_is_bounded() {
    assert_eq!(line("abcdef", 6), "abcdef");
    assert_eq!(line("abcdefg", 6), "abcde…");
    assert_eq!(line("日本語日本語日本語", 4), "日本語…");
    assert_eq!(line("anything", 0), "…");
    // Dropped characters in front cannot push the cut out of sight.
    assert_eq!(line(&("\u{200b}".repeat(1_000) + "hidden"), 10), "…");
    let escaped = markdown(&"<".repeat(100_000));
    assert!(escaped.chars().count() <= 2 * 1_000, "{}", escaped.len());
    assert!(escaped.ends_with("\\<…"));
}

#[test]
fn markdown_means_nothing() {
    escapes("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>");
    escapes("<!-- hidden", r"\<!-- hidden");
    escapes("&lt;b&gt;", r"\&lt;b\&gt;");
    escapes("`rm -rf`", r"\`rm -rf\`");
    escapes("![x](https://evil.example/p.png)", r"!\[x\](https://evil.example/p.png)");
    escapes("[safe](https://evil.example)", r"\[safe\](https://evil.example)");
    escapes("**bold** _it_ __init__ ~~no~~", r"\*\*bold\*\* \_it\_ \_\_init\_\_ \~\~no\~\~");
    escapes("a | b \\| c", r"a \| b \\\| c");
    escapes("cell\n| new | row |", r"cell \| new \| row \|");
    escapes("x\n# Heading\n- [x] done", r"x # Heading - \[x\] done");
    escapes("$\\frac$", r"\$\\frac\$");
}

#[test]
fn nobody_is_called() {
    escapes("@alice and (@team/sre)", "＠alice and (＠team/sre)");
    escapes("fixes #123, other/repo#7, !45", "fixes ＃123, other/repo＃7, ！45");
    escapes("@\u{200b}alice #\u{200b}1", "＠alice ＃1");
    escapes("50 @ 3 #tag really!", "50 @ 3 #tag really!");
}

#[test]
fn code_cannot_be_left() {
    assert_eq!(code("hardstop tick abc check <text>"), "`hardstop tick abc check <text>`");
    assert_eq!(code("a `b` ``c``"), "``` a `b` ``c`` ```");
    assert_eq!(code("one\ntwo"), "`one two`");
}
