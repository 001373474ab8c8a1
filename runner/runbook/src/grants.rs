//! What the configuration tells plugins, and grants them.

use std::collections::BTreeMap;

use hardstop_core::model::{Caps, Grants, HttpGrant, SecretGrant};

use crate::{
    action::{host_pattern, is_built_in, is_header, origin},
    diagnostics::Sink,
    measure, secret,
    syntax::{Plugin, PluginCaps, PluginHttp, PluginSecret},
    yaml::Node,
};

/// The most bytes of one response that may be granted: all of it stands in memory.
const RESPONSE_BYTES_MAX: u64 = 1 << 30;

/// What each plugin is told and granted, by its name.
pub(crate) fn plugins(
    plugins: BTreeMap<String, Plugin>,
    node: &Node,
    sink: &mut Sink<'_>,
) -> BTreeMap<String, Grants> {
    let granted = plugins.into_iter().map(|(name, plugin)| {
        if is_built_in(&name) {
            let message = format!("`{name}` is built in, and no plugin");
            let help =
                "what `run` may execute stands at the top: `exec: {allow: [git]}`".to_owned();
            sink.error("config::built-in", node.name(&name), message, Some(help));
        }
        let node = node.get(&name);
        let grants = granted(plugin, node, sink);
        (name, grants)
    });
    granted.collect()
}

fn granted(plugin: Plugin, node: &Node, sink: &mut Sink<'_>) -> Grants {
    let Plugin { config, grants, caps } = plugin;
    let mut granted = Grants { config, ..Grants::default() };
    if let Some(caps) = caps {
        granted.caps = self::caps(&caps, node.get("caps"), sink);
    }
    let Some(grants) = grants else { return granted };
    let node = node.get("grants");
    for (index, it) in grants.http.into_iter().enumerate() {
        granted.http.extend(http(it, node.get("http").item(index), sink));
    }
    for (name, it) in grants.secrets {
        let grant = secret(it, node.get("secrets").get(&name), sink);
        granted.secrets.extend(grant.map(|grant| (name, grant)));
    }
    granted
}

fn http(grant: PluginHttp, node: &Node, sink: &mut Sink<'_>) -> Option<HttpGrant> {
    let methods = grant.methods.unwrap_or_default();
    for (index, method) in methods.iter().enumerate() {
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            let message = format!("`{method}` is not a method such as `GET`");
            let at = &node.get("methods").item(index).at;
            sink.error("config::method", at, message, None);
        }
    }
    if node.find("methods").is_some() && methods.is_empty() {
        let help = Some("leave `methods` out to grant any".to_owned());
        sink.error("config::method", &node.get("methods").at, "no method is granted", help);
    }
    match origin(&grant.origin) {
        Ok(origin) => Some(HttpGrant {
            scheme: origin.scheme,
            host: origin.host,
            port: origin.port?,
            methods,
            private: grant.private.unwrap_or_default(),
        }),
        Err(why) => {
            sink.error("config::origin", &node.get("origin").at, why, None);
            None
        }
    }
}

fn secret(grant: PluginSecret, node: &Node, sink: &mut Sink<'_>) -> Option<SecretGrant> {
    let PluginSecret { env, file, command, header, hosts } = grant;
    let header = header.to_ascii_lowercase();
    if !is_header(&header) {
        let message = format!("`{header}` is not the name of a header");
        sink.error("config::header", &node.get("header").at, message, None);
    }
    if hosts.is_empty() {
        let message = "the secret may go nowhere";
        let help = Some("name the hosts it may go to: `hosts: [ci.example.com]`".to_owned());
        sink.error("config::host", &node.get("hosts").at, message, help);
    }
    let hosts: Vec<String> = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
    for (index, host) in hosts.iter().enumerate() {
        if let Err(why) = host_pattern(host) {
            sink.error("config::host", &node.get("hosts").item(index).at, why, None);
        }
    }
    let from = (env.as_ref(), file.as_ref(), command.as_ref());
    let source = match from {
        (None, None, None) => None,
        from => Some(secret::source(from, node, sink)?),
    };
    Some(SecretGrant { source, header, hosts })
}

fn caps(given: &PluginCaps, node: &Node, sink: &mut Sink<'_>) -> Caps {
    let mut caps = Caps::default();
    if let Some(text) = &given.response {
        match measure::bytes(text) {
            Ok(bytes) if (1..=RESPONSE_BYTES_MAX).contains(&bytes) => caps.response_bytes = bytes,
            Ok(_) => {
                let message = format!("`{text}` is not between `1B` and `1024MiB`");
                sink.error("config::size", &node.get("response").at, message, None);
            }
            Err(why) => sink.error("config::size", &node.get("response").at, why, None),
        }
    }
    if let Some(text) = &given.request_time {
        match measure::duration(text) {
            Ok(span) if span.0 > 0 => caps.request_time = span,
            Ok(_) => {
                let message = "nothing can be done in no time";
                sink.error("config::duration", &node.get("request_time").at, message, None);
            }
            Err(why) => sink.error("config::duration", &node.get("request_time").at, why, None),
        }
    }
    caps.requests = given.requests.unwrap_or(caps.requests);
    caps
}
