//! New runs beside those of their group that are under way: opened, or refused.

use std::collections::BTreeMap;

use hardstop_core::{
    ids::RunId,
    model::{Concurrency, OnConflict},
    run::Refusal,
};
use hardstop_engine::replay::replay;
use hardstop_journal::FileRun;
use hardstop_ports::{
    journal::RunFiles as _,
    locks::{Asker, Locks as _, Ticket},
};
use hardstop_runbook::group;

use crate::{clock::SystemClock, error::CliError, wire::Machine};

impl Machine {
    /// Makes a run from its files and takes its lease.
    ///
    /// # Errors
    ///
    /// If it cannot be written, or another run of its group is under way and the runbook says
    /// that it is not to be opened then.
    pub(crate) fn open_new(
        &self,
        run: &RunId,
        files: &BTreeMap<String, Vec<u8>>,
    ) -> Result<FileRun, CliError> {
        self.admitted(self.site.live.create(run, files)?)
    }

    /// A run of which nothing has happened yet, unless it may not be opened.
    ///
    /// # Errors
    ///
    /// As [`Machine::open_new`]; then it is there no more.
    pub(crate) fn admitted(&self, made: FileRun) -> Result<FileRun, CliError> {
        let first = match self.first_of_group(&made) {
            Ok(first) => first,
            Err(error) => {
                self.site.live.remove(made)?;
                return Err(error);
            }
        };
        let Some(Ticket { asker, names, .. }) = first else { return Ok(made) };
        self.site.live.remove(made)?;
        let (group, holder) = (names.join(", "), asker.run);
        Err(CliError::Refused {
            refusal: Refusal::NotNow(format!("{group} is held by run {}", holder.short())),
        })
    }

    /// The run that a new one may not be opened beside, if there is one.
    fn first_of_group(&self, made: &FileRun) -> Result<Option<Ticket>, CliError> {
        let run = made.run().clone();
        let state = replay(&run, &[], |path| made.read(path))
            .map_err(|source| CliError::Replay { run: run.clone(), source })?
            .snapshot
            .state;
        let rejects = |it: &Concurrency| it.on_conflict == OnConflict::Reject;
        if !state.plan().concurrency.as_ref().is_some_and(rejects) {
            return Ok(None);
        }
        let group = group(state.plan(), state.inputs())
            .map_err(|why| CliError::usage(why, "give other inputs, or mend the runbook"))?;
        let Some(group) = group else { return Ok(None) };
        let asker = Asker::of(&state, None);
        // What the run asks for first itself: the place is its own from now on.
        let name = [format!("group:{group}")];
        let first = self.site.live.locks().ask(&asker, &name, SystemClock::now());
        Ok(first?.into_iter().next())
    }
}
