//! Plugin `my-plugin`: services on a deployment server.
//!
//! `status` asks once. `deploy` begins something that goes on, and follows it. Change both into
//! what your server can do: an action is a typed function.

mod deploy;
mod status;
#[cfg(test)]
mod tests;

use hardstop_sdk::{Action, Plugin, Secret, Setting};
use serde_json::json;

hardstop_sdk::plugin!(plugin);

fn plugin() -> Plugin {
    Plugin::new("my-plugin", env!("CARGO_PKG_VERSION"), "Services on a deployment server.")
        .config(Setting::required("url", "The server.", "https://deploy.example.com"))
        .http("${config.url}", &["GET", "POST", "DELETE"], "asks for services, and deploys them")
        .secret(Secret::required("token", "authorization", "A token that may deploy."))
        .action(
            Action::once("status", "Tells which version of a service runs.", status::run)
                .idempotent()
                .example("How is the shop?", json!({ "service": "shop" })),
        )
        .action(
            Action::long(
                "deploy",
                "Deploys a version, and waits for it.",
                deploy::begin,
                deploy::poll,
            )
            .probe(deploy::probe)
            .cancel(deploy::cancel)
            .example("A new shop", json!({ "service": "shop", "version": "1.4.0" })),
        )
}
