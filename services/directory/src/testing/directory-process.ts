import {
  type BusMessage,
  createServiceContext,
  GrpcServer,
  Health,
  HttpServer,
  InProcessBus,
  type Logger,
  readSettings,
  type ServiceContext,
  silentLogger,
} from '@ringdown/platform';
import { createDirectory, type RunningDirectory } from '../create-directory.js';

/** A process that runs the directory alone, on ports of its own. */
export interface DirectoryProcess {
  readonly directory: RunningDirectory;
  readonly context: ServiceContext;
  /** http://127.0.0.1:port */
  readonly url: string;
  readonly grpcPort: number;
  readonly server: HttpServer;
  /** What was published, in order. */
  readonly published: readonly BusMessage[];
  stop(): Promise<void>;
}

export const ADMIN_TOKEN = 'a-key-for-tests';

export async function startDirectoryProcess(
  postgresUrl: string,
  options: { readonly logger?: Logger } = {},
): Promise<DirectoryProcess> {
  const read = readSettings({ RINGDOWN_ADMIN_TOKEN: ADMIN_TOKEN });
  if (read.kind !== 'settings') throw new Error('the test settings are wrong');
  const logger = options.logger ?? silentLogger();
  const health = new Health();
  const bus = new InProcessBus({ logger });
  const grpc = new GrpcServer({ logger });
  const context = await createServiceContext(
    { settings: read.settings, logger, health, bus, grpc, postgresUrl },
    'directory',
  );
  const published: BusMessage[] = [];
  bus.subscribe('ringdown.v1.*.directory.*', (message) => void published.push(message));
  const directory = await createDirectory(context, { adminToken: ADMIN_TOKEN });
  const server = await HttpServer.create({
    logger,
    health,
    registries: () => [context.metrics],
    parts: [directory.http],
  });
  const http = await server.listen({ host: '127.0.0.1', port: 0 });
  const at = await grpc.listen({ host: '127.0.0.1', port: 0 });
  return {
    directory,
    context,
    url: `http://127.0.0.1:${http.port}`,
    grpcPort: at.port,
    server,
    published,
    async stop() {
      await server.stop();
      await directory.drain(1000);
      await grpc.drain(1000);
      await directory.stop();
      await bus.close();
    },
  };
}

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
  /** null: no Authorization header. */
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
