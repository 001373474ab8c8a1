"""What a plugin is made with: the contract of `wit/plugin.wit` as functions that take and give
plain values. Part of your project: change what you need."""

import json
import re
from dataclasses import dataclass

from componentize_py_types import Err
from wit_world.exports import action as contract
from wit_world.imports import artifacts, outgoing_handler, store, types, wall_clock
from wit_world.imports.streams import StreamError_Closed

# The contract this is written for.
CONTRACT = "0.1.0"
# Bytes that one write takes.
WRITE_BYTES_MAX = 4096
# Bytes read at once.
READ_BYTES = 65536
# Characters of a body that a failure quotes.
QUOTED_CHARS_MAX = 300
# How long a rate limit holds that says no time: GitHub wants a minute at least.
LIMIT_HOLDS_S = "60"
# What an action is made of beside what its manifest says.
LEGS = ("invoke", "poll", "probe", "cancel")
# Codes of `wasi:http` that mean that the request was not granted.
DENIED = {
    "HttpRequestDenied",
    "DestinationIpProhibited",
    "HttpRequestMethodInvalid",
    "HttpRequestUriInvalid",
}
# Those that mean that nobody was reached.
UNREACHABLE = {
    "DnsTimeout",
    "DnsError",
    "DestinationNotFound",
    "DestinationUnavailable",
    "DestinationIpUnroutable",
    "ConnectionRefused",
    "ConnectionTimeout",
    "TlsProtocolError",
    "TlsCertificateError",
    "TlsAlertReceived",
    "ConnectionLimitReached",
}


class Failure(Exception):
    """An action that failed. Raise it.

    `code` is in lower case with underscores, and does not change between versions; `message` says
    what is wrong and what to do. `retryable`: whether the very same call may succeed later.
    `may_have_arrived`: whether the other side may have done what was asked though it did not say
    so. If `invoke` fails so, `probe` is asked; what that does not find is for people, unless the
    action is idempotent.
    """

    def __init__(
        self,
        code,
        message,
        retryable=False,
        retry_after_ms=None,
        details=None,
        may_have_arrived=False,
    ):
        super().__init__(message)
        self.code, self.may_have_arrived = code, may_have_arrived
        details = None if details is None else compact(details)
        self.told = contract.Failure(code, message, retryable, retry_after_ms, details)

    def for_people(self):
        """This one, for people to look first: the same again might do it a second time."""
        message = f"{self}; it may have been done: look before it is repeated"
        self.told = contract.Failure(self.code, message, False, None, self.told.details)
        return self


def done(value, link=None, targets=()):
    """The action did what it was for. `value` fits the schema of its output."""
    return contract.Progress_Done(contract.Output(compact(value), link, list(targets)))


def pending(state, poll_after_ms, note=None, link=None):
    """The action goes on without us.

    `state` is all that `poll` needs, at most 64 KiB, and no secrets. `poll_after_ms`: 0 makes the
    state durable and calls `poll` at once.
    """
    return contract.Progress_Pending(contract.Pending(compact(state), poll_after_ms, note, link))


@dataclass
class NotStarted:
    """For `probe`: the other side has never heard of the attempt."""


@dataclass
class Failed:
    """For `probe`: the attempt failed."""

    failure: Failure


@dataclass
class CannotTell:
    """For `probe`: nobody can tell; why."""

    why: str


class Call:
    """One call about one attempt, and all it may reach.

    `key` is the same for every call about this attempt, and for no other attempt at anything.
    """

    def __init__(self, call):
        self.key = call.idempotency_key
        self.attempt = call.attempt
        self.recovering = call.recovering

    def config(self, name):
        """A text of the configuration, or `None`."""
        return store.get(name) or None

    def base(self, name):
        """The URL that is configured under a name, without a slash at its end."""
        url = self.config(name)
        if url is None:
            raise Failure("not_configured", f"the plugin's configuration has no `{name}`")
        return url.rstrip("/")

    def secret(self, name):
        """The placeholder of a secret, if it was granted: put it into its header."""
        return self.config(f"secret:{name}")

    def keep(self, name, data):
        """Keeps a file, bytes or a text, as evidence of the attempt."""
        try:
            artifacts.put_artifact(name, data.encode() if isinstance(data, str) else data)
        except Err as error:
            raise Failure("artifact_refused", f"`{name}` cannot be kept: {error.value}") from error

    def now(self):
        """Seconds since 1970-01-01T00:00:00Z."""
        return wall_clock.now().seconds

    def send(self, method, url, headers=None, bearer=None, json=None, body=b""):
        """Sends a request, and takes whatever the other side says."""
        headers = dict(headers or {})
        if bearer is not None:
            headers["authorization"] = f"Bearer {bearer}"
        if json is not None:
            headers["content-type"] = "application/json"
            body = compact(json).encode()
        asked = f"{method} {re.split('[?#]', url)[0]}"
        changes = method not in ("GET", "HEAD")
        try:
            return Answer(asked, changes, *send(method, url, headers, body))
        except Err as error:
            raise broken(asked, changes, error.value) from error


class Answer:
    """A whole answer."""

    def __init__(self, asked, changes, status, headers, body):
        self.asked, self.changes = asked, changes
        self.status, self.headers, self.body = status, headers, body

    def text(self):
        return self.body.decode(errors="replace")

    def json(self):
        try:
            return json.loads(self.text())
        except ValueError as error:
            message = f"{self.asked} answered what was not expected"
            raise Failure("bad_answer", message, details={"body": self.quote()}) from error

    def ok(self):
        """This answer, if it says that it went well; else its failure is raised."""
        if not 200 <= self.status <= 299:
            raise self.failure()
        return self

    def failure(self):
        """What a status that is not 2xx means."""
        # GitHub's secondary limits may differ from a missing right in nothing but the body.
        told = self.status == 403 and "rate limit" in self.text().lower()
        after = self.headers.get("retry-after", LIMIT_HOLDS_S if told else "")
        after = int(after) if after.isdecimal() else None
        limited = after is not None or self.headers.get("x-ratelimit-remaining") == "0"
        code, retryable = meaning(self.status, limited)
        quoted = self.quote()
        message = f"{self.asked} answered {self.status}{quoted and ': '}{quoted}"
        retry_after_ms = after * 1000 if retryable and after is not None else None
        may_have_arrived = self.changes and self.status >= 500
        details = {"status": self.status}
        return Failure(code, message, retryable, retry_after_ms, details, may_have_arrived)

    def quote(self):
        """The beginning of the body on one line."""
        text = re.sub("[\x00-\x1f\x7f-\x9f]", " ", self.text().strip())
        return text if len(text) <= QUOTED_CHARS_MAX else text[:QUOTED_CHARS_MAX] + "..."


def meaning(status, limited):
    known = {
        401: "unauthorized",
        403: "forbidden",
        404: "not_found",
        408: "request_timeout",
        409: "conflict",
        410: "not_found",
    }
    if status < 400:
        return "redirected", False
    if status == 429 or (status == 403 and limited):
        return "rate_limited", True
    if status >= 500:
        return "server_error", True
    return known.get(status, "rejected"), status == 408


def broken(asked, changes, error):
    """A request without a whole answer; `changes`: whether it does more than look."""
    name = type(error).__name__.removeprefix("ErrorCode_")
    why = getattr(error, "value", None) if name == "InternalError" else None
    why = why or name
    if name in DENIED:
        message = f"{asked} is not granted: {why}; see `plugins` in the configuration"
        return Failure("denied", message)
    if name in UNREACHABLE:
        return Failure("unreachable", f"{asked} reached nobody: {why}", retryable=True)
    if name == "HttpResponseBodySize":
        return Failure("answer_too_large", f"{asked} answered too much: {why}")
    # Everything else may have happened after the other side had read the request.
    message = f"{asked} got no whole answer: {why}"
    return Failure("no_answer", message, retryable=True, may_have_arrived=changes)


def send(method, url, headers, body):
    parts = re.match("(https?)://([^/?#@]+)([^#]*)", url)
    if parts is None:
        raise Failure("bad_input", f"`{url}` cannot be asked: it is no http(s) URL")
    scheme, authority, path = parts.groups()
    entries = [(name, value.encode()) for name, value in headers.items()]
    if body or method in ("POST", "PUT", "PATCH"):
        entries.append(("content-length", str(len(body)).encode()))
    request = types.OutgoingRequest(types.Fields.from_list(entries))
    request.set_method(getattr(types, f"Method_{method.capitalize()}")())
    request.set_scheme(getattr(types, f"Scheme_{scheme.capitalize()}")())
    request.set_authority(authority)
    request.set_path_with_query(path if path.startswith("/") else f"/{path}")
    outgoing = request.body()
    coming = outgoing_handler.handle(request, None)
    if body:
        with outgoing.write() as stream:
            for at in range(0, len(body), WRITE_BYTES_MAX):
                stream.blocking_write_and_flush(body[at : at + WRITE_BYTES_MAX])
    types.OutgoingBody.finish(outgoing, None)
    with coming.subscribe() as ready:
        ready.block()
    came = coming.get().value
    if isinstance(came, Err):
        raise came
    return whole(came.value)


def whole(answer):
    headers = {
        name.lower(): value.decode(errors="replace") for name, value in answer.headers().entries()
    }
    body = bytearray()
    with answer.consume() as incoming, incoming.stream() as stream:
        try:
            while True:
                body += stream.blocking_read(READ_BYTES)
        except Err as error:
            if not isinstance(error.value, StreamError_Closed):
                raise
    return answer.status(), headers, bytes(body)


def plugin(about):
    """The exports of a plugin: its manifest, and for each action `invoke`, and `poll`, `probe` and
    `cancel` if it has them.

    Each is called with the call and the parameters; `poll` and `cancel` also with the state.
    """
    actions = about["actions"]
    said = {
        name: {key: value for key, value in it.items() if key not in LEGS}
        # One that can be asked how it goes on may take long.
        | ({"long": True} if "poll" in it else {})
        for name, it in actions.items()
    }
    manifest = compact({**about, "contract": CONTRACT, "actions": said})

    def run(call, leg, other, *state):
        try:
            found = actions.get(call.action)
            if found is None:
                known = ", ".join(actions)
                message = f"there is no action `{call.action}`: there are {known}"
                raise Failure("unknown_action", message)
            given = json.loads(call.input)
            fit(found["input"], given)
            if leg == "invoke":
                return begin(found, Call(call), given)
            return found[leg](Call(call), given, *state) if leg in found else other()
        except Failure as failure:
            raise Err(failure.told) from failure
        except Exception as error:
            raise Err(Failure("internal_error", repr(error)).told) from error

    class Action:
        def describe(self):
            return manifest

        def invoke(self, call):
            return run(call, "invoke", None)

        def poll(self, call, state):
            return run(call, "poll", never_goes_on, json.loads(state))

        def probe(self, call):
            return finding(run(call, "probe", cannot_be_found))

        def cancel(self, call, state):
            run(call, "cancel", lambda: None, None if state is None else json.loads(state))

    return Action


def begin(action, call, given):
    """Begins an attempt.

    Another one would have another key, by which nobody could tell that it is the same: so if the
    answer is lost, what became of it is looked for at once, and what nobody can find is for people.
    """
    invoke, probe = action["invoke"], action.get("probe")
    idempotent = action.get("idempotent", False)
    try:
        return invoke(call, given)
    except Failure as failure:
        # Without a key in it, the same again is the same.
        if not failure.may_have_arrived or (idempotent and probe is None):
            raise
        lost = failure
    try:
        found = probe(call, given) if probe else cannot_be_found()
    except Failure as failure:
        found = CannotTell(str(failure))
    match found:
        case contract.Progress_Done() | contract.Progress_Pending():
            return found
        case Failed(failure):
            raise failure
        case NotStarted() if idempotent:
            try:
                return invoke(call, given)
            except Failure as failure:
                raise failure.for_people() if failure.may_have_arrived else failure
    raise lost.for_people()


def never_goes_on():
    raise Failure("bad_state", "this action never goes on")


def cannot_be_found():
    return CannotTell("this action leaves nothing by which it could be found again")


def finding(found):
    """What a probe gave, as the contract writes it."""
    match found:
        case NotStarted():
            return contract.Finding_NotStarted()
        case CannotTell(why):
            return contract.Finding_CannotTell(why)
        case Failed(failure):
            return contract.Finding_Failed(failure.told)
        case contract.Progress_Done(output):
            return contract.Finding_Done(output)
        case contract.Progress_Pending(goes_on):
            return contract.Finding_Pending(goes_on)


def fit(schema, given):
    """The runner holds parameters against the schema before it calls; this is for whoever does
    not."""
    missing = [name for name in schema.get("required", ()) if name not in given]
    unknown = [name for name in given if name not in schema.get("properties", {})]
    why = [f"`{name}` is missing" for name in missing]
    why += [f"there is no `{name}`" for name in unknown]
    if why:
        raise Failure("bad_input", f"the parameters do not fit: {why[0]}")


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
