//! Nothing is left half done.

use crate::repo::{self, File};

/// Written in two parts, so that this file does not break its own rule.
const LEFTOVERS: [&str; 6] = [
    concat!("to", "do!"),
    concat!("unimplement", "ed!"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("#[ign", "ore"),
    concat!("allow(dead", "_code"),
];

#[test]
fn nothing_is_left_half_done() {
    let code = |file: &File| file.is("rs") || file.is("sh") || file.path.starts_with(".ci/");
    let files = repo::files();
    let complaints: Vec<String> = files.iter().filter(|file| code(file)).flat_map(find).collect();
    repo::hold("code has no gaps, no switched-off tests and nothing that is not used", &complaints);
}

fn find(file: &File) -> Vec<String> {
    let leftover = |line: &str| LEFTOVERS.iter().find(|word| holds(line, word));
    let lines = file.text.lines().enumerate();
    lines.filter_map(|(i, line)| Some(format!("{}: {}", file.at(i), leftover(line)?))).collect()
}

/// Whether `line` holds `word`, and not as part of a longer one.
fn holds(line: &str, word: &str) -> bool {
    let mut found = line.match_indices(word).map(|(i, _)| (&line[..i], &line[i + word.len()..]));
    found.any(|(before, after)| {
        !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
    })
}

#[test]
fn finds_words_but_not_parts_of_words() {
    for word in LEFTOVERS {
        assert!(holds(&format!("    {word})] // later"), word), "{word}");
    }
    assert!(!holds(&LEFTOVERS[3].repeat(2), LEFTOVERS[3]));
}
