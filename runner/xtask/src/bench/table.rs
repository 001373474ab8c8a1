//! What was measured, as a table, and BENCHMARKS.md around it.

use std::{fmt::Write as _, fs, thread::available_parallelism};

use super::measure::{Figure, Samples};

/// One line of the table.
pub(super) struct Row {
    what: String,
    measured: String,
    beside: String,
    limit: String,
    ratio: String,
    verdict: Verdict,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pass,
    Fail,
    /// Nothing was promised.
    Shown,
    Skipped,
}

impl Row {
    /// Something that may cost so much and no more.
    pub(super) fn limited(what: &str, samples: &Samples, limit: f64, unit: &str) -> Self {
        let median = samples.median();
        Self {
            what: what.to_owned(),
            measured: samples.text(unit),
            beside: String::new(),
            limit: format!("{} {unit}", Figure(limit)),
            ratio: if limit > 0.0 {
                format!("{} of the limit", Figure(median / limit))
            } else {
                String::new()
            },
            verdict: if median <= limit { Verdict::Pass } else { Verdict::Fail },
        }
    }

    /// Something in times of what was done beside it, in the same rounds.
    ///
    /// * `limit`: the most it may be; `None` if nothing is promised.
    pub(super) fn compared(
        what: &str,
        samples: &Samples,
        unit: &str,
        (beside, others): (&str, &Samples),
        limit: Option<f64>,
    ) -> Self {
        let ratios = samples.over(others);
        let verdict = match limit {
            None => Verdict::Shown,
            Some(limit) if ratios.median() <= limit => Verdict::Pass,
            Some(_) => Verdict::Fail,
        };
        Self {
            what: what.to_owned(),
            measured: samples.text(unit),
            beside: format!("{beside}: {}", others.text(unit)),
            limit: limit.map(|limit| format!("{} times", Figure(limit))).unwrap_or_default(),
            ratio: ratios.text("times"),
            verdict,
        }
    }

    /// Something nothing is promised of.
    pub(super) fn shown(what: &str, samples: &Samples, unit: &str) -> Self {
        Self {
            limit: String::new(),
            ratio: String::new(),
            verdict: Verdict::Shown,
            ..Self::limited(what, samples, 0.0, unit)
        }
    }

    /// Something that could not be measured here.
    pub(super) fn skipped(what: &str, why: &str) -> Self {
        Self {
            what: what.to_owned(),
            measured: why.to_owned(),
            beside: String::new(),
            limit: String::new(),
            ratio: String::new(),
            verdict: Verdict::Skipped,
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.verdict == Verdict::Fail
    }
}

/// The table, in Markdown.
pub(super) fn markdown(rows: &[Row]) -> String {
    let mut text =
        "| what | measured | beside | ratio | limit | |\n|---|---|---|---|---|---|\n".to_owned();
    for Row { what, measured, beside, limit, ratio, verdict } in rows {
        let verdict = match verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "**fail**",
            Verdict::Shown => "",
            Verdict::Skipped => "skipped",
        };
        // Writing to a String cannot fail.
        let _ =
            writeln!(text, "| {what} | {measured} | {beside} | {ratio} | {limit} | {verdict} |");
    }
    text
}

/// The machine, as far as it explains figures.
pub(super) fn machine() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cores = available_parallelism().map_or(0, usize::from);
    let cpu = read("/proc/cpuinfo");
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cpu = cpu.trim_start_matches([' ', '\t', ':']);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cores} cores ({cpu}), Linux {}", kernel.trim())
}

/// How much the machine has to do: the mean number of processes over 1, 5 and 15 minutes.
pub(super) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// All of BENCHMARKS.md.
pub(super) fn document(rows: &[Row], (before, after): (&str, &str)) -> String {
    let (table, machine) = (markdown(rows), machine());
    format!(
        "# Benchmarks

Written by `cargo xtask bench`, which builds the release binary, measures it in repositories of its own below the
target directory, and ends with 1 if a limit is missed. `cargo xtask bench steps check` measures some of it,
`--quick` only tries that everything works; neither writes this file.

Machine: {machine}. Load before: {before}; after: {after}.

{table}
How to read it:

- Each figure is a median, with the least, the most and the number of rounds. The machine did other work meanwhile, so
  absolute times say little about another one; ratios do. What is compared is done in turns, and its ratio is
  taken round by round: load that comes and goes meets both sides. A limit is held against the median.
- A step: the whole of `hardstop run`, from the start of the process to sealed and committed evidence, divided by its
  steps. Beside it: as many times starting `/bin/true` with its output captured, then writing 1 KiB and one fdatasync,
  nothing else.
- Waiting runs: journals that `advance` reads are counted by putting others of the same length in their place, which
  nobody could fold; the runs it then complains of or moves are those whose journals it read.
- An evidence commit: `hold` and `lift` of a waiting run commit once each, so a commit is nearly all they do. A run of
  one step writes to the register as well, once when it opens and once when it closes.
- The 500 steps have fourteen keys each, with expressions in five of them.
- A rehearsal: the whole of `hardstop simulate`, with the start of the program and the reading of every file. That
  of the rollout has failures, rejections and two restarts.
- A call of a plugin: from the caller's thread to the host's and back, in a fresh instance. 500 of them are a round,
  with 50 starts of `/bin/true` whose streams lead nowhere; what is shown is the spread of the rounds' percentiles.
- A first call: from the start of a process that has nothing but a host to the answer, each in a process of its own.
  `http` is called for an action that it does not have, so nothing is sent.
- Calls that go on: in the host, all answers are kept, and there is room for one instance; so none is held by a call
  that goes on, or the next would not begin. In runs, the memory is that of the whole process.
- A guest that computes for ever: its deadline is 200 ms; calls beside it go on until then, and as long without it.
"
    )
}
