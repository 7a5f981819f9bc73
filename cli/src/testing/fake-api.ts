import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { run } from '../run.js';

/** A request as the API got it. */
export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  /** In place of JSON. */
  readonly text?: string;
  /** Whether the connection ends before the answer does. */
  readonly isCutOff?: true;
}

/** What a command line did. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A REST API that answers from a table, and writes down what it was asked. */
export interface FakeApi {
  readonly url: string;
  readonly asked: Asked[];
  /** By method and path without the query, such as "GET /v1/tenants". What is missing is a 404. */
  readonly answers: Map<string, Answer | ((asked: Asked) => Answer)>;
  /** Runs a command line against it. */
  ringdown(words: readonly string[], input?: string): Promise<Ran>;
  stop(): Promise<void>;
}

export const FAKE_TOKEN = 'a-key';

/** Starts one on loopback. */
export async function startFakeApi(): Promise<FakeApi> {
  const asked: Asked[] = [];
  const answers: FakeApi['answers'] = new Map();
  const server = createServer(async (request, response) => {
    const heard = await read(request);
    asked.push(heard);
    const found = answers.get(`${heard.method} ${heard.path.split('?')[0]}`);
    const missing: Answer = { status: 404, json: { detail: `there is no ${heard.path}` } };
    const answer = (typeof found === 'function' ? found(heard) : found) ?? missing;
    const { status = 200, json } = answer;
    response.writeHead(status, { 'content-type': answer.text === undefined ? 'application/json' : 'text/csv' });
    const body = answer.text ?? (json === undefined ? '' : JSON.stringify(json));
    if (answer.isCutOff === true) response.write(body, () => setImmediate(() => response.destroy()));
    else response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    answers,
    ringdown: (words, input = '') =>
      runCommand(words, { RINGDOWN_API_URL: url, RINGDOWN_ADMIN_TOKEN: FAKE_TOKEN }, input),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Runs a command line in this process. */
export async function runCommand(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  input = '',
  folder = '/nowhere',
): Promise<Ran> {
  const written = { out: '', err: '' };
  const code = await run(words, {
    environment,
    folder,
    out: (more) => void (written.out += more),
    err: (more) => void (written.err += more),
    input: async () => input,
  });
  return { code, ...written };
}

async function read(request: IncomingMessage): Promise<Asked> {
  const { method = '', url = '', headers } = request;
  return { method, path: url, authorization: headers.authorization, body: await text(request) };
}
