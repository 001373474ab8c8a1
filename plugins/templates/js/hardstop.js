// What a plugin is made with: the contract of `wit/plugin.wit` as functions that take and give
// plain values. Part of your project: change what you need.

import { get } from 'wasi:config/store@0.2.0-rc.1';
import { now } from 'wasi:clocks/wall-clock@0.2.12';
import { handle } from 'wasi:http/outgoing-handler@0.2.12';
import { Fields, OutgoingBody, OutgoingRequest, RequestOptions } from 'wasi:http/types@0.2.12';
import { putArtifact } from 'hardstop:plugin/artifacts@0.1.0';

/** The contract this is written for. */
const CONTRACT = '0.1.0';
/** Bytes that one write takes. */
const WRITE_BYTES_MAX = 4096;
/** Bytes read at once. */
const READ_BYTES = 65536n;
/** Why an action without `probe` cannot tell. */
const UNKNOWN = 'this action leaves nothing by which it could be found again';
/** Characters of a body that a failure quotes. */
const QUOTED_CHARS_MAX = 300;
/** How long a rate limit holds that says no time: GitHub wants a minute at least. */
const LIMIT_HOLDS_S = 60;

/**
 * An action that failed. Throw it.
 *
 * `code` is in lower case with underscores, and does not change between versions; `message` says
 * what is wrong and what to do. `retryable`: whether the very same call may succeed later.
 * `mayHaveArrived`: whether the other side may have done what was asked though it did not say so.
 * If `invoke` fails so, `probe` is asked; what that does not find is for people, unless the action
 * is idempotent.
 */
export class Failure extends Error {
  constructor(code, message, more = {}) {
    const { retryable = false, retryAfterMs, details, mayHaveArrived = false } = more;
    super(message);
    this.code = code;
    this.mayHaveArrived = mayHaveArrived;
    this.payload = {
      code,
      message,
      retryable,
      retryAfterMs: retryAfterMs === undefined ? undefined : BigInt(retryAfterMs),
      details: details === undefined ? undefined : JSON.stringify(details),
    };
  }

  /** This one, for people to look first: the same again might do it a second time. */
  forPeople() {
    const message = `${this.message}; it may have been done: look before it is repeated`;
    this.payload = { ...this.payload, message, retryable: false, retryAfterMs: undefined };
    return this;
  }
}

/** The action did what it was for. `value` fits the schema of its output. */
export function done(value, { link, targets = [] } = {}) {
  return { tag: 'done', val: { value: JSON.stringify(value), link, targets } };
}

/**
 * The action goes on without us. `state` is all that `poll` needs, at most 64 KiB, and no secrets.
 * `pollAfterMs`: 0 makes the state durable and calls `poll` at once.
 */
export function pending(state, { pollAfterMs, note, link }) {
  const val = { state: JSON.stringify(state), pollAfterMs: BigInt(pollAfterMs), note, link };
  return { tag: 'pending', val };
}

/** For `probe`: the other side has never heard of the attempt. */
export const notStarted = () => ({ tag: 'not-started' });
/** For `probe`: the attempt failed. */
export const failed = (failure) => ({ tag: 'failed', val: told(failure).payload });
/** For `probe`: nobody can tell; why. */
export const cannotTell = (why) => ({ tag: 'cannot-tell', val: why });

/** One call about one attempt, and all it may reach. */
class Call {
  constructor({ idempotencyKey, attempt, recovering }) {
    /** The same for every call about this attempt, and for no other attempt at anything. */
    this.key = idempotencyKey;
    this.attempt = attempt;
    this.recovering = recovering;
  }

  /** A text of the configuration, or `undefined`. */
  config(name) {
    return get(name) || undefined;
  }

  /** The URL that is configured under a name, without a slash at its end. */
  base(name) {
    const url = this.config(name);
    if (!url) {
      throw new Failure('not_configured', `the plugin's configuration has no \`${name}\``);
    }
    return url.replace(/\/+$/, '');
  }

  /** The placeholder of a secret, if it was granted: put it into its header. */
  secret(name) {
    return this.config(`secret:${name}`);
  }

  /** Keeps a file as evidence of the attempt. `bytes` is a `Uint8Array` or a text. */
  keep(name, bytes) {
    try {
      putArtifact(name, typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes);
    } catch (error) {
      throw new Failure('artifact_refused', `\`${name}\` cannot be kept: ${error.payload}`);
    }
  }

  /** Seconds since 1970-01-01T00:00:00Z. */
  now() {
    return Number(now().seconds);
  }

  /** Sends a request, and takes whatever the other side says. */
  send(method, url, { headers = {}, bearer, json, body = '' } = {}) {
    const all = { ...headers };
    if (bearer) all.authorization = `Bearer ${bearer}`;
    if (json !== undefined) {
      all['content-type'] = 'application/json';
      body = JSON.stringify(json);
    }
    const asked = `${method} ${url.split(/[?#]/)[0]}`;
    const changes = !['GET', 'HEAD'].includes(method);
    try {
      return new Answer(asked, changes, send(method, url, all, new TextEncoder().encode(body)));
    } catch (error) {
      throw error.payload?.tag ? broken(asked, changes, error.payload) : error;
    }
  }

  /** Sends a request, and takes nothing but an answer that says that it went well. */
  ok(method, url, more) {
    return this.send(method, url, more).ok();
  }
}

/** A whole answer. */
class Answer {
  constructor(asked, changes, { status, headers, body }) {
    this.asked = asked;
    this.changes = changes;
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  text() {
    return new TextDecoder().decode(this.body);
  }

  json() {
    try {
      return JSON.parse(this.text());
    } catch {
      const message = `${this.asked} answered what was not expected`;
      throw new Failure('bad_answer', message, { details: { body: this.quote() } });
    }
  }

  /** This answer, if it says that it went well; else its failure is thrown. */
  ok() {
    if (this.status < 200 || this.status > 299) throw this.failure();
    return this;
  }

  /** What a status that is not 2xx means. */
  failure() {
    // GitHub's secondary limits may differ from a missing right in nothing but the body.
    const told = this.status === 403 && /rate limit/i.test(this.text());
    const after = Number.parseInt(this.headers['retry-after'] ?? (told ? LIMIT_HOLDS_S : ''), 10);
    const limited = after >= 0 || this.headers['x-ratelimit-remaining'] === '0';
    const [code, retryable] = meaning(this.status, limited);
    const quote = this.quote();
    const message = `${this.asked} answered ${this.status}${quote && `: ${quote}`}`;
    const retryAfterMs = retryable && after >= 0 ? after * 1000 : undefined;
    const details = { status: this.status };
    const mayHaveArrived = this.changes && this.status >= 500;
    return new Failure(code, message, { retryable, retryAfterMs, details, mayHaveArrived });
  }

  /** The beginning of the body on one line. */
  quote() {
    const text = this.text().trim().replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
    const quote = [...text].slice(0, QUOTED_CHARS_MAX).join('');
    return quote.length < text.length ? `${quote}...` : quote;
  }
}

function meaning(status, limited) {
  if (status < 400) return ['redirected', false];
  if (status === 429 || (status === 403 && limited)) return ['rate_limited', true];
  if (status >= 500) return ['server_error', true];
  const known = {
    401: 'unauthorized', 403: 'forbidden', 404: 'not_found', 408: 'request_timeout',
    409: 'conflict', 410: 'not_found',
  };
  return [known[status] ?? 'rejected', status === 408];
}

/** Codes of `wasi:http` that mean that the request was not granted. */
const DENIED = [
  'HttpRequestDenied', 'DestinationIpProhibited', 'HttpRequestMethodInvalid',
  'HttpRequestUriInvalid',
];
/** Those that mean that nobody was reached. */
const UNREACHABLE = [
  'DnsTimeout', 'DnsError', 'DestinationNotFound', 'DestinationUnavailable',
  'DestinationIpUnroutable', 'ConnectionRefused', 'ConnectionTimeout', 'TlsProtocolError',
  'TlsCertificateError', 'TlsAlertReceived', 'ConnectionLimitReached',
];

/** A request without a whole answer; `changes`: whether it does more than look. */
function broken(asked, changes, { tag, val }) {
  const word = (part) => part[0].toUpperCase() + part.slice(1).toLowerCase();
  const name = tag.split('-').map(word).join('');
  const why = name === 'InternalError' && val ? val : name;
  if (DENIED.includes(name)) {
    const message = `${asked} is not granted: ${why}; see \`plugins\` in the configuration`;
    return new Failure('denied', message);
  }
  if (UNREACHABLE.includes(name)) {
    return new Failure('unreachable', `${asked} reached nobody: ${why}`, { retryable: true });
  }
  if (name === 'HttpResponseBodySize') {
    return new Failure('answer_too_large', `${asked} answered too much: ${why}`);
  }
  // Everything else may have happened after the other side had read the request.
  const message = `${asked} got no whole answer: ${why}`;
  return new Failure('no_answer', message, { retryable: true, mayHaveArrived: changes });
}

function send(method, url, headers, body) {
  const parts = /^(https?):\/\/([^/?#@]+)([^#]*)/.exec(url);
  if (!parts) throw new Failure('bad_input', `\`${url}\` cannot be asked: it is no http(s) URL`);
  const encoder = new TextEncoder();
  const entries = Object.entries(headers).map(([name, value]) => [name, encoder.encode(value)]);
  if (body.length > 0 || ['POST', 'PUT', 'PATCH'].includes(method)) {
    entries.push(['content-length', encoder.encode(String(body.length))]);
  }
  const request = new OutgoingRequest(Fields.fromList(entries));
  request.setMethod({ tag: method.toLowerCase() });
  request.setScheme({ tag: parts[1].toUpperCase() });
  request.setAuthority(parts[2]);
  request.setPathWithQuery(parts[3].startsWith('/') ? parts[3] : `/${parts[3]}`);
  const outgoing = request.body();
  return released(handle(request, new RequestOptions()), (coming) => {
    if (body.length > 0) {
      released(outgoing.write(), (stream) => {
        for (let at = 0; at < body.length; at += WRITE_BYTES_MAX) {
          stream.blockingWriteAndFlush(body.subarray(at, at + WRITE_BYTES_MAX));
        }
      });
    }
    OutgoingBody.finish(outgoing, undefined);
    released(coming.subscribe(), (ready) => ready.block());
    const { val: came } = coming.get();
    if (came.tag === 'err') throw { payload: came.val };
    return released(came.val, whole);
  });
}

/** Uses what the host lends, and gives it back at once: it lends only so much at the same time. */
function released(lent, use) {
  try {
    return use(lent);
  } finally {
    lent[Symbol.dispose]();
  }
}

function whole(answer) {
  const decoder = new TextDecoder();
  const named = ([name, value]) => [name.toLowerCase(), decoder.decode(value)];
  const headers = released(answer.headers(), (it) => Object.fromEntries(it.entries().map(named)));
  const chunks = released(answer.consume(), (incoming) => released(incoming.stream(), read));
  const body = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return { status: answer.status(), headers, body };
}

function read(stream) {
  const chunks = [];
  try {
    for (;;) chunks.push(stream.blockingRead(READ_BYTES));
  } catch (error) {
    if (error.payload?.tag !== 'closed') throw error;
    return chunks;
  }
}

/**
 * The exports of a plugin: its manifest, and for each action `invoke`, and `poll`, `probe` and
 * `cancel` if it has them.
 *
 * Each is called with the call and the parameters; `poll` and `cancel` also with the state.
 */
export function plugin({ actions, ...about }) {
  const manifest = { ...about, contract: CONTRACT, actions: {} };
  for (const [name, { invoke, poll, probe, cancel, ...said }] of Object.entries(actions)) {
    // One that can be asked how it goes on may take long.
    manifest.actions[name] = poll ? { ...said, long: true } : said;
  }
  const find = ({ action, input, ...call }) => {
    const found = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (!found) {
      const known = Object.keys(actions).join(', ');
      throw new Failure('unknown_action', `there is no action \`${action}\`: there are ${known}`);
    }
    const given = JSON.parse(input);
    fit(found.input, given);
    return [found, new Call(call), given];
  };
  const answered = (work) => {
    try {
      return work();
    } catch (error) {
      throw told(error);
    }
  };
  return {
    describe: () => JSON.stringify(manifest),
    invoke: (asked) => answered(() => {
      const [action, call, input] = find(asked);
      return begin(action, call, input);
    }),
    poll: (asked, state) => answered(() => {
      const [action, call, input] = find(asked);
      if (!action.poll) throw new Failure('bad_state', 'this action never goes on');
      return action.poll(call, input, JSON.parse(state));
    }),
    probe: (asked) => answered(() => {
      const [action, call, input] = find(asked);
      return action.probe ? action.probe(call, input) : cannotTell(UNKNOWN);
    }),
    cancel: (asked, state) => answered(() => {
      const [action, call, input] = find(asked);
      action.cancel?.(call, input, state === undefined ? undefined : JSON.parse(state));
    }),
  };
}

/**
 * Begins an attempt. Another one would have another key, by which nobody could tell that it is the
 * same: so if the answer is lost, what became of it is looked for at once, and what nobody can find
 * is for people.
 */
function begin({ invoke, probe, idempotent }, call, input) {
  let lost;
  try {
    return invoke(call, input);
  } catch (failure) {
    // Without a key in it, the same again is the same.
    if (!failure.mayHaveArrived || (idempotent && !probe)) throw failure;
    lost = failure;
  }
  const found = looked(probe, call, input);
  if (found.tag === 'done' || found.tag === 'pending') return found;
  if (found.tag === 'failed') {
    throw Object.assign(new Failure(found.val.code, found.val.message), { payload: found.val });
  }
  if (found.tag === 'not-started' && idempotent) {
    try {
      return invoke(call, input);
    } catch (failure) {
      throw failure.mayHaveArrived ? failure.forPeople() : failure;
    }
  }
  throw lost.forPeople();
}

function looked(probe, call, input) {
  if (!probe) return cannotTell(UNKNOWN);
  try {
    return probe(call, input);
  } catch (failure) {
    return cannotTell(failure.message);
  }
}

/** The runner holds parameters against the schema before it calls; this is for whoever does not. */
function fit({ properties = {}, required = [] }, given) {
  const unfit = (why) => {
    throw new Failure('bad_input', `the parameters do not fit: ${why}`);
  };
  for (const name of required) if (!Object.hasOwn(given, name)) unfit(`\`${name}\` is missing`);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(properties, name)) unfit(`there is no \`${name}\``);
  }
}

/** A failure of ours as it is, and any other as one with its message. */
function told(error) {
  return error instanceof Failure ? error : new Failure('internal_error', String(error));
}
