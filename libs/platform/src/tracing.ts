import { type CallTrace, callTrace } from './call-trace.js';
import { noSpan, type Span, type SpanOptions, type SpanRecorder } from './span.js';
import { parseTraceparent } from './traceparent.js';

export interface TracingOptions {
  readonly service: string;
  /** Tells apart the processes of one service, such as the edge's id. */
  readonly instance?: string;
  /** Share of calls that are traced, 0 to 1. */
  readonly sampling: number;
  /** Keys the trace ids, alike in every process of the platform. */
  readonly key: string;
  /** Base URL of an OTLP/HTTP collector; without it nothing is recorded. */
  readonly otlpEndpoint: string | undefined;
}

/** One service's tracing, under its own service.name; nothing of it is global to the process. */
export class Tracing {
  readonly #recorder: SpanRecorder | undefined;
  readonly #sampling: number;
  readonly #key: string;

  /** Records into `recorder`, or nowhere. `Tracing.open` makes the recorder that the options ask for. */
  constructor(options: TracingOptions, recorder?: SpanRecorder) {
    this.#recorder = recorder;
    this.#sampling = recorder === undefined ? 0 : options.sampling;
    this.#key = options.key;
  }

  /** Tracing that exports by OTLP where the options name a collector. The SDK (24 MB, 65 ms) is loaded only then. */
  static async open(options: TracingOptions): Promise<Tracing> {
    if (options.otlpEndpoint === undefined) return new Tracing(options);
    const { otlpRecorder } = await import('./otlp-recorder.js');
    return new Tracing(options, otlpRecorder({ ...options, endpoint: options.otlpEndpoint }));
  }

  /** Whether anything is recorded at all. */
  get enabled(): boolean {
    return this.#recorder !== undefined;
  }

  /** The call's trace id and whether it is recorded here. */
  callTrace(callId: string, method: string, cseq: number): CallTrace {
    return callTrace(callId, method, cseq, { key: this.#key, sampling: this.#sampling });
  }

  /**
   * Starts a step under `parent`: a W3C traceparent, or the call's trace, whose first span in this process becomes a root
   * with the call's trace id. Without a sampled parent this is `noSpan`.
   */
  startSpan(name: string, parent: string | CallTrace | undefined, options: SpanOptions = {}): Span {
    if (this.#recorder === undefined || parent === undefined) return noSpan;
    if (typeof parent !== 'string') {
      return parent.sampled
        ? this.#recorder.start(name, { traceId: parent.traceId, spanId: undefined }, options)
        : noSpan;
    }
    const remote = parseTraceparent(parent);
    return remote?.sampled === true ? this.#recorder.start(name, remote, options) : noSpan;
  }

  /** Exports what is recorded and not yet sent. */
  async flush(): Promise<void> {
    await this.#recorder?.flush();
  }

  /** Exports what is left and stops; an unreachable collector doesn't make it fail. */
  async stop(): Promise<void> {
    await this.#recorder?.stop();
  }
}
