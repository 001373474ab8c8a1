//! Every answer of every action goes wrong in every way, and the plugin says so in the words of
//! `plugins/README.md`.

use std::{net::TcpListener, time::Duration};

use hardstop_ports::plugin::{Answer, Ended, Leg};

use crate::{
    call::{INVOKE, Plugin, failure, hurried},
    server::{Elsewhere, Server, Wrong},
    shipped::{Exchange, Kind, Lost, Row, Shape, each, rows},
};

/// A date that no clock of a test has reached.
const FAR: &str = "Fri, 01 Jan 2100 00:00:00 GMT";
const YEAR: Duration = Duration::from_hours(365 * 24);
/// Legs of an attempt that are looked at.
const LEGS_MAX: usize = 3;

const WRONGS: [Wrong; 14] = [
    Wrong::Status(401, None),
    Wrong::Status(403, None),
    Wrong::Status(404, None),
    Wrong::Status(409, None),
    Wrong::Status(429, None),
    Wrong::Status(429, Some("7")),
    Wrong::Status(429, Some(FAR)),
    Wrong::Limit,
    Wrong::Status(500, None),
    Wrong::Status(503, Some("7")),
    Wrong::Truncated,
    Wrong::NotJson,
    Wrong::Redirect(Elsewhere::Metadata),
    Wrong::Redirect(Elsewhere::OtherOrigin),
];

/// What a call must come to.
#[derive(Debug, PartialEq, Eq)]
enum Must {
    /// What it comes to if nothing goes wrong.
    Be(&'static str),
    /// It fails with this code, and may be tried again or not.
    Fail(&'static str, bool),
}

each!(check);

fn check(name: &'static str) {
    let plugin = Plugin::shipped(name);
    let rows = rows(name);
    let complaints: Vec<String> = rows.iter().flat_map(|row| complaints(&plugin, row)).collect();
    assert!(complaints.is_empty(), "{} cases:\n{}", complaints.len(), complaints.join("\n"));
}

fn complaints(plugin: &Plugin, row: &Row) -> Vec<String> {
    let server = Server::new(&row.exchanges);
    let (grants, with) = (plugin.grants(&server.url), row.with(plugin, &server.url));
    let mut complaints = Vec::new();
    let mut complain = |what: String| {
        complaints.push(format!("{}/{}, {what}", row.plugin, row.action));
    };
    let mut leg = INVOKE;
    for number in 0..LEGS_MAX {
        server.goes(None);
        let well = plugin.call(&grants, row.action, &with, leg.clone());
        let (ends, received) = (ends(&well), server.received());
        if !["done", "pending"].contains(&ends) {
            complain(format!("leg {number} of a server that is well: {:?}", well.answer));
            break;
        }
        let mut met: Vec<&Exchange> = received.iter().map(|it| row.exchange(&it.at)).collect();
        met.dedup_by_key(|exchange| &exchange.at);
        for (exchange, wrong) in met.iter().flat_map(|it| WRONGS.map(|wrong| (*it, wrong))) {
            server.goes(Some((&exchange.at, wrong)));
            let ended = plugin.call(&grants, row.action, &with, leg.clone());
            let must = must(row, number > 0, exchange, wrong, ends);
            if let Err(why) = judge(&ended, &must, wrong) {
                complain(format!("leg {number}, {} goes {wrong:?}: {why}", exchange.at));
            }
        }
        let silent = met.iter().find(|it| it.kind.changes()).or(met.first());
        if let Some(exchange) = silent {
            server.goes(Some((&exchange.at, Wrong::Silence)));
            let hurried = hurried(grants.clone(), Duration::from_secs(1));
            let ended = plugin.call(&hurried, row.action, &with, leg.clone());
            let must = must(row, number > 0, exchange, Wrong::Silence, ends);
            if let Err(why) = judge(&ended, &must, Wrong::Silence) {
                complain(format!("leg {number}, {} says nothing: {why}", exchange.at));
            }
        }
        if !met.is_empty() {
            let url = nobody();
            let with = row.with(plugin, &url);
            let ended = plugin.call(&plugin.grants(&url), row.action, &with, leg.clone());
            let must = if waits(row, number > 0) {
                Must::Be("pending")
            } else {
                Must::Fail("unreachable", true)
            };
            if let Err(why) = judge(&ended, &must, Wrong::Lost) {
                complain(format!("leg {number}, nobody is there: {why}"));
            }
        }
        let Answer::Pending(pending) = well.answer else { break };
        leg = Leg::Poll { state: pending.state };
    }
    assert!(!server.led_astray(), "a request went to where nobody granted it");
    complaints
}

/// What the table of codes says, and where an action knows better.
fn must(row: &Row, polls: bool, exchange: &Exchange, wrong: Wrong, well: &'static str) -> Must {
    let looks = exchange.at.starts_with("GET ");
    let kind = exchange.kind;
    let (code, retryable) = match wrong {
        Wrong::Status(401, _) => ("unauthorized", false),
        Wrong::Status(403, _) => ("forbidden", false),
        Wrong::Status(404, _) => ("not_found", false),
        Wrong::Status(409, _) => ("conflict", false),
        Wrong::Status(429, _) | Wrong::Limit => ("rate_limited", true),
        Wrong::Status(..) => ("server_error", true),
        Wrong::Silence | Wrong::Truncated | Wrong::Lost => ("no_answer", true),
        Wrong::NotJson => ("bad_answer", false),
        Wrong::Redirect(_) if looks && kind != Kind::Opens => ("denied", false),
        Wrong::Redirect(_) => ("redirected", false),
    };
    let status = if let Wrong::Status(it, _) = wrong { it } else { 0 };
    let reads_no_json = wrong == Wrong::NotJson && !matches!(kind, Kind::Asks | Kind::Does);
    let no_sessions = kind == Kind::Opens && (matches!(wrong, Wrong::Redirect(_)) || status == 404);
    if kind == Kind::Courtesy || reads_no_json || no_sessions {
        return Must::Be(well);
    }
    if (row.plugin, row.action, status) == ("jenkins", "assert", 404) {
        return Must::Fail("assertion_failed", false);
    }
    let arrived = kind.changes() && retryable && code != "rate_limited";
    let looked_at_again = row.shape == Shape::Polls && code != "denied";
    if looked_at_again
        || (retryable && waits(row, polls))
        || (arrived && row.shape == Shape::Builds)
    {
        return Must::Be("pending");
    }
    // Another attempt has another key, so the same again might be a second time.
    Must::Fail(code, retryable && !(arrived && row.lost != Lost::Sets))
}

/// Whether a server that is away is looked at again by itself.
fn waits(row: &Row, polls: bool) -> bool {
    match row.shape {
        Shape::Once => false,
        Shape::Waits | Shape::Polls => true,
        Shape::Checkpoint | Shape::Builds => polls,
    }
}

fn judge(ended: &Ended, must: &Must, wrong: Wrong) -> Result<(), String> {
    let is = match must {
        Must::Be(wanted) if ends(ended) == *wanted => return Ok(()),
        Must::Be(_) => return Err(format!("{must:?}, not {:?}", ended.answer)),
        Must::Fail(..) if ends(ended) != "failed" => {
            return Err(format!("{must:?}, not {:?}", ended.answer));
        }
        Must::Fail(..) => failure(ended),
    };
    if *must != Must::Fail(known(&is.code), is.retryable) {
        return Err(format!("{must:?}, not {is:?}"));
    }
    let after = match wrong {
        Wrong::Status(429 | 503, Some("7")) if is.retryable => {
            is.retry_after == Some(Duration::from_secs(7))
        }
        Wrong::Status(429, Some(FAR)) => is.retry_after.is_some_and(|after| after > YEAR),
        Wrong::Limit => is.retry_after == Some(Duration::from_mins(1)),
        Wrong::Status(..)
        | Wrong::Silence
        | Wrong::Truncated
        | Wrong::NotJson
        | Wrong::Redirect(_)
        | Wrong::Lost => is.retry_after.is_none(),
    };
    if !after {
        return Err(format!("it waits for {:?}", is.retry_after));
    }
    if is.code == "denied" && !is.message.contains("(hardstop: ") {
        return Err(format!("it does not say what was refused: {}", is.message));
    }
    Ok(())
}

/// One of the codes of the table, to be compared.
fn known(code: &str) -> &'static str {
    const CODES: [&str; 11] = [
        "unauthorized",
        "forbidden",
        "not_found",
        "conflict",
        "rate_limited",
        "server_error",
        "no_answer",
        "bad_answer",
        "denied",
        "unreachable",
        "redirected",
    ];
    let all = CODES.iter().chain(&["assertion_failed"]);
    all.copied().find(|it| *it == code).unwrap_or("another code")
}

fn ends(ended: &Ended) -> &'static str {
    match ended.answer {
        Answer::Done(_) => "done",
        Answer::Pending(_) => "pending",
        Answer::Failed(_) | Answer::Over(_) => "failed",
        Answer::NotStarted => "not started",
        Answer::CannotTell(_) => "cannot tell",
        Answer::Cancelled => "cancelled",
    }
}

/// A URL where nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    format!("http://{}", listener.local_addr().expect("it is bound"))
}
