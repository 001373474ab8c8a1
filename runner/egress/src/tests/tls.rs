//! Who the other side is, and that nothing leads out of it unencrypted.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ClientConfig, Error, RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::{Code, Gate, connect::system_trust};

use super::kit::{Names, get, grants, request, token, with_token};

/// The certificate of all servers here, for `api.example.com`, and its key.
fn identity() -> &'static (CertificateDer<'static>, Vec<u8>) {
    static IDENTITY: OnceLock<(CertificateDer<'static>, Vec<u8>)> = OnceLock::new();
    IDENTITY.get_or_init(|| {
        let names = ["api.example.com".to_owned()];
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
        (cert.into(), signing_key.serialize_der())
    })
}

/// Believes that certificate.
fn trust() -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add(identity().0.clone())?;
    Ok(ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Answers every request on one port with the same bytes.
async fn server(says: &'static str) -> SocketAddr {
    let (certificate, key) = identity();
    let key = PrivateKeyDer::try_from(key.as_slice()).unwrap().clone_key();
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            drop(tokio::spawn(async move {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let mut head = [0; 4096];
                    let read = stream.read(&mut head).await.unwrap();
                    let echo = String::from_utf8_lossy(&head[..read]).into_owned();
                    let says = says.replace("{echo}", &echo);
                    stream.write_all(says.as_bytes()).await.unwrap();
                    stream.shutdown().await.unwrap();
                }
            }));
        }
    }));
    address
}

fn gate(address: SocketAddr, trust: crate::connect::Trust) -> Gate {
    let origins = [format!("https://*:{}", address.port()), format!("http://*:{}", address.port())];
    let granted = with_token(grants(&origins), &["api.example.com"]);
    Gate::with("plugins.ci", &granted, token(), Arc::new(Names::here()), trust).unwrap()
}

#[tokio::test]
async fn who_is_believed_gets_the_secret() {
    let address = server("HTTP/1.1 200 OK\r\n\r\n{echo}").await;
    let gate = gate(address, trust);
    let url = format!("https://api.example.com:{}/", address.port());
    let token = gate.placeholder("token").unwrap();
    let asked = request("GET", &url, &[("authorization", &token)]);
    let body = gate.send(asked).await.unwrap().body;
    let body = String::from_utf8_lossy(&body);
    assert!(body.contains("authorization: [REDACTED:token]"), "{body}");
}

#[tokio::test]
async fn who_is_not_believed_gets_nothing() {
    let address = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    // Another name, an address, and nobody who vouches for it.
    for (host, trust) in [
        ("other.example.com", trust as crate::connect::Trust),
        ("127.0.0.1", trust),
        ("api.example.com", system_trust),
    ] {
        let url = format!("https://{host}:{}/", address.port());
        let refused = get(&gate(address, trust), &url).await.unwrap_err();
        assert_eq!(refused.code, Code::Tls, "{refused}");
    }
}

#[tokio::test]
async fn without_certificates_nobody_is_believed() {
    let none: crate::connect::Trust = || Err(Error::General("none".to_owned()));
    let address = server("").await;
    let url = format!("https://api.example.com:{}/", address.port());
    let refused = get(&gate(address, none), &url).await.unwrap_err();
    assert_eq!(refused.code, Code::Tls);
    assert!(refused.message.contains("SSL_CERT_FILE"), "{refused}");
}

#[tokio::test]
async fn nothing_leads_to_an_address_without() {
    let says = "HTTP/1.1 302 Found\r\nlocation: http://api.example.com:80/\r\n\r\n";
    let address = server(says).await;
    let url = format!("https://api.example.com:{}/", address.port());
    let refused = get(&gate(address, trust), &url).await.unwrap_err();
    assert_eq!(refused.code, Code::Redirect, "{refused}");
}

#[tokio::test]
async fn tls_is_not_spoken_to_who_does_not() {
    let plain = super::server::Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let url = format!("https://api.example.com:{}/", plain.address.port());
    let mut granted = grants(&[format!("https://*:{}", plain.address.port())]);
    granted.caps.request_time = hardstop_core::time::Millis::from_secs(1);
    let gate = super::kit::gate_with(&granted, Arc::new(Names::here()), trust);
    let refused = get(&gate, &url).await.unwrap_err();
    assert!([Code::Tls, Code::Time].contains(&refused.code), "{refused}");
}
