import { parseMessage, type SipResponse } from '@ringdown/sip-message';
import type { HostPort } from '@ringdown/sip-transport';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from './testing/manual-clock.js';
import { type MemoryElement, memoryElement, memoryPhone } from './testing/memory-element.js';
import { type MemoryFlow, MemoryNetwork } from './testing/memory-network.js';
import { writeRequest } from './testing/written-request.js';

const aliceAddress = { host: '192.0.2.1', port: 5060 };
const bobAddress = { host: '192.0.2.2', port: 5080 };
const phoneAddress = { host: '198.51.100.7', port: 41_000 };

let clock: ManualClock;
let network: MemoryNetwork;

function element(name: string, address: HostPort, reliable = false): MemoryElement {
  return memoryElement({ clock, network }, name, address, reliable);
}

function phone(address: HostPort): ReturnType<typeof memoryPhone> {
  return memoryPhone({ clock, network }, address);
}

function ask(from: MemoryElement, to: HostPort, method: string): void {
  const flow = from.port.flowTo(to);
  const via = from.stack.sentBy.via(flow, from.stack.branches.next());
  from.stack.sendRequest(writeRequest({ method, via }), flow);
}

function responseTo(got: readonly string[], index = 0): SipResponse {
  const message = parseMessage(got[index] ?? '');
  if (message.kind !== 'response') throw new Error(`message ${index} is no response: ${got[index]}`);
  return message;
}

beforeEach(() => {
  clock = new ManualClock();
  network = new MemoryNetwork();
});

describe('SipStack, two of them over datagrams', () => {
  it('asks and answers, and keeps nothing afterwards', () => {
    const alice = element('alice', aliceAddress);
    const bob = element('bob', bobAddress);
    bob.user.react = (transaction) => bob.stack.reply(transaction, 200);
    ask(alice, bobAddress, 'OPTIONS');
    network.deliver();
    expect(bob.user.log).toEqual(['request OPTIONS']);
    expect(alice.user.log).toEqual(['response 200']);
    expect(alice.user.responses[0]?.toTag).toMatch(/^[0-9a-f]{12}$/);
    clock.advance(64 * 500 + 20);
    expect(alice.user.log).toEqual(['response 200', 'terminated non-invite-client']);
    expect(bob.user.log).toEqual(['request OPTIONS', 'terminated non-invite-server']);
    const none = { inviteClient: 0, inviteServer: 0, nonInviteClient: 0, nonInviteServer: 0 };
    expect(alice.stack.size).toEqual(none);
    expect(bob.stack.size).toEqual(none);
    expect(alice.observed).toEqual(['started non-invite-client OPTIONS', 'ended non-invite-client OPTIONS']);
    expect(bob.observed).toEqual(['started non-invite-server OPTIONS', 'ended non-invite-server OPTIONS']);
    expect([alice.answers, bob.answers]).toEqual([[], ['OPTIONS 200']]);
  });

  it('retransmits an INVITE by timer A until something comes, and the 100 goes out by itself', () => {
    const alice = element('alice', aliceAddress);
    element('bob', bobAddress);
    network.loses = ({ to }) => to === bobAddress && network.sent.filter((each) => each.to.port === 5080).length < 4;
    const lost: number[] = [];
    network.loses = (delivery) => {
      if (delivery.to.port !== bobAddress.port || lost.length >= 3) return false;
      lost.push(clock.now());
      return true;
    };
    ask(alice, bobAddress, 'INVITE');
    for (let step = 0; step < 400; step++) {
      network.deliver();
      clock.advance(10);
    }
    // RFC 3261 §17.1.1.2: after T1, 2*T1, 4*T1; then the 100 that bob's stack sends after 200 ms ends it.
    expect(lost.map((time) => Math.round((time - 1_000) / 100) * 100)).toEqual([0, 500, 1_500]);
    expect(alice.user.log).toEqual(['response 100']);
    expect(network.sent.filter(({ raw }) => raw.startsWith('INVITE'))).toHaveLength(4);
  });

  it('absorbs a retransmitted request and repeats the response', () => {
    const bob = element('bob', bobAddress);
    const { got, port } = phone(phoneAddress);
    bob.user.react = (transaction) => bob.stack.reply(transaction, 486);
    const invite = writeRequest({ method: 'INVITE', via: 'SIP/2.0/UDP 198.51.100.7:41000;branch=z9hG4bKphone' });
    port.flowTo(bobAddress).send(invite);
    port.flowTo(bobAddress).send(invite);
    network.deliver();
    expect(bob.user.log).toEqual(['request INVITE']);
    expect(got).toHaveLength(2);
    expect(got[0]).toBe(got[1]);
    port
      .flowTo(bobAddress)
      .send(writeRequest({ method: 'ACK', via: 'SIP/2.0/UDP 198.51.100.7:41000;branch=z9hG4bKphone', toTag: 'x' }));
    network.deliver();
    expect(bob.user.log).toEqual(['request INVITE']);
    clock.advance(5_020);
    expect(bob.user.log).toEqual(['request INVITE', 'terminated invite-server']);
  });

  it('tells that no answer came', () => {
    const alice = element('alice', aliceAddress);
    ask(alice, bobAddress, 'OPTIONS');
    clock.advance(31_980);
    expect(alice.user.log).toEqual([]);
    clock.advance(40);
    expect(alice.user.log).toEqual(['timeout OPTIONS', 'terminated non-invite-client']);
  });

  it('carries a whole call with its ACK to the user', () => {
    const alice = element('alice', aliceAddress);
    const bob = element('bob', bobAddress);
    bob.user.react = (transaction, request) => {
      if (request.method === 'INVITE') bob.stack.reply(transaction, 180, { toTag: 'bob' });
      bob.stack.reply(transaction, 200, { toTag: 'bob' });
    };
    alice.user.reactToResponse = (transaction, response) => {
      if (response.cseq.method !== 'INVITE' || response.statusCode !== 200) return;
      const via = alice.stack.sentBy.via(transaction.flow, alice.stack.branches.next());
      alice.stack.sendStateless(writeRequest({ method: 'ACK', via, toTag: 'bob' }), transaction.flow);
    };
    ask(alice, bobAddress, 'INVITE');
    network.deliver();
    ask(alice, bobAddress, 'BYE');
    network.deliver();
    expect(alice.user.log).toEqual(['response 180', 'response 200', 'response 200']);
    expect(bob.user.log).toEqual(['request INVITE', 'ack', 'request BYE']);
    expect(bob.user.acks[0]?.ingress.flow.remote).toEqual(aliceAddress);
  });

  it('cancels a call that rings', () => {
    const alice = element('alice', aliceAddress);
    const bob = element('bob', bobAddress);
    bob.user.react = (transaction) => bob.stack.reply(transaction, 180, { toTag: 'bob' });
    bob.user.reactToCancel = (transaction, cancelled) => {
      bob.stack.reply(transaction, 200);
      if (cancelled !== undefined) bob.stack.reply(cancelled, 487, { toTag: 'bob' });
    };
    const flow = alice.port.flowTo(bobAddress);
    const via = alice.stack.sentBy.via(flow, alice.stack.branches.next());
    const transaction = alice.stack.sendRequest(writeRequest({ method: 'INVITE', via }), flow);
    if (transaction.kind !== 'invite-client') throw new Error('an INVITE begins an INVITE client transaction');
    network.deliver();
    expect(alice.stack.cancel(transaction)).toBe('sent');
    network.deliver();
    expect(bob.user.log).toEqual(['request INVITE', 'cancel INVITE']);
    expect(alice.user.log.slice(0, 3)).toEqual(['response 180', 'response 200', 'response 487']);
    clock.advance(70_000);
    network.deliver();
    expect(alice.observed).toEqual(['started invite-client INVITE', 'ended invite-client INVITE']);
    expect(alice.stack.size).toEqual({ inviteClient: 0, inviteServer: 0, nonInviteClient: 0, nonInviteServer: 0 });
    expect(bob.stack.size).toEqual({ inviteClient: 0, inviteServer: 0, nonInviteClient: 0, nonInviteServer: 0 });
  });

  it('gives up a transaction that the user abandons', () => {
    const alice = element('alice', aliceAddress);
    const flow = alice.port.flowTo(bobAddress);
    const via = alice.stack.sentBy.via(flow, alice.stack.branches.next());
    const transaction = alice.stack.sendRequest(writeRequest({ method: 'INVITE', via }), flow);
    expect(alice.stack.abandon(transaction)).toBe(true);
    expect(alice.user.log).toEqual(['terminated invite-client']);
  });
});

describe('SipStack and failure', () => {
  it('tells a client transaction at once that its request cannot leave', () => {
    const alice = element('alice', aliceAddress);
    alice.port.flowTo(bobAddress).refuses = true;
    ask(alice, bobAddress, 'INVITE');
    expect(alice.user.log).toEqual(['transport-error invite-client', 'terminated invite-client']);
    expect(alice.stack.counters.sendFailures).toBe(1);
  });

  it('tells every unanswered request of a connection that it broke', () => {
    const alice = element('alice', aliceAddress, true);
    ask(alice, bobAddress, 'INVITE');
    ask(alice, bobAddress, 'OPTIONS');
    alice.port.flowTo(bobAddress).close();
    expect(alice.user.log).toEqual([
      'transport-error invite-client',
      'terminated invite-client',
      'transport-error non-invite-client',
      'terminated non-invite-client',
    ]);
  });

  it('tells the requests to a peer that the kernel will not send to it', () => {
    const alice = element('alice', aliceAddress);
    ask(alice, bobAddress, 'OPTIONS');
    alice.port.events.sendFailed(alice.port.flowTo(bobAddress), new Error('ENETUNREACH'));
    expect(alice.user.log).toEqual(['transport-error non-invite-client', 'terminated non-invite-client']);
  });

  it('sends a response whose connection is gone to the address in Via, and tells when that fails too', () => {
    const bob = element('bob', bobAddress, true);
    const connection = { host: '198.51.100.7', port: 50_123 };
    const via = 'SIP/2.0/TCP 10.1.1.1:5070;branch=z9hG4bKphone';
    const phonePort = memoryPhone({ clock, network }, connection, true).port;
    phonePort.flowTo(bobAddress).send(writeRequest({ method: 'INVITE', via }));
    network.deliver();
    const seen = bob.user.requests[0];
    if (seen === undefined) throw new Error('the INVITE must arrive');
    (seen.ingress.flow as MemoryFlow).close();
    expect(bob.stack.reply(seen.transaction, 486)).toBe('sent');
    // RFC 3261 §18.2.2: the received address, the sent-by port.
    const other = { host: '198.51.100.7', port: 5_070 };
    expect(network.sent.at(-1)).toMatchObject({ to: other });
    expect(bob.user.log).toEqual(['request INVITE']);
    bob.port.flowTo(other).close();
    expect(bob.user.log).toEqual(['request INVITE', 'transport-error invite-server']);
  });

  it('answers 500 where its user fails, and goes on', () => {
    const bob = element('bob', bobAddress);
    const { got, port } = phone(phoneAddress);
    bob.user.react = () => {
      throw new Error('a bug');
    };
    port.flowTo(bobAddress).send(writeRequest({ via: 'SIP/2.0/UDP 198.51.100.7:41000;branch=z9hG4bK1' }));
    network.deliver();
    expect(responseTo(got).statusCode).toBe(500);
    expect(bob.bugs).toHaveLength(1);
    expect(bob.stack.counters.bugs).toBe(1);
    bob.user.react = (transaction) => bob.stack.reply(transaction, 200);
    port.flowTo(bobAddress).send(writeRequest({ via: 'SIP/2.0/UDP 198.51.100.7:41000;branch=z9hG4bK2' }));
    network.deliver();
    expect(responseTo(got, 1).statusCode).toBe(200);
  });

  it('does not take a text that is no request', () => {
    const alice = element('alice', aliceAddress);
    expect(() => alice.stack.sendRequest('SIP/2.0 200 OK', alice.port.flowTo(bobAddress))).toThrow(/is not one/);
  });
});

describe('SipStack and its ports', () => {
  it.each([
    ['UDP', '203.0.113.1', aliceAddress],
    ['UDP', '2001:db8::9', { host: '2001:db8::1', port: 5060 }],
    ['TCP', '203.0.113.1', undefined],
    ['TLS', '203.0.113.1', undefined],
  ] as const)('sends to %s %s from %o', (transport, host, from) => {
    const alice = element('alice', aliceAddress);
    alice.stack.addPort('UDP', network.port({ host: '2001:db8::1', port: 5060 }, alice.stack.events));
    alice.stack.addPort('UDP', network.port({ host: '192.0.2.77', port: 5060 }, alice.stack.events));
    expect(alice.stack.flowTo({ transport, host, port: 5060 })?.local).toEqual(from);
  });

  it('takes whatever bytes come for what they are, and never fails', () => {
    const good = writeRequest({ method: 'INVITE', via: 'SIP/2.0/UDP 198.51.100.7:41000;branch=z9hG4bKphone;rport' });
    const bob = element('bob', bobAddress);
    bob.user.react = (transaction) => bob.stack.reply(transaction, 200);
    const flow = bob.port.flowTo(phoneAddress);
    const cut = fc.tuple(fc.nat(good.length), fc.nat(good.length), fc.uint8Array({ maxLength: 20 }));
    fc.assert(
      fc.property(cut, ([from, length, bytes]) => {
        const noise = Buffer.from(bytes).toString('latin1');
        bob.port.events.message(good.slice(0, from) + noise + good.slice(from + (length % 10)), flow, undefined);
        network.deliver();
        clock.advance(7);
      }),
      { numRuns: 3_000 },
    );
    expect(bob.bugs).toEqual([]);
    clock.advance(100_000);
    network.deliver();
    expect(bob.stack.size).toEqual({ inviteClient: 0, inviteServer: 0, nonInviteClient: 0, nonInviteServer: 0 });
    expect(bob.user.requests.length).toBeGreaterThan(10);
    expect(bob.stack.counters.rejected).toBeGreaterThan(10);
  });
});

describe('SipStack and order', () => {
  it('handles one message at a time, also where sending delivers at once', () => {
    const bob = element('bob', bobAddress);
    const order: string[] = [];
    const back = bob.port.flowTo(phoneAddress);
    const second = writeRequest({ via: 'SIP/2.0/UDP 198.51.100.7:41000;branch=z9hG4bK2', callId: 'second' });
    bob.user.react = (transaction, request) => {
      order.push(`begin ${request.callId}`);
      if (request.callId === 'first') bob.port.events.message(second, back, undefined);
      bob.stack.reply(transaction, 200);
      order.push(`end ${request.callId}`);
    };
    const first = writeRequest({ via: 'SIP/2.0/UDP 198.51.100.7:41000;branch=z9hG4bK1', callId: 'first' });
    bob.port.events.message(first, back, { flowToken: 'mine' });
    expect(order).toEqual(['begin first', 'end first', 'begin second', 'end second']);
    expect(bob.user.requests.map(({ ingress }) => ingress.envelope?.flowToken)).toEqual(['mine', undefined]);
  });

  it('is silent after it was closed', () => {
    const alice = element('alice', aliceAddress);
    ask(alice, bobAddress, 'OPTIONS');
    alice.stack.close();
    const before = network.sent.length;
    clock.advance(40_000);
    expect(network.sent).toHaveLength(before);
  });
});
