//! The policy file's bytes.

use hardstop_core::policy::{Person, Policy};

use crate::{
    digest,
    policy::{from_file, solo, to_file},
};

#[test]
fn a_policy_survives_its_file() {
    let (bytes, solo) = solo();
    assert!(solo.is_solo());
    assert_eq!(solo.digest, digest(&bytes));
    assert_eq!(from_file(&bytes).unwrap(), solo);

    let (bytes, policy) = to_file(Policy {
        version: 3,
        people: [("alice".parse().unwrap(), Person::default())].into(),
        ..solo
    });
    assert_eq!(from_file(&bytes).unwrap(), policy);
    let text = String::from_utf8(bytes).unwrap();
    assert!(from_file(text.replace("\"version\": 3", "\"version\": 03").as_bytes()).is_err());
    let twice = text.replace("\"alice\": {", "\"alice\": {},\n    \"alice\": {");
    assert!(from_file(twice.as_bytes()).is_err(), "a repeated person");
}
