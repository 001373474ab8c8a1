//! What a query is to find.

use hardstop_sdk::Failure;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::api::Sample;

/// Samples that a complaint names.
const NAMED_MAX: usize = 3;

/// Whether anything is to be found at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Expect {
    /// Something.
    #[default]
    Some,
    /// Nothing.
    None,
}

/// Bounds of every sample, each a whole number or a text such as `"0.01"`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bounds {
    /// Every sample is below this.
    below: Option<Value>,
    /// Every sample is above this.
    above: Option<Value>,
    /// Every sample is this or less.
    at_most: Option<Value>,
    /// Every sample is this or more.
    at_least: Option<Value>,
    /// Every sample is this.
    equals: Option<Value>,
}

type Holds = fn(&f64, &f64) -> bool;

impl Bounds {
    /// Holds them, and whether anything is to be found, against what was found.
    ///
    /// * Returns what is wrong, if anything is.
    ///
    /// # Errors
    ///
    /// `bad_input` if a bound is no number.
    pub(crate) fn broken(
        &self,
        expect: Expect,
        samples: &[Sample],
    ) -> Result<Option<String>, Failure> {
        let bounds: [(&str, &Option<Value>, Holds); 5] = [
            ("below", &self.below, f64::lt),
            ("above", &self.above, f64::gt),
            ("at most", &self.at_most, f64::le),
            ("at least", &self.at_least, f64::ge),
            ("equal to", &self.equals, f64::eq),
        ];
        let mut wrong = Vec::new();
        for (words, bound, holds) in bounds {
            let Some(bound) = bound else { continue };
            let limit = number(bound)?;
            let broken = samples.iter().filter(|it| !holds(&value(it), &limit));
            wrong.extend(broken.map(|it| format!("{} is not {words} {}", shown(it), text(bound))));
        }
        Ok(match expect {
            Expect::Some if samples.is_empty() => Some("the query finds nothing".to_owned()),
            Expect::None if !samples.is_empty() => {
                Some(listed(samples.iter().map(shown).collect()))
            }
            Expect::Some | Expect::None if wrong.is_empty() => None,
            Expect::Some | Expect::None => Some(listed(wrong)),
        })
    }
}

fn listed(mut complaints: Vec<String>) -> String {
    let more = complaints.len().saturating_sub(NAMED_MAX);
    complaints.truncate(NAMED_MAX);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{rest}", complaints.join(", "))
}

fn shown(sample: &Sample) -> String {
    let labels: Vec<String> =
        sample.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{{{}}} {}", labels.join(","), sample.value)
}

fn value(sample: &Sample) -> f64 {
    // Prometheus writes `+Inf`, `-Inf` and `NaN`, all of which this reads.
    sample.value.parse().unwrap_or(f64::NAN)
}

fn text(bound: &Value) -> String {
    bound.as_str().map_or_else(|| bound.to_string(), str::to_owned)
}

fn number(bound: &Value) -> Result<f64, Failure> {
    let text = text(bound);
    let number: Option<f64> = text.parse().ok();
    number
        .filter(|number| number.is_finite())
        .ok_or_else(|| Failure::bad_input(format!("`{text}` is no number")))
}
