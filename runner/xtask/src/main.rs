//! Developer tasks: `cargo xtask schema`, `cargo xtask docs`, `cargo xtask plugins [--check]`,
//! `cargo xtask peers`, `cargo xtask conformance`, `cargo xtask bench` and `cargo xtask sim`.

mod bench;
mod conformance;
mod docs;
mod peers;
mod place;
mod plugins;
mod schema;
mod sim;

use anyhow::bail;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["schema"] => schema::write(&schema::generated()?),
        ["docs"] => docs::write(),
        ["plugins"] => plugins::write(),
        ["plugins", "--check"] => plugins::check(),
        ["peers", names @ ..] => peers::run(names),
        ["conformance"] => conformance::run(),
        ["bench", args @ ..] => bench::run(args),
        ["sim", args @ ..] => sim::run(args),
        _ => bail!(
            "usage: cargo xtask schema | docs | plugins [--check] | peers [name]... | conformance | \
             bench [name]... [--quick] | sim --seeds N [--from S]"
        ),
    }
}
