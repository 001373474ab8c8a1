//! What holds for every plugin beyond its manifest: failures for an action that is not there, and
//! for input that is none.

use hardstop_core::ids::Digest;
use hardstop_plugin_host::Host;
use hardstop_ports::plugin::{Answer, Plugins as _};
use hardstop_runbook::action::{Manifest, unfit};
use serde_json::json;

use super::play::call;

/// What does not hold, each in a line.
pub(super) async fn faults(host: &Host, manifest: &Manifest, digest: Digest) -> Vec<String> {
    let mut asked = vec![("no-such-action", "unknown_action")];
    let wrong = json!({ "no-such-parameter": 1 });
    for (name, action) in &manifest.actions {
        // One that takes anything has no bad input.
        if !unfit(&action.input, name, &wrong).is_empty() {
            asked.push((name, "bad_input"));
        }
    }
    let mut faults = Vec::new();
    for (action, code) in asked {
        let mut call = call(manifest, digest, action);
        call.input = wrong.to_string();
        let said = match host.call(call).await.answer {
            Answer::Failed(failure) if failure.code == code => continue,
            Answer::Failed(failure) => {
                format!("fails with `{}`: {}", failure.code, failure.message)
            }
            Answer::Done(_)
            | Answer::Pending(_)
            | Answer::NotStarted
            | Answer::Over(_)
            | Answer::CannotTell(_)
            | Answer::Cancelled => "does not fail".to_owned(),
        };
        faults.push(format!(
            "`{action}` with a parameter `no-such-parameter` {said}; it must fail with `{code}`"
        ));
    }
    faults
}
