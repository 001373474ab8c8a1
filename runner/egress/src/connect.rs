//! From a name to a connection: resolved once, judged, and connected to exactly what was judged.

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use hardstop_core::limits;
use reqwest::{Client, dns, redirect, retry};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{
    address::{Reach, reach},
    recorded::Answers,
    refused::{Code, Refused},
    target::{Private, Target},
};

/// Tells what a name stands for.
pub(crate) trait Resolve: Send + Sync {
    /// The addresses of `name`.
    fn resolve(&self, name: String) -> Resolving;
}

pub(crate) type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// As this machine resolves names, one after the other. A look-up cannot be ended: it takes a thread
/// also when nobody waits for it any more, and one is all that a gate may take.
pub(crate) struct System {
    turn: Arc<Semaphore>,
    look_up: LookUp,
}

/// What a name stands for; blocks until that is known.
pub(crate) type LookUp = fn(&str) -> io::Result<Vec<IpAddr>>;

impl System {
    pub(crate) fn new() -> Self {
        Self::asking(|name| Ok((name, 0).to_socket_addrs()?.map(|address| address.ip()).collect()))
    }

    pub(crate) fn asking(look_up: LookUp) -> Self {
        Self { turn: Arc::new(Semaphore::new(1)), look_up }
    }
}

impl Resolve for System {
    fn resolve(&self, name: String) -> Resolving {
        let (turn, look_up) = (Arc::clone(&self.turn), self.look_up);
        Box::pin(async move {
            let turn = turn.acquire_owned().await.map_err(io::Error::other)?;
            let looking = spawn_blocking(move || {
                let found = look_up(&name);
                drop(turn);
                found
            });
            looking.await?
        })
    }
}

/// Which servers are believed to be who they say.
pub(crate) type Trust = fn() -> Result<ClientConfig, rustls::Error>;

/// Those that this machine's own root certificates vouch for: companies put theirs there, and
/// whoever administrates the machine keeps them up to date. They are read once.
///
/// # Errors
///
/// If there are none; the next call looks again.
pub(crate) fn system_trust() -> Result<ClientConfig, rustls::Error> {
    static TRUST: OnceLock<ClientConfig> = OnceLock::new();
    if let Some(trust) = TRUST.get() {
        return Ok(trust.clone());
    }
    let trust = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    Ok(TRUST.get_or_init(|| trust).clone())
}

/// Nobody: for connections without TLS.
fn no_trust() -> Result<ClientConfig, rustls::Error> {
    Ok(ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

/// The connections of one gate.
pub(crate) struct Connector {
    resolve: Arc<dyn Resolve>,
    trust: Trust,
    /// What answers in the place of all that.
    recorded: Option<Arc<dyn Answers>>,
    /// By origin: a name does not change its meaning within one call.
    known: Mutex<BTreeMap<String, Known>>,
}

/// Where an origin lies, as far as that was judged.
#[derive(Clone)]
pub(crate) struct Known {
    addresses: Vec<IpAddr>,
    pub(crate) client: Client,
}

/// What takes a request to where it was judged to go.
pub(crate) enum Way {
    /// A connection, made when it is needed.
    Network(Known),
    /// What was written down.
    Recorded(Arc<dyn Answers>),
}

impl Way {
    /// Whether it leads to this machine or into a private network, whichever address is taken.
    pub(crate) fn is_private(&self) -> bool {
        match self {
            Self::Network(Known { addresses, .. }) => {
                addresses.iter().all(|address| matches!(reach(*address), Reach::Private(_)))
            }
            Self::Recorded(_) => true,
        }
    }
}

impl Connector {
    pub(crate) fn new(resolve: Arc<dyn Resolve>, trust: Trust) -> Self {
        Self { resolve, trust, recorded: None, known: Mutex::default() }
    }

    /// One that connects to nothing.
    pub(crate) fn recorded(answers: Arc<dyn Answers>) -> Self {
        Self { recorded: Some(answers), ..Self::new(Arc::new(System::new()), no_trust) }
    }

    /// What sends to `target` and nowhere else.
    ///
    /// # Errors
    ///
    /// [`Code::Name`], [`Code::Address`], or [`Code::Tls`] if nobody could be believed.
    pub(crate) async fn way(
        &self,
        target: &Target,
        private: Private,
        place: &str,
    ) -> Result<Way, Refused> {
        if let Some(answers) = &self.recorded {
            return Ok(Way::Recorded(Arc::clone(answers)));
        }
        let origin = target.origin();
        let known = self.known().get(&origin).cloned();
        let addresses = match (&known, target.literal()) {
            (Some(known), _) => known.addresses.clone(),
            (None, Some(address)) => vec![address],
            (None, None) => self.addresses(target).await?,
        };
        // Also of a known way: one method may be granted private addresses, and another not.
        for address in &addresses {
            judge(*address, target, private, place)?;
        }
        if let Some(known) = known {
            return Ok(Way::Network(known));
        }
        let client = self.client(target, &addresses)?;
        let known = Known { addresses, client };
        drop(self.known().insert(origin, known.clone()));
        Ok(Way::Network(known))
    }

    /// Forgets what the name of `target` stood for: nobody was there.
    pub(crate) fn forget(&self, target: &Target) {
        drop(self.known().remove(&target.origin()));
    }

    async fn addresses(&self, target: &Target) -> Result<Vec<IpAddr>, Refused> {
        let unknown = |why: &dyn std::fmt::Display| {
            let host = &target.host;
            Refused::new(Code::Name, format!("the name {host} cannot be resolved: {why}"))
        };
        let addresses = self.resolve.resolve(target.host.to_string()).await;
        let addresses = addresses.map_err(|error| unknown(&error))?;
        if addresses.is_empty() {
            return Err(unknown(&"it stands for no address"));
        }
        Ok(addresses)
    }

    fn client(&self, target: &Target, addresses: &[IpAddr]) -> Result<Client, Refused> {
        let trust = if target.url.scheme() == "https" { self.trust } else { no_trust };
        let trust = trust().map_err(|error| {
            Refused::new(
                Code::Tls,
                format!(
                    "this machine has no root certificates to recognise servers by ({error}); \
                     install them (`ca-certificates`), or name a file of them in SSL_CERT_FILE"
                ),
            )
        })?;
        let addresses =
            addresses.iter().map(|address| SocketAddr::new(*address, target.port)).collect();
        Client::builder()
            .tls_backend_preconfigured(trust)
            .dns_resolver(Pinned(addresses))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            // One request a connection: one that is used again may have been ended by then, and
            // nobody could tell whether what was sent had been acted on.
            .pool_max_idle_per_host(0)
            .http1_only()
            .http1_max_headers(limits::CALL_HEADERS_MAX)
            .user_agent(concat!("hardstop/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Refused::new(Code::Tls, format!("no connection can be made: {error}")))
    }

    /// The map is whole whatever thread panicked.
    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn judge(
    address: IpAddr,
    target: &Target,
    Private(private): Private,
    place: &str,
) -> Result<(), Refused> {
    let stands = match target.literal() {
        Some(_) => format!("{address} is"),
        None => format!("{} stands for {address}, which is", target.host),
    };
    let refuse = |message| Err(Refused::new(Code::Address, message));
    match reach(address) {
        Reach::Public => Ok(()),
        Reach::Private(_) if private => Ok(()),
        Reach::Private(kind) => refuse(format!(
            "{stands} {kind}; if requests should go there, add `private: true` to the grant for \
             {} in `{place}.grants.http`",
            target.origin()
        )),
        Reach::Never(kind) => refuse(format!("{stands} {kind}; no request may go there")),
    }
}

/// Answers with the addresses that were judged, whatever is asked: there is no second resolution.
struct Pinned(Vec<SocketAddr>);

impl dns::Resolve for Pinned {
    fn resolve(&self, _: dns::Name) -> dns::Resolving {
        let addresses: dns::Addrs = Box::new(self.0.clone().into_iter());
        Box::pin(std::future::ready(Ok(addresses)))
    }
}
