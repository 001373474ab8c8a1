//! Where a secret comes from.

use hardstop_core::model::Secret;

use crate::{diagnostics::Sink, yaml::Node};

/// What a secret's source may be written as: `env`, `file`, `command`.
pub(crate) type Written<'w> = (Option<&'w String>, Option<&'w String>, Option<&'w Vec<String>>);

/// The source of a secret; `None` if it has none, or one that makes no sense, which was reported.
pub(crate) fn source(from: Written<'_>, node: &Node, sink: &mut Sink<'_>) -> Option<Secret> {
    let help = match from {
        (Some(variable), None, None) => {
            environment_name(variable, node.get("env"), sink);
            return Some(Secret::Env(variable.clone()));
        }
        (None, Some(path), None) => {
            if path.starts_with('/') && !path.split('/').any(|part| part == "..") {
                return Some(Secret::File(path.clone()));
            }
            "name the file by its absolute path, without `..`"
        }
        (None, None, Some(argv)) => {
            if argv.first().is_some_and(|program| !program.is_empty()) {
                return Some(Secret::Command(argv.clone()));
            }
            "name the program first: `command: [pass, show, deploy/key]`"
        }
        _ => "say one of `env: NAME`, `file: /path` and `command: [program, argument]`",
    };
    let message = "nobody can tell where this secret comes from".to_owned();
    sink.error("runbook::secret-source", &node.at, message, Some(help.to_owned()));
    None
}

/// Reports what cannot be the name of a variable of the environment.
pub(crate) fn environment_name(name: &str, node: &Node, sink: &mut Sink<'_>) {
    let valid = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !valid {
        let message = format!("`{name}` is not a name of an environment variable");
        let help = "use letters, digits and `_`, no digit first".to_owned();
        sink.error("runbook::invalid-name", &node.at, message, Some(help));
    }
}
