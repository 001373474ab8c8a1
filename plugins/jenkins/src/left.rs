//! What a build left: console text, artifacts, and values among them.

use hardstop_ci::Console;
use hardstop_sdk::{Call, Failure, http::encode, whole};
use serde_json::Value;

use crate::api::{Build, get, head, path};

const CONSOLE: &str = "console.txt";
/// Of an artifact whose content becomes an output.
const VALUES_BYTES_MAX: usize = 64 * 1024;

/// What is kept of a build.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// Artifacts, by their paths.
    pub(crate) artifacts: &'a [String],
    /// The artifact that holds values.
    pub(crate) values: Option<&'a String>,
}

/// What was kept.
pub(crate) struct Left {
    pub(crate) artifacts: Vec<String>,
    pub(crate) values: Option<Value>,
}

/// Keeps the console text, and gives the name it is kept under. What cannot be had is named in it.
///
/// # Errors
///
/// If the file is refused.
pub(crate) fn console(call: &Call, job: &str, number: u64) -> Result<&'static str, Failure> {
    let mut console = Console::default();
    match printed(call, &format!("{}/{number}", path(job))) {
        Ok(text) => console.add(&text),
        Err(failure) => console.not_kept(&failure),
    }
    call.keep(CONSOLE, &console.into_bytes())?;
    Ok(CONSOLE)
}

/// All that a build printed; the end of it if that is larger than an answer may be.
fn printed(call: &Call, build: &str) -> Result<Vec<u8>, Failure> {
    match get(call, &format!("{build}/consoleText"))?.ok() {
        Err(failure) if failure.code == "answer_too_large" => {}
        answer => return Ok(answer?.body),
    }
    // Asked for what lies behind the end, Jenkins answers all of it (`doProgressText` of Stapler's
    // `LargeText`), so the size is asked for first.
    let at = format!("{build}/logText/progressiveText");
    let answer = head(call, &at)?.ok()?;
    let size = answer.header("x-text-size").and_then(|size| size.parse::<usize>().ok());
    let size = size.ok_or_else(|| {
        let message = format!("{} did not say how much a build printed", answer.asked);
        Failure::new("bad_answer", message)
    })?;
    let start = size.saturating_sub(Console::BYTES_MAX);
    let end = get(call, &at)?.query("start", &start.to_string()).ok()?;
    // There every line ends as those of Windows do.
    let end = end.text().replace("\r\n", "\n");
    Ok(format!("[{start} bytes before this are left out]\n{end}").into_bytes())
}

/// Keeps what is wanted.
///
/// * Returns the failure of a build that left something else.
pub(crate) fn keep(
    call: &Call,
    job: &str,
    build: &Build,
    wanted: Wanted<'_>,
) -> Result<Result<Left, Failure>, Failure> {
    let (number, url) = (build.number, &build.url);
    let mut left = Left { artifacts: Vec::new(), values: None };
    let unlisted = wanted.values.filter(|file| !wanted.artifacts.contains(file));
    for file in wanted.artifacts.iter().chain(unlisted) {
        if !build.artifacts.iter().any(|it| it.relative_path == *file) {
            let message = format!("{job} #{number} left no `{file}`: {url}");
            return Ok(Err(Failure::new("artifact_missing", message)));
        }
        let encoded: Vec<String> = file.split('/').map(encode).collect();
        let at = format!("{}/{number}/artifact/{}", path(job), encoded.join("/"));
        let name = free(&file_name(file), &left.artifacts);
        let bytes = get(call, &at)?.ok()?.body;
        call.keep(&name, &bytes)?;
        left.artifacts.push(name);
        if wanted.values == Some(file) {
            match values(&bytes) {
                Ok(values) => left.values = Some(values),
                Err(why) => {
                    let message = format!("`{file}` of {job} #{number} {why}: {url}");
                    return Ok(Err(Failure::new("bad_values", message)));
                }
            }
        }
    }
    Ok(Ok(left))
}

fn values(bytes: &[u8]) -> Result<Value, String> {
    if bytes.len() > VALUES_BYTES_MAX {
        return Err(format!("has {} bytes; {VALUES_BYTES_MAX} are taken", bytes.len()));
    }
    match serde_json::from_slice(bytes) {
        Ok(values @ Value::Object(_)) => Ok(whole(values)),
        Ok(_) => Err("is no JSON object".to_owned()),
        Err(error) => Err(format!("is no JSON: {error}")),
    }
}

/// A name that nothing is kept under yet: the last file of a name replaces the others.
fn free(name: &str, taken: &[String]) -> String {
    let (mut free, mut count) = (name.to_owned(), 0);
    while free == CONSOLE || taken.contains(&free) {
        count += 1;
        free = format!("{count}-{name}");
    }
    free
}

/// A path as the name of an artifact: its end counts, since that says what it is.
pub(crate) fn file_name(path: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = path.to_ascii_lowercase().chars().map(plain).collect();
    let name = name.replace("..", "__");
    let end = name.len().saturating_sub(56);
    name[end..].trim_matches(['.', '_', '-']).to_owned()
}
