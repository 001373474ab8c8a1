"""What our plugins call of a published API description, and nothing else.

    slim.py {github|gitea|kubernetes} WHOLE.json > SLIM.json

Keeps the operations below and the definitions that they lead to; drops what is for readers. It stays a
description that other tools read. NOTICE says where the whole ones come from.
"""
import json
import sys

REPOSITORY = "/repos/{owner}/{repo}"
KEPT = {
    "github": [
        "POST " + REPOSITORY + "/actions/workflows/{workflow_id}/dispatches",
        "GET " + REPOSITORY + "/actions/workflows/{workflow_id}/runs",
        "GET " + REPOSITORY + "/actions/runs/{run_id}",
        "GET " + REPOSITORY + "/actions/runs/{run_id}/jobs",
        "GET " + REPOSITORY + "/actions/jobs/{job_id}/logs",
        "POST " + REPOSITORY + "/actions/runs/{run_id}/cancel",
        "GET " + REPOSITORY + "/issues/{issue_number}/comments",
        "POST " + REPOSITORY + "/issues/{issue_number}/comments",
        "GET " + REPOSITORY + "/issues",
        "POST " + REPOSITORY + "/issues",
        "GET " + REPOSITORY + "/commits/{ref}",
        "GET " + REPOSITORY + "/contents/{path}",
    ],
    "gitea": [
        "POST " + REPOSITORY + "/actions/workflows/{workflowfilename}/dispatches",
        "GET " + REPOSITORY + "/actions/runs",
        "GET " + REPOSITORY + "/actions/runs/{run_id}",
        "GET " + REPOSITORY + "/actions/runs/{run_id}/jobs",
        "GET " + REPOSITORY + "/actions/jobs/{job_id}/logs",
        "POST " + REPOSITORY + "/actions/runs/{run_id}/cancel",
        "GET " + REPOSITORY + "/issues/{index}/comments",
        "POST " + REPOSITORY + "/issues/{index}/comments",
        "GET " + REPOSITORY + "/issues",
        "POST " + REPOSITORY + "/issues",
        "GET " + REPOSITORY + "/git/commits/{sha}",
        "GET " + REPOSITORY + "/contents/{filepath}",
    ],
    "kubernetes": [
        "GET /apis/apps/v1/namespaces/{namespace}/deployments/{name}",
        "GET /apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale",
        "PATCH /apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale",
        "GET /apis/batch/v1/namespaces/{namespace}/jobs/{name}",
        "GET /api/v1/namespaces/{namespace}/pods",
        "GET /api/v1/namespaces/{namespace}/pods/{name}/log",
    ],
}
FOR_READERS = {"description", "summary", "example", "examples", "externalDocs", "tags", "title"}


def plain(value, names=False):
    """Without what is for readers; `names` if the keys are names rather than keywords."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, item in value.items():
        if names or not (key in FOR_READERS or key.startswith("x-")):
            kept[key] = plain(item, not names and key in ("properties", "responses", "headers"))
    # A description is required of an answer.
    for status, answer in kept.items():
        if names and status[:1].isdigit() and isinstance(answer, dict) and "$ref" not in answer:
            answer["description"] = ""
    # A type is required of what may be null, or tools take it for anything.
    if not names and kept.get("nullable") is True and "type" not in kept:
        del kept["nullable"]
        kept = {"anyOf": [kept, {"enum": [None], "nullable": True, "type": "object"}]}
    return kept


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from references(item)


def slim(whole, kept):
    out = {key: whole[key] for key in ("openapi", "swagger") if key in whole}
    out["info"] = {key: whole["info"][key] for key in ("title", "version", "license") if key in whole["info"]}
    out["paths"] = {}
    # Not every tool knows of base paths.
    base = whole.get("basePath", "").rstrip("/")
    for operation in kept:
        method, path = operation.split(" ")
        found = whole["paths"].get(path, {})
        if method.lower() not in found:
            print("it has no", operation, file=sys.stderr)
            continue
        into = out["paths"].setdefault(base + path, {})
        if "parameters" in found:
            into["parameters"] = plain(found["parameters"])
        into[method.lower()] = plain(found[method.lower()])
    todo, done = list(references(out)), set()
    while todo:
        reference = todo.pop()
        if reference in done:
            continue
        done.add(reference)
        *folders, name = reference.removeprefix("#/").split("/")
        here, there = out, whole
        for folder in folders:
            here, there = here.setdefault(folder, {}), there[folder]
        item = plain({"responses": {"200": there[name]}})["responses"]["200"]
        if "responses" not in folders:
            item.pop("description", None)
        here[name] = item
        todo += references(item)
    return out


name, file = sys.argv[1:]
with open(file, encoding="utf-8") as whole:
    print(json.dumps(slim(json.load(whole), KEPT[name]), indent=1, sort_keys=True))
