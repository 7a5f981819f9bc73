import { once } from 'node:events';
import type { handleServerStreamingCall, handleUnaryCall, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { Metadata } from '@grpc/grpc-js';
import type { CallContext } from '@ringdown/contracts';
import type { GrpcMeter } from './grpc-metrics.js';
import { statusFromError } from './grpc-status.js';
import type { Logger } from './logger.js';
import { ServiceError } from './service-error.js';
import { noSpan, type Span } from './span.js';
import type { Tracing } from './tracing.js';

export interface HandlerOptions {
  readonly path: string;
  readonly logger: Logger;
  readonly tracing: Tracing | undefined;
  /** Told of every unary call that has ended. */
  readonly meter?: GrpcMeter | undefined;
}

type AnyCall = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

interface ServerCall {
  readonly context: CallContext;
  readonly span: Span;
  readonly abort: AbortController;
}

function begin(call: AnyCall, options: HandlerOptions): ServerCall {
  const abort = new AbortController();
  call.once('cancelled', () => abort.abort());
  const traceparent = firstText(call.metadata, 'traceparent');
  const span = options.tracing?.startSpan(options.path.slice(1), traceparent, { kind: 'server' }) ?? noSpan;
  const deadline = call.getDeadline();
  const timeoutMs = Number(deadline) - Date.now();
  const context: CallContext = {
    signal: abort.signal,
    timeoutMs: Number.isFinite(timeoutMs) ? Math.max(0, timeoutMs) : undefined,
    traceparent: span.traceparent ?? traceparent,
  };
  return { context, span, abort };
}

function firstText(metadata: Metadata, name: string): string | undefined {
  const value = metadata.get(name)[0];
  return typeof value === 'string' ? value : undefined;
}

function failed(error: unknown, started: ServerCall, options: HandlerOptions) {
  started.span.fail(error);
  if (!(error instanceof ServiceError) && !started.abort.signal.aborted) {
    options.logger.error('A gRPC method failed unexpectedly', { method: options.path, error });
  }
  return statusFromError(error);
}

/** Serves a unary method from `(request, context) => Promise<response>`. */
export function unaryHandler(
  implementation: (request: unknown, context: CallContext) => Promise<unknown>,
  options: HandlerOptions,
): handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    const started = begin(call, options);
    const startedMs = performance.now();
    const ended = (error: unknown): void => {
      started.span.end();
      options.meter?.(options.path.slice(1), error, startedMs, started.span.traceparent);
    };
    void (async () => {
      try {
        const response = await implementation(call.request, started.context);
        ended(undefined);
        callback(null, response);
      } catch (error) {
        const status = failed(error, started, options);
        ended(error);
        callback(status);
      }
    })();
  };
}

/** Serves a server-streaming method from `(request, context) => AsyncIterable<response>`, at the pace of the reader. */
export function streamingHandler(
  implementation: (request: unknown, context: CallContext) => AsyncIterable<unknown>,
  options: HandlerOptions,
): handleServerStreamingCall<unknown, unknown> {
  return (call) => {
    const started = begin(call, options);
    // The headers say that the call is being served; a client gives up on one that sends none in time.
    call.sendMetadata(new Metadata());
    const run = async () => {
      for await (const response of implementation(call.request, started.context)) {
        if (started.abort.signal.aborted) return;
        if (!call.write(response)) await once(call, 'drain', { signal: started.abort.signal });
      }
    };
    run().then(
      () => {
        started.span.end();
        call.end();
      },
      (error: unknown) => {
        const status = failed(error, started, options);
        started.span.end();
        call.emit('error', status);
      },
    );
  };
}
