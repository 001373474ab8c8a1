//! Measures calls of plugins, for `cargo xtask bench plugins`, which builds this, gives it components
//! and holds the limits.
//!
//! It is a program of its own because a host must be measured from inside, and developer tasks must
//! not bring a host along. Prints one JSON object: lists of measurements by name.

mod cold;
mod pending;
mod runaway;
mod setup;
mod warm;

use std::{
    collections::BTreeMap,
    error::Error,
    io::{self, Write as _},
    path::Path,
    time::Instant,
};

/// Measurements by name, in the unit that the name ends with.
type Measured = BTreeMap<&'static str, Vec<f64>>;
/// What cannot be measured only ends the program.
type Fallible<T> = Result<T, Box<dyn Error>>;

fn main() -> Fallible<()> {
    let started = Instant::now();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let measured = match args.as_slice() {
        ["warm", component, rounds] => warm::measure(component, rounds.parse()?)?,
        ["cold", component, cache] => cold::measure(component, Path::new(cache), started)?,
        ["pending", component, calls] => pending::measure(component, calls.parse()?)?,
        ["runaway", endless, quick, rounds] => runaway::measure(endless, quick, rounds.parse()?)?,
        _ => return Err("this is started by `cargo xtask bench plugins`".into()),
    };
    writeln!(io::stdout(), "{}", serde_json::to_string(&measured)?)?;
    Ok(())
}
