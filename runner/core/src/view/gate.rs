//! What an approval still needs: whose yes, and for which group.

use super::Need;
use crate::{
    ids::AttemptNo,
    model::Approval,
    policy::Subject,
    run::{Vote, seats},
    step::approval::approvers,
    time::Timestamp,
};

/// A group that must say yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupNeed {
    /// Its name.
    pub name: String,
    /// Who may answer for it.
    pub approvers: Vec<Subject>,
    /// How many of the yeses count for it, the deferred ones among them.
    pub given: usize,
    /// How many it needs.
    pub wanted: usize,
}

pub(super) fn need(
    approval: &Approval,
    (request, code): (AttemptNo, String),
    votes: &[Vote],
    escalated: u32,
    until: Timestamp,
) -> Need {
    // Whoever promised a yes need not be asked for it.
    let seats = seats(approval, votes, until);
    let named = approval.groups.iter().zip(&seats);
    let groups = named.map(|(group, seats)| GroupNeed {
        name: group.name.clone(),
        approvers: group.approvers.clone(),
        given: seats.taken,
        wanted: seats.wanted,
    });
    let wanted = seats.iter().map(|seats| seats.wanted).sum::<usize>();
    Need::Approval {
        request,
        code,
        approvers: approvers(approval, escalated),
        given: votes.iter().map(|vote| vote.by.clone()).collect(),
        deferred: votes.iter().filter_map(|vote| Some((vote.by.clone(), vote.from?))).collect(),
        wanted: u32::try_from(wanted).unwrap_or(u32::MAX),
        min_level: approval.min_level,
        groups: groups.collect(),
        until,
    }
}
