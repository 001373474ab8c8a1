//! Time that must pass: waits and hard stops.

use hardstop_core::{
    calendar::Moment,
    model::{Anchor, AnchorPoint, BreakGlass, Delay, Until},
    time::Millis,
};

use super::{
    build::{Builder, Slot},
    step::no_delay,
};
use crate::{spelling, syntax, yaml::Node};

/// How long the review of a hard stop that was ended early may take.
const REVIEW_WITHIN: Millis = Millis::from_secs(5 * 86_400);

impl<'n> Builder<'n, '_, '_> {
    /// A wait: a delay that nobody has to break the glass for.
    pub(super) fn pause(&mut self, delay: &syntax::Delay, node: &'n Node) -> Delay {
        if delay.break_glass.is_some() {
            let message = "`break_glass` is for `hard_stop`; a permitted person may skip a wait";
            self.sink.error("runbook::misplaced-key", &node.get("break_glass").at, message, None);
        }
        self.delay(delay, node)
    }

    pub(super) fn delay(&mut self, delay: &syntax::Delay, node: &'n Node) -> Delay {
        let until = match (&delay.span, &delay.until) {
            (Some(span), None) => {
                let since = delay.since.as_ref().and_then(|s| self.anchor(s, node.get("since")));
                Until::After { span: self.span(Some(span), node.get("for"), Millis(0)), since }
            }
            (None, Some(until)) => {
                self.text(node.get("until"), Slot::Instant);
                Until::Instant(until.clone())
            }
            (Some(_), Some(_)) | (None, None) => {
                if !self.sink.has_error_in(&node.at) {
                    let message = "say either `for` how long or `until` when";
                    let help = Some("for example `for: 24h`".to_owned());
                    self.sink.error("runbook::delay", &node.at, message, help);
                }
                return no_delay();
            }
        };
        self.misplaced_in_delay(delay, node);
        if delay.zone.is_some() {
            self.zone(delay.zone.as_ref(), node.get("zone"));
        }
        let break_glass =
            delay.break_glass.as_ref().map(|it| self.break_glass(it, node.get("break_glass")));
        Delay {
            until,
            attempt: delay.attempt.unwrap_or_default(),
            continuous: delay.continuous.unwrap_or(false),
            zone: delay.zone.clone(),
            break_glass,
        }
    }

    fn misplaced_in_delay(&mut self, delay: &syntax::Delay, node: &Node) {
        let absolute =
            delay.until.as_ref().is_some_and(|it| matches!(it.parse(), Ok(Moment::Instant(_))));
        let no_since = delay.since.is_none();
        let wrong = [
            ("since", !no_since && delay.until.is_some(), "belongs to `for`, not to `until`"),
            ("attempt", delay.attempt.is_some() && no_since, "says which attempt of `since`"),
            ("continuous", delay.continuous.is_some() && no_since, "speaks of the step in `since`"),
            ("zone", delay.zone.is_some() && delay.until.is_none(), "belongs to `until`"),
            ("zone", delay.zone.is_some() && absolute, "says nothing about an instant"),
        ];
        for (key, _, why) in wrong.iter().filter(|(_, wrong, _)| *wrong) {
            let message = format!("`{key}` {why}");
            self.sink.error("runbook::misplaced-key", &node.get(key).at, message, None);
        }
    }

    fn break_glass(&mut self, given: &syntax::BreakGlass, node: &Node) -> BreakGlass {
        let approvers = self.subjects(&given.approvers, node.get("approvers"));
        let min_approvals = given.min_approvals.unwrap_or(2);
        self.quorum(&approvers, min_approvals, node, "may end this hard stop early");
        let review = node.get("review_within");
        let review_within = self.limit(given.review_within.as_ref(), review, REVIEW_WITHIN);
        BreakGlass { approvers, min_approvals, review_within }
    }

    fn anchor(&mut self, text: &str, node: &'n Node) -> Option<Anchor> {
        let (step, point) = text.rsplit_once('.').unwrap_or((text, ""));
        let points = [
            ("started", AnchorPoint::Started),
            ("finished", AnchorPoint::Finished),
            ("approved", AnchorPoint::Approved),
        ];
        let Some((_, point)) = points.iter().find(|(name, _)| *name == point) else {
            let message = format!("`{text}` is not a point in a step's life");
            let help = match spelling::nearest(point, points.iter().map(|(name, _)| *name)) {
                Some(near) => format!("did you mean `{step}.{near}`?"),
                None => format!("write `{step}.started`, `.finished` or `.approved`"),
            };
            self.sink.error("runbook::unknown-reference", &node.at, message, Some(help));
            return None;
        };
        let step = self.other(step, node)?;
        self.text(node, Slot::Address(step.clone(), Some(*point)));
        Some(Anchor { step, point: *point })
    }
}
