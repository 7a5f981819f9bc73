/** One step of a trace. Where the trace is not sampled this is `noSpan`, and every method does nothing. */
export interface Span {
  readonly recording: boolean;
  /** What to hand to whatever this step causes (W3C Trace Context); undefined where nothing is recorded. */
  readonly traceparent: string | undefined;
  set(name: string, value: string | number | boolean): void;
  event(name: string, attributes?: SpanAttributes): void;
  /** Marks the step as failed; it still has to be ended. */
  fail(error: unknown): void;
  end(): void;
}

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** The span of everything that is not traced. */
export const noSpan: Span = {
  recording: false,
  traceparent: undefined,
  set: () => undefined,
  event: () => undefined,
  fail: () => undefined,
  end: () => undefined,
};

export interface SpanOptions {
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly attributes?: SpanAttributes;
  /** Milliseconds since the epoch; now where absent. */
  readonly startTime?: number;
}

/** What a span hangs on: a span elsewhere, or nothing but the trace that it begins. */
export interface SpanParent {
  readonly traceId: string;
  /** undefined: the span is a root of the trace. */
  readonly spanId: string | undefined;
}

/** Where the spans of one service go. */
export interface SpanRecorder {
  start(name: string, parent: SpanParent, options: SpanOptions): Span;
  flush(): Promise<void>;
  stop(): Promise<void>;
}
