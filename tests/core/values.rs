//! Tables of values.

use hardstop_core::value::Value;

#[test]
fn values_are_json_and_back() {
    for text in [
        "null",
        "true",
        "0",
        "-9223372036854775808",
        "9223372036854775807",
        "\"1.50\"",
        "[]",
        "[1,[\"a\",null]]",
        "{}",
        r#"{"a":{"b":[false]},"c":1}"#,
    ] {
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
    }
}

#[test]
fn what_would_read_differently_elsewhere_is_refused() {
    for (text, why) in [
        ("1.5", "must be quoted"),
        ("1e3", "must be quoted"),
        ("-0.0", "must be quoted"),
        ("[1.5]", "must be quoted"),
        ("9223372036854775808", "out of range"),
        ("100000000000000000000", "must be quoted"),
        (r#"{"a":1,"a":1}"#, "duplicate key `a`"),
        (r#"[{"b":{"a":1,"a":2}}]"#, "duplicate key `a`"),
        (r#"{"a":1,"\u0061":2}"#, "duplicate key `a`"),
    ] {
        let refusal = serde_json::from_str::<Value>(text).unwrap_err().to_string();
        assert!(refusal.contains(why), "{text}: {refusal}");
    }
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    assert!(serde_json::from_str::<Value>(&deep).is_err(), "nesting is bounded by the reader");
}

#[test]
fn values_as_people_read_them() {
    let value: Value =
        serde_json::from_str(r#"{"list":[1,"a b",null],"yes":true,"none":{}}"#).unwrap();
    assert_eq!(value.to_string(), "{list: [1, a b, null], none: {}, yes: true}");
    assert_eq!((value.as_text(), Value::from("x").as_text()), (None, Some("x")));
}
