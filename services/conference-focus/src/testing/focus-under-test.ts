import { type Span, type SpanRecorder, silentLogger, Tracing } from '@ringdown/platform';
import { BranchSource, SipStack } from '@ringdown/sip-runtime';
import { InProcessSipLinkClient, SipLinkAcceptor } from '@ringdown/sip-transport';
import { Registry } from 'prom-client';
import { FocusUserAgent } from '../adapters/sip/focus-user-agent.js';
import type { Conferences } from '../use-cases/conferences.js';
import { FocusPhone } from './focus-phone.js';
import { SimulatedClock } from './simulated-clock.js';

/** Spans as `name status`, when they have ended. */
export class RecordedSpans implements SpanRecorder {
  readonly ended: string[] = [];

  start(name: string): Span {
    let statusCode: unknown;
    return {
      recording: true,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      set: (_name, value) => {
        statusCode = value;
      },
      event: () => {},
      fail: () => {},
      end: () => void this.ended.push(`${name} ${statusCode}`),
    };
  }

  async flush(): Promise<void> {}

  async stop(): Promise<void> {}
}

/** A focus behind in-process SipLink, with phones at as many edges, in simulated time. */
export class FocusUnderTest<C extends Conferences> {
  readonly clock = new SimulatedClock();
  readonly acceptor: SipLinkAcceptor;
  readonly stack: SipStack;
  readonly focus: FocusUserAgent;
  /** Whose edge gets what the focus begins; any, where it is undefined. */
  callsGoTo: FocusPhone | undefined;
  readonly metrics = new Registry();
  readonly spans = new RecordedSpans();
  readonly bugs: unknown[] = [];
  readonly #links: InProcessSipLinkClient[] = [];

  constructor(readonly conferences: C) {
    let focus: FocusUserAgent | undefined;
    const preferred = () => {
      const name = this.callsGoTo?.stack.branches.owner.edge;
      return name === undefined ? undefined : acceptor.flowFrom(name, 'calls');
    };
    this.stack = new SipStack({
      branches: new BranchSource({ edge: 'focus-1', incarnation: 'f1' }),
      clock: this.clock,
      alarm: this.clock.alarm(),
      onBug: (error) => this.bugs.push(error),
      user: (stack) => {
        const edges = {
          get flows() {
            const flow = preferred();
            return flow === undefined ? acceptor.flows : [flow];
          },
        };
        const { metrics } = this;
        const tracing = new Tracing(
          { service: 'conference-focus', sampling: 1, key: 'k', otlpEndpoint: undefined },
          this.spans,
        );
        focus = new FocusUserAgent(stack, { conferences, edges, logger: silentLogger(), tracing, metrics });
        return focus;
      },
    });
    if (focus === undefined) throw new Error('the stack did not ask for its transaction user');
    this.focus = focus;
    const acceptor = new SipLinkAcceptor({ events: this.stack.events, local: { host: '127.0.0.1', port: 0 } });
    this.acceptor = acceptor;
  }

  /** A phone of `user`, at an edge of its own. */
  phone(user: string, tenantId = 'acme'): FocusPhone {
    const name = `edge-${this.#links.length + 1}`;
    let link: InProcessSipLinkClient | undefined;
    const phone = new FocusPhone(user, tenantId, (transactionUser) => {
      const stack = new SipStack({
        branches: new BranchSource({ edge: name, incarnation: 'e1' }),
        clock: this.clock,
        alarm: this.clock.alarm(),
        onBug: (error) => this.bugs.push(error),
        user: transactionUser,
      });
      const self = { name, incarnation: 'e1' };
      link = new InProcessSipLinkClient({ linkClass: 'calls', self, events: stack.events, acceptor: this.acceptor });
      link.start();
      return { stack, link };
    });
    if (link !== undefined) this.#links.push(link);
    return phone;
  }

  /** Lets everything arrive that is on its way. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves time on, from alarm to alarm, with what is sent on the way delivered. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await this.settle();
    while (this.clock.ringNext(end)) await this.settle();
    this.clock.moveTo(end);
    await this.settle();
  }

  /** Throws where anything went wrong that nobody was told of. */
  close(): void {
    for (const link of this.#links) link.close();
    this.acceptor.close();
    this.stack.close();
    if (this.bugs.length > 0) throw this.bugs[0];
  }
}
