//! What is refused, where, and that no text is read into places that it does not have.

use proptest::{collection, prelude::*};

use super::{Kind, Node, read};
use crate::diagnostics::Sink;

/// What is refused, each with the text it is about, in the order of the text.
fn refused(text: &str) -> String {
    let mut sink = Sink::new("test.yaml", text);
    let tree = read(&mut sink);
    assert!(tree.is_some() || sink.has_errors(), "why there is no tree is told");
    match sink.finish() {
        Ok(_) => "nothing".to_owned(),
        Err(problems) => {
            let told = problems.iter().map(|problem| {
                let label = miette::Diagnostic::labels(problem).unwrap().next().unwrap();
                let at = label.offset()..label.offset() + label.len();
                format!("{} '{}'", problem.code.trim_start_matches("runbook::"), &text[at])
            });
            told.collect::<Vec<_>>().join("; ")
        }
    }
}

#[test]
fn what_surprises_is_refused_at_its_place() {
    for (text, expected) in [
        (
            "a: !!str 1\nb: !x [c]\nd: [! e]\n",
            "forbidden-yaml '!!str'; forbidden-yaml '!x'; forbidden-yaml '!'",
        ),
        ("a: &base 1\nb: &c 2\n", "forbidden-yaml '&base'"),
        ("a: &base\n", "forbidden-yaml '&base'"),
        ("a: [1, *base]\n", "forbidden-yaml '*base'"),
        ("a: {<<: {b: 1}, c: 2}\n", "forbidden-yaml '<<'"),
        ("\"<<\": 1\n", "nothing"),
        ("a: 1\n---\nb: 2\n", "forbidden-yaml '---'"),
        ("---\na: 1\n...\n", "nothing"),
        ("%YAML 1.2\n---\na: 1\n", "forbidden-yaml '%'"),
        (
            "a: 1\na: 2\nb: {c: 1, \"c\": 2, 'c': 3}\n",
            "duplicate-key 'a'; duplicate-key '\"c\"'; duplicate-key ''c''",
        ),
        (
            "1: a\n~: b\n1.5: c\n[d]: e\non: f\n",
            "wrong-type '1'; wrong-type '~'; wrong-type '1.5'; wrong-type '[d]'",
        ),
        ("a: yes\nb: 'yes'\nc: 1_0\n", "ambiguous-boolean 'yes'; number '1_0'"),
        (
            "a: \"\\u202e\"\n\"\\u200b\": b\n",
            "deceptive-character '\"\\u202e\"'; deceptive-character '\"\\u200b\"'",
        ),
        ("a: [b\n", "yaml '['"),
        ("# nothing\n", "nothing"),
        ("", "nothing"),
    ] {
        assert_eq!(refused(text), expected, "{text}");
    }
}

#[test]
fn what_is_deep_is_refused_before_it_is_read() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("[{a: ", "}]")] {
        let text = |n: usize| format!("{}x{}\n", open.repeat(n), close.repeat(n));
        assert_eq!(refused(&text(16)), "nothing", "{open}");
        assert!(refused(&text(33)).starts_with("too-large"), "{open}");
        assert!(refused(&text(100_000)).starts_with("too-large"), "{open}");
    }
}

/// That a node stands in the text, and what it consists of in its place.
fn stands(node: &Node, text: &str) {
    assert!(text.get(node.at.clone()).is_some(), "{:?}", node.at);
    let inside = |part: &std::ops::Range<usize>| {
        assert!(node.at.start <= part.start && part.end <= node.at.end, "{:?} {part:?}", node.at);
    };
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| {
            inside(&item.at);
            stands(item, text);
        }),
        Kind::Map(entries) => entries.iter().for_each(|(key, value)| {
            inside(&key.at);
            inside(&value.at);
            assert!(text.get(key.at.clone()).is_some());
            stands(value, text);
        }),
        Kind::Null | Kind::Bool(_) | Kind::Integer(_) | Kind::Text(_) | Kind::Unfit => {}
    }
}

/// Texts that are nearly YAML.
fn texts() -> impl Strategy<Value = String> {
    const PARTS: [&str; 32] = [
        "a: ",
        "b: ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "\n",
        "\n",
        "\n  ",
        "\n    ",
        "\"",
        "'",
        "&x ",
        "*x",
        "!t ",
        "|\n",
        ">-\n",
        "%Y\n",
        "---\n",
        "...\n",
        "#c\n",
        "é",
        "\u{1f600}",
        "<<: ",
        "? ",
        ": ",
        "12",
        "\\u20",
        "\t",
        "x",
    ];
    collection::vec(proptest::sample::select(&PARTS[..]), 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn every_text_is_a_tree_that_stands_in_it_or_is_refused(text in texts()) {
        let mut sink = Sink::new("test.yaml", &text);
        match read(&mut sink) {
            Some(tree) => stands(&tree, &text),
            None => prop_assert!(sink.has_errors()),
        }
    }
}
