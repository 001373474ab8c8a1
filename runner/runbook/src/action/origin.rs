//! Origins as people write them: `https://ci.example.com:8443`, hosts by pattern.

/// Where requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// `https` or `http`.
    pub(crate) scheme: String,
    /// A host in lower case, `*.` and one, or `*`; IPv6 without brackets.
    pub(crate) host: String,
    /// `None` for any.
    pub(crate) port: Option<u16>,
}

/// The key of `${config.<key>}`, if a text is that and nothing else.
pub(super) fn config_key(text: &str) -> Option<&str> {
    text.strip_prefix("${config.")?.strip_suffix('}')
}

/// `scheme://host[:port]`: one port, that of the scheme if none is named.
///
/// # Errors
///
/// What is wrong, for the person who wrote it.
pub(crate) fn origin(text: &str) -> Result<Origin, String> {
    let origin = wish_origin(text)?;
    if origin.port.is_none() {
        return Err(format!("`{text}` must name one port"));
    }
    Ok(origin)
}

/// As [`origin`]; the port may be `*`.
///
/// # Errors
///
/// What is wrong, for the person who wrote it.
pub(super) fn wish_origin(text: &str) -> Result<Origin, String> {
    let wrong = || format!("`{text}` is no origin such as `https://ci.example.com`");
    let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
    let known = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return Err(format!("`{text}` begins with neither `https://` nor `http://`")),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(['/', '?', '#', '@']) {
        return Err(format!("`{text}` is more than an origin: leave out what follows the host"));
    }
    let (host, port) = match rest.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or_else(wrong)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
            (host, port.strip_prefix(':').or_else(|| port.is_empty().then_some("")))
        }
        None => rest.split_once(':').map_or((rest, Some("")), |(host, port)| (host, Some(port))),
    };
    let port = match port.ok_or_else(wrong)? {
        "" if rest.ends_with(':') => return Err(wrong()),
        "" => Some(known),
        "*" => None,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let port: u16 = digits.parse().map_err(|_| wrong())?;
            Some(port).filter(|port| *port > 0).map(Some).ok_or_else(wrong)?
        }
        _ => return Err(wrong()),
    };
    let host = host.to_ascii_lowercase();
    if !rest.starts_with('[') {
        host_pattern(&host)?;
    }
    Ok(Origin { scheme: scheme.to_owned(), host, port })
}

/// The origin of an address that may have a path, as configurations hold them.
///
/// # Errors
///
/// What is wrong, for the person who wrote it.
pub(super) fn origin_of_address(text: &str) -> Result<Origin, String> {
    let (scheme, rest) = text
        .split_once("://")
        .ok_or_else(|| format!("`{text}` is no address such as `https://ci.example.com/path`"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    origin(&format!("{scheme}://{}", &rest[..end]))
}

/// A host, `*.` and one, or `*`, in lower case.
///
/// # Errors
///
/// What is wrong, for the person who wrote it.
pub(crate) fn host_pattern(host: &str) -> Result<(), String> {
    let wrong = || format!("`{host}` is no host such as `ci.example.com` or `*.example.com`");
    if host == "*" || host.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    let (name, below) = host.strip_prefix("*.").map_or((host, false), |name| (name, true));
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
    };
    let numeric = name.rsplit('.').next().unwrap_or_default().bytes().all(|b| b.is_ascii_digit());
    if name.len() > 253 || !name.split('.').all(label) || numeric {
        return Err(wrong());
    }
    if below && !name.contains('.') {
        return Err(format!("`{host}` would be nearly everything: name a domain below it"));
    }
    Ok(())
}

/// The hosts that two patterns have in common.
pub(super) fn in_common(one: &str, other: &str) -> Option<String> {
    let within = |narrow: &str, wide: &str| {
        let below = wide.strip_prefix('*').is_some_and(|end| narrow.ends_with(end));
        narrow == wide || below
    };
    let found = [(one, other), (other, one)].into_iter().find(|(it, wide)| within(it, wide));
    found.map(|(narrow, _)| narrow.to_owned())
}
