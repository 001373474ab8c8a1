//! How many have said yes. One person counts once, and in one group only.

use crate::{model::Approval, run::Vote, time::Timestamp};

/// How far a group is from agreeing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seats {
    /// How many of the yeses count for it.
    pub taken: usize,
    /// How many it needs, at least one: nobody is never enough.
    pub wanted: usize,
}

/// Gives each yes that counts at `at` to one group, so that as many as possible count. One entry a
/// group, in the order of the plan; a gate without groups is a single one.
pub fn seats(approval: &Approval, votes: &[Vote], at: Timestamp) -> Vec<Seats> {
    let wanted = |least: u32| usize::try_from(least.max(1)).unwrap_or(usize::MAX);
    let groups: Vec<(&str, usize)> = if approval.groups.is_empty() {
        vec![("", wanted(approval.min_approvals))]
    } else {
        approval.groups.iter().map(|it| (it.name.as_str(), wanted(it.min_approvals))).collect()
    };
    let counting: Vec<&Vote> =
        votes.iter().filter(|vote| vote.from.is_none_or(|from| from <= at)).collect();
    let mut table =
        Table { taken: vec![Vec::new(); groups.len()], groups: &groups, votes: &counting };
    for vote in 0..counting.len() {
        table.seat(vote, &mut vec![false; groups.len()]);
    }
    let taken = table.taken.iter().zip(&groups);
    taken.map(|(taken, &(_, wanted))| Seats { taken: taken.len(), wanted }).collect()
}

/// Whether every group has its number of yeses.
pub(super) fn enough(approval: &Approval, votes: &[Vote], at: Timestamp) -> bool {
    seats(approval, votes, at).iter().all(|seats| seats.taken >= seats.wanted)
}

/// A bipartite matching, grown one augmenting path at a time.
struct Table<'a> {
    groups: &'a [(&'a str, usize)],
    votes: &'a [&'a Vote],
    /// Which votes each group has.
    taken: Vec<Vec<usize>>,
}

impl Table<'_> {
    /// Finds a seat for a vote, moving others to their other groups if need be.
    ///
    /// * `tried`: the groups looked at on this path.
    fn seat(&mut self, vote: usize, tried: &mut [bool]) -> bool {
        for (at, &(name, wanted)) in self.groups.iter().enumerate() {
            let own = &self.votes[vote].groups;
            let may = own.iter().any(|group| group == name) || name.is_empty() && own.is_empty();
            if !may || std::mem::replace(&mut tried[at], true) {
                continue;
            }
            if self.taken[at].len() < wanted {
                self.taken[at].push(vote);
                return true;
            }
            for seat in 0..self.taken[at].len() {
                let sitting = self.taken[at][seat];
                if self.seat(sitting, tried) {
                    self.taken[at][seat] = vote;
                    return true;
                }
            }
        }
        false
    }
}
