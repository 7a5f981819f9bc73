import type { Span, SpanOptions, SpanParent, SpanRecorder } from '../span.js';
import { formatTraceparent } from '../traceparent.js';

export interface RecordedSpan {
  readonly service: string;
  readonly name: string;
  readonly parent: SpanParent;
  readonly options: SpanOptions;
  readonly spanId: string;
  failure: string | undefined;
  ended: boolean;
}

/** Keeps spans for a test to look at; several services may record into one list. */
export function recordedSpans(): { readonly spans: RecordedSpan[]; recorder(service: string): SpanRecorder } {
  const spans: RecordedSpan[] = [];
  const start = (service: string, name: string, parent: SpanParent, options: SpanOptions): Span => {
    const spanId = (spans.length + 1).toString(16).padStart(16, '0');
    const recorded: RecordedSpan = { service, name, parent, options, spanId, failure: undefined, ended: false };
    spans.push(recorded);
    return {
      recording: true,
      traceparent: formatTraceparent({ traceId: parent.traceId, spanId, sampled: true }),
      set: () => undefined,
      event: () => undefined,
      fail: (error) => {
        recorded.failure = error instanceof Error ? error.message : String(error);
      },
      end: () => {
        recorded.ended = true;
      },
    };
  };
  return {
    spans,
    recorder: (service) => ({
      start: (name, parent, options) => start(service, name, parent, options),
      flush: async () => undefined,
      stop: async () => undefined,
    }),
  };
}
