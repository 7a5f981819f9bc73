import { buildResponse, parseUri, type SipRequest } from '@ringdown/sip-message';
import { TimerWheel } from '@ringdown/sip-transaction';
import { describe, expect, it } from 'vitest';
import type { ForwardTarget } from './fork-target.js';
import { forwardRequest } from './forward.js';
import { loopDigest } from './loop.js';
import type { ProxyEffect } from './proxy-effect.js';
import { relayResponse } from './relay-response.js';
import { ResponseContext } from './response-context.js';
import { preprocessRoutes } from './route.js';
import { requestFrom, responseFrom, sampleRequest } from './testing/sample-messages.js';
import { incomingMaxBreadth, ROUTED_SCHEMES, validateRequest } from './validate.js';

/** Where the answer of one forwarded copy goes. */
type Upstream = (rawResponse: string) => void;

/** Several proxies that fork to each other, built of this library's parts; messages are delivered in the order they were sent. */
class ForkingNetwork {
  readonly #inFlight: { readonly request: SipRequest; readonly upstream: Upstream }[] = [];
  readonly #wheel = new TimerWheel(0);
  readonly #contactsOf: (user: string, host: string) => readonly string[];
  readonly answered: number[] = [];
  forwarded = 0;
  /** Copies that are on the wire or with a proxy that has not forked them: the ends of the tree. */
  ends = 0;
  mostEnds = 0;
  readonly refusals = new Map<number, number>();

  constructor(contactsOf: (user: string, host: string) => readonly string[]) {
    this.#contactsOf = contactsOf;
  }

  /** Sends a request to the proxy of its Request-URI's host and delivers at most `steps` copies. */
  run(request: SipRequest, steps: number): void {
    this.ends = 1;
    this.#inFlight.push({ request, upstream: (raw) => this.answered.push(responseFrom(raw).statusCode) });
    for (let step = 0; step < steps; step++) {
      const next = this.#inFlight.shift();
      if (next === undefined) return;
      this.#receive(next.request, next.upstream);
    }
  }

  get idle(): boolean {
    return this.#inFlight.length === 0;
  }

  #receive(request: SipRequest, answer: Upstream): void {
    let forked = false;
    const upstream: Upstream = (raw) => {
      if (!forked) this.ends--;
      answer(raw);
    };
    const uri = parseUri(request.requestUri);
    if (uri.kind !== 'sip') throw new Error(request.requestUri);
    const rejection = validateRequest(request, {
      schemes: ROUTED_SCHEMES,
      proxyExtensions: new Set(),
      isOwnVia: (via) => via.host === uri.host,
    });
    if (rejection !== undefined) {
      this.refusals.set(rejection.statusCode, (this.refusals.get(rejection.statusCode) ?? 0) + 1);
      return upstream(buildResponse(request, rejection.statusCode, { toTag: uri.host }));
    }
    const effects: ProxyEffect<ForwardTarget>[] = [];
    const context = new ResponseContext<ForwardTarget>({
      method: request.method,
      wheel: this.#wheel,
      effects,
      maxBreadth: incomingMaxBreadth(request) ?? 0,
    });
    const drain = (): void => {
      for (let effect = effects.shift(); effect !== undefined; effect = effects.shift()) {
        if (effect.type === 'forward') {
          if (!forked) this.ends--;
          forked = true;
          this.#forward(request, uri.host, effect, drain);
        } else if (effect.type === 'respond') {
          const best = effect.answer;
          if (best.kind === 'generated') upstream(buildResponse(request, best.statusCode, { toTag: uri.host }));
          else upstream(relayResponse(best.response, best) ?? '');
        }
      }
    };
    const contacts = this.#contactsOf(uri.user ?? '', uri.host);
    context.start(
      0,
      contacts.map((contact) => ({ uri: contact, qThousandths: 1000, hopCount: 1, failover: 'addresses' })),
    );
    drain();
  }

  #forward(
    request: SipRequest,
    host: string,
    effect: Extract<ProxyEffect<ForwardTarget>, { type: 'forward' }>,
    drain: () => void,
  ): void {
    const routed = preprocessRoutes(
      request,
      { isOwn: () => false, isResponsibleFor: () => false },
      { transport: 'UDP', port: 5060 },
    );
    if (routed.kind === 'failure') throw new Error(routed.reason);
    this.forwarded++;
    this.ends++;
    this.mostEnds = Math.max(this.mostEnds, this.ends);
    const { raw } = forwardRequest(request, {
      routed,
      targetUri: effect.target.uri,
      via: { transport: 'UDP', sentBy: host, branch: `z9hG4bK${this.forwarded}` },
      loopDigest: loopDigest(request),
      maxBreadth: effect.maxBreadth,
    });
    this.#inFlight.push({
      request: requestFrom(raw),
      upstream: (response) => {
        effect.context.responseReceived(0, effect.branch, responseFrom(response));
        drain();
      },
    });
  }
}

const MESSAGE = { method: 'MESSAGE', requestUri: 'sip:a@p1.test' };

describe('RFC 5393 §3: two users of two proxies, each forked to both users of the other proxy', () => {
  const other = (host: string) => (host === 'p1.test' ? 'p2.test' : 'p1.test');

  it('ends after a handful of copies instead of 2^70: loops are found', () => {
    const network = new ForkingNetwork((_, host) => [`sip:a@${other(host)}`, `sip:b@${other(host)}`]);
    network.run(sampleRequest(MESSAGE), 10_000);
    expect(network.idle).toBe(true);
    expect(network.answered).toEqual([482]);
    expect(network.ends).toBe(0);
    // §4.1 of the RFC: with n users in the circle, loop detection alone bounds the copies by a function of n.
    expect(network.forwarded).toBeLessThanOrEqual(2 + 4 + 8 + 16);
    expect(network.refusals.get(482)).toBeGreaterThan(1);
    expect([...network.refusals.keys()]).toEqual([482]);
  });

  it('a spiral through the same proxy is let through', () => {
    const bindings: Readonly<Record<string, readonly string[]>> = {
      'a p1.test': ['sip:a@p2.test'],
      'a p2.test': ['sip:c@p1.test'],
    };
    const network = new ForkingNetwork((user, host) => bindings[`${user} ${host}`] ?? []);
    network.run(sampleRequest(MESSAGE), 100);
    expect(network.answered).toEqual([480]);
    expect(network.forwarded).toBe(2);
  });

  // Every contact is a new one, so that no loop is ever found.
  it.each([1, 2, 5, 60])(
    'where each lap looks new, Max-Breadth %i is the most copies there are at a time',
    (maxBreadth) => {
      let lap = 0;
      const network = new ForkingNetwork((_, host) => [0, 1, 2].map(() => `sip:x${lap++}@${other(host)}`));
      network.run(sampleRequest({ ...MESSAGE, maxForwards: 6, lines: [`Max-Breadth: ${maxBreadth}`] }), 5_000);
      expect(network.mostEnds).toBe(maxBreadth);
      expect([...network.refusals.keys()]).toEqual([483]);
      expect(network.idle).toBe(true);
      expect(network.answered).toEqual([483]);
      expect(network.forwarded).toBe(3 + 3 ** 2 + 3 ** 3 + 3 ** 4 + 3 ** 5 + 3 ** 6);
    },
  );
});
