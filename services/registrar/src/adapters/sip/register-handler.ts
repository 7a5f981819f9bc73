import type { LogFields, Logger, Tracing } from '@ringdown/platform';
import { reasonPhrase, type SipRequest } from '@ringdown/sip-message';
import type { Ingress, Reply, RequestHandler } from '@ringdown/sip-runtime';
import { formatHostPort } from '@ringdown/sip-transport';
import { type Registered, type RegisterPorts, register } from '../../use-cases/register.js';
import { senderOf } from './sender.js';

export interface RegisterHandlerOptions {
  readonly ports: RegisterPorts;
  readonly logger: Logger;
  readonly tracing: Tracing;
  /** How long location may take. */
  readonly timeoutMs: number;
  /** Told of every final answer and how long it took. */
  readonly answered: (statusCode: number, durationMs: number) => void;
}

/** Takes REGISTER requests off the stack, one span for each, and knows how many are under way. */
export class RegisterHandler {
  readonly #options: RegisterHandlerOptions;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: RegisterHandlerOptions) {
    this.#options = options;
  }

  /** What the user agent server calls for a REGISTER. */
  readonly handle: RequestHandler = (request, ingress, reply) => {
    const work = this.#answer(request, ingress, reply).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
    return work;
  };

  /** Resolves when what is under way now is answered. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async #answer(request: SipRequest, ingress: Ingress, reply: Reply): Promise<void> {
    const { ports, tracing, timeoutMs, answered } = this.#options;
    const startedMs = performance.now();
    // What a bug is answered with.
    let code = 500;
    const { envelope } = ingress;
    const parent = envelope?.traceparent ?? tracing.callTrace(request.callId, request.method, request.cseq.number);
    const span = tracing.startSpan('REGISTER', parent, { kind: 'server' });
    try {
      const registered = await register(
        ports,
        { request, sender: senderOf(ingress), maxContacts: envelope?.authenticated?.maxContacts },
        { timeoutMs, traceparent: span.traceparent },
      );
      const { statusCode, reasonPhrase, headers } = registered.answer;
      reply(statusCode, reasonPhrase === undefined ? { headers } : { headers, reasonPhrase });
      code = statusCode;
      span.set('sip.status_code', statusCode);
      this.#log(request, ingress, registered);
    } catch (error) {
      reply(500);
      span.fail(error);
      this.#options.logger.error('REGISTER was answered with 500', { ...this.#facts(request, ingress), error });
    } finally {
      span.end();
      answered(code, performance.now() - startedMs);
    }
  }

  /** Refusals are worth a line; an outage has its own (once), and a 423 is part of the protocol. */
  #log(request: SipRequest, ingress: Ingress, { answer, tenantId, addressOfRecord }: Registered): void {
    const { statusCode } = answer;
    if (statusCode < 300 || statusCode === 423 || statusCode === 503) return;
    this.#options.logger.info(
      `REGISTER refused with ${statusCode}: ${answer.reasonPhrase ?? reasonPhrase(statusCode)}`,
      {
        ...this.#facts(request, ingress),
        tenant: tenantId,
        addressOfRecord: addressOfRecord ?? request.to.uri,
      },
    );
  }

  /** What ties a line to a call and to who sent it. */
  #facts({ callId, method, cseq }: SipRequest, { envelope, flow }: Ingress): LogFields {
    const source = formatHostPort(envelope?.source ?? flow.remote);
    return {
      traceId: this.#options.tracing.callTrace(callId, method, cseq.number).traceId,
      callId,
      source: `${envelope?.ingressTransport ?? flow.transport} ${source}`,
    };
  }
}
