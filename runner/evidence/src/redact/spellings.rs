//! The ways a secret may appear in output: whole or line by line, in each of the encodings that
//! programs print.

use std::{collections::BTreeSet, iter};

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::fold::Unfolded;

/// Shorter spellings are not masked: they would shred every output. Secrets that short are
/// refused when they are fetched, so this leaves out short lines of long ones only.
pub(super) const BYTES_MIN: usize = 6;

type Encode = fn(&str) -> Vec<Vec<u8>>;

/// Every encoding, and what it makes of a text: one spelling for each habit of the programs that
/// write it. Folding over lines is no row of its own: the search does not see it in any of them.
pub(super) const ENCODINGS: [(&str, Encode); 12] = [
    ("as it is", |text| vec![text.into()]),
    ("base64", |text| in_base64(text, Base64Unpadded::encode_string)),
    ("base64 for URLs", |text| in_base64(text, Base64UrlUnpadded::encode_string)),
    ("hex", |text| vec![in_hex(text).into()]),
    ("upper-case hex", |text| vec![in_hex(text).to_ascii_uppercase().into()]),
    ("percent-encoded", in_percent),
    ("form-encoded", in_form),
    ("JSON-escaped", in_json),
    ("Unicode-escaped", in_unicode),
    ("XML-escaped", in_xml),
    ("quoted for a shell", in_shell),
    ("UTF-16", in_utf16),
];

/// Every spelling of `secret` that has at least [`BYTES_MIN`] bytes, unfolded.
pub(super) fn of(secret: &str) -> BTreeSet<Vec<u8>> {
    let long = |part: &&str| part.len() >= BYTES_MIN;
    iter::once(secret)
        .chain(secret.lines().map(str::trim))
        .filter(long)
        .flat_map(|part| ENCODINGS.iter().flat_map(move |(_, encode)| encode(part)))
        .map(|spelling| Unfolded::of(&spelling, 0).text)
        .filter(|spelling| spelling.len() >= BYTES_MIN)
        .collect()
}

/// What base64 makes of `secret` after 0, 1 and 2 unknown bytes: the digits that depend on the
/// secret alone.
fn in_base64(secret: &str, encode: fn(&[u8]) -> String) -> Vec<Vec<u8>> {
    let after = |shift: usize| {
        let padded = [&[0; 3][..shift], secret.as_bytes()].concat();
        // Each digit holds six bits. Digits with a bit of the bytes before or after are left out.
        let (first, last) = ((shift * 8).div_ceil(6), padded.len() * 8 / 6);
        encode(&padded)[first..last].into()
    };
    (0..3).map(after).collect()
}

/// Two lower-case digits a byte.
fn in_hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        for nibble in [byte >> 4, byte & 15] {
            hex.extend(char::from_digit(u32::from(nibble), 16));
        }
        hex
    })
}

fn in_percent(text: &str) -> Vec<Vec<u8>> {
    const UNRESERVED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    const PATH: &AsciiSet = &UNRESERVED.remove(b'/');
    // What `encodeURIComponent` and `encodeURI` leave as it is.
    const COMPONENT: &AsciiSet =
        &UNRESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
    const WHOLE: &AsciiSet = &COMPONENT
        .remove(b';')
        .remove(b'/')
        .remove(b'?')
        .remove(b':')
        .remove(b'@')
        .remove(b'&')
        .remove(b'=')
        .remove(b'+')
        .remove(b'$')
        .remove(b',')
        .remove(b'#');
    [UNRESERVED, PATH, COMPONENT, WHOLE]
        .into_iter()
        .flat_map(|set| either_case(&utf8_percent_encode(text, set).to_string()))
        .collect()
}

fn in_form(text: &str) -> Vec<Vec<u8>> {
    const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    const BROWSER: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*');
    [QUERY, BROWSER]
        .into_iter()
        .map(|set| utf8_percent_encode(text, set).to_string().replace("%20", "+"))
        .flat_map(|form| either_case(&form))
        .collect()
}

/// With `%2F`, and with `%2f`.
fn either_case(encoded: &str) -> [Vec<u8>; 2] {
    let mut parts = encoded.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escape, rest) = part.split_at(2);
        lower.extend(["%", &escape.to_ascii_lowercase(), rest]);
    }
    [encoded.into(), lower.into()]
}

/// The escapes that JSON demands, without the quotes around.
fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn in_json(text: &str) -> Vec<Vec<u8>> {
    let plain = json(text);
    let for_html = plain.replace('&', r"\u0026").replace('<', r"\u003c").replace('>', r"\u003e");
    vec![plain.replace('/', r"\/").into(), plain.into(), for_html.into()]
}

/// `\uXXXX` for what is not ASCII, as JSON writers do on request, and for everything.
fn in_unicode(text: &str) -> Vec<Vec<u8>> {
    let escape = |text: &str, all: bool, upper: bool| -> Vec<u8> {
        let mut escaped = String::new();
        for c in text.chars() {
            if c.is_ascii() && !all {
                escaped.push(c);
                continue;
            }
            for unit in c.encode_utf16(&mut [0; 2]) {
                let (digits, capitals) = (format!("{unit:04x}"), format!("{unit:04X}"));
                escaped.extend([r"\u", if upper { &capitals } else { &digits }]);
            }
        }
        escaped.into()
    };
    let json = json(text);
    [false, true]
        .into_iter()
        .flat_map(|upper| [escape(&json, false, upper), escape(text, true, upper)])
        .collect()
}

/// Markup escaped, with each habit of writing the two quotes.
fn in_xml(text: &str) -> Vec<Vec<u8>> {
    let markup = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    [
        ("\"", "'"),
        ("&quot;", "'"),
        ("&quot;", "&#39;"),
        ("&quot;", "&#x27;"),
        ("&quot;", "&#039;"),
        ("&quot;", "&apos;"),
        ("&#34;", "&#39;"),
    ]
    .map(|(double, single)| markup.replace('"', double).replace('\'', single).into())
    .into()
}

/// In single quotes, in double quotes, and without, as `printf %q` and `set -x` write it.
fn in_shell(text: &str) -> Vec<Vec<u8>> {
    let slashed = |special: &dyn Fn(char) -> bool| {
        let mut quoted = String::new();
        for c in text.chars() {
            quoted.extend(special(c).then_some('\\').into_iter().chain([c]));
        }
        quoted
    };
    let bare = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+#~".contains(c);
    let ansi_c = slashed(&|c| "\\'".contains(c)).replace('\n', r"\n").replace('\t', r"\t");
    [
        text.replace('\'', r"'\''"),
        text.replace('\'', r#"'"'"'"#),
        slashed(&|c| "\\$`\"".contains(c)),
        slashed(&|c| c.is_ascii() && !bare(c)),
        ansi_c,
    ]
    .map(String::into_bytes)
    .into()
}

/// In either order of bytes.
fn in_utf16(text: &str) -> Vec<Vec<u8>> {
    let little = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    vec![little, big]
}
