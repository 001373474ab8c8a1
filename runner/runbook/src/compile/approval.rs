//! Approvals: who is asked, how many must agree, and what happens until they do.

use std::collections::BTreeSet;

use hardstop_core::{
    ids::StepId,
    limits::{ANSWER_TIMEOUT_DEFAULT, APPROVAL_GROUPS_MAX, APPROVAL_VALID_DEFAULT},
    model::{Approval, ApprovalGroup, Escalation, SeparatedRole},
    policy::Subject,
    time::Millis,
};

use super::build::{Builder, Slot};
use crate::{spelling, syntax, yaml::Node};

impl<'n> Builder<'n, '_, '_> {
    pub(super) fn approval(&mut self, approval: &syntax::Approval, node: &'n Node) -> Approval {
        self.text(node.get("message"), Slot::Text);
        let groups = self.groups(approval, node.get("groups"));
        let approvers = self.approvers(approval, node);
        let default = vec![SeparatedRole::Initiator, SeparatedRole::LastEditor];
        let valid_for = approval.valid_for.as_ref();
        let timeout =
            self.limit(approval.timeout.as_ref(), node.get("timeout"), ANSWER_TIMEOUT_DEFAULT);
        Approval {
            message: approval.message.clone(),
            approvers,
            min_approvals: approval.min_approvals.unwrap_or(1),
            groups,
            exclude: approval.exclude.clone().unwrap_or(default),
            min_level: approval.min_level.unwrap_or(1),
            show: self.show(&approval.show, node.get("show")),
            timeout,
            on_timeout: approval.on_timeout,
            on_rejected: approval.on_rejected,
            valid_for: self.limit(valid_for, node.get("valid_for"), APPROVAL_VALID_DEFAULT),
            binds: approval.binds.clone().unwrap_or_default(),
            remind: self.remind(approval, timeout, node.get("remind")),
            escalate: self.escalate(approval, timeout, node.get("escalate")),
            calendar: self.calendar_name(approval, node.get("calendar")),
        }
    }

    fn approvers(&mut self, approval: &syntax::Approval, node: &Node) -> Vec<Subject> {
        let given = approval.approvers.as_deref().unwrap_or_default();
        let approvers = self.subjects(given, node.get("approvers"));
        if approval.groups.is_none() {
            let least = approval.min_approvals.unwrap_or(1);
            if approval.approvers.is_some() || !self.sink.has_error_in(&node.at) {
                self.quorum(&approvers, least, node, "may answer this approval");
            }
            return approvers;
        }
        let wrong = [
            ("approvers", approval.approvers.is_some()),
            ("min_approvals", approval.min_approvals.is_some()),
        ];
        for (key, _) in wrong.iter().filter(|(_, given)| *given) {
            let message = format!("an approval has `groups` or `{key}`, not both");
            let help = Some("each group says its own".to_owned());
            self.sink.error("runbook::misplaced-key", &node.get(key).at, message, help);
        }
        approvers
    }

    /// Reports that nobody, or too few, could ever say yes.
    pub(super) fn quorum(&mut self, who: &[Subject], least: u32, node: &Node, what: &str) {
        if who.is_empty() {
            let help = Some("name a person, a team or a role: `[team:sre]`".to_owned());
            let message = format!("nobody {what}");
            self.sink.error("runbook::empty", &node.get("approvers").at, message, help);
        } else if people(who).is_some_and(|people| people < least as usize) {
            let count = people(who).unwrap_or_default();
            let message = format!("{least} people must agree, and {count} may");
            let at = &node.get("min_approvals").at;
            let help = Some("name more people, or a team or role they are in".to_owned());
            self.sink.error("runbook::out-of-range", at, message, help);
        }
    }

    fn groups(&mut self, approval: &syntax::Approval, node: &Node) -> Vec<ApprovalGroup> {
        let Some(groups) = &approval.groups else { return Vec::new() };
        self.names(Some(node), "group");
        if groups.is_empty() {
            let message = "nobody may answer this approval";
            let help = Some("name a group: `{sre: {approvers: [team:sre]}}`".to_owned());
            self.sink.error("runbook::empty", &node.at, message, help);
        }
        if groups.len() > APPROVAL_GROUPS_MAX {
            let message = format!("an approval has at most {APPROVAL_GROUPS_MAX} groups");
            self.sink.error("runbook::out-of-range", &node.at, message, None);
        }
        let mut built = Vec::new();
        for (name, node) in node.entries() {
            let Some(group) = groups.get(name) else { continue };
            let approvers = self.subjects(&group.approvers, node.get("approvers"));
            let min_approvals = group.min_approvals.unwrap_or(1);
            self.quorum(&approvers, min_approvals, node, "may answer for this group");
            built.push(ApprovalGroup { name: name.to_owned(), approvers, min_approvals });
        }
        // One person counts in one group only.
        let all: Vec<Subject> = built.iter().flat_map(|group| group.approvers.clone()).collect();
        let least: u32 = built.iter().map(|it| it.min_approvals).fold(0, u32::saturating_add);
        if let Some(count) = people(&all).filter(|count| *count < least as usize)
            && !self.sink.has_error_in(&node.at)
        {
            let message = format!("{least} people must agree in all groups, and {count} may");
            let help = Some("one person counts in one group only".to_owned());
            self.sink.error("runbook::out-of-range", &node.at, message, help);
        }
        built
    }

    fn show(&mut self, steps: &[String], node: &'n Node) -> Vec<StepId> {
        let parsed = steps.iter().enumerate().filter_map(|(index, text)| {
            let node = node.item(index);
            let step = self.other(text, node)?;
            self.text(node, Slot::Address(step.clone(), None));
            Some(step)
        });
        parsed.collect()
    }

    fn remind(&mut self, approval: &syntax::Approval, end: Millis, node: &Node) -> Vec<Millis> {
        let given = approval.remind.iter().enumerate();
        let mut spans: Vec<Millis> = given
            .map(|(index, text)| {
                let span = self.limit(Some(text), node.item(index), Millis(1));
                self.too_late(approval, span, end, node.item(index));
                span
            })
            .collect();
        spans.sort_unstable();
        spans
    }

    fn escalate(
        &mut self,
        approval: &syntax::Approval,
        end: Millis,
        node: &Node,
    ) -> Vec<Escalation> {
        let mut built = Vec::new();
        for (index, given) in approval.escalate.iter().enumerate() {
            let node = node.item(index);
            let after = self.limit(Some(&given.after), node.get("after"), Millis(1));
            self.too_late(approval, after, end, node.get("after"));
            let added = node.get("add_approvers");
            let add_approvers = self.subjects(&given.add_approvers, added);
            if add_approvers.is_empty() {
                self.sink.error("runbook::empty", &added.at, "nobody is added", None);
            }
            built.push(Escalation { after, add_approvers });
        }
        built.sort_by_key(|escalation| escalation.after);
        built
    }

    /// Warns of what would happen after the approval's own end.
    fn too_late(&mut self, approval: &syntax::Approval, at: Millis, end: Millis, node: &Node) {
        // Working time may pass more slowly, never faster.
        if at >= end && approval.calendar.is_none() {
            let message = format!("this never happens: the approval ends after {end}");
            self.sink.warning("runbook::never", &node.at, message, None);
        }
    }

    fn calendar_name(&mut self, approval: &syntax::Approval, node: &Node) -> Option<String> {
        let name = approval.calendar.as_ref()?;
        if approval.remind.is_empty() && approval.escalate.is_empty() {
            let message = "`calendar` says nothing without `remind` or `escalate`";
            self.sink.error("runbook::misplaced-key", &node.at, message, None);
        }
        if !self.calendars.contains(name) {
            let message = format!("unknown calendar `{name}`");
            let help = spelling::suggest(name, self.calendars.iter().map(String::as_str));
            let help = help.or_else(|| Some("declare it under `calendars:`".to_owned()));
            self.sink.error("runbook::unknown-reference", &node.at, message, help);
        }
        Some(name.clone())
    }
}

/// How many people these are, if they are all named one by one.
fn people(who: &[Subject]) -> Option<usize> {
    let names: Option<BTreeSet<_>> = who
        .iter()
        .map(|who| if let Subject::Person(person) = who { Some(person) } else { None })
        .collect();
    names.map(|names| names.len())
}
