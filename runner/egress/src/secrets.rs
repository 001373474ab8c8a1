//! Placeholders of secrets, and how the values get into headers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use base64ct::{Base64, Base64Unpadded, Encoding as _};
use hardstop_core::model::SecretGrant;
use hardstop_ports::secrets::SecretValue;
use regex::bytes::Regex;
use reqwest::header::{HeaderName, HeaderValue};

use crate::{
    refused::{Code, Refused},
    target::Target,
};

/// Any placeholder, also one that this gate never gave out.
static ANY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?-u)hardstop-secret-[A-Za-z0-9_.-]{1,128}-[0-9a-f]{32}")
        .expect("the pattern is constant and tested")
});

/// The secrets that one gate may put into headers, by name.
pub(crate) struct Keyring(BTreeMap<String, Key>);

struct Key {
    placeholder: String,
    value: SecretValue,
    grant: SecretGrant,
}

impl Key {
    fn may_go(&self, target: &Target) -> bool {
        self.grant.hosts.iter().any(|pattern| target.is_host(pattern))
    }
}

impl Keyring {
    /// A new placeholder for each secret that is granted.
    ///
    /// # Errors
    ///
    /// If the system has no randomness.
    pub(crate) fn new(
        grants: &BTreeMap<String, SecretGrant>,
        secrets: BTreeMap<String, SecretValue>,
    ) -> Result<Self, getrandom::Error> {
        let mut keys = BTreeMap::new();
        for (name, value) in secrets {
            if let Some(grant) = grants.get(&name).cloned() {
                let (high, low) = (getrandom::u64()?, getrandom::u64()?);
                let placeholder = format!("hardstop-secret-{name}-{high:016x}{low:016x}");
                keys.insert(name, Key { placeholder, value, grant });
            }
        }
        Ok(Self(keys))
    }

    /// What stands for a secret, if it is granted.
    pub(crate) fn placeholder(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|key| key.placeholder.clone())
    }

    /// Whether all secrets that stand in `value` may go to `target`; `None` if there are none.
    pub(crate) fn may_go(&self, value: &HeaderValue, target: &Target) -> Option<bool> {
        let text = Text::of(value)?;
        let mut standing = self.standing_in(&text).peekable();
        standing.peek()?;
        Some(standing.all(|(_, key)| key.may_go(target)))
    }

    /// Puts values in the place of placeholders; the names of those are added to `used`.
    ///
    /// * `place` is where the grants are configured, for messages.
    ///
    /// # Errors
    ///
    /// [`Code::Secret`] if one may not stand in this header, may not go to `target`, or is not
    /// ours.
    pub(crate) fn fill(
        &self,
        header: &HeaderName,
        value: &HeaderValue,
        target: &Target,
        place: &str,
        used: &mut BTreeSet<String>,
    ) -> Result<HeaderValue, Refused> {
        let refuse = |message| Err(Refused::new(Code::Secret, message));
        let Some(text) = Text::of(value) else {
            return none_in("a header that is not text", value.as_bytes()).map(|()| value.clone());
        };
        let (mut filled, mut around) = (text.text.clone(), text.text.clone());
        for (name, key) in self.standing_in(&text) {
            let granted = &key.grant.header;
            if granted != header.as_str() {
                return refuse(format!(
                    "the secret `{name}` may be put into the header `{granted}`, not into \
                     `{header}`; if it should be, change `{place}.grants.secrets.{name}.header`"
                ));
            }
            if !key.may_go(target) {
                let host = &target.host;
                return refuse(format!(
                    "the secret `{name}` may not go to {host}; if it should, add {host} to \
                     `{place}.grants.secrets.{name}.hosts`"
                ));
            }
            filled = filled.replace(&key.placeholder, key.value.expose());
            around = around.replace(&key.placeholder, "");
            used.insert(name.clone());
        }
        if ANY.is_match(around.as_bytes()) {
            return refuse(format!(
                "the header `{header}` holds the placeholder of a secret that is not granted, or \
                 one of an earlier call; they are new in each call"
            ));
        }
        if around == text.text {
            return Ok(value.clone());
        }
        let filled = if text.is_basic {
            format!("Basic {}", Base64::encode_string(filled.as_bytes()))
        } else {
            filled
        };
        let Ok(mut filled) = HeaderValue::from_bytes(filled.as_bytes()) else {
            return refuse(format!(
                "the secret for the header `{header}` holds a line break or another character \
                 that no header may hold"
            ));
        };
        filled.set_sensitive(true);
        Ok(filled)
    }

    /// The secrets whose placeholders stand in `text`.
    fn standing_in(&self, text: &Text) -> impl Iterator<Item = (&String, &Key)> {
        self.0.iter().filter(|(_, key)| text.text.contains(&key.placeholder))
    }
}

/// Checks what no value is ever put into.
///
/// # Errors
///
/// [`Code::Secret`] if a placeholder stands there: it would be sent as it is, and its author
/// would look for the mistake on the other side.
pub(crate) fn none_in(what: &str, bytes: &[u8]) -> Result<(), Refused> {
    if ANY.is_match(bytes) {
        let message = format!(
            "{what} holds the placeholder of a secret; secrets are put into values of headers only"
        );
        return Err(Refused::new(Code::Secret, message));
    }
    Ok(())
}

/// Checks what is about to go through the Internet without TLS. A host that is granted a secret may
/// have another port that is granted, and speaks to everybody.
///
/// # Errors
///
/// [`Code::Secret`] if a secret was put in: everybody on the way could read it.
pub(crate) fn none_in_clear(used: &BTreeSet<String>, target: &Target) -> Result<(), Refused> {
    let Some(name) = used.first() else { return Ok(()) };
    let origin = target.origin();
    let message = format!(
        "the secret `{name}` would go to {origin} for everybody on the way to read; without TLS it may \
         go to this machine and to private networks only, so use an address that begins with `https://`"
    );
    Err(Refused::new(Code::Secret, message))
}

/// What a header says, as far as placeholders are concerned.
struct Text {
    text: String,
    /// Whether it stood in base64 behind `Basic`.
    is_basic: bool,
}

impl Text {
    /// `None` if it is no text.
    fn of(value: &HeaderValue) -> Option<Self> {
        let text = str::from_utf8(value.as_bytes()).ok()?;
        let credentials = text
            .split_at_checked("basic ".len())
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic "))
            .and_then(|(_, credentials)| {
                let credentials = credentials.trim();
                let padded = Base64::decode_vec(credentials);
                padded.or_else(|_| Base64Unpadded::decode_vec(credentials)).ok()
            })
            .and_then(|decoded| String::from_utf8(decoded).ok());
        Some(credentials.map_or_else(
            || Self { text: text.to_owned(), is_basic: false },
            |text| Self { text, is_basic: true },
        ))
    }
}
