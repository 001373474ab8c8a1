//! Where a request goes: its address, parsed once, and whether it is granted.

use std::net::{IpAddr, Ipv6Addr};

use hardstop_core::{limits, model::HttpGrant};
use reqwest::Method;
use url::{Host, Url};

use crate::refused::{Code, Refused};

/// Longest name of a host that can be resolved: RFC 1035, section 2.3.4, written with dots.
const HOST_BYTES_MAX: usize = 253;

/// An address that was parsed: what is decided on, and what is sent.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Without fragment, user, and dot at the end of the host.
    pub(crate) url: Url,
    /// Its host.
    pub(crate) host: Host<String>,
    /// Its port, or that of its scheme.
    pub(crate) port: u16,
}

impl Target {
    /// Parses an address.
    ///
    /// # Errors
    ///
    /// [`Code::Url`] if it cannot be sent a request, whatever is granted.
    pub(crate) fn parse(text: &str) -> Result<Self, Refused> {
        let refuse = |why: &str| Err(Refused::new(Code::Url, why));
        if text.len() > limits::CALL_URL_BYTES_MAX {
            return refuse("the address is longer than any server accepts");
        }
        let mut url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return refuse(&format!("the address cannot be understood: {error}")),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("the address must begin with `https://` or `http://`");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse(
                "the address holds a user name or password; put them into the header \
                 `authorization`",
            );
        }
        url.set_fragment(None);
        // The dot says that the name is whole, which it is taken for anyway. Without it there is
        // one spelling for grants, certificates and the other side.
        if let Some(Host::Domain(name)) = url.host() {
            let whole = name.strip_suffix('.').map(str::to_owned);
            if let Some(whole) = whole
                && url.set_host(Some(&whole)).is_err()
            {
                return refuse("the address has no host");
            }
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return refuse("the address has no host");
        };
        let host = host.to_owned();
        if matches!(&host, Host::Domain(name) if name.len() > HOST_BYTES_MAX) {
            return refuse("the address has a host whose name is longer than any");
        }
        Ok(Self { url, host, port })
    }

    /// Its scheme, host and port, which is where a connection leads.
    pub(crate) fn origin(&self) -> String {
        let Self { url, host, port } = self;
        format!("{}://{host}:{port}", url.scheme())
    }

    /// The path and the query, as they are sent.
    pub(crate) fn path(&self) -> String {
        let query = self.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{query}", self.url.path())
    }

    /// The address if its host is one, rather than a name.
    pub(crate) fn literal(&self) -> Option<IpAddr> {
        match &self.host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some((*address).into()),
            Host::Ipv6(address) => Some((*address).into()),
        }
    }

    /// Whether `pattern` means this host: a host, `*.` and one for any name below it, `*` for any.
    pub(crate) fn is_host(&self, pattern: &str) -> bool {
        match &self.host {
            _ if pattern == "*" => true,
            Host::Domain(name) => match pattern.strip_prefix('*') {
                // With the dot, so that no other name with that end is meant.
                Some(end) if end.starts_with('.') => {
                    name.strip_suffix(end).is_some_and(|below| !below.is_empty())
                }
                Some(_) => false,
                None => name == pattern,
            },
            Host::Ipv4(address) => pattern == address.to_string(),
            Host::Ipv6(address) => {
                pattern.parse::<Ipv6Addr>().is_ok_and(|granted| granted == *address)
            }
        }
    }

    /// Whether a grant among `grants` allows the method here, and whether it allows private
    /// addresses.
    ///
    /// * `place` is where the grants are configured, for the message.
    ///
    /// # Errors
    ///
    /// [`Code::Grant`] if none does; the message says what to add.
    pub(crate) fn granted(
        &self,
        method: &Method,
        grants: &[HttpGrant],
        place: &str,
    ) -> Result<Private, Refused> {
        let here = |grant: &&HttpGrant| {
            grant.scheme == self.url.scheme()
                && grant.port == self.port
                && self.is_host(&grant.host)
        };
        let mut here = grants.iter().filter(here).peekable();
        let origin = self.origin();
        if here.peek().is_none() {
            return Err(Refused::new(
                Code::Grant,
                format!(
                    "nothing grants requests to {origin}; if they should be sent, add `- origin: \
                     {origin}` to `{place}.grants.http`"
                ),
            ));
        }
        let mut allowing = here
            .filter(|grant| {
                grant.methods.is_empty()
                    || grant.methods.iter().any(|granted| method == granted.as_str())
            })
            .peekable();
        if allowing.peek().is_none() {
            return Err(Refused::new(
                Code::Grant,
                format!(
                    "requests to {origin} are granted, but not with {method}; if they should be \
                     sent, add {method} to its `methods` in `{place}.grants.http`"
                ),
            ));
        }
        Ok(Private(allowing.any(|grant| grant.private)))
    }
}

/// Whether addresses of private networks and of this machine may be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Private(pub(crate) bool);
