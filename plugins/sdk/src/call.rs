//! One call of an action, and what it may reach.

use std::time::Duration;

use crate::{
    Failure, Host, Level,
    http::{Method, RequestBuilder},
};

/// One call about one attempt at one step.
pub struct Call<'a> {
    /// The same for every call about this attempt, and for no other attempt at anything. Hand it to
    /// the other side, or leave it where a probe can find it again.
    pub key: String,
    /// Which attempt at the step this is, from 1.
    pub attempt: u32,
    /// The runner was gone when this attempt may already have begun, and a probe said that it had
    /// not.
    pub recovering: bool,
    /// Everything outside.
    pub host: &'a dyn Host,
}

impl Call<'_> {
    /// A text of the configuration.
    pub fn config(&self, key: &str) -> Option<String> {
        self.host.config(key).filter(|value| !value.is_empty())
    }

    /// The URL that is configured as `key`, without a slash at its end.
    ///
    /// # Errors
    ///
    /// `not_configured` if there is none.
    pub fn base(&self, key: &str) -> Result<String, Failure> {
        let base = self.config(key).ok_or_else(|| {
            Failure::new("not_configured", format!("the plugin's configuration has no `{key}`"))
        })?;
        Ok(base.trim_end_matches('/').to_owned())
    }

    /// The placeholder of a secret, if it was granted: the host puts the value into the one header
    /// it was granted for.
    pub fn secret(&self, name: &str) -> Option<String> {
        self.config(&format!("secret:{name}"))
    }

    /// As [`Call::secret`], where nothing goes without.
    ///
    /// # Errors
    ///
    /// `not_configured` if it was not granted.
    pub fn need_secret(&self, name: &str) -> Result<String, Failure> {
        self.secret(name).ok_or_else(|| {
            Failure::new("not_configured", format!("the secret `{name}` is not granted"))
        })
    }

    /// A request that gets something.
    pub fn get(&self, url: impl Into<String>) -> RequestBuilder<'_> {
        self.request(Method::Get, url)
    }

    /// A request that makes or does something.
    pub fn post(&self, url: impl Into<String>) -> RequestBuilder<'_> {
        self.request(Method::Post, url)
    }

    /// Any request.
    pub fn request(&self, method: Method, url: impl Into<String>) -> RequestBuilder<'_> {
        RequestBuilder::new(self.host, method, url.into())
    }

    /// Keeps a file as evidence of the attempt; the last one of a name counts.
    ///
    /// * `name`: 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or a digit, no two dots side by
    ///   side and none at the end.
    ///
    /// # Errors
    ///
    /// `artifact_refused` if the name or the size is not allowed.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.host.keep(name, bytes).map_err(|reason| {
            Failure::new("artifact_refused", format!("`{name}` cannot be kept: {reason}"))
        })
    }

    /// The time since 1970-01-01T00:00:00Z.
    pub fn now(&self) -> Duration {
        self.host.now()
    }

    /// Says something to those who look after the plugin.
    pub fn say(&self, level: Level, message: &str) {
        self.host.say(level, message);
    }
}
