import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  RandomIdGenerator,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Span, SpanOptions, SpanParent, SpanRecorder } from './span.js';
import { formatTraceparent } from './traceparent.js';

export interface OtlpRecorderOptions {
  readonly service: string;
  readonly instance?: string;
  /** Base URL of an OTLP/HTTP collector, without /v1/traces. */
  readonly endpoint: string;
}

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Hands out the trace id that a root span is to have, while it is being made. */
class PrescribedIds extends RandomIdGenerator {
  traceId: string | undefined;

  override generateTraceId(): string {
    return this.traceId ?? super.generateTraceId();
  }
}

/** A recorder that sends spans to a collector by OTLP over HTTP, in batches, dropping them when it can't keep up. */
export function otlpRecorder(options: OtlpRecorderOptions): SpanRecorder {
  const exporter = new OTLPTraceExporter({
    url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: 5_000,
  });
  const processor = new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1_000, exportTimeoutMillis: 5_000 });
  return sdkRecorder(options, processor);
}

/** A recorder on a provider of its own, with its own processor. */
export function sdkRecorder(
  options: Pick<OtlpRecorderOptions, 'service' | 'instance'>,
  processor: SpanProcessor,
): SpanRecorder {
  const ids = new PrescribedIds();
  const provider = new TracerProvider({
    // The names are those of the OpenTelemetry semantic conventions for services.
    resource: resourceFromAttributes({
      'service.name': options.service,
      ...(options.instance === undefined ? {} : { 'service.instance.id': options.instance }),
    }),
    // Whether a trace is sampled is decided before a span is made.
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('ringdown');
  return {
    start: (name, parent, spanOptions) => startSpan(tracer, ids, name, parent, spanOptions),
    flush: () => provider.forceFlush().catch(() => undefined),
    stop: () => provider.shutdown().catch(() => undefined),
  };
}

function startSpan(
  tracer: ReturnType<TracerProvider['getTracer']>,
  ids: PrescribedIds,
  name: string,
  parent: SpanParent,
  options: SpanOptions,
): Span {
  const { spanId, traceId } = parent;
  const remote = spanId === undefined ? undefined : { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
  ids.traceId = traceId;
  const span = tracer.startSpan(
    name,
    {
      kind: kinds[options.kind ?? 'internal'],
      root: remote === undefined,
      ...(options.attributes === undefined ? {} : { attributes: { ...options.attributes } }),
      ...(options.startTime === undefined ? {} : { startTime: options.startTime }),
    },
    remote === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote),
  );
  ids.traceId = undefined;
  return {
    recording: true,
    traceparent: formatTraceparent({ ...span.spanContext(), sampled: true }),
    set: (attribute, value) => void span.setAttribute(attribute, value),
    event: (event, attributes) => void span.addEvent(event, { ...attributes }),
    fail: (error) => {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
    },
    end: () => span.end(),
  };
}
