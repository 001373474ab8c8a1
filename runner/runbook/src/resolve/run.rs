//! The command of a `run` step.

use std::collections::BTreeMap;

use hardstop_core::{
    event::{Command, EnvValue},
    model::{Program, Run},
};

use super::resolver::Resolver;
use crate::expression::secret;

impl<'s> Resolver<'s> {
    pub(super) fn command(&self, run: &'s Run) -> Result<Command, String> {
        let argv = match &run.program {
            Program::Argv(argv) => {
                argv.iter().map(|argument| self.scalar(argument)).collect::<Result<_, _>>()?
            }
            Program::Script { .. } => Vec::new(),
        };
        let env = run.env.iter().map(|(name, value)| {
            let value = match secret(value) {
                Some(written) => EnvValue::Secret(self.secret(written)?),
                None => EnvValue::Text(self.scalar(value)?),
            };
            Ok((name.clone(), value))
        });
        let directory = match &run.directory {
            Some(directory) => self.scalar(directory)?,
            None => ".".to_owned(),
        };
        Ok(Command {
            argv,
            env: env.collect::<Result<BTreeMap<_, _>, String>>()?,
            directory,
            evidence: self.evidence()?,
            grants: Vec::new(),
        })
    }

    /// Where each declared evidence file is expected.
    pub(super) fn evidence(&self) -> Result<Vec<String>, String> {
        self.step.evidence.iter().map(|file| self.scalar(&file.file)).collect()
    }
}
