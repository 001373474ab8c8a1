//! A runbook as a document, word for word in Markdown, and what must hold of the page.

use hardstop_core::model::Plan;
use hardstop_runbook::{Files, compile, outline};

use super::{
    super::{Format, procedure},
    compare,
};

const BOOK: &str = r#"apiVersion: hardstop/v1
kind: Runbook
id: patch
title: Patch the fleet
description: |
  Brings every region to a build.

  # Use it on weekdays.
owners: ["team:sre"]
inputs:
  build: {type: integer, min: 1, description: the build to bring}
vars: {regions: [north, south]}
phases:
  - id: canary
    steps:
      - id: look
        checklist:
          items:
            - {id: backup, text: "The backup is <fresh>"}
            - {id: how, text: How old is it?, type: number, optional: true}
      - id: careful
        block:
          - id: patch
            description: One region at a time.
            for_each: {items: "${{ vars.regions }}", as: region, max_parallel: 2, max_failures: 10%}
            run: [patch, "${{ region }}"]
            undo: {run: [unpatch, "${{ region }}"]}
        rescue:
          - {id: page, run: [page]}
  - id: prod
    steps:
      - {id: soak, hard_stop: {for: 24h, since: canary/look.finished}}
      - id: go
        if: "${{ inputs.build > 1 }}"
        approval: {message: Go on?, approvers: ["team:sre"], min_approvals: 2, exclude: [initiator]}
      - id: rest
        run: {shell: sh, script: "set -x\n  patch --rest # all"}
        on_failure: {run: [revert], then: abort}
      - {id: revert, only: backout, run: [revert]}
on_abort:
  - {id: tell, run: [tell]}
finally:
  - {id: tidy, run: [tidy]}
"#;

fn plan(text: &str) -> Plan {
    compile("patch.yaml", text, Files::NONE).unwrap_or_else(|wrong| panic!("{wrong:#?}")).plan
}

#[test]
fn a_runbook_reads_as_a_procedure() {
    compare("procedure", &procedure(&plan(BOOK), &outline(BOOK), Format::Markdown));
}

#[test]
fn a_page_needs_nothing_else_and_trusts_no_text() {
    let text = BOOK.replace("title: Patch the fleet", "title: Patch <script>x</script> & go");
    let page = procedure(&plan(&text), &outline(&text), Format::Html);
    assert!(page.contains("<h1>Patch &lt;script&gt;x&lt;&#x2f;script&gt; &amp; go</h1>"), "{page}");
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("href="));
    assert!(page.contains(r#"<li><label><input type="checkbox"> The backup is &lt;fresh&gt;"#));
    for section in ["If it is aborted", "Remedies", "Finally, on every exit"] {
        assert!(page.contains(&format!("<h2>{section}</h2>")), "{section}");
    }
    for tag in ["section", "dl", "ul", "ol", "pre", "table", "main"] {
        let count = |mark: &str| page.matches(&format!("<{mark}{tag}")).count();
        assert_eq!(count(""), count("/"), "{tag}");
    }
}
