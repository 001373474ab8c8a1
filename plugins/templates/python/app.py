"""Plugin `my-plugin`: services on a deployment server.

`status` asks once. `deploy` begins something that goes on, and follows it. Change both into what
your server can do: an action is one function that takes a call and its parameters.
"""

from urllib.parse import quote

from hardstop import Failed, Failure, NotStarted, done, pending, plugin


def text(description):
    return {"type": "string", "description": description}


# `status`: one request, and what it says.


def status(call, given):
    url = f"{call.base('url')}/services/{quote(given['service'], safe='')}"
    answer = call.send("GET", url, bearer=call.secret("token")).ok().json()
    return done({"version": answer["version"], "healthy": answer["healthy"]}, link=url)


# `deploy`: begun with one request, and followed until it is over. The server keeps the key of the
# attempt with each deployment, so that one whose answer was lost is found again, and nothing is
# deployed twice.


def begin(call, given):
    body = {"service": given["service"], "version": given["version"]}
    headers = {"idempotency-key": call.key}
    # If its answer is lost, the kit asks `probe` before it gives up.
    return came(call, request(call, "POST", headers=headers, json=body).ok().json())


def poll(call, _, state):
    return came(call, request(call, "GET", f"/{quote(state['id'], safe='')}").ok().json())


def probe(call, _):
    deployment = find(call)
    if deployment is None:
        return NotStarted()
    try:
        return came(call, deployment)
    except Failure as failure:
        return Failed(failure)


def cancel(call, _, state):
    known = state or find(call)
    # What never began needs no end.
    if known is None:
        return
    answer = request(call, "DELETE", f"/{quote(known['id'], safe='')}")
    # 404: it is over already.
    if answer.status != 404:
        answer.ok()


def find(call):
    """The deployment that this attempt began, if it did."""
    found = request(call, "GET", f"?key={quote(call.key, safe='')}").ok().json()
    return next(reversed(found["deployments"]), None)


def request(call, method, path="", **more):
    url = f"{call.base('url')}/deployments{path}"
    return call.send(method, url, bearer=call.secret("token"), **more)


def came(call, deployment):
    name, state = deployment["id"], deployment["state"]
    link = f"{call.base('url')}/deployments/{quote(name, safe='')}"
    if state == "succeeded":
        return done({"id": name}, link=link)
    if state == "running":
        note = f"deployment {name} is {state}"
        return pending({"id": name}, poll_after_ms=2000, note=note, link=link)
    raise Failure("deployment_failed", f"deployment {name} is {state}")


Action = plugin(
    {
        "name": "my-plugin",
        "version": "0.1.0",
        "summary": "Services on a deployment server.",
        "config": {
            "url": {
                "summary": "The server.",
                "required": True,
                "example": "https://deploy.example.com",
            }
        },
        "http": [
            {
                "origin": "${config.url}",
                "methods": ["GET", "POST", "DELETE"],
                "why": "asks for services, and deploys them",
            }
        ],
        "secrets": {
            "token": {
                "summary": "A token that may deploy.",
                "header": "authorization",
                "required": True,
            }
        },
        "actions": {
            "status": {
                "summary": "Tells which version of a service runs.",
                "idempotent": True,
                "input": {
                    "type": "object",
                    "properties": {"service": text("The service.")},
                    "required": ["service"],
                    "additionalProperties": False,
                },
                "output": {
                    "type": "object",
                    "properties": {
                        "version": text("The version that runs."),
                        "healthy": {"type": "boolean", "description": "Whether it is well."},
                    },
                    "required": ["version", "healthy"],
                },
                "examples": [{"title": "How is the shop?", "with": {"service": "shop"}}],
                "invoke": status,
            },
            "deploy": {
                "summary": "Deploys a version, and waits for it.",
                "input": {
                    "type": "object",
                    "properties": {
                        "service": text("The service."),
                        "version": text("The version to deploy."),
                    },
                    "required": ["service", "version"],
                    "additionalProperties": False,
                },
                "output": {
                    "type": "object",
                    "properties": {"id": text("The deployment.")},
                    "required": ["id"],
                },
                "examples": [
                    {"title": "A new shop", "with": {"service": "shop", "version": "1.4.0"}}
                ],
                "invoke": begin,
                "poll": poll,
                "probe": probe,
                "cancel": cancel,
            },
        },
    }
)
