//! Measurements: several of one thing, since one says little on a machine that does other work.

use std::{
    fmt, fs,
    process::{Child, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;

/// Several measurements of one thing, all in one unit.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples(Vec<f64>);

impl From<Vec<f64>> for Samples {
    fn from(samples: Vec<f64>) -> Self {
        Self(samples)
    }
}

impl Samples {
    pub(super) fn push(&mut self, sample: f64) {
        self.0.push(sample);
    }

    /// The middle one, or the mean of the two in the middle; 0 if there is none.
    pub(super) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match (sorted.get(middle.wrapping_sub(1)), sorted.get(middle)) {
            (Some(below), Some(above)) if sorted.len().is_multiple_of(2) => (below + above) / 2.0,
            (_, Some(middle)) => *middle,
            (_, None) => 0.0,
        }
    }

    /// What `self` is in parts of `other`, round by round: load that comes and goes meets both.
    pub(super) fn over(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one / other).collect())
    }

    /// What `self` is beyond the middle of `other`.
    pub(super) fn less(&self, other: &Self) -> Self {
        let other = other.median();
        Self(self.0.iter().map(|one| (one - other).max(0.0)).collect())
    }

    /// The median, with its unit, and how far the measurements lie apart.
    pub(super) fn text(&self, unit: &str) -> String {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.0.iter().copied().fold(0.0, f64::max);
        let n = self.0.len();
        if n < 2 {
            return format!("{} {unit}", Figure(self.median()));
        }
        format!("{} {unit} ({} to {}, n = {n})", Figure(self.median()), Figure(least), Figure(most))
    }
}

/// A number with as many digits as mean something.
pub(super) struct Figure(pub(super) f64);

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = match self.0 {
            n if n >= 100.0 => 0,
            n if n >= 10.0 => 1,
            n if n >= 0.1 || n <= 0.0 => 2,
            _ => 3,
        };
        write!(f, "{:.digits$}", self.0)
    }
}

/// Does `work` and tells how long it took, in milliseconds.
///
/// # Errors
///
/// Those of `work`.
pub(super) fn timed(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64() * 1_000.0)
}

/// Waits for `child` and tells the most memory it had resident, in MB.
///
/// The system forgets the figure with the process, so it is looked at every millisecond; what a
/// process takes in its last one is missed.
///
/// # Errors
///
/// If it cannot be waited for, or the system does not tell.
pub(super) fn peak_memory(mut child: Child) -> anyhow::Result<(ExitStatus, f64)> {
    let path = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        peak = kib.or(peak);
        if let Some(status) = child.try_wait()? {
            let kib = peak.context("the system does not tell how much memory a process has")?;
            return Ok((status, kib * 1_024.0 / 1e6));
        }
        thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(test)]
mod tests {
    use super::Samples;

    #[test]
    fn one_slow_round_does_not_move_the_median() {
        let ours = Samples(vec![3.0, 90.0, 3.2]);
        let theirs = Samples(vec![2.0, 60.0, 2.0]);
        assert_eq!(ours.text("ms"), "3.20 ms (3.00 to 90.0, n = 3)");
        assert_eq!(ours.over(&theirs).text("times"), "1.50 times (1.50 to 1.60, n = 3)");
        assert_eq!(Samples(vec![1.0, 2.0]).text("ms"), "1.50 ms (1.00 to 2.00, n = 2)");
        let beyond = theirs.less(&Samples(vec![5.0, 1.0, 3.0]));
        assert_eq!(beyond.text("MB"), "0.00 MB (0.00 to 57.0, n = 3)");
    }
}
