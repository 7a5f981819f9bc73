import { Header } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { bobPhone, deskPhone, Exchange, outsidePhone } from '../../testing/exchange.js';
import { bindingOf } from '../../testing/tables.js';

const empty = { inviteClient: 0, inviteServer: 0, nonInviteClient: 0, nonInviteServer: 0 };

/** Bob's one device with two flows. */
function twoFlows(exchange: Exchange): void {
  const flow = (host: string, port: number) => ({ ...exchange.edge.flow, flowToken: `udp/${host}/${port}` });
  exchange.owning.bind(
    'acme',
    'sip:bob@example.com',
    [bobPhone, deskPhone].map(({ host, port }) =>
      bindingOf(`sip:bob@${host}:${port}`, flow(host, port), { instanceId: '<urn:uuid:1>' }),
    ),
  );
}

describe('flows of one device (RFC 5626 §7)', () => {
  it('the next one is tried when the first is silent', () => {
    const exchange = new Exchange();
    twoFlows(exchange);
    exchange.send(outsidePhone, exchange.request());
    exchange.taken(bobPhone, 'INVITE');
    expect(exchange.heard(deskPhone)).toEqual([]);
    exchange.clock.advance(exchange.edge.stack, 32_100);
    expect(exchange.taken(deskPhone, 'INVITE').requestUri).toBe('sip:bob@192.0.2.21:5064');
  });

  it.each([
    { statusCode: 430, next: true },
    { statusCode: 408, next: true },
    { statusCode: 486, next: false },
    { statusCode: 503, next: false },
  ])('$statusCode: next $next', ({ statusCode, next }) => {
    const exchange = new Exchange();
    twoFlows(exchange);
    exchange.send(outsidePhone, exchange.request());
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'INVITE'), statusCode);
    expect(exchange.heard(deskPhone)).toEqual(next ? ['INVITE'] : []);
    expect(exchange.owning.unbound.map(({ bindingKey }) => bindingKey)).toEqual(
      statusCode === 430 ? ['sip:bob@192.0.2.20:5062'] : [],
    );
  });
});

describe('a connection whose edge is away (D3)', () => {
  const elsewhere = (uri: string) =>
    bindingOf(uri, { edgeId: 'edge-9', incarnation: 'i9', flowToken: 'tcp#4' }, { instanceId: '<urn:uuid:1>' });

  it('the caller sees 480, and the binding stays: only its edge can say that the flow is gone', () => {
    const exchange = new Exchange();
    exchange.owning.bind('acme', 'sip:bob@example.com', [elsewhere('sip:bob@203.0.113.9')]);
    exchange.send(outsidePhone, exchange.request());
    expect([exchange.heard(outsidePhone), exchange.owning.unbound]).toEqual([['480'], []]);
  });

  it('the device’s next flow is tried', () => {
    const exchange = new Exchange();
    const [own] = exchange.owning.bindings.get('acme sip:bob@example.com') ?? [];
    if (own === undefined) throw new Error('bob is bound');
    exchange.owning.bind('acme', 'sip:bob@example.com', [
      elsewhere('sip:bob@203.0.113.9'),
      { ...own, instanceId: '<urn:uuid:1>' },
    ]);
    exchange.send(outsidePhone, exchange.request());
    expect(exchange.heard(bobPhone)).toEqual(['INVITE']);
  });
});

describe('a request that nobody answers', () => {
  it.each([
    // RFC 4320 §4.2: 408 could only come too late to a non-INVITE request.
    { method: 'MESSAGE', answers: [] },
    { method: 'INVITE', answers: ['408'] },
  ])('$method: $answers', ({ method, answers }) => {
    const exchange = new Exchange();
    exchange.send(outsidePhone, exchange.request({ method }));
    exchange.clock.advance(exchange.edge.stack, 32_100);
    expect(
      exchange
        .heard(outsidePhone)
        .filter((each) => Number(each) >= 200)
        .slice(0, 1),
    ).toEqual(answers);
    exchange.clock.advance(exchange.edge.stack, 300_000, 1_000);
    expect(exchange.edge.stack.size).toEqual(empty);
    expect(exchange.edge.stack.wheel.size).toBe(0);
  });
});

describe('timer C (RFC 3261 §16.8)', () => {
  it('gives a phone that rings three minutes, from each provisional response on', () => {
    const exchange = new Exchange();
    exchange.send(outsidePhone, exchange.request());
    const invite = exchange.taken(bobPhone, 'INVITE');
    exchange.reply(bobPhone, invite, 180);
    exchange.clock.advance(exchange.edge.stack, 180_000, 1_000);
    exchange.reply(bobPhone, invite, 180);
    exchange.clock.advance(exchange.edge.stack, 180_000, 1_000);
    expect(exchange.heard(bobPhone)).not.toContain('CANCEL');
    exchange.clock.advance(exchange.edge.stack, 6_000);
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'CANCEL'), 200);
    exchange.reply(bobPhone, invite, 487);
    expect(exchange.heard(outsidePhone).at(-1)).toBe('408');
  });
});

describe('late answers (RFC 6026)', () => {
  it('a 2xx after another is relayed, a 2xx after the transactions are gone is not', () => {
    const exchange = new Exchange({}, [bobPhone, deskPhone]);
    exchange.send(outsidePhone, exchange.request());
    const [atBob, atDesk] = [exchange.taken(bobPhone, 'INVITE'), exchange.taken(deskPhone, 'INVITE')];
    exchange.reply(bobPhone, atBob, 200);
    exchange.reply(deskPhone, atDesk, 200);
    expect(exchange.heard(outsidePhone).filter((each) => each === '200')).toHaveLength(2);
    exchange.clock.advance(exchange.edge.stack, 65_000, 1_000);
    exchange.heard(outsidePhone);
    exchange.reply(bobPhone, atBob, 200);
    expect(exchange.heard(outsidePhone)).toEqual([]);
    expect(exchange.edge.stack.size).toEqual(empty);
  });
});

describe('a 2xx that the callee repeats', () => {
  it('is relayed each time, and what a repetition asserts is stripped like the first', () => {
    const exchange = new Exchange();
    exchange.send(outsidePhone, exchange.request());
    const invite = exchange.taken(bobPhone, 'INVITE');
    const headers = [[Header.PAssertedIdentity, '<sip:mallory@example.com>']] as const;
    for (let times = 0; times < 3; times++) {
      exchange.reply(bobPhone, invite, 200, { headers });
      const relayed = exchange.answer(outsidePhone, 200);
      expect([relayed.list(Header.Via).length, relayed.toTag]).toEqual([1, `t${bobPhone.port}`]);
      expect(relayed.has(Header.PAssertedIdentity)).toBe(false);
      exchange.clock.advance(exchange.edge.stack, 4_000, 1_000);
    }
    expect(exchange.heard(bobPhone)).toEqual([]);
  });
});

describe('the copies (RFC 3261 §16.6)', () => {
  it('carry one Via more, one hop less, a share of the breadth, and the rest as it was', () => {
    const exchange = new Exchange({}, [bobPhone, deskPhone]);
    const sent = exchange.request({
      headers: ['Max-Breadth: 10', 'X-Odd:   kept as it is', 'Route: <sip:192.0.2.10:5060;lr>'],
    });
    exchange.send(outsidePhone, sent);
    const copies = [exchange.taken(bobPhone, 'INVITE'), exchange.taken(deskPhone, 'INVITE')];
    expect(copies.map((copy) => Number(copy.value(Header.MaxBreadth))).reduce((sum, each) => sum + each)).toBe(10);
    for (const copy of copies) {
      expect(copy.list(Header.Via)).toHaveLength(2);
      expect(copy.list(Header.Via)[1]).toContain('received=198.51.100.7');
      expect(copy.maxForwards).toBe(69);
      expect(copy.has(Header.Route)).toBe(false);
      expect(copy.list(Header.RecordRoute)).toHaveLength(1);
      expect(copy.raw).toContain('\r\nX-Odd:   kept as it is\r\n');
    }
  });
});
