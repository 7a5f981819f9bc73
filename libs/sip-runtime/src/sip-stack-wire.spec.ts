import { parseMessage } from '@ringdown/sip-message';
import type { HostPort } from '@ringdown/sip-transport';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from './testing/manual-clock.js';
import { type MemoryElement, memoryElement, memoryPhone } from './testing/memory-element.js';
import { MemoryNetwork } from './testing/memory-network.js';
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

beforeEach(() => {
  clock = new ManualClock();
  network = new MemoryNetwork();
});

describe('SipStack and the way back (RFC 3261 §18.2, RFC 3581)', () => {
  it.each([
    ['nothing where sent-by is the source', '198.51.100.7:41000', '', 41_000, undefined, undefined],
    ['received where sent-by is another address', '10.0.0.7:41000', '', 41_000, '198.51.100.7', undefined],
    ['received where sent-by is a name', 'phone.example.com:41000', '', 41_000, '198.51.100.7', undefined],
    ['rport and received where rport is asked for', '198.51.100.7:5060', ';rport', 41_000, '198.51.100.7', 41_000],
    ['the sent-by port where rport is not asked for', '198.51.100.7:5070', '', 5_070, undefined, undefined],
    ['port 5060 where sent-by has none', '198.51.100.7', '', 5_060, undefined, undefined],
    ['the truth where the sender lies', '10.0.0.7', ';received=203.0.113.1;rport=9', 41_000, '198.51.100.7', 41_000],
    ['no maddr', '198.51.100.7:41000', ';maddr=203.0.113.1', 41_000, undefined, undefined],
  ])('writes %s', (_what, sentBy, params, port, received, rport) => {
    const bob = element('bob', bobAddress);
    const { port: phonePort } = phone(phoneAddress);
    bob.user.react = (transaction) => bob.stack.reply(transaction, 200);
    phonePort.flowTo(bobAddress).send(writeRequest({ via: `SIP/2.0/UDP ${sentBy}${params};branch=z9hG4bKphone` }));
    network.deliver();
    const seen = bob.user.requests[0];
    expect(seen?.request.topmostVia.received).toBe(received);
    expect(seen?.request.topmostVia.rport).toBe(rport);
    expect(seen?.request.raw).toBe(parseAgain(seen?.request.raw ?? ''));
    expect(seen?.ingress.flow.remote).toEqual(phoneAddress);
    const answer = network.sent.find(({ raw }) => raw.startsWith('SIP/2.0 200'));
    expect(answer?.to).toEqual({ host: phoneAddress.host, port });
    expect(answer?.from).toEqual(bobAddress);
  });

  it('drops responses whose topmost Via is not its own', () => {
    const alice = element('alice', aliceAddress);
    const { port } = phone(phoneAddress);
    const own = `SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKstray`;
    const response = (via: string): string => writeRequest({ via }).replace(/^OPTIONS \S+ SIP\/2.0/, 'SIP/2.0 200 OK');
    port.flowTo(aliceAddress).send(response('SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bKother'));
    port.flowTo(aliceAddress).send(response('SIP/2.0/UDP 192.0.2.1:5061;branch=z9hG4bKother'));
    network.deliver();
    expect(alice.user.log).toEqual([]);
    expect(alice.stack.counters.misdirected).toBe(2);
    // Without a port, sent-by means 5060, which is alice's: hers, though no transaction waits for it.
    port.flowTo(aliceAddress).send(response(own));
    network.deliver();
    expect(alice.user.log).toEqual(['stray 200']);
  });
});

describe('SipStack and what it cannot read', () => {
  const good = writeRequest({ via: 'SIP/2.0/UDP 198.51.100.7:41000;branch=z9hG4bKphone' });

  it.each([
    ['a broken request', good.replace('CSeq: 1 OPTIONS', 'CSeq: one OPTIONS'), 400],
    ['another version', good.replace('SIP/2.0\r\n', 'SIP/7.0\r\n'), 505],
    ['a broken ACK', good.replaceAll('OPTIONS', 'ACK').replace('CSeq: 1 ACK', 'CSeq: one ACK'), undefined],
    ['a broken response', good.replace(/^.*\r\n/, 'SIP/2.0 2x0 OK\r\n'), undefined],
    ['noise', 'hello world', undefined],
  ])('answers %s as it may', (_what, raw, statusCode) => {
    const bob = element('bob', bobAddress);
    const { got, port } = phone(phoneAddress);
    port.flowTo(bobAddress).send(raw);
    network.deliver();
    expect(bob.user.log).toEqual([]);
    expect([...bob.stack.counters.malformed.values()]).toEqual([1]);
    expect(bob.stack.counters.rejected).toBe(statusCode === undefined ? 0 : 1);
    expect(got.map((answer) => answer.split(' ')[1])).toEqual(statusCode === undefined ? [] : [`${statusCode}`]);
  });

  it('answers what a stream cannot frame', () => {
    const bob = element('bob', bobAddress, true);
    const flow = bob.port.flowTo(phoneAddress);
    bob.port.events.malformed(good.replace(/Content-Length.*\r\n/, ''), flow, 'content-length-missing');
    bob.port.events.malformed('noise', flow, 'headers-too-large');
    expect(network.sent.map(({ raw }) => raw.split('\r\n')[0])).toEqual([
      'SIP/2.0 400 Bad Request (content-length-missing)',
    ]);
    expect(bob.stack.counters.malformed).toEqual(
      new Map([
        ['content-length-missing', 1],
        ['headers-too-large', 1],
      ]),
    );
  });
});

function parseAgain(raw: string): string {
  const message = parseMessage(raw);
  return message.kind === 'failure' ? `${message.code} at ${message.offset}` : message.raw;
}
