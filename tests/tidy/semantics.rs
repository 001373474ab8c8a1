//! Every hard question and every trap has a test, and the test exists.

use crate::repo;

const PAGE: &str = "docs/semantics.md";

#[test]
fn every_question_and_every_trap_has_its_test() {
    let files = repo::files();
    let page = files.iter().find(|file| file.path == PAGE).expect("the page of the questions");
    let tests: Vec<String> = files
        .iter()
        .filter(|file| file.is("rs"))
        .flat_map(|file| file.text.lines().map(str::trim))
        .filter_map(|line| {
            line.strip_prefix("fn ")?.split_once('(').map(|(name, _)| name.to_owned())
        })
        .collect();
    let rows: Vec<(&str, Vec<&str>)> = page.text.lines().filter_map(row).collect();
    let mut complaints: Vec<String> = (1..=36)
        .map(|n| format!("Q{n}"))
        .chain((1..=22).map(|n| n.to_string()))
        .filter(|wanted| !rows.iter().any(|(id, named)| id == wanted && !named.is_empty()))
        .map(|missing| format!("{PAGE}: {missing} names no test"))
        .collect();
    let named = rows.iter().flat_map(|(id, named)| named.iter().map(move |test| (id, test)));
    let gone = named.filter(|(_, test)| !tests.iter().any(|known| known == *test));
    complaints.extend(gone.map(|(id, test)| format!("{PAGE}: {id} names `{test}`, which is gone")));
    repo::hold("every question and every trap names a test that exists", &complaints);
}

/// The first cell of a row, and the tests its last cell names.
fn row(line: &str) -> Option<(&str, Vec<&str>)> {
    let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').collect();
    let tests = cells.last()?.split('`').skip(1).step_by(2).collect();
    Some((cells.first()?.trim(), tests))
}

#[test]
fn reads_rows() {
    assert_eq!(row("| Q1 | what | so | `a` `b` |"), Some(("Q1", vec!["a", "b"])));
    assert_eq!(row("no row"), None);
}
