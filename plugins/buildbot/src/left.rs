//! What a build left: the console text of its steps, and values among its properties.

use std::collections::BTreeMap;

use hardstop_ci::Console;
use hardstop_sdk::{Call, Failure, http::RequestBuilder, whole};
use serde_json::Value;

use crate::api::{Build, Chunk, Log, Step, get, list, result};

const CONSOLE: &str = "console.txt";
/// Requests that console text takes: a call may make 100, and makes a few before.
const REQUESTS_MAX: u32 = 80;
/// Lines that are asked for of a log, the last, until they fit into an answer. Buildbot cuts a line at
/// 64 KiB (`MAX_CHUNK_SIZE` in `db/logs.py`).
///
/// A log is not asked for as it is (`raw`): Buildbot streams that out of its database, and whoever stops
/// reading, because it is too large, leaves it with a connection less (`iter_log_lines` there). Over
/// `SQLite`, which has one, it then answers nobody.
const LAST_LINES: [u64; 3] = [20_000, 2_000, 200];

/// Of values, as JSON.
const VALUES_BYTES_MAX: usize = 64 * 1024;

/// Properties that were asked for with the build, as values; `None` if no names are given.
///
/// # Errors
///
/// `bad_values` if the build has none of a name, or if they are too large.
pub(crate) fn values(
    build: &Build,
    names: &[String],
) -> Result<Option<BTreeMap<String, Value>>, Failure> {
    if names.is_empty() {
        return Ok(None);
    }
    let bad = |why: String| Failure::new("bad_values", format!("build #{} {why}", build.number));
    let value = |name: &String| {
        let found = build.properties.as_ref().and_then(|it| it.get(name));
        let (value, _) = found.ok_or_else(|| bad(format!("has no property `{name}`")))?;
        Ok((name.clone(), whole(value.clone())))
    };
    let values = names.iter().map(value).collect::<Result<BTreeMap<_, _>, Failure>>()?;
    let bytes: usize = values.values().map(|value| value.to_string().len()).sum();
    if bytes > VALUES_BYTES_MAX {
        let why = format!("has {bytes} bytes of values; {VALUES_BYTES_MAX} are taken");
        return Err(bad(why));
    }
    Ok(Some(values))
}

/// Keeps the console text, and gives the name it is kept under. What cannot be had is named in it.
///
/// # Errors
///
/// If the file is refused.
pub(crate) fn console(call: &Call, build: &Build) -> Result<&'static str, Failure> {
    let mut console = Console::default();
    let mut reader = Reader { call, requests: REQUESTS_MAX };
    match reader.steps(build.buildid) {
        Ok(steps) => reader.add(&steps, &mut console),
        Err(failure) => console.not_kept(&failure),
    }
    call.keep(CONSOLE, &console.into_bytes())?;
    Ok(CONSOLE)
}

/// Reads what was printed, as long as there are requests left.
struct Reader<'a> {
    call: &'a Call<'a>,
    requests: u32,
}

impl<'a> Reader<'a> {
    fn get(&mut self, path: &str) -> Result<RequestBuilder<'a>, Failure> {
        self.requests = self.requests.checked_sub(1).ok_or_else(|| {
            let message = format!("only {REQUESTS_MAX} requests are made for console text");
            Failure::new("too_much", message)
        })?;
        get(self.call, path)
    }

    fn steps(&mut self, build: u64) -> Result<Vec<Step>, Failure> {
        list("steps", self.get(&format!("builds/{build}/steps"))?)
    }

    /// Adds what the last steps printed. They are read from the end: builds fail there.
    fn add(&mut self, steps: &[Step], console: &mut Console) {
        let (mut texts, mut bytes) = (Vec::new(), 0);
        for step in steps.iter().rev() {
            if self.requests == 0 || bytes >= Console::BYTES_MAX {
                break;
            }
            let text = self.step(step);
            bytes += text.len();
            texts.push(text);
        }
        let left_out = steps.len() - texts.len();
        if left_out > 0 {
            console.line(&format!("[the first {left_out} steps are left out]"));
        }
        for (step, text) in steps[left_out..].iter().zip(texts.iter().rev()) {
            let Step { number, name, results, state_string, .. } = step;
            console.line(&format!("== {number} {name}: {} ({state_string})", result(*results)));
            console.add(text);
        }
    }

    fn step(&mut self, step: &Step) -> Vec<u8> {
        let mut console = Console::default();
        let logs = self.get(&format!("steps/{}/logs", step.stepid));
        match logs.and_then(|asked| list::<Log>("logs", asked)) {
            Ok(logs) => logs.iter().for_each(|log| self.log(log, &mut console)),
            Err(failure) => console.not_kept(&failure),
        }
        console.into_bytes()
    }

    fn log(&mut self, log: &Log, console: &mut Console) {
        if log.name != "stdio" {
            console.line(&format!("-- {}", log.name));
        }
        for lines in LAST_LINES {
            match self.last(lines, log) {
                Ok(text) => return console.add(&text),
                Err(failure)
                    if failure.code == "answer_too_large" && Some(&lines) != LAST_LINES.last() => {}
                Err(failure) => return console.not_kept(&failure),
            }
        }
    }

    /// The last lines of a log, and how many were before them.
    fn last(&mut self, lines: u64, log: &Log) -> Result<Vec<u8>, Failure> {
        let first = log.num_lines.saturating_sub(lines);
        let asked = self.get(&format!("logs/{}/contents", log.logid))?;
        let asked = asked.query("offset", &first.to_string()).query("limit", &lines.to_string());
        Ok(text(log, first, &list::<Chunk>("logchunks", asked)?))
    }
}

fn text(log: &Log, first: u64, chunks: &[Chunk]) -> Vec<u8> {
    let mut text = match first {
        0 => String::new(),
        _ => format!("[{first} lines before this are left out]\n"),
    };
    for line in chunks.iter().flat_map(|chunk| chunk.content.split_inclusive('\n')) {
        // The first letter says which stream a line of standard output and error is of.
        let stream =
            if log.kind == "s" { line.chars().next().map_or(0, char::len_utf8) } else { 0 };
        text.push_str(&line[stream..]);
    }
    text.into_bytes()
}
