//! The runner's key pair.

use std::fmt;

use signature::{Signer as _, Verifier as _};
use ssh_key::{
    Algorithm, HashAlg, LineEnding, PrivateKey,
    private::{Ed25519Keypair, KeypairData},
};
use thiserror::Error;

/// A key that cannot be used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The text is no OpenSSH key.
    #[error("not an OpenSSH key")]
    Malformed(#[source] ssh_key::Error),
    /// It is a key of another kind.
    #[error("a key of kind {0}; only ssh-ed25519 is used")]
    NotEd25519(String),
    /// It is protected by a passphrase, which nobody is there to type.
    #[error("the key is protected by a passphrase")]
    Encrypted,
}

/// What a signature is for. One made for one purpose never counts for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// Commits, as Git defines it.
    Git,
    /// The list of a run's files.
    Seal,
    /// A person's yes: the request file, signed with their own key.
    Approval,
}

impl Namespace {
    /// The name that is signed along.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Seal => "hardstop-evidence-v1",
            Self::Approval => "hardstop-approval-v1",
        }
    }
}

/// The private half of a runner's key. Prints as its fingerprint.
#[derive(Clone)]
pub struct SigningKey(PrivateKey);

/// The public half.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(pub(super) ssh_key::PublicKey);

impl SigningKey {
    /// The key that grows from 32 random bytes, which the caller draws and forgets.
    ///
    /// * `comment`: for people who meet the public half: whose it is. One line.
    pub fn from_seed(seed: &[u8; 32], comment: &str) -> Self {
        let pair = KeypairData::from(Ed25519Keypair::from_seed(seed));
        let comment: String = comment.chars().filter(|c| !c.is_control()).collect();
        Self(PrivateKey::new(pair, comment).expect("a comment without controls is valid"))
    }

    /// Reads an unencrypted OpenSSH private key.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if it is none, of another kind, or encrypted.
    pub fn from_openssh(text: &str) -> Result<Self, KeyError> {
        let key = PrivateKey::from_openssh(text).map_err(KeyError::Malformed)?;
        if key.is_encrypted() {
            return Err(KeyError::Encrypted);
        }
        if key.key_data().ed25519().is_none() {
            return Err(KeyError::NotEd25519(key.algorithm().to_string()));
        }
        Ok(Self(key))
    }

    /// The key as OpenSSH keeps it. The caller makes the file readable to its owner only.
    pub fn to_openssh(&self) -> String {
        let text = self.0.to_openssh(LineEnding::LF).expect("an Ed25519 key has an OpenSSH form");
        text.to_string()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().clone())
    }

    /// Signs `message` for one purpose: an armoured SSHSIG, as `ssh-keygen -Y sign` writes it.
    pub fn sign(&self, namespace: Namespace, message: &[u8]) -> String {
        self.0
            .sign(namespace.name(), HashAlg::Sha512, message)
            .and_then(|signature| signature.to_pem(LineEnding::LF))
            .expect("an Ed25519 key signs any bytes")
    }

    /// Signs exactly `message`: the 64 bytes of an Ed25519 signature, for formats that bring their
    /// own separation of purposes.
    pub(crate) fn sign_raw(&self, message: &[u8]) -> Vec<u8> {
        let signature: ssh_key::Signature =
            self.0.try_sign(message).expect("an Ed25519 key signs any bytes");
        signature.as_bytes().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public().fingerprint())
    }
}

impl PublicKey {
    /// Reads `ssh-ed25519 AAAA… comment`.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if it is none or of another kind.
    pub fn from_line(line: &str) -> Result<Self, KeyError> {
        let key = ssh_key::PublicKey::from_openssh(line).map_err(KeyError::Malformed)?;
        if key.key_data().is_ed25519() {
            Ok(Self(key))
        } else {
            Err(KeyError::NotEd25519(key.algorithm().to_string()))
        }
    }

    /// `ssh-ed25519 AAAA… comment`, without a line feed.
    pub fn line(&self) -> String {
        self.0.to_openssh().expect("an Ed25519 key has an OpenSSH form")
    }

    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// Whether `signature` is one of this key over exactly `message`.
    pub(crate) fn verify_raw(&self, message: &[u8], signature: &[u8]) -> bool {
        ssh_key::Signature::new(Algorithm::Ed25519, signature)
            .is_ok_and(|signature| self.0.key_data().verify(message, &signature).is_ok())
    }

    /// The line that lets `principal` sign commits and seals with this key, with a line feed.
    ///
    /// * `principal`: a name without spaces, commas or quotes, such as an e-mail address.
    pub fn allowed_signers_line(&self, principal: &str) -> String {
        let (git, seal) = (Namespace::Git.name(), Namespace::Seal.name());
        format!("{principal} namespaces=\"{git},{seal}\" {}\n", self.line())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}
