//! Links between documents lead somewhere.

use crate::repo::{self, File};

#[test]
fn links_lead_somewhere() {
    let root = repo::root();
    let mut complaints = Vec::new();
    for file in repo::files().iter().filter(|file| file.is("md") && !file.is_recorded()) {
        let folder = root.join(&file.path).parent().expect("a file has a folder").to_owned();
        let dead = targets(file).into_iter().filter(|(_, target)| !folder.join(target).exists());
        complaints.extend(dead.map(|(index, target)| format!("{}: {target}", file.at(index))));
    }
    repo::hold("a relative link in a document names an existing file", &complaints);
}

/// The relative targets of `[text](target)`, without their anchors, and the lines they stand in.
fn targets(file: &File) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (index, line) in file.text.lines().enumerate() {
        in_code ^= line.trim_start().starts_with("```");
        let links = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
        let paths = links.map(|link| link.split('#').next().unwrap_or_default());
        let relative = |path: &&str| !path.is_empty() && !path.contains(':');
        found.extend(paths.filter(relative).filter(|_| !in_code).map(|path| (index, path)));
    }
    found
}

#[test]
fn finds_relative_links() {
    let text = "[a](A.md#top) and [b](../b/) \n[c](#here) [d](https://example.com/x)\n\
                ```\n[e](e.md)\n```\n[f](f.md \"title\")\n";
    let file = File { path: "x.md".to_owned(), text: text.to_owned() };
    assert_eq!(targets(&file), [(0, "A.md"), (0, "../b/"), (5, "f.md")]);
}
