//! `http/download`: a file becomes evidence.

use std::{collections::BTreeMap, fmt::Write as _};

use hardstop_sdk::{Call, Done, Failure, http::Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::ask::ask;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Where it is.
    url: String,
    /// The name it is kept under; 1 to 64 of `a-z 0-9 . _ -`, a letter or digit first.
    #[schemars(regex(pattern = r"^[a-z0-9](\.?[a-z0-9_-])*$"), length(max = 64))]
    name: String,
    /// Headers; a secret in one is replaced by the runner.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Sends the secret `token` as `authorization: Bearer`.
    #[serde(default)]
    bearer: bool,
    /// The digest it must have, 64 hexadecimal digits.
    #[schemars(regex(pattern = "^[0-9A-Fa-f]{64}$"))]
    sha256: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The name it is kept under.
    name: String,
    /// Its size.
    bytes: u64,
    /// Its digest, 64 hexadecimal digits.
    sha256: String,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let answer = ask(call, (Method::Get, &input.url), &input.headers, input.bearer)?.ok()?;
    let mut sha256 = String::new();
    for byte in Sha256::digest(&answer.body) {
        // Writing to a text does not fail.
        let _ = write!(sha256, "{byte:02x}");
    }
    if let Some(wanted) = &input.sha256
        && !wanted.eq_ignore_ascii_case(&sha256)
    {
        let message = format!("{} has the digest {sha256}, not {wanted}", input.url);
        return Err(Failure::new("wrong_digest", message).details(json!({ "sha256": sha256 })));
    }
    call.keep(&input.name, &answer.body)?;
    let bytes = answer.body.len() as u64;
    Ok(Done::new(Output { name: input.name.clone(), bytes, sha256 }).link(&input.url))
}
