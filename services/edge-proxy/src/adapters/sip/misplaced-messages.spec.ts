import { edit, Header, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import type { AssembledEdge } from '../../testing/assembled-edge.js';
import { bobPhone, Exchange, outsidePhone } from '../../testing/exchange.js';

/** Three edges behind one address; calls begin at the first. */
function threeEdges() {
  const exchange = new Exchange({}, [bobPhone], 3);
  const [first, second, third] = exchange.linked.edges as [AssembledEdge, AssembledEdge, AssembledEdge];
  const advance = (byMs: number): void => {
    exchange.clock.advance({ advance: () => exchange.linked.edges.forEach(({ stack }) => stack.advance()) }, byMs, 10);
  };
  return { exchange, first, second, third, advance };
}

/** A request of the INVITE's own transaction: what it is cancelled or its failure acknowledged with. */
function ofInvite(invite: SipRequest, method: 'CANCEL' | 'ACK', response?: SipResponse): string {
  const edited = edit(invite).replace(Header.CSeq, `${invite.cseq.number} ${method}`);
  if (response !== undefined) edited.replace(Header.To, response.value(Header.To) ?? '');
  return edited.toString().replace(/^INVITE /, `${method} `);
}

function ringing() {
  const edges = threeEdges();
  const { exchange } = edges;
  const invite = exchange.request();
  exchange.send(outsidePhone, invite);
  const arrived = exchange.taken(bobPhone, 'INVITE');
  return { ...edges, invite, arrived };
}

describe('responses that reach another edge', () => {
  it('are handed to the edge that their branch names, and go on to the caller', () => {
    const { exchange, second, third, arrived, first } = ringing();
    exchange.reply(bobPhone, arrived, 180, { to: second });
    exchange.reply(bobPhone, arrived, 200, { to: third });
    expect(exchange.heard(outsidePhone)).toEqual(['180', '200']);
    expect(exchange.linked.told).toEqual([
      'edge-2 hands to edge-1: SIP/2.0 180 Ringing',
      'edge-3 hands to edge-1: SIP/2.0 200 OK',
    ]);
    expect([second, third, first].map(({ misplaced }) => misplaced.counters.responsesHandedOver)).toEqual([1, 1, 0]);
  });

  it('are dropped when that edge is gone', () => {
    const { exchange, first, second, arrived } = ringing();
    exchange.linked.kill(first);
    exchange.reply(bobPhone, arrived, 200, { to: second });
    expect(exchange.linked.told).toEqual([]);
    expect(second.misplaced.counters).toMatchObject({ responsesHandedOver: 0, responsesDropped: 1 });
  });

  it.each([
    { name: 'another life of an edge', branch: 'z9hG4bKedge-1~i0~1abcdef' },
    { name: 'an edge that is not known', branch: 'z9hG4bKedge-9~i1~1abcdef' },
    { name: 'this very edge, which waits for none', branch: 'z9hG4bKedge-2~i1~1abcdef' },
    { name: 'an element of another make', branch: 'z9hG4bKnone' },
  ])('are dropped when their branch names $name', ({ branch }) => {
    const { exchange, second, arrived } = ringing();
    const forged = edit(arrived).replaceTopmost(Header.Via, `SIP/2.0/UDP 192.0.2.10:5060;branch=${branch}`).toString();
    exchange.send(bobPhone, forged.replace(/^INVITE [^\r]*/, 'SIP/2.0 200 OK'), second);
    expect(exchange.linked.told).toEqual([]);
    expect(second.misplaced.counters).toMatchObject({ responsesHandedOver: 0, responsesDropped: 1 });
  });

  it('go no further than to one edge: what came over SipLink is never handed over', () => {
    const { exchange, second, third } = ringing();
    const response = `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKedge-3~i1~1abc\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`;
    second.receiveOverLink(bobPhone, response, {});
    exchange.send(bobPhone, response, second);
    expect(exchange.linked.told).toEqual(['edge-2 hands to edge-3: SIP/2.0 200 OK']);
    expect(third.misplaced.counters.responsesDropped).toBe(1);
  });
});

describe('a CANCEL that reaches another edge', () => {
  it('cancels at the edge that has the INVITE, and is answered where it came', () => {
    const { exchange, second, invite, arrived } = ringing();
    exchange.reply(bobPhone, arrived, 180);
    exchange.send(outsidePhone, ofInvite(invite, 'CANCEL'), second);
    const cancel = exchange.taken(bobPhone, 'CANCEL');
    expect(cancel.topmostVia.branch).toBe(arrived.topmostVia.branch);
    exchange.reply(bobPhone, cancel, 200);
    exchange.reply(bobPhone, arrived, 487);
    expect(exchange.heard(outsidePhone)).toEqual(['180', '200', '487']);
    expect(exchange.linked.told).toEqual(['edge-2 asks edge-1: CANCEL', 'edge-2 asks edge-3: CANCEL']);
  });

  it('passes on why', () => {
    const { exchange, second, invite, arrived } = ringing();
    exchange.reply(bobPhone, arrived, 180);
    const cancel = ofInvite(invite, 'CANCEL').replace('\r\nCSeq', '\r\nReason: SIP;cause=200\r\nCSeq');
    exchange.send(outsidePhone, cancel, second);
    expect(exchange.taken(bobPhone, 'CANCEL').value(Header.Reason)).toBe('SIP;cause=200');
  });

  it('gets 481 when nobody has it, once all have said so or 100 ms have passed', () => {
    const { exchange, second, first, advance } = threeEdges();
    exchange.send(outsidePhone, ofInvite(exchange.request(), 'CANCEL'), second);
    expect(exchange.heard(outsidePhone)).toEqual(['481']);
    exchange.linked.hangs = true;
    exchange.send(outsidePhone, ofInvite(exchange.request({ callId: 'c2' }), 'CANCEL'), first);
    advance(90);
    expect(exchange.heard(outsidePhone)).toEqual([]);
    advance(10);
    expect(exchange.heard(outsidePhone)).toEqual(['481']);
    exchange.linked.answer();
    expect(exchange.heard(outsidePhone)).toEqual([]);
  });

  it('is asked about once, however often it is sent again meanwhile', () => {
    const { exchange, second, invite, arrived } = ringing();
    exchange.reply(bobPhone, arrived, 180);
    exchange.linked.hangs = true;
    for (let times = 0; times < 3; times += 1) exchange.send(outsidePhone, ofInvite(invite, 'CANCEL'), second);
    exchange.linked.answer();
    expect(exchange.linked.told).toHaveLength(2);
    expect(exchange.heard(outsidePhone)).toEqual(['180', '200']);
  });
});

describe('an ACK that reaches another edge', () => {
  it('ends the repetitions of a failure', () => {
    const { exchange, second, invite, arrived, advance } = ringing();
    exchange.reply(bobPhone, arrived, 486);
    const busy = exchange.answer(outsidePhone, 486);
    advance(500);
    expect(exchange.heard(outsidePhone)).toEqual(['486']);
    exchange.send(outsidePhone, ofInvite(invite, 'ACK', busy), second);
    advance(8_000);
    expect(exchange.heard(outsidePhone)).toEqual([]);
  });

  it('is dropped when nobody has it', () => {
    const { exchange, second } = threeEdges();
    exchange.send(outsidePhone, exchange.request({ method: 'ACK' }), second);
    expect([exchange.heard(outsidePhone), exchange.heard(bobPhone)]).toEqual([[], []]);
  });
});

describe('an INVITE that is sent again to another edge', () => {
  it('is forked once where the edges have lately changed: the edge that has it repeats its answer', () => {
    const { exchange, second, invite, arrived } = ringing();
    exchange.reply(bobPhone, arrived, 180);
    exchange.linked.unsettled = true;
    exchange.send(outsidePhone, invite, second);
    expect(exchange.heard(bobPhone)).toEqual([]);
    expect(exchange.heard(outsidePhone)).toEqual(['180', '180']);
    expect(second.stack.size).toMatchObject({ inviteServer: 0, inviteClient: 0 });
  });

  it('is forked once, for 32 s, where the balancer has shown that it spreads what is of one transaction', () => {
    const { exchange, first, second, third, invite, arrived, advance } = ringing();
    exchange.reply(bobPhone, arrived, 486);
    exchange.send(outsidePhone, ofInvite(invite, 'ACK', exchange.answer(outsidePhone, 486)), second);
    exchange.heard(bobPhone);
    const asking = (callId: string, edge: AssembledEdge): readonly string[] => {
      exchange.linked.told.length = 0;
      exchange.send(outsidePhone, exchange.request({ callId }), edge);
      return [...exchange.linked.told];
    };
    // Who asked knows it, and who was asked and had the transaction; nobody else.
    expect(asking('c2', first)).toHaveLength(2);
    expect(asking('c2', second)).toHaveLength(2);
    expect(exchange.heard(bobPhone)).toEqual(['INVITE']);
    expect(asking('c3', third)).toEqual([]);
    advance(32_000);
    expect(asking('c4', first)).toEqual([]);
  });

  it('waits at most 100 ms, then goes on as a new one, and before its 100 is due', () => {
    const { exchange, second, advance } = threeEdges();
    exchange.linked.unsettled = true;
    exchange.linked.hangs = true;
    exchange.send(outsidePhone, exchange.request(), second);
    advance(90);
    expect(exchange.heard(bobPhone)).toEqual([]);
    advance(10);
    expect(exchange.heard(bobPhone)).toEqual(['INVITE']);
  });

  it('costs no question while the edges stay the same, nor over a stream or within a dialog', () => {
    const { exchange, second } = threeEdges();
    exchange.send(outsidePhone, exchange.request({ callId: 'settled' }), second);
    exchange.linked.unsettled = true;
    exchange.send(outsidePhone, exchange.request({ callId: 'dialog', to: '<sip:bob@example.com>;tag=t' }), second);
    second.receiveOverLink(outsidePhone, exchange.request({ callId: 'link' }).raw, {});
    expect(exchange.linked.told).toEqual([]);
  });

  it.each([0, 1])('one of two edges that ask each other keeps it, whichever asks first (%i)', (asks) => {
    const { exchange, first, second } = threeEdges();
    exchange.linked.unsettled = true;
    exchange.linked.hangs = true;
    const invite = exchange.request();
    exchange.send(outsidePhone, invite, [first, second][asks]);
    exchange.send(outsidePhone, invite, [second, first][asks]);
    exchange.linked.answer();
    expect(exchange.heard(bobPhone)).toEqual(['INVITE']);
    expect([first, second].map(({ stack }) => stack.size.inviteServer)).toEqual([1, 0]);
  });

  it('a CANCEL that follows it to that edge means the INVITE of the other', () => {
    const { exchange, second, invite, arrived } = ringing();
    exchange.reply(bobPhone, arrived, 180);
    exchange.linked.unsettled = true;
    exchange.linked.hangs = true;
    exchange.send(outsidePhone, invite, second);
    exchange.send(outsidePhone, ofInvite(invite, 'CANCEL'), second);
    exchange.linked.answer();
    expect(exchange.heard(bobPhone)).toEqual(['CANCEL']);
    expect(exchange.heard(outsidePhone)).toEqual(['180', '180', '200']);
  });
});

describe('an INVITE that comes to an edge which is leaving', () => {
  function leaving() {
    const edges = threeEdges();
    edges.first.misplaced.handOver(true);
    return edges;
  }

  it('is another one’s, which answers the caller by itself; what is sent again goes there too, and so does its CANCEL', () => {
    const { exchange, first, second } = leaving();
    const invite = exchange.request();
    exchange.send(outsidePhone, invite, first);
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'INVITE'), 180, { to: second });
    exchange.send(outsidePhone, invite, first);
    exchange.send(outsidePhone, ofInvite(invite, 'CANCEL'), first);
    expect(exchange.heard(outsidePhone)).toEqual(['180', '180', '200']);
    expect(exchange.heard(bobPhone)).toEqual(['CANCEL']);
    expect([first, second].map(({ stack }) => stack.size.inviteServer)).toEqual([0, 1]);
    expect(first.misplaced.counters.handedOver).toBe(2);
  });

  it('stays with the one that it was given to, which asks about it since the edges have changed', () => {
    const { exchange, first, second } = leaving();
    exchange.linked.unsettled = true;
    exchange.send(outsidePhone, exchange.request(), first);
    expect(exchange.linked.told).toEqual([
      'edge-1 gives edge-2: INVITE',
      'edge-2 asks edge-1: INVITE',
      'edge-2 asks edge-3: INVITE',
    ]);
    expect(exchange.heard(bobPhone)).toEqual(['INVITE']);
    expect(second.stack.size.inviteServer).toBe(1);
  });

  it('is this one’s where there is no other', () => {
    const { exchange, first, second, third } = leaving();
    for (const edge of [second, third]) exchange.linked.kill(edge);
    exchange.send(outsidePhone, exchange.request(), first);
    expect(exchange.heard(bobPhone)).toEqual(['INVITE']);
    expect(first.stack.size.inviteServer).toBe(1);
  });

  it('within a call, or over SipLink, is this one’s: it is soon answered, or answered elsewhere', () => {
    const { exchange, first } = leaving();
    exchange.send(outsidePhone, exchange.request({ callId: 'dialog', to: '<sip:bob@example.com>;tag=t' }), first);
    first.receiveOverLink(outsidePhone, exchange.request({ callId: 'link' }).raw, {});
    expect(exchange.linked.told).toEqual([]);
  });
});

it('too many requests that match nothing are not asked about', () => {
  const { exchange, second } = threeEdges();
  for (let count = 0; count < 1_001; count += 1)
    exchange.send(outsidePhone, exchange.request({ method: 'CANCEL', callId: `c${count}` }), second);
  expect(second.misplaced.counters).toMatchObject({ offered: 1_000, notOffered: 1 });
  expect(exchange.heard(outsidePhone).every((answer) => answer === '481')).toBe(true);
});
