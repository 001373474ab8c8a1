//! Developer tasks: `cargo xtask schema [--check]` and `cargo xtask bench`.

mod bench;
mod schema;

use anyhow::bail;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["schema"] => schema::write(&schema::generated()?),
        ["schema", "--check"] => schema::check(&schema::generated()?),
        ["bench", args @ ..] => bench::run(args),
        _ => bail!("usage: cargo xtask schema [--check] | bench [name]... [--quick]"),
    }
}
