/** The key of REST APIs that tests start. */
export const ADMIN_TOKEN = 'a-key-for-tests';

/** An answer with its body read. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export interface RestRequest {
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** ADMIN_TOKEN where absent; null: no Authorization header. */
  readonly key?: string | null;
}

/** Asks the REST API. */
export async function ask(url: string, method: string, path: string, request: RestRequest = {}): Promise<RestAnswer> {
  const headers = new Headers(request.headers);
  const key = request.key === undefined ? ADMIN_TOKEN : request.key;
  if (key !== null) headers.set('authorization', `Bearer ${key}`);
  let body = request.body ?? null;
  if (request.json !== undefined) {
    headers.set('content-type', 'application/json');
    body = JSON.stringify(request.json);
  }
  const init: RequestInit & { duplex?: 'half' } = { method, headers, body };
  if (body instanceof ReadableStream) init.duplex = 'half';
  const response = await fetch(url + path, init);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text !== '' ? JSON.parse(text) : {},
  };
}
