//! The gate: in which order a request is judged, sent, and sent on.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use hardstop_core::model::{Caps, Grants, HttpGrant};
use hardstop_ports::{plugin, secrets::SecretValue};
use reqwest::header::{self, HeaderMap, HeaderValue};
use thiserror::Error;
use tokio::time::timeout;

use crate::{
    bodies::{Bodies, Body},
    connect::{Connector, Resolve, System, Trust, system_trust},
    exchange,
    hop::Hop,
    ledger::{Entry, Ledger},
    message::{Request, Response},
    recorded::Answers,
    refused::{Code, Refused},
    scrub::Scrubber,
    secrets::{Keyring, none_in, none_in_clear},
    target::Target,
};

/// The way out for one call of a plugin. It may send requests at the same time.
///
/// A request whose future is dropped may have been sent; its record says so.
pub struct Gate {
    place: String,
    http: Vec<HttpGrant>,
    caps: Caps,
    keyring: Keyring,
    scrubber: Scrubber,
    connector: Connector,
    ledger: Ledger,
    bodies: Bodies,
    sent: AtomicU32,
}

/// A gate that could not keep its secrets. Nothing may be sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("secrets could not be kept: {0}")]
pub struct Unusable(String);

impl Gate {
    /// A gate for these grants, and nothing else.
    ///
    /// * `place` is where they are configured, for people: `plugins.jenkins`.
    /// * `secrets` are masked in whatever comes back; those that are granted have a placeholder.
    ///
    /// # Errors
    ///
    /// [`Unusable`] if there is no randomness, or a secret could not be found in an answer.
    pub fn new(
        place: &str,
        grants: &Grants,
        secrets: BTreeMap<String, SecretValue>,
    ) -> Result<Self, Unusable> {
        Self::with(place, grants, secrets, Arc::new(System::new()), system_trust)
    }

    /// The same without a network: no name is resolved, no address judged and nothing sent. What
    /// is granted, and where secrets may stand, is decided as ever.
    ///
    /// # Errors
    ///
    /// As [`Gate::new`].
    pub fn recorded(
        place: &str,
        grants: &Grants,
        secrets: BTreeMap<String, SecretValue>,
        answers: Arc<dyn Answers>,
    ) -> Result<Self, Unusable> {
        Self::through(place, grants, secrets, Connector::recorded(answers))
    }

    /// The same with names and certificates of the caller's.
    pub(crate) fn with(
        place: &str,
        grants: &Grants,
        secrets: BTreeMap<String, SecretValue>,
        resolve: Arc<dyn Resolve>,
        trust: Trust,
    ) -> Result<Self, Unusable> {
        Self::through(place, grants, secrets, Connector::new(resolve, trust))
    }

    fn through(
        place: &str,
        grants: &Grants,
        secrets: BTreeMap<String, SecretValue>,
        connector: Connector,
    ) -> Result<Self, Unusable> {
        let scrubber = Scrubber::new(&secrets).map_err(Unusable)?;
        let keyring =
            Keyring::new(&grants.secrets, secrets).map_err(|error| Unusable(error.to_string()))?;
        Ok(Self {
            place: place.to_owned(),
            http: grants.http.clone(),
            caps: grants.caps.clone(),
            keyring,
            scrubber,
            connector,
            ledger: Ledger::default(),
            bodies: Bodies::new(&grants.caps),
            sent: AtomicU32::new(0),
        })
    }

    /// What stands for a secret of that name, if it is granted: another in each gate, and worthless
    /// outside of it.
    pub fn placeholder(&self, name: &str) -> Option<String> {
        self.keyring.placeholder(name)
    }

    /// An empty body of a request. What it holds counts, with the answers that were not dropped yet,
    /// against what this gate lets stand in memory: 64 MiB, or one answer if that may be larger.
    pub fn body(&self) -> Body {
        self.bodies.body()
    }

    /// Every request that was sent or refused, each redirect its own, in the order they began.
    pub fn records(&self) -> Vec<plugin::Request> {
        self.ledger.all()
    }

    /// Sends a request. Redirects of GET and HEAD are followed, each judged like the first; other
    /// answers are given as they come. Each takes `request_time` at most.
    ///
    /// It must be awaited within a tokio runtime that has timers and I/O.
    ///
    /// # Errors
    ///
    /// [`Refused`] if it may not be sent, or if there is no whole answer.
    pub async fn send(&self, request: Request) -> Result<Response, Refused> {
        let mut hop = Hop::first(request);
        loop {
            let response = self.pass(&hop).await?;
            hop = match hop.next(&response, &self.keyring) {
                Some(next) => next,
                None => return Ok(response),
            };
        }
    }

    /// One request and its answer, recorded.
    async fn pass(&self, hop: &Hop) -> Result<Response, Refused> {
        let before = self.sent.fetch_add(1, Ordering::Relaxed);
        let most = self.caps.requests;
        if before > most {
            // One refusal says it; a guest that does not listen must not fill the memory.
            self.sent.fetch_sub(1, Ordering::Relaxed);
            return Err(self.used_up());
        }
        let entry = hop.record(&self.ledger, &self.scrubber);
        let time = Duration::from_millis(self.caps.request_time.0);
        let passed = if before == most {
            Err(self.used_up())
        } else {
            let passing = self.pass_recorded(hop, &entry);
            timeout(time, passing).await.unwrap_or_else(|_| Err(self.too_slow(time)))
        };
        let passed = passed.map_err(|Refused { code, message }| Refused {
            code,
            message: self.scrubber.text(message),
        });
        let ended = passed.as_ref().map(|response| &*response.body);
        self.ledger.end(&entry, ended.map_err(ToString::to_string));
        passed
    }

    async fn pass_recorded(&self, hop: &Hop, entry: &Entry) -> Result<Response, Refused> {
        let Hop { method, target, body, .. } = hop;
        let method = method.as_ref().map_err(Clone::clone)?;
        let target = target.as_ref().map_err(Clone::clone)?;
        hop.check()?;
        let private = target.granted(method, &self.http, &self.place)?;
        none_in("the address", target.url.as_str().as_bytes())?;
        none_in("the body", body)?;
        let (filled, used) = self.fill(&hop.headers, target)?;
        let way = self.connector.way(target, private, &self.place).await?;
        if target.url.scheme() == "http" && !way.is_private() {
            none_in_clear(&used, target)?;
        }
        self.ledger.secrets(entry, used.into_iter().collect());
        let sent =
            exchange::send(&way, method.clone(), target.url.clone(), filled, body.clone()).await;
        if matches!(&sent, Err(refused) if refused.code == Code::Unreachable) {
            self.connector.forget(target);
        }
        let answer = sent?;
        self.ledger.status(entry, answer.status().as_u16());
        answer.read(&self.caps, &self.place, &self.bodies, &self.scrubber).await
    }

    /// Headers as they are sent, and the names of the secrets in them.
    fn fill(
        &self,
        headers: &HeaderMap,
        target: &Target,
    ) -> Result<(HeaderMap, BTreeSet<String>), Refused> {
        let (mut filled, mut used) = (HeaderMap::with_capacity(headers.len()), BTreeSet::new());
        for (name, value) in headers {
            none_in("the name of a header", name.as_str().as_bytes())?;
            let value = self.keyring.fill(name, value, target, &self.place, &mut used)?;
            filled.append(name, value);
        }
        filled.insert(header::CONNECTION, HeaderValue::from_static("close"));
        if !self.scrubber.is_idle() {
            // A secret that comes back compressed would not be found.
            filled.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        Ok((filled, used))
    }

    fn used_up(&self) -> Refused {
        let (most, place) = (self.caps.requests, &self.place);
        let message = format!(
            "there have been {most} requests already; if there should be more, raise \
             `{place}.caps.requests`"
        );
        Refused::new(Code::Count, message)
    }

    fn too_slow(&self, time: Duration) -> Refused {
        let place = &self.place;
        let message = format!(
            "there was no whole answer within {time:?}; if it may take longer, raise \
             `{place}.caps.request_time`"
        );
        Refused::new(Code::Time, message)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("place", &self.place).finish_non_exhaustive()
    }
}
