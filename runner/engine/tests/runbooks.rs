//! The runbooks of this repository and of its README compile, without a warning.

use std::{fs, path::Path};

#[test]
fn our_own_runbooks_are_clean() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runbooks");
    let mut count = 0;
    for file in fs::read_dir(folder).expect("the folder of runbooks") {
        let path = file.expect("a file of it").path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let name = path.display().to_string();
        let text = fs::read_to_string(&path).expect("a runbook");
        let modeline = "# yaml-language-server: $schema=../schemas/runbook.schema.json\n";
        assert!(text.starts_with(modeline), "{name} begins with the line that editors look for");
        match hardstop_runbook::compile(&name, &text, hardstop_runbook::Files::NONE) {
            Ok(compiled) => assert!(compiled.warnings.is_empty(), "{}", compiled.warnings),
            Err(problems) => panic!("{problems}"),
        }
        count += 1;
    }
    assert!(count > 0, "there are runbooks");
}

#[test]
fn the_runbook_of_the_readme_is_clean() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(readme).expect("the README");
    let (_, rest) = readme.split_once("```yaml\n").expect("a runbook in the README");
    let (text, _) = rest.split_once("```").expect("its end");
    match hardstop_runbook::compile("README.md", text, hardstop_runbook::Files::NONE) {
        Ok(compiled) => assert!(compiled.warnings.is_empty(), "{}", compiled.warnings),
        Err(problems) => panic!("{problems}"),
    }
}
