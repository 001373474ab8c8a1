//! Servers that build.

use serde_json::json;

use super::{Lost, Row, Shape, asks, courtesy, does, opens, reads, row, sends};

const LINKS: &str = "/job/release/job/symlinks";

pub(super) fn rows() -> Vec<Row> {
    [buildbot(), jenkins()].into_iter().flatten().collect()
}

fn buildbot() -> Vec<Row> {
    let request = json!({ "buildrequests": [{
        "buildrequestid": 7, "buildsetid": 1, "complete": true, "claimed": true, "results": 0,
    }] });
    let build = json!({ "builds": [{
        "buildid": 11, "builderid": 1, "buildrequestid": 7, "number": 3, "complete": true,
        "results": 0, "state_string": "finished",
    }] });
    let step = json!({ "steps": [{
        "stepid": 2, "number": 0, "name": "links", "results": 0, "state_string": "done",
    }] });
    let log = json!({ "logid": 1, "name": "stdio", "type": "s", "num_lines": 1 });
    let logs = json!({ "logs": [log] });
    let chunk = json!({ "logchunks": [{ "logid": 1, "firstline": 0, "content": "o1.4.0\n" }] });
    let field = |name: &str| json!({ "fullName": name, "type": "text" });
    let first = [field("username"), field("reason")];
    let scheduler = json!({ "forceschedulers": [{
        "name": "force", "builder_names": ["symlinks"], "enabled": true,
        "all_fields": [{ "fullName": null, "type": "nested", "fields": first }, field("release")],
    }] });
    let set =
        json!({ "buildsets": [{ "bsid": 1, "reason": "a step of a run (hardstop ${KEY})" }] });
    let begun = json!({ "id": 1, "jsonrpc": "2.0", "result": [1, { "1": 7 }] });
    let stopped = json!({ "id": 1, "jsonrpc": "2.0", "result": null });
    let login = opens("GET /auth/login").says(302, "set-cookie: TWISTED_SESSION=x; Path=/");
    vec![
        row(
            ("buildbot", "build"),
            (Shape::Builds, Lost::Found),
            vec![
                asks("GET /api/v2/forceschedulers/force", &scheduler),
                login,
                does("POST /api/v2/forceschedulers/force", &begun),
                asks("GET /api/v2/buildsets", &json!({ "buildsets": [] })).then(&set),
                asks("GET /api/v2/buildrequests", &request),
                asks("GET /api/v2/buildrequests/7", &request),
                asks("GET /api/v2/builds", &build),
                courtesy("GET /api/v2/builds/11/steps", &step),
                courtesy("GET /api/v2/steps/2/logs", &logs),
                courtesy("GET /api/v2/logs/1/contents", &chunk),
                sends("POST /api/v2/buildrequests/7", &stopped),
            ],
        ),
        row(
            ("buildbot", "find"),
            (Shape::Once, Lost::Nothing),
            vec![
                asks("GET /api/v2/builders", &json!({ "builders": [{ "builderid": 1 }] })),
                asks("GET /api/v2/builders/1/builds", &build),
                courtesy("GET /api/v2/builds/11/steps", &step),
                courtesy("GET /api/v2/steps/2/logs", &logs),
                courtesy("GET /api/v2/logs/1/contents", &chunk),
            ],
        ),
        row(
            ("buildbot", "assert"),
            (Shape::Once, Lost::Nothing),
            vec![
                asks("GET /api/v2/builders", &json!({ "builders": [{ "builderid": 1 }] })),
                asks("GET /api/v2/builders/1/builds", &build),
            ],
        ),
    ]
}

fn jenkins() -> Vec<Row> {
    let url = format!("${{URL}}{LINKS}/35/");
    let build = json!({
        "number": 35, "url": url, "result": "SUCCESS", "building": false,
        "artifacts": [{ "relativePath": "report/links.txt" }],
    });
    let marked = json!([{}, { "parameters": [{ "name": "HARDSTOP_KEY", "value": "${KEY}" }] }]);
    let names = json!([{ "name": "VERSION" }, { "name": "HARDSTOP_KEY" }]);
    let job = json!({ "property": [{ "parameterDefinitions": names }] });
    let built = json!({
        "property": job["property"], "allBuilds": [{ "number": 35, "queueId": 39, "actions": marked }],
    });
    let queued = "location: ${URL}/queue/item/39/";
    vec![
        row(
            ("jenkins", "build"),
            (Shape::Builds, Lost::Found),
            vec![
                asks(&format!("GET {LINKS}/api/json"), &job).then(&built),
                sends(&format!("POST {LINKS}/buildWithParameters"), &json!("")).says(201, queued),
                asks("GET /queue/api/json", &json!({ "items": [] })),
                asks("GET /queue/item/39/api/json", &json!({ "executable": { "number": 35 } })),
                asks(&format!("GET {LINKS}/35/api/json"), &build),
                courtesy(&format!("GET {LINKS}/35/consoleText"), &json!("1.4.0\n")),
                reads(&format!("GET {LINKS}/35/artifact/report/links.txt"), &json!("ok\n")),
                sends(&format!("POST {LINKS}/35/stop"), &json!("")),
            ],
        ),
        row(
            ("jenkins", "find"),
            (Shape::Once, Lost::Nothing),
            vec![
                asks("GET /job/release/job/deploy/api/json", &json!({ "builds": [&build] })),
                courtesy("GET /job/release/job/deploy/35/consoleText", &json!("1.4.0\n")),
            ],
        ),
        row(
            ("jenkins", "assert"),
            (Shape::Once, Lost::Nothing),
            vec![asks("GET /job/nightly/lastCompletedBuild/api/json", &build)],
        ),
    ]
}
