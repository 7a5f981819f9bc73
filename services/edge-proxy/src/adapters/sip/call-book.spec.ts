import { Header } from '@ringdown/sip-message';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CallAnswer, CallEnd, CallObserver, CallRecord } from '../../ports/call-observer.js';
import { bobPhone, deskPhone, Exchange, outsidePhone } from '../../testing/exchange.js';

class Told implements CallObserver {
  readonly steps: string[] = [];
  readonly records: CallRecord[] = [];
  readonly answers: CallAnswer[] = [];
  readonly endedAtMs: number[] = [];

  started(call: CallRecord): void {
    this.#note('started', call);
  }
  answered(call: CallRecord, answer: CallAnswer): void {
    this.#note('answered', call);
    this.answers.push(answer);
  }
  refreshed(call: CallRecord, sessionExpiresSec: number): void {
    this.#note(`refreshed ${sessionExpiresSec}`, call);
  }
  ended(call: CallRecord, end: CallEnd, atMs?: number): void {
    if (atMs !== undefined) this.endedAtMs.push(atMs);
    const detail = end.kind === 'rejected' ? ` ${end.statusCode}` : end.kind === 'hung-up' ? ` by the ${end.by}` : '';
    this.#note(`${end.kind}${detail}`, call);
  }

  #note(step: string, call: CallRecord): void {
    this.steps.push(step);
    this.records.push(call);
  }
}

const contact = { headers: [[Header.Contact, '<sip:bob@192.0.2.20:5062>'] as const] };

function answeredCall() {
  const calls = new Told();
  const exchange = new Exchange({ calls });
  exchange.send(outsidePhone, exchange.request());
  const invite = exchange.taken(bobPhone, 'INVITE');
  exchange.reply(bobPhone, invite, 200, contact);
  const answer = exchange.answer(outsidePhone, 200);
  const within = (method: string, cseq: number) =>
    exchange.request({
      method,
      cseq,
      uri: 'sip:bob@192.0.2.20:5062',
      to: answer.value(Header.To) ?? '',
      headers: [`Route: ${answer.list(Header.RecordRoute).join(', ')}`],
    });
  return { calls, exchange, invite, within };
}

describe('a call that is not answered', () => {
  it.each([
    {
      name: 'busy',
      end: (exchange: Exchange) => exchange.reply(bobPhone, exchange.taken(bobPhone, 'INVITE'), 486),
      step: 'rejected 486',
    },
    {
      name: 'nobody answers at all',
      end: (exchange: Exchange) => exchange.clock.advance(exchange.edge.stack, 33_000),
      step: 'no-answer',
    },
    {
      name: 'the caller gives up',
      end: (exchange: Exchange) => {
        const invite = exchange.taken(bobPhone, 'INVITE');
        exchange.reply(bobPhone, invite, 180);
        exchange.send(
          outsidePhone,
          exchange
            .request()
            .raw.replace(/^INVITE/, 'CANCEL')
            .replace('1 INVITE', '1 CANCEL'),
        );
        exchange.reply(bobPhone, exchange.taken(bobPhone, 'CANCEL'), 200);
        exchange.reply(bobPhone, invite, 487);
      },
      step: 'cancelled',
    },
  ])('$name: $step', ({ end, step }) => {
    const calls = new Told();
    const exchange = new Exchange({ calls });
    exchange.send(outsidePhone, exchange.request());
    end(exchange);
    expect(calls.steps).toEqual(['started', step]);
    expect(calls.records[1]).toEqual(calls.records[0]);
    expect(calls.records[0]).toMatchObject({
      sipCallId: 'c1',
      originatorTag: 'x1',
      originating: { tenantId: '', identity: 'sip:x@peer.test', place: { kind: 'trunk', value: 'route' } },
      terminating: {
        tenantId: 'acme',
        identity: 'sip:bob@example.com',
        place: { kind: 'binding', value: 'sip:bob@example.com' },
      },
      mediaNode: '',
    });
  });

  it('one that nobody could be asked about has no record', () => {
    const calls = new Told();
    const exchange = new Exchange({ calls }, []);
    exchange.owning.bindings.clear();
    exchange.send(outsidePhone, exchange.request());
    expect([calls.steps, exchange.heard(outsidePhone).at(-1)]).toEqual([[], '480']);
  });

  it('a fork is one call', () => {
    const calls = new Told();
    const exchange = new Exchange({ calls }, [bobPhone, deskPhone]);
    exchange.send(outsidePhone, exchange.request());
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'INVITE'), 200, contact);
    exchange.reply(deskPhone, exchange.taken(deskPhone, 'INVITE'), 200, contact);
    expect(calls.steps).toEqual(['started', 'answered']);
  });
});

describe('a call that is answered', () => {
  afterEach(() => void vi.useRealTimers());

  it('ends when it is hung up, not when nobody has answered that for half a minute', () => {
    const { calls, exchange, within } = answeredCall();
    const byeAtMs = Date.UTC(2026, 10, 22, 10);
    vi.useFakeTimers({ toFake: ['Date'], now: byeAtMs });
    exchange.send(outsidePhone, within('BYE', 2));
    vi.setSystemTime(byeAtMs + 33_000);
    exchange.clock.advance(exchange.edge.stack, 33_000);
    expect([calls.steps.at(-1), calls.endedAtMs]).toEqual(['hung-up by the originator', [byeAtMs]]);
  });

  it.each([
    {
      name: 'with a session interval and a description',
      headers: [[Header.SessionExpires, '1800;refresher=uas']] as const,
      body: 'v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0\r\n',
      expected: { sessionExpiresSec: 1_800, codec: 'PCMA' },
    },
    { name: 'without either', headers: [], body: '', expected: { sessionExpiresSec: 0, codec: '' } },
  ])('$name', ({ headers, body, expected }) => {
    const calls = new Told();
    const exchange = new Exchange({ calls });
    exchange.send(outsidePhone, exchange.request());
    const described = body === '' ? [] : [[Header.ContentType, 'application/sdp'] as const];
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'INVITE'), 200, {
      headers: [...contact.headers, ...headers, ...described],
      ...(body === '' ? {} : { body }),
    });
    expect(calls.answers).toEqual([{ ...expected, isOfTerminator: false }]);
  });

  it('is the same call at another edge that its INVITE is sent to again', () => {
    const [one, other] = [new Told(), new Told()];
    const exchanges = [one, other].map((calls) => new Exchange({ calls }));
    const invite = exchanges[0]!.request();
    for (const exchange of exchanges) exchange.send(outsidePhone, invite);
    expect(one.records[0]?.key).toMatch(/^[0-9a-f]{16}$/);
    expect(other.records[0]?.key).toBe(one.records[0]?.key);
  });

  it.each([
    { name: 'hung up', statusCode: 200, steps: ['hung-up by the originator'] },
    { name: 'hung up, to whom it is over already', statusCode: 481, steps: ['hung-up by the originator'] },
    { name: 'a BYE that is challenged', statusCode: 401, steps: [] },
    { name: 'a BYE that nobody answers', statusCode: undefined, steps: ['hung-up by the originator'] },
  ])('$name', ({ statusCode, steps }) => {
    const { calls, exchange, within } = answeredCall();
    exchange.send(outsidePhone, within('BYE', 2));
    const bye = exchange.taken(bobPhone, 'BYE');
    if (statusCode === undefined) exchange.clock.advance(exchange.edge.stack, 33_000);
    else exchange.reply(bobPhone, bye, statusCode);
    expect(calls.steps).toEqual(['started', 'answered', ...steps]);
    const [first, last] = [calls.records[0], calls.records.at(-1)];
    expect([last?.key, last?.sipCallId, last?.originatorTag]).toEqual([first?.key, 'c1', 'x1']);
  });

  it.each([
    { method: 'INVITE', statusCode: 200, header: '1800;refresher=uas', steps: ['refreshed 1800'] },
    { method: 'UPDATE', statusCode: 200, header: undefined, steps: ['refreshed 0'] },
    { method: 'UPDATE', statusCode: 491, header: '1800', steps: [] },
    { method: 'INFO', statusCode: 200, header: undefined, steps: [] },
  ])('$method, $statusCode, $header: $steps', ({ method, statusCode, header, steps }) => {
    const { calls, exchange, within } = answeredCall();
    exchange.send(outsidePhone, within(method, 2));
    const headers = header === undefined ? [] : [[Header.SessionExpires, header] as const];
    exchange.reply(bobPhone, exchange.taken(bobPhone, method), statusCode, { headers });
    expect(calls.steps).toEqual(['started', 'answered', ...steps]);
  });
});
