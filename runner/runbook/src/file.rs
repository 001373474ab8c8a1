//! Text to the types of one kind of file. What the texts in it mean is not decided here.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    diagnostics::Sink,
    shape,
    yaml::{self, Node},
};

/// Reads a file of one kind. `None` if it is too broken to go on; the sink knows why.
pub(crate) fn read<T: DeserializeOwned>(sink: &mut Sink<'_>, schema: &Value) -> Option<(T, Node)> {
    let tree = yaml::read(sink)?;
    let value = shape::check(&tree, schema, sink)?;
    match serde_json::from_value(value) {
        Ok(file) => Some((file, tree)),
        Err(error) => {
            // The schema is made from the type, so this is a shape it cannot express.
            sink.error("runbook::wrong-type", &(0..0), error.to_string(), None);
            None
        }
    }
}
