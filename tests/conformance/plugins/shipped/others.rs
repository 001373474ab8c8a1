//! Everything that is neither a forge nor builds.

use serde_json::{Value, json};

use super::{Lost, Row, Shape, asks, courtesy, does, reads, row, sends};

pub(super) fn rows() -> Vec<Row> {
    [alertmanager(), http(), kubernetes(), matrix(), pagerduty(), prometheus(), slack()]
        .into_iter()
        .flatten()
        .collect()
}

fn with(row: Row, with: Value) -> Row {
    Row { with: Some(with), ..row }
}

fn alertmanager() -> Vec<Row> {
    let silence = |id: &str, state: &str| {
        json!({
            "id": id, "comment": "release 1.4.0 (hardstop ${KEY})", "status": { "state": state },
            "endsAt": "2026-11-20T16:53:32.000Z",
        })
    };
    let id = "7d8b6f2e-8f64-4d9c-9a53-0c7a9a3c5c11";
    let end = |before: &str| {
        asks(&format!("GET /api/v2/silence/{id}"), &silence(id, before))
            .then(&silence(id, "expired"))
    };
    let delete = sends(&format!("DELETE /api/v2/silence/{id}"), &json!(""));
    vec![
        row(
            ("alertmanager", "silence"),
            (Shape::Once, Lost::Found),
            vec![
                asks("GET /api/v2/silences", &json!([])).then(&json!([silence(id, "active")])),
                does("POST /api/v2/silences", &json!({ "silenceID": id })),
                asks(&format!("GET /api/v2/silence/{id}"), &silence(id, "active")),
                delete.clone(),
            ],
        ),
        row(("alertmanager", "expire"), (Shape::Once, Lost::Sets), vec![end("active"), delete]),
        row(
            ("alertmanager", "assert-none-firing"),
            (Shape::Once, Lost::Nothing),
            vec![asks("GET /api/v2/alerts", &json!([]))],
        ),
    ]
}

fn http() -> Vec<Row> {
    let post = |key: Option<&str>| {
        json!({
            "url": "https://example.com/releases", "method": "POST", "bearer": true,
            "json": { "version": "1.4.0" }, "expect": [201], "key_header": key,
        })
    };
    let made = || vec![sends("POST /releases", &json!({})).says(201, "")];
    let request = ("http", "request");
    vec![
        row(request, (Shape::Once, Lost::Nothing), vec![reads("GET /health", &json!("ok"))]),
        with(row(request, (Shape::Once, Lost::People), made()), post(None)),
        with(row(request, (Shape::Once, Lost::Again), made()), post(Some("Idempotency-Key"))),
        row(
            ("http", "download"),
            (Shape::Once, Lost::Nothing),
            vec![reads("GET /SHA256SUMS", &json!("0  a\n"))],
        ),
        row(
            ("http", "wait-for"),
            (Shape::Polls, Lost::Nothing),
            vec![asks("GET /version", &json!({ "version": "1.4.0" }))],
        ),
    ]
}

fn kubernetes() -> Vec<Row> {
    let web = "/apis/apps/v1/namespaces/mirrors/deployments/web";
    let deployment = json!({
        "metadata": { "generation": 4 }, "spec": { "replicas": 3 },
        "status": {
            "observedGeneration": 4, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3,
        },
    });
    let job = json!({
        "status": { "succeeded": 1, "conditions": [{ "type": "Complete", "status": "True" }] },
    });
    let pods = json!({ "items": [{ "metadata": { "name": "migrate-1-4-0-x7k2p" } }] });
    let log = "GET /api/v1/namespaces/mirrors/pods/migrate-1-4-0-x7k2p/log";
    vec![
        row(
            ("kubernetes", "get"),
            (Shape::Once, Lost::Nothing),
            vec![asks(&format!("GET {web}"), &deployment)],
        ),
        row(
            ("kubernetes", "rollout"),
            (Shape::Waits, Lost::Nothing),
            vec![asks(&format!("GET {web}"), &deployment)],
        ),
        row(
            ("kubernetes", "job"),
            (Shape::Waits, Lost::Nothing),
            vec![asks("GET /apis/batch/v1/namespaces/mirrors/jobs/migrate-1-4-0", &job)],
        ),
        row(
            ("kubernetes", "scale"),
            (Shape::Checkpoint, Lost::Sets),
            vec![
                asks(&format!("GET {web}/scale"), &json!({ "spec": { "replicas": 3 } }))
                    .then(&json!({ "spec": { "replicas": 5 } })),
                sends(&format!("PATCH {web}/scale"), &json!({})),
            ],
        ),
        row(
            ("kubernetes", "logs"),
            (Shape::Once, Lost::Nothing),
            vec![
                asks("GET /api/v1/namespaces/mirrors/pods", &pods),
                reads(log, &json!("migrated\n")),
            ],
        ),
    ]
}

fn matrix() -> Vec<Row> {
    let room = "/_matrix/client/v3/rooms/%21abc%3Aexample.com";
    let send = format!("PUT {room}/send/m.room.message/k7f3q9xm2p-20261120-155332.links.1");
    let ours = json!({
        "event_id": "$1", "origin_server_ts": 1_795_190_012_000_u64,
        "content": { "msgtype": "m.notice", "body": "release", "hardstop.attempt": "${KEY}" },
    });
    vec![row(
        ("matrix", "post"),
        (Shape::Once, Lost::Found),
        vec![
            asks(
                "GET /_matrix/client/v3/directory/room/%23release%3Aexample.com",
                &json!({ "room_id": "!abc:example.com" }),
            ),
            does(&send, &json!({ "event_id": "$1" })),
            asks(&format!("GET {room}/messages"), &json!({ "chunk": [], "start": "t1" }))
                .then(&json!({ "chunk": [ours], "start": "t1" })),
        ],
    )]
}

fn pagerduty() -> Vec<Row> {
    let on_call = json!({ "oncalls": [{
        "user": { "id": "PXPGF42", "summary": "Alice" }, "escalation_level": 1,
    }] });
    let incident = json!({ "id": "PT4KHLK", "incident_number": 1, "html_url": "${URL}/PT4KHLK" });
    vec![
        row(
            ("pagerduty", "on-call"),
            (Shape::Once, Lost::Nothing),
            vec![asks("GET /oncalls", &on_call)],
        ),
        row(
            ("pagerduty", "incident"),
            (Shape::Once, Lost::Found),
            vec![
                asks("GET /incidents", &json!({ "incidents": [] }))
                    .then(&json!({ "incidents": [incident] })),
                does("POST /incidents", &json!({ "incident": incident })).says(201, ""),
            ],
        ),
        row(
            ("pagerduty", "event"),
            (Shape::Once, Lost::Again),
            vec![does("POST /v2/enqueue", &json!({ "dedup_key": "${KEY}" })).says(202, "")],
        ),
    ]
}

fn prometheus() -> Vec<Row> {
    let found = json!({ "data": {
        "resultType": "vector", "result": [{ "metric": {}, "value": [1, "0.25"] }],
    } });
    let query = || vec![asks("GET /api/v1/query", &found)];
    vec![
        row(("prometheus", "query"), (Shape::Once, Lost::Nothing), query()),
        row(("prometheus", "assert"), (Shape::Once, Lost::Nothing), query()),
        row(("prometheus", "wait-until"), (Shape::Waits, Lost::Nothing), query()),
    ]
}

fn slack() -> Vec<Row> {
    let (channel, ts) = ("C0123456789", "1503435956.000247");
    let posted = json!({ "ok": true, "channel": channel, "ts": ts });
    let link = json!({ "ok": true, "permalink": "${URL}/p1503435956000247" });
    let none = json!({ "ok": true, "messages": [] });
    let metadata =
        json!({ "event_type": "hardstop_attempt", "event_payload": { "key": "${KEY}" } });
    let ours = json!({ "ok": true, "messages": [{ "ts": ts, "metadata": metadata }] });
    let post = |look: &str| {
        vec![
            does("POST /chat.postMessage", &posted),
            courtesy("GET /chat.getPermalink", &link),
            asks(look, &none).then(&ours),
        ]
    };
    vec![
        row(("slack", "post"), (Shape::Once, Lost::Found), post("GET /conversations.history")),
        row(("slack", "thread"), (Shape::Once, Lost::Found), post("GET /conversations.replies")),
        row(
            ("slack", "update"),
            (Shape::Once, Lost::Sets),
            vec![does("POST /chat.update", &posted)],
        ),
    ]
}
