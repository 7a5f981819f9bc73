import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as a collector receives it. */
export interface ReceivedSpan {
  /** service.name, and service.instance.id where it was given. */
  readonly service: string;
  readonly instance: string | undefined;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What this needs of OTLP's ExportTraceServiceRequest in its JSON form. */
interface ExportRequest {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly Attribute[] };
    readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[];
  }[];
}

interface OtlpSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes?: readonly Attribute[];
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

const maxBodyBytes = 8 * 1024 * 1024;

/** A collector that takes traces by OTLP over HTTP in JSON and keeps them. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly #server: Server;
  readonly #watchers = new Set<() => void>();

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve, reject) => {
      receiver.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return receiver;
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= maxBodyBytes) chunks.push(chunk);
      });
      request.on('end', () => {
        const understood = bytes <= maxBodyBytes && request.url === '/v1/traces' && this.#take(Buffer.concat(chunks));
        response.writeHead(understood ? 200 : 400, { 'content-type': 'application/json' }).end('{}');
      });
    });
  }

  /** What OTEL_EXPORTER_OTLP_ENDPOINT is set to. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  trace(traceId: string): readonly ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  /** Resolves when `found` says that everything is here, or when the time is over: what is missing is the test's to say. */
  async until(found: () => boolean, timeoutMs = 10_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!found() && performance.now() < deadline) {
      await new Promise<void>((resolve) => {
        const watcher = (): void => {
          clearTimeout(timer);
          this.#watchers.delete(watcher);
          resolve();
        };
        const timer = setTimeout(watcher, deadline - performance.now());
        this.#watchers.add(watcher);
      });
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(body: Buffer): boolean {
    let request: ExportRequest;
    try {
      request = JSON.parse(body.toString()) as ExportRequest;
    } catch {
      return false;
    }
    for (const { resource, scopeSpans = [] } of request.resourceSpans ?? []) {
      const of = plain(resource?.attributes);
      for (const span of scopeSpans.flatMap((scope) => scope.spans ?? [])) {
        this.spans.push({
          service: String(of['service.name']),
          instance: of['service.instance.id'] === undefined ? undefined : String(of['service.instance.id']),
          name: span.name,
          traceId: span.traceId,
          spanId: span.spanId,
          parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
          attributes: plain(span.attributes),
        });
      }
    }
    for (const watcher of this.#watchers) watcher();
    return true;
  }
}

/** Attributes by name; a value is wrapped in an object that names its type. */
function plain(attributes: readonly Attribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
