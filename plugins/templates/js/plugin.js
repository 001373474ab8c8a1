// Plugin `my-plugin`: services on a deployment server.
//
// `status` asks once. `deploy` begins something that goes on, and follows it. Change both into what
// your server can do: an action is one function that takes a call and its parameters.

import { done, failed, Failure, notStarted, pending, plugin } from './hardstop.js';

const text = (description) => ({ type: 'string', description });

// `status`: one request, and what it says.

function status(call, { service }) {
  const url = `${call.base('url')}/services/${encodeURIComponent(service)}`;
  const { version, healthy } = call.ok('GET', url, { bearer: call.secret('token') }).json();
  return done({ version, healthy }, { link: url });
}

// `deploy`: begun with one request, and followed until it is over. The server keeps the key of the
// attempt with each deployment, so that one whose answer was lost is found again, and nothing is
// deployed twice.

function begin(call, { service, version }) {
  const headers = { 'idempotency-key': call.key };
  // If its answer is lost, the kit asks `probe` before it gives up.
  const begun = request(call, 'POST', '', { headers, json: { service, version } });
  return came(call, begun.ok().json());
}

function poll(call, _, { id }) {
  return came(call, request(call, 'GET', `/${encodeURIComponent(id)}`).ok().json());
}

function probe(call) {
  const deployment = find(call);
  if (!deployment) return notStarted();
  try {
    return came(call, deployment);
  } catch (failure) {
    return failed(failure);
  }
}

function cancel(call, _, state) {
  const id = state?.id ?? find(call)?.id;
  // What never began needs no end.
  if (id === undefined) return;
  const answer = request(call, 'DELETE', `/${encodeURIComponent(id)}`);
  // 404: it is over already.
  if (answer.status !== 404) answer.ok();
}

/** The deployment that this attempt began, if it did. */
function find(call) {
  const found = request(call, 'GET', `?key=${encodeURIComponent(call.key)}`).ok().json();
  return found.deployments.at(-1);
}

function request(call, method, path, more) {
  const url = `${call.base('url')}/deployments${path}`;
  return call.send(method, url, { bearer: call.secret('token'), ...more });
}

function came(call, { id, state }) {
  const link = `${call.base('url')}/deployments/${encodeURIComponent(id)}`;
  switch (state) {
    case 'succeeded':
      return done({ id }, { link });
    case 'running':
      return pending({ id }, { pollAfterMs: 2000, note: `deployment ${id} is ${state}`, link });
    default:
      throw new Failure('deployment_failed', `deployment ${id} is ${state}`);
  }
}

export const action = plugin({
  name: 'my-plugin',
  version: '0.1.0',
  summary: 'Services on a deployment server.',
  config: {
    url: { summary: 'The server.', required: true, example: 'https://deploy.example.com' },
  },
  http: [
    {
      origin: '${config.url}',
      methods: ['GET', 'POST', 'DELETE'],
      why: 'asks for services, and deploys them',
    },
  ],
  secrets: {
    token: { summary: 'A token that may deploy.', header: 'authorization', required: true },
  },
  actions: {
    status: {
      summary: 'Tells which version of a service runs.',
      idempotent: true,
      input: {
        type: 'object',
        properties: { service: text('The service.') },
        required: ['service'],
        additionalProperties: false,
      },
      output: {
        type: 'object',
        properties: {
          version: text('The version that runs.'),
          healthy: { type: 'boolean', description: 'Whether it is well.' },
        },
        required: ['version', 'healthy'],
      },
      examples: [{ title: 'How is the shop?', with: { service: 'shop' } }],
      invoke: status,
    },
    deploy: {
      summary: 'Deploys a version, and waits for it.',
      input: {
        type: 'object',
        properties: { service: text('The service.'), version: text('The version to deploy.') },
        required: ['service', 'version'],
        additionalProperties: false,
      },
      output: {
        type: 'object',
        properties: { id: text('The deployment.') },
        required: ['id'],
      },
      examples: [{ title: 'A new shop', with: { service: 'shop', version: '1.4.0' } }],
      invoke: begin,
      poll,
      probe,
      cancel,
    },
  },
});
