//! Each encoding, as other programs wrote it: the texts below come from Python, bash and node.

use super::{super::spellings, mask};

const SECRET: &str = "pä ss/w\"or'd+?<&>~";

/// Masks `spelling` amid other text, whole and byte by byte.
#[track_caller]
fn masked(spelling: &[u8]) {
    let text = [b"before ", spelling, b" after"].concat();
    let bytes: Vec<&[u8]> = text.chunks(1).collect();
    for chunks in [vec![text.as_slice()], bytes] {
        let (out, count) = mask(&[("token", SECRET)], &chunks);
        assert_eq!((out.as_str(), count), ("before [REDACTED:token] after", 1));
    }
}

/// Masks `spelling` if only its ends, which hold bits of what is around, may stay.
#[track_caller]
fn masked_within(spelling: &str, ends: (&str, &str)) {
    let (out, count) = mask(&[("token", SECRET)], &[spelling.as_bytes()]);
    assert_eq!((out, count), (format!("{}[REDACTED:token]{}", ends.0, ends.1), 1));
}

#[test]
fn each_has_a_test() {
    let names = spellings::ENCODINGS.map(|(name, _)| name);
    let tested = [
        "as it is",
        "base64",
        "base64 for URLs",
        "hex",
        "upper-case hex",
        "percent-encoded",
        "form-encoded",
        "JSON-escaped",
        "Unicode-escaped",
        "XML-escaped",
        "quoted for a shell",
        "UTF-16",
    ];
    assert_eq!(names, tested);
}

#[test]
fn as_it_is() {
    masked(SECRET.as_bytes());
}

#[test]
fn base64() {
    masked_within("cMOkIHNzL3cib3InZCs/PCY+fjptb3Jl", ("", "jptb3Jl"));
    masked_within("dXDDpCBzcy93Im9yJ2QrPzwmPn46bW9yZQ==", ("dX", "46bW9yZQ=="));
    masked_within("dXNww6Qgc3MvdyJvcidkKz88Jj5+Om1vcmU=", ("dXN", "Om1vcmU="));
}

#[test]
fn base64_for_urls() {
    masked_within("cMOkIHNzL3cib3InZCs_PCY-fjptb3Jl", ("", "jptb3Jl"));
    masked_within("dXNww6Qgc3MvdyJvcidkKz88Jj5-Om1vcmU=", ("dXN", "Om1vcmU="));
}

#[test]
fn hex() {
    masked(b"70c3a42073732f77226f7227642b3f3c263e7e");
}

#[test]
fn upper_case_hex() {
    masked(b"70C3A42073732F77226F7227642B3F3C263E7E");
}

#[test]
fn percent_encoded() {
    masked(b"p%C3%A4%20ss%2Fw%22or%27d%2B%3F%3C%26%3E~");
    masked(b"p%c3%a4%20ss%2fw%22or%27d%2b%3f%3c%26%3e~");
    masked(b"p%C3%A4%20ss/w%22or%27d%2B%3F%3C%26%3E~");
    masked(b"p%C3%A4%20ss%2Fw%22or'd%2B%3F%3C%26%3E~");
    masked(b"p%C3%A4%20ss/w%22or'd+?%3C&%3E~");
}

#[test]
fn form_encoded() {
    masked(b"p%C3%A4+ss%2Fw%22or%27d%2B%3F%3C%26%3E~");
    masked(b"p%C3%A4+ss%2Fw%22or%27d%2B%3F%3C%26%3E%7E");
}

#[test]
fn json_escaped() {
    masked("pä ss/w\\\"or'd+?<&>~".as_bytes());
    masked("pä ss\\/w\\\"or'd+?<&>~".as_bytes());
    masked("pä ss/w\\\"or'd+?\\u003c\\u0026\\u003e~".as_bytes());
}

#[test]
fn unicode_escaped() {
    masked(br#"p\u00e4 ss/w\"or'd+?<&>~"#);
    masked(br#"p\u00E4 ss/w\"or'd+?<&>~"#);
    masked(
        b"\\u0070\\u00e4\\u0020\\u0073\\u0073\\u002f\\u0077\\u0022\\u006f\
          \\u0072\\u0027\\u0064\\u002b\\u003f\\u003c\\u0026\\u003e\\u007e",
    );
}

#[test]
fn xml_escaped() {
    masked("pä ss/w&quot;or&#x27;d+?&lt;&amp;&gt;~".as_bytes());
    masked("pä ss/w\"or'd+?&lt;&amp;&gt;~".as_bytes());
    masked("pä ss/w&#34;or&#39;d+?&lt;&amp;&gt;~".as_bytes());
}

#[test]
fn quoted_for_a_shell() {
    masked(r#"pä ss/w"or'"'"'d+?<&>~"#.as_bytes());
    masked(r#"pä ss/w"or'\''d+?<&>~"#.as_bytes());
    masked(r#"pä\ ss/w\"or\'d+\?\<\&\>~"#.as_bytes());
    masked(r#"pä ss/w\"or'd+?<&>~"#.as_bytes());
}

#[test]
fn utf_16() {
    masked(&SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    masked(&SECRET.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>());
}
