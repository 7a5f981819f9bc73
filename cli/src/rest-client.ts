import type { ApiAccess } from './api-access.js';
import { CommandProblem } from './command-problem.js';

/** A JSON object, as the REST API gives and takes them. */
export type Json = Readonly<Record<string, unknown>>;

/** What is asked for in the query; undefined values are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** What a request carries. */
export interface RequestContent {
  readonly query?: Query;
  readonly json?: unknown;
  /** Sent as it is, with its type. */
  readonly content?: { readonly type: string; readonly body: string | Uint8Array<ArrayBuffer> };
}

interface Problem {
  readonly detail?: string;
  readonly errors?: readonly { readonly field?: string; readonly line?: number; readonly detail: string }[];
}

const TIMEOUT_MS = 30_000;

/** What the API refused. */
export class RefusedProblem extends CommandProblem {
  readonly status: number;

  constructor(status: number, message: string, hints: readonly string[] = []) {
    super(message, hints);
    this.status = status;
  }
}

/** A path of the API whose parts are encoded: path`/v1/tenants/${tenant}`. */
export function path(texts: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: texts }, ...values.map(encodeURIComponent));
}

/** The REST API. Whatever it refuses, and whoever can't be reached, is thrown as a CommandProblem that says what is wrong and where. */
export class RestClient {
  readonly #access: ApiAccess;

  constructor(access: ApiAccess) {
    this.#access = access;
  }

  async get(at: string, query: Query = {}): Promise<Json> {
    return object(await this.#checked('GET', at, { query }));
  }

  /** Undefined where there is no such thing. */
  async find(at: string): Promise<Json | undefined> {
    const answer = await this.#ask('GET', at, {});
    return answer.status === 404 ? undefined : object(await checked('GET', at, answer));
  }

  async put(at: string, json: unknown): Promise<Json> {
    return object(await this.#checked('PUT', at, { json }));
  }

  async post(at: string, content: RequestContent): Promise<Json> {
    return object(await this.#checked('POST', at, content));
  }

  async delete(at: string): Promise<void> {
    await this.#checked('DELETE', at, {});
  }

  /** Every item of a list, page by page; no more than `atMost` of them. */
  async *items(at: string, query: Query = {}, atMost = Number.POSITIVE_INFINITY): AsyncGenerator<Json> {
    let cursor: string | undefined;
    let left = atMost;
    do {
      const page = (await this.get(at, { ...query, limit: Math.min(left, 1000), cursor })) as unknown as Page;
      for (const item of page.items) {
        if (left === 0) return;
        left -= 1;
        yield item;
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined && left > 0);
  }

  /** The body of an answer as it comes, such as CSV. */
  async download(at: string, query: Query = {}): Promise<ReadableStream<Uint8Array>> {
    const answer = await this.#checked('GET', at, { query }, { accept: '*/*', timeoutMs: undefined });
    return answer.body ?? new Blob([]).stream();
  }

  async #checked(method: string, at: string, content: RequestContent, how?: How): Promise<Response> {
    return checked(method, at, await this.#ask(method, at, content, how));
  }

  async #ask(
    method: string,
    at: string,
    { query = {}, json, content }: RequestContent,
    how: How = plain,
  ): Promise<Response> {
    const url = new URL(this.#access.url + at);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const headers = new Headers({ authorization: `Bearer ${this.#access.adminToken}`, accept: how.accept });
    const type = content?.type ?? (json === undefined ? undefined : 'application/json');
    if (type !== undefined) headers.set('content-type', type);
    const body = content?.body ?? (json === undefined ? null : JSON.stringify(json));
    const signal = how.timeoutMs === undefined ? null : AbortSignal.timeout(how.timeoutMs);
    try {
      // A redirect would take the key to another host.
      return await fetch(url, { method, headers, body, signal, redirect: 'manual' });
    } catch (error) {
      throw unreachable(this.#access.url, error);
    }
  }
}

/** The same items; a path that nobody serves is a CommandProblem that names the service which would. */
export async function* servedBy(service: string, items: AsyncIterable<Json>): AsyncGenerator<Json> {
  try {
    yield* items;
  } catch (error) {
    if (!(error instanceof RefusedProblem) || error.status !== 404) throw error;
    throw new CommandProblem(`There is no ${service} service behind this API: ${error.message}`, [
      `Start it (\`npm run service -- ${service}\`), or route this path to it.`,
    ]);
  }
}

interface How {
  readonly accept: string;
  readonly timeoutMs: number | undefined;
}

const plain: How = { accept: 'application/json, application/problem+json', timeoutMs: TIMEOUT_MS };

interface Page {
  readonly items: readonly Json[];
  readonly next: string | null;
}

async function checked(method: string, at: string, answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  const text = await answer.text();
  const { detail, errors = [] } = problemIn(text);
  const where = `${method} ${at} was answered ${answer.status}`;
  if (answer.status === 401)
    throw new RefusedProblem(401, `${where}: the key is wrong.`, ["Set RINGDOWN_ADMIN_TOKEN to the platform's key."]);
  if (detail === undefined)
    throw new RefusedProblem(answer.status, `${where}${text === '' ? '' : `: ${text.slice(0, 300)}`}`);
  const blamed = errors.map(({ field, line, detail }) => [linePart(line), field, detail].filter(Boolean).join(' '));
  throw new RefusedProblem(answer.status, `${detail} (${where})`, errors.length < 2 ? [] : blamed);
}

function linePart(line: number | undefined): string | undefined {
  return line === undefined ? undefined : `line ${line}`;
}

function problemIn(text: string): Problem {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? read : {};
  } catch {
    return {};
  }
}

function unreachable(url: string, error: unknown): CommandProblem {
  const { name, cause } = error as Error;
  const why = name === 'TimeoutError' ? `no answer within ${TIMEOUT_MS / 1000} s` : reasonOf(cause ?? error);
  return new CommandProblem(`The API at ${url} can't be reached (${why}).`, [
    'Start the platform (`npm start`), or set RINGDOWN_API_URL to where it is.',
  ]);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

async function object(answer: Response | Promise<Response>): Promise<Json> {
  const text = await (await answer).text();
  return text === '' ? {} : (JSON.parse(text) as Json);
}
