//! The files a repository begins with. They pass `hardstop check` as they are.

use hardstop_core::{ids::PersonId, policy::Actor};
use hardstop_evidence::digest;
use hardstop_runbook::{policy, schemas};

use crate::{
    error::CliError,
    wire::{CONFIG, POLICY},
};

const RUNBOOK: &str = "runbooks/hello.yaml";
const CI: &str = ".github/workflows/hardstop.yaml";
const SIGNERS: &str = ".hardstop/allowed_signers";

/// Every file, by its path in the repository.
///
/// * `person`: who sets the repository up, and may do everything in it.
/// * `signer`: the line that lets this machine's runner sign evidence.
///
/// # Errors
///
/// If Git knows this person by an address that no policy can hold.
pub(super) fn files(person: &Actor, signer: &str) -> Result<Vec<(String, String)>, CliError> {
    let mut files = vec![
        (CONFIG.to_owned(), include_str!("config.yaml").to_owned()),
        (POLICY.to_owned(), policy_of(&person.email)?),
        (SIGNERS.to_owned(), signers(signer)),
        (RUNBOOK.to_owned(), include_str!("hello.yaml").to_owned()),
        (CI.to_owned(), include_str!("ci.yaml").to_owned()),
    ];
    let schemas = schemas().into_iter();
    files.extend(schemas.map(|(name, text)| (format!(".hardstop/schemas/{name}"), text)));
    Ok(files)
}

fn policy_of(email: &str) -> Result<String, CliError> {
    // A text of JSON is one of YAML.
    let quoted = serde_json::Value::from(email).to_string();
    let text =
        include_str!("policy.yaml").replace("@PERSON@", &name(email)).replace("@EMAIL@", &quoted);
    match policy(POLICY, &text, digest(text.as_bytes())) {
        Ok(_) => Ok(text),
        Err(_) => Err(CliError::usage(
            format!("no policy can hold the address {email:?}"),
            "`git config user.email you@example.com`",
        )),
    }
}

/// The name a policy gives somebody: what stands before the `@`, as far as names allow it.
fn name(email: &str) -> String {
    let local = email.split('@').next().unwrap_or_default();
    let plain = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
    let name: String = local.to_ascii_lowercase().chars().map(plain).take(32).collect();
    let name = name.trim_matches('-');
    match name.parse::<PersonId>() {
        Ok(_) => name.to_owned(),
        Err(_) => "operator".to_owned(),
    }
}

fn signers(signer: &str) -> String {
    format!(
        "# The runners whose evidence is believed: `hardstop verify` trusts this file as committed.\n\
         # The key below is this machine's; `hardstop doctor` on another machine prints its line.\n\
         {signer}"
    )
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn everybody_gets_a_name() {
        assert_eq!(name("alice@example.com"), "alice");
        assert_eq!(name("Alice.B+ops@example.com"), "alice-b-ops");
        assert_eq!(name("7@example.com"), "operator");
        assert_eq!(name("@example.com"), "operator");
        assert_eq!(name(""), "operator");
    }
}
