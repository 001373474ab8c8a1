//! One word, one meaning: words GLOSSARY.md rules out are used nowhere.

use crate::repo::{self, File};

/// The section of the glossary that lists them, one `- word: what we say` a line.
const SECTION: &str = "## Never ours";
/// Where such a word is somebody else's, or tells newcomers what kind of thing this is.
const ALLOWED: [&str; 7] = [
    "workflow runner",
    ".github/workflows",
    "workflow_dispatch",
    "actions/workflows",
    "workflow_run",
    "workflow_id",
    "/pipeline",
];

#[test]
fn ruled_out_words_are_not_used() {
    let files = repo::files();
    let glossary = files.iter().find(|file| file.path == "GLOSSARY.md").expect("there is one");
    let words = ruled_out(&glossary.text);
    assert!(!words.is_empty(), "GLOSSARY.md has no section `{SECTION}`");
    // Files of this folder and the glossary speak *of* words.
    let ours = |file: &&File| {
        ["rs", "md", "yaml", "toml", "json"].iter().any(|extension| file.is(extension))
            && !file.is_recorded()
            && !file.path.starts_with("tests/tidy/")
            && file.path != "GLOSSARY.md"
    };
    let complaints: Vec<String> =
        files.iter().filter(ours).flat_map(|file| find(file, &words)).collect();
    repo::hold("words that GLOSSARY.md rules out are not used", &complaints);
}

fn ruled_out(glossary: &str) -> Vec<&str> {
    let section = glossary.split(SECTION).nth(1).unwrap_or_default();
    let lines = section.lines().skip(1).take_while(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.strip_prefix("- ")?.split_once(':')?.0)).collect()
}

fn find(file: &File, words: &[&str]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let mut line = line.to_lowercase();
        for phrase in ALLOWED {
            line = line.replace(phrase, "");
        }
        let found = words.iter().filter(|word| line.contains(**word));
        complaints.extend(found.map(|word| format!("{}: {word}", file.at(index))));
    }
    complaints
}

#[test]
fn finds_ruled_out_words_only() {
    let glossary =
        format!("- run: ours\n{SECTION}\n\n- workflow: say runbook\n# Next\n- gate: ours\n");
    let words = ruled_out(&glossary);
    assert_eq!(words, ["workflow"]);
    let text = "a GitOps workflow runner\nthe Workflow ended\na gate\n".to_owned();
    assert_eq!(find(&File { path: "x.md".to_owned(), text }, &words), ["x.md:2: workflow"]);
}
