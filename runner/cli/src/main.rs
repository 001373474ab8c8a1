//! The `hardstop` command.
fn main() {}
