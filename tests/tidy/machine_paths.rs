//! No file speaks of the machine it was written on.

use crate::repo;

/// Folders that exist on one machine only; written in two parts for this file's own sake.
const FOREIGN: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), TMP];
const TMP: &str = concat!("/t", "mp/");
/// What examples may use below the last of them.
const EXAMPLES: [&str; 2] = ["hardstop", "example"];

#[test]
fn no_machine_paths() {
    let mut complaints = Vec::new();
    for file in repo::files() {
        let lines = file.text.lines().enumerate();
        complaints.extend(lines.filter(|(_, line)| names_machine(line)).map(|(i, _)| file.at(i)));
    }
    repo::hold("no tracked file names a path of the machine it was written on", &complaints);
}

fn names_machine(line: &str) -> bool {
    FOREIGN.iter().any(|folder| {
        line.match_indices(folder).any(|(start, _)| {
            let rest = &line[start + folder.len()..];
            // `$DIR/work/` and `runs/work/` are relative to something.
            let relative =
                line[..start].ends_with(|c: char| c.is_alphanumeric() || "._-})>*".contains(c));
            let harmless = *folder == TMP
                && (!rest.starts_with(|c: char| c.is_ascii_alphanumeric())
                    || EXAMPLES.iter().any(|name| rest.starts_with(name)));
            !relative && !harmless
        })
    })
}

#[test]
fn finds_absolute_paths_only() {
    let check = |parts: [&str; 3]| names_machine(&parts.concat());
    assert!(check(["see ", FOREIGN[0], "main"]));
    assert!(check(["Path::new(\"", FOREIGN[1], "x\")"]));
    assert!(check(["file://", TMP, "x"]));
    assert!(!check(["$REPO", FOREIGN[0], "main"]));
    assert!(!check(["https://example.com", FOREIGN[1], "x"]));
    assert!(!check(["cd ", TMP, "hardstop-drill"]));
    assert!(!check(["`", TMP, "` is a folder"]));
}
