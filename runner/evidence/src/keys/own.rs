//! A person's own signature over a request: assurance level 3.
//!
//! Whose key is whose is what the policy says. A key of somebody else never counts, whoever claims
//! to be answering.

use hardstop_core::{
    ids::PersonId,
    policy::{Person, Policy},
};
use ssh_key::SshSig;
use thiserror::Error;

use super::{Namespace, PublicKey};

/// A signature that does not make a yes the person's own. The message is the reason that is
/// journaled.
#[derive(Debug, Error)]
pub enum OwnError {
    /// The text is no armoured SSHSIG.
    #[error("the answer is not signed: no SSH signature")]
    Malformed(#[source] ssh_key::Error),
    /// It was made for another purpose.
    #[error("the signature was made for `{found}`, not for an approval")]
    Namespace {
        /// What it was made for.
        found: String,
    },
    /// The policy has no such key.
    #[error("the signature was made with key {key}, which the policy gives to nobody")]
    Stranger {
        /// The key's fingerprint.
        key: String,
    },
    /// The key is somebody else's, or several people's.
    #[error("the signature was made with a key of `{owner}`, not of `{person}`")]
    Other {
        /// Whose key it is.
        owner: PersonId,
        /// Who answered.
        person: PersonId,
    },
    /// It was made over other bytes.
    #[error("the signature of `{person}` is over another request")]
    Mismatch {
        /// Who answered.
        person: PersonId,
    },
}

/// Checks that `signature` over the bytes of a request file was made by `person` with a key that
/// the policy gives to them and to nobody else.
///
/// # Errors
///
/// [`OwnError`]: the signature does not count.
pub fn check_own(
    policy: &Policy,
    person: &PersonId,
    request: &[u8],
    signature: &str,
) -> Result<(), OwnError> {
    let namespace = Namespace::Approval.name();
    let signature = SshSig::from_pem(signature).map_err(OwnError::Malformed)?;
    if signature.namespace() != namespace {
        return Err(OwnError::Namespace { found: signature.namespace().to_owned() });
    }
    let key = ssh_key::PublicKey::from(signature.public_key().clone());
    let owns = |owner: &Person| {
        let own = owner.keys.iter().filter_map(|line| PublicKey::from_line(line).ok());
        own.into_iter().any(|own| own.0.key_data() == key.key_data())
    };
    let mut owners: Vec<_> =
        policy.people.iter().filter(|(_, owner)| owns(owner)).map(|(id, _)| id).collect();
    // Of several owners, the others count: a shared key is nobody's own.
    owners.sort_by_key(|owner| *owner == person);
    match owners.first() {
        None => Err(OwnError::Stranger { key: PublicKey(key).fingerprint() }),
        Some(owner) if *owner != person => {
            Err(OwnError::Other { owner: (*owner).clone(), person: person.clone() })
        }
        Some(_) => key
            .verify(namespace, request, &signature)
            .map_err(|_| OwnError::Mismatch { person: person.clone() }),
    }
}
