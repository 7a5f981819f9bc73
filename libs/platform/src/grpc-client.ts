import { type Client, Metadata, type MethodDefinition, type ServiceDefinition } from '@grpc/grpc-js';
import type { CallContext, PromiseService } from '@ringdown/contracts';
import type { GrpcChannel } from './grpc-channel.js';
import type { GrpcMeter } from './grpc-metrics.js';
import { errorFromStatus } from './grpc-status.js';
import { ServiceError } from './service-error.js';
import { noSpan } from './span.js';
import type { Tracing } from './tracing.js';

export interface GrpcClientOptions {
  /** Time for a whole unary call with its retries, and for a stream to be accepted. A call's own timeoutMs may shorten it. Default 2,000. */
  readonly timeoutMs?: number;
  /** Whether a call that one address couldn't serve is tried at the next. Only right where methods are idempotent; default true. */
  readonly failover?: boolean;
  /** The caller's own tracing: every sampled call gets a client span. */
  readonly tracing?: Tracing;
  /** Told of every unary call that has ended; see `grpcMeter`. */
  readonly meter?: GrpcMeter;
}

type AnyMethod = MethodDefinition<unknown, unknown>;

/** The promise interface of a service, over the network. Failures are ServiceErrors; every call has a deadline. */
export function createClient<Definition extends ServiceDefinition>(
  definition: Definition,
  channel: GrpcChannel,
  options: GrpcClientOptions = {},
): PromiseService<Definition> {
  const calls: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(definition)) {
    if (method.requestStream) continue;
    calls[name] = method.responseStream
      ? (request: unknown, context?: CallContext) => streamingCall(channel, method, options, request, context)
      : (request: unknown, context?: CallContext) => unaryCall(channel, method, options, request, context);
  }
  return calls as PromiseService<Definition>;
}

function allowedMs(options: GrpcClientOptions, context: CallContext | undefined): number {
  return Math.min(options.timeoutMs ?? 2_000, context?.timeoutMs ?? Number.POSITIVE_INFINITY);
}

function metadataWith(traceparent: string | undefined): Metadata {
  const metadata = new Metadata();
  if (traceparent !== undefined) metadata.set('traceparent', traceparent);
  return metadata;
}

async function unaryCall(
  channel: GrpcChannel,
  method: AnyMethod,
  options: GrpcClientOptions,
  request: unknown,
  context: CallContext | undefined,
): Promise<unknown> {
  const deadline = Date.now() + allowedMs(options, context);
  const span = options.tracing?.startSpan(method.path.slice(1), context?.traceparent, { kind: 'client' }) ?? noSpan;
  const metadata = metadataWith(span.traceparent ?? context?.traceparent);
  const startedMs = performance.now();
  let failed: unknown;
  const tried = new Set<Client>();
  const attempts = options.failover === false ? 1 : channel.size;
  try {
    for (;;) {
      const client = channel.pick(tried);
      tried.add(client);
      try {
        return await attempt(client, method, request, metadata, deadline, context?.signal);
      } catch (failure) {
        const error = errorFromStatus(method.path.slice(1), failure);
        // A peer that doesn't answer in time is given a rest as well: it may hang with its connection open.
        if (error.code === 'unavailable' || error.code === 'deadline') channel.rest(client);
        if (error.code !== 'unavailable' || tried.size >= attempts || Date.now() >= deadline) throw error;
      }
    }
  } catch (error) {
    failed = error;
    span.fail(error);
    throw error;
  } finally {
    span.end();
    options.meter?.(method.path.slice(1), failed, startedMs, span.traceparent);
  }
}

function attempt(
  client: Client,
  method: AnyMethod,
  request: unknown,
  metadata: Metadata,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(new ServiceError('cancelled', `${method.path.slice(1)} was cancelled`));
      return;
    }
    const call = client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadata,
      { deadline },
      (failure, response) => {
        signal?.removeEventListener('abort', abort);
        if (failure === null) resolve(response);
        else reject(failure);
      },
    );
    const abort = () => call.cancel();
    signal?.addEventListener('abort', abort, { once: true });
  });
}

async function* streamingCall(
  channel: GrpcChannel,
  method: AnyMethod,
  options: GrpcClientOptions,
  request: unknown,
  context: CallContext | undefined,
): AsyncGenerator<unknown> {
  const client = channel.pick(new Set());
  const call = client.makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    metadataWith(context?.traceparent),
  );
  let lateAfterMs: number | undefined;
  const acceptMs = allowedMs(options, context);
  const timer = setTimeout(() => {
    lateAfterMs = acceptMs;
    call.cancel();
  }, acceptMs);
  call.once('metadata', () => clearTimeout(timer));
  const abort = () => call.cancel();
  context?.signal?.addEventListener('abort', abort, { once: true });
  if (context?.signal?.aborted === true) abort();
  try {
    yield* call;
  } catch (failure) {
    if (lateAfterMs !== undefined) {
      channel.rest(client);
      throw new ServiceError('deadline', `${method.path.slice(1)} was not accepted within ${lateAfterMs} ms`);
    }
    const error = errorFromStatus(method.path.slice(1), failure);
    if (error.code === 'unavailable') channel.rest(client);
    throw error;
  } finally {
    clearTimeout(timer);
    context?.signal?.removeEventListener('abort', abort);
    call.cancel();
  }
}
