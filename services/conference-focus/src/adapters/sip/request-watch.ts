import { noSpan, type Span, type Tracing } from '@ringdown/platform';
import type { OutgoingRequest } from '@ringdown/sip-dialog';
import type { SipRequest } from '@ringdown/sip-message';
import type { Ingress } from '@ringdown/sip-runtime';
import type { ServerTransaction } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import { Counter, Histogram, type Registry } from 'prom-client';
import { allowedMethods } from './abilities.js';

export interface RequestWatchOptions {
  readonly tracing: Tracing;
  readonly metrics: Registry;
}

interface Watched {
  readonly span: Span;
  readonly method: string;
  readonly startedMs: number;
}

/** Spans and metrics of the focus's requests, those that it gets and those that it sends. */
export class RequestWatch {
  readonly #tracing: Tracing;
  readonly #answers: Counter<'method' | 'code'>;
  readonly #durations: Histogram<'method'>;
  readonly #received = new WeakMap<ServerTransaction<Flow>, Watched>();
  readonly #sent = new WeakMap<OutgoingRequest, Watched>();

  constructor({ tracing, metrics }: RequestWatchOptions) {
    this.#tracing = tracing;
    const registers = [metrics];
    this.#answers = new Counter({
      name: 'ringdown_conference_sip_answers_total',
      help: "The focus's final answers to SIP requests, by method and status code",
      labelNames: ['method', 'code'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'ringdown_conference_sip_request_seconds',
      help: 'Time from a SIP request to its final answer, by method',
      labelNames: ['method'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    });
  }

  received(transaction: ServerTransaction<Flow>, request: SipRequest, { envelope }: Ingress): void {
    const parent =
      envelope?.traceparent ?? this.#tracing.callTrace(request.callId, request.method, request.cseq.number);
    const span = this.#tracing.startSpan(request.method, parent, { kind: 'server' });
    const method = allowedMethods.includes(request.method) ? request.method : 'other';
    this.#received.set(transaction, { span, method, startedMs: performance.now() });
  }

  /** Only a final answer counts. */
  answered(transaction: ServerTransaction<Flow>, statusCode: number): void {
    if (statusCode < 200) return;
    const watched = this.#received.get(transaction);
    // A 2xx to an INVITE goes out again until its ACK comes.
    if (watched === undefined || !this.#received.delete(transaction)) return;
    this.#answers.inc({ method: watched.method, code: String(statusCode) });
    this.#durations.observe({ method: watched.method }, (performance.now() - watched.startedMs) / 1_000);
    concluded(watched.span, statusCode);
  }

  /** What is to travel with a request of the focus's; undefined where it isn't traced. */
  sends(request: OutgoingRequest, callId: string): string | undefined {
    const { method, cseq } = request.draft;
    const parent = this.#tracing.callTrace(callId, method, cseq);
    const span = this.#tracing.startSpan(`${method} sent`, parent, { kind: 'client' });
    if (span.recording) this.#sent.set(request, { span, method, startedMs: performance.now() });
    return span.traceparent;
  }

  /** The final answer; 408 and 503 where there was none. */
  wasAnswered(request: OutgoingRequest, statusCode: number): void {
    if (statusCode < 200) return;
    concluded(this.#sent.get(request)?.span ?? noSpan, statusCode);
    this.#sent.delete(request);
  }
}

function concluded(span: Span, statusCode: number): void {
  span.set('sip.status_code', statusCode);
  span.end();
}
