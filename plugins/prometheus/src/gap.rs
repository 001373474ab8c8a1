//! Time in which nobody looked, judged by what Prometheus kept of it.

use std::{collections::BTreeMap, iter, time::Duration};

use hardstop_sdk::{Call, Failure, time::rfc3339};
use serde::Deserialize;

use crate::{
    api::{Data, Sample, ask, few, read, whole},
    condition::{Bounds, Expect},
};

/// There at every time at which anything was scraped. That nothing is found tells nothing of a time
/// at which nothing was.
const WITNESS: &str = "count(up)";

/// Times at which is looked, in seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// Not itself.
    pub(crate) after: u64,
    pub(crate) until: u64,
    /// Not 0.
    pub(crate) step: u64,
}

impl Times {
    /// The first. They are multiples of the step, because some servers round them to it.
    fn first(self) -> u64 {
        (self.after / self.step + 1) * self.step
    }

    fn all(self) -> impl Iterator<Item = u64> {
        iter::successors(Some(self.first()), move |at| Some(at + self.step))
            .take_while(move |at| *at <= self.until)
    }
}

#[derive(Deserialize)]
struct Line {
    metric: BTreeMap<String, String>,
    /// Times and values.
    values: Vec<(u64, String)>,
}

/// Whether it was as it should be at each of some times.
///
/// * Returns what was wrong, if anything was.
///
/// # Errors
///
/// If Prometheus cannot tell: as of [`crate::api::query`], and `partial_answer`.
pub(crate) fn broken(
    call: &Call,
    query: &str,
    (bounds, expect): (&Bounds, Expect),
    times: Times,
) -> Result<Option<String>, Failure> {
    let at = |at: &u64| rfc3339(Duration::from_secs(*at));
    for (time, samples) in &range(call, query, times)? {
        if let Some(why) = bounds.broken(expect, samples)? {
            return Ok(Some(format!("{why} at {}", at(time))));
        }
    }
    if expect == Expect::Some {
        return Ok(None);
    }
    let watched = range(call, WITNESS, times)?;
    let blind = watched.iter().find(|(_, samples)| samples.is_empty());
    Ok(blind.map(|(time, _)| format!("`{WITNESS}` finds nothing at {}", at(time))))
}

/// What a query found at each of some times.
fn range(call: &Call, query: &str, times: Times) -> Result<BTreeMap<u64, Vec<Sample>>, Failure> {
    let bounds = [("start", times.first()), ("end", times.until), ("step", times.step)];
    let bounds = bounds.map(|(name, value)| (name, value.to_string()));
    let (Data { result, .. }, warnings) = ask(call, "query_range", query, &bounds)?;
    whole(&warnings)?;
    let lines: Vec<Line> = read(result)?;
    few(lines.len())?;
    let mut found: BTreeMap<u64, Vec<Sample>> = times.all().map(|at| (at, Vec::new())).collect();
    for Line { metric, values } in lines {
        for (at, value) in values {
            found.entry(at).or_default().push(Sample { labels: metric.clone(), value });
        }
    }
    Ok(found)
}
