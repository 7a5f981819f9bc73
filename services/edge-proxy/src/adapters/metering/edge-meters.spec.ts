import { Header, type SipRequest } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { bobPhone, deskPhone, Exchange, outsidePhone } from '../../testing/exchange.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { EdgeMeters } from './edge-meters.js';

const contact = { headers: [[Header.Contact, '<sip:bob@192.0.2.20:5062>'] as const] };

function setUp(phones = [bobPhone]) {
  const clock = new ManualClock();
  const meters = new EdgeMeters({
    maxTenants: 10,
    now: () => clock.now(),
    wallClock: () => Date.now(),
    security: { refused: () => undefined, unknownDomain: () => undefined },
  });
  const exchange = new Exchange({ meters, clock }, phones);
  const counts = () => Object.fromEntries(meters.tenants.tenants.entries());
  const cancel = (invite: SipRequest) =>
    exchange.send(outsidePhone, invite.raw.replace(/^INVITE/, 'CANCEL').replace('1 INVITE', '1 CANCEL'));
  return { clock, meters, exchange, counts, cancel };
}

function calls(ended: Partial<Record<'hung-up' | 'cancelled' | 'no-answer' | 'rejected', number>>, answered = 0) {
  const callsEnded = { 'hung-up': 0, cancelled: 0, 'no-answer': 0, rejected: 0, ...ended };
  return { callsBegun: 1, callsAnswered: answered, callsEnded };
}

describe('a call', () => {
  it('that is answered: delays, and its end by a BYE', () => {
    const { clock, meters, exchange, counts } = setUp();
    exchange.send(outsidePhone, exchange.request());
    const invite = exchange.taken(bobPhone, 'INVITE');
    clock.advance(exchange.edge.stack, 400);
    exchange.reply(bobPhone, invite, 180);
    clock.advance(exchange.edge.stack, 2_000);
    exchange.reply(bobPhone, invite, 180);
    exchange.reply(bobPhone, invite, 200, contact);
    expect(counts()).toMatchObject({ acme: calls({}, 1) });
    const { postDialDelaySec, answerDelaySec, callSec } = meters.tenants;
    expect([postDialDelaySec.count, postDialDelaySec.sum]).toEqual([1, 0.4]);
    expect([answerDelaySec.count, answerDelaySec.sum]).toEqual([1, 2.4]);

    const answer = exchange.answer(outsidePhone, 200);
    const bye = exchange.request({
      method: 'BYE',
      cseq: 2,
      uri: 'sip:bob@192.0.2.20:5062',
      to: answer.value(Header.To) ?? '',
      headers: [`Route: ${answer.list(Header.RecordRoute).join(', ')}`],
    });
    exchange.send(outsidePhone, bye);
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'BYE'), 200);
    expect(counts()).toMatchObject({ acme: calls({ 'hung-up': 1 }, 1) });
    expect(callSec.count).toBe(1);
    expect([...meters.transactions.answers()]).toEqual([
      ['INVITE', '200', 1],
      ['BYE', '200', 1],
    ]);
  });

  it('that is answered without ringing has a post-dial delay too', () => {
    const { meters, exchange } = setUp();
    exchange.send(outsidePhone, exchange.request());
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'INVITE'), 200, contact);
    expect(meters.tenants.postDialDelaySec.count).toBe(1);
  });

  it('over several phones is one call', () => {
    const { exchange, counts } = setUp([bobPhone, deskPhone]);
    exchange.send(outsidePhone, exchange.request());
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'INVITE'), 200, contact);
    exchange.reply(deskPhone, exchange.taken(deskPhone, 'INVITE'), 200, contact);
    expect(counts()).toMatchObject({ acme: calls({}, 1) });
  });

  it.each([
    {
      cause: 'rejected',
      code: '486',
      end: ({ exchange }: ReturnType<typeof setUp>) =>
        exchange.reply(bobPhone, exchange.taken(bobPhone, 'INVITE'), 486),
    },
    {
      cause: 'no-answer',
      code: '408',
      end: ({ exchange, clock }: ReturnType<typeof setUp>) => clock.advance(exchange.edge.stack, 33_000),
    },
    {
      cause: 'cancelled',
      code: '487',
      end: ({ exchange, cancel }: ReturnType<typeof setUp>) => {
        const invite = exchange.taken(bobPhone, 'INVITE');
        exchange.reply(bobPhone, invite, 180);
        cancel(exchange.request());
        exchange.reply(bobPhone, exchange.taken(bobPhone, 'CANCEL'), 200);
        exchange.reply(bobPhone, invite, 487);
      },
    },
  ] as const)('that is $cause', ({ cause, code, end }) => {
    const all = setUp();
    all.exchange.send(outsidePhone, all.exchange.request());
    end(all);
    expect(all.counts()).toMatchObject({ acme: calls({ [cause]: 1 }) });
    expect([...all.meters.transactions.answers()]).toContainEqual(['INVITE', code, 1]);
  });

  it('to nobody is no seizure, but a transaction', () => {
    const { meters, exchange, counts } = setUp([]);
    exchange.owning.bindings.clear();
    exchange.send(outsidePhone, exchange.request());
    expect(counts()).toEqual({});
    expect([...meters.transactions.answers()]).toEqual([['INVITE', '480', 1]]);
  });
});
