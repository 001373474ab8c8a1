//! Components from servers, through the one way out.

use std::collections::BTreeMap;

use hardstop_core::{
    limits::COMPONENT_BYTES_MAX,
    model::{Caps, Grants},
};
use hardstop_egress::{Code, Gate, Refused, Request};
use hardstop_runbook::action::Source;

use crate::{error::CliError, wire::block_on};

/// Downloads a component, granted its one origin and nothing private.
///
/// * `source`: where `address` is.
///
/// # Errors
///
/// If there is no whole answer that is one.
pub(super) fn download(address: &str, source: &Source) -> Result<Vec<u8>, CliError> {
    let wrong = |why: String| {
        let hint = "download it by other means, and name the file";
        CliError::usage(format!("{address} cannot be downloaded: {why}"), hint)
    };
    let caps = Caps { response_bytes: COMPONENT_BYTES_MAX as u64, ..Caps::default() };
    let grants = Grants { caps, ..source.grants() };
    let gate = Gate::new("plugin add", &grants, BTreeMap::new());
    let gate = gate.map_err(|error| wrong(error.to_string()))?;
    let sent = block_on(async { Ok(gate.send(Request::get(address)).await) })?;
    let response = sent.map_err(|refused| {
        let last = gate.records().pop().map(|it| it.origin).unwrap_or_default();
        wrong(told(refused, &last, &grants.caps))
    })?;
    if !response.status.is_success() {
        return Err(wrong(format!("the server said {}", response.status)));
    }
    Ok(response.body.to_vec())
}

/// Why nothing was downloaded: nobody can grant or raise here what a gate tells of.
///
/// * `last`: the origin that was asked last.
fn told(refused: Refused, last: &str, caps: &Caps) -> String {
    match refused.code {
        Code::Grant => {
            format!("it leads to another server, {last}: name the address it leads to")
        }
        Code::Address => "its server has no public address".to_owned(),
        Code::Size => format!("it has more than {} bytes", caps.response_bytes),
        Code::Time => format!("there was no whole answer within {}", caps.request_time),
        Code::Url
        | Code::Message
        | Code::Secret
        | Code::Redirect
        | Code::Headers
        | Code::Count
        | Code::Name
        | Code::Unreachable
        | Code::Tls
        | Code::Broken
        | Code::Answer => refused.message,
    }
}

#[cfg(test)]
mod tests {
    use hardstop_core::model::Caps;
    use hardstop_egress::{Code, Refused};

    use super::told;

    #[test]
    fn nobody_is_told_to_grant_what_no_configuration_can() {
        let caps = Caps::default();
        let told = |code| {
            let message = "raise `plugin add.caps`".to_owned();
            told(Refused { code, message }, "https://files.example.com:443", &caps)
        };
        let leads = "https://files.example.com:443: name the address it leads to";
        assert!(told(Code::Grant).ends_with(leads));
        for code in [Code::Grant, Code::Address, Code::Size, Code::Time] {
            assert!(!told(code).contains("plugin add"), "{code:?}: {}", told(code));
        }
        assert_eq!(told(Code::Tls), "raise `plugin add.caps`");
    }
}
