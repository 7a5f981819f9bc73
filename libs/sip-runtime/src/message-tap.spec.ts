import type { HostPort } from '@ringdown/sip-transport';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from './testing/manual-clock.js';
import { type MemoryElement, memoryElement, memoryPhone } from './testing/memory-element.js';
import { MemoryNetwork } from './testing/memory-network.js';
import { writeRequest } from './testing/written-request.js';

const bobAddress = { host: '192.0.2.2', port: 5080 };
const phoneAddress = { host: '198.51.100.7', port: 41_000 };
const way = (port: number): string => `SIP/2.0/UDP 198.51.100.7:${port};branch=z9hG4bKphone`;

let network: MemoryNetwork;
let bob: MemoryElement;
let from: (address: HostPort) => { send(raw: string): void };

beforeEach(() => {
  const clock = new ManualClock();
  network = new MemoryNetwork();
  bob = memoryElement({ clock, network }, 'bob', bobAddress);
  from = (address) => {
    const flow = memoryPhone({ clock, network }, address).port.flowTo(bobAddress);
    return { send: (raw) => void flow.send(raw) };
  };
});

describe('a stack with a tap', () => {
  it('shows what comes, what answers it, and each repetition', () => {
    bob.user.react = (transaction) => bob.stack.reply(transaction, 200);
    const phone = from(phoneAddress);
    phone.send(writeRequest({ via: way(41_000) }));
    network.deliver();
    phone.send(writeRequest({ via: way(41_000) }));
    network.deliver();
    const [request] = bob.tapped;
    expect(request).toMatch(/^from 41000 OPTIONS /);
    expect(bob.tapped).toEqual([request, 'to 41000 SIP/2.0 200 OK', request, 'to 41000 SIP/2.0 200 OK']);
  });

  it('shows what it cannot read, and what it says to that', () => {
    from(phoneAddress).send(writeRequest({ via: way(41_000) }).replace(/\r\nCall-ID:[^\r]*/, ''));
    network.deliver();
    expect(bob.tapped).toHaveLength(2);
    expect(bob.tapped[1]).toMatch(/^to 41000 SIP\/2\.0 400 /);
  });

  it('shows what is sent without a transaction, and not what no flow takes', () => {
    const open = bob.port.flowTo(phoneAddress);
    expect(bob.stack.sendStateless('ACK sip:a SIP/2.0\r\n\r\n', open)).toBe(true);
    const closed = { ...open, send: () => false, closed: true } as unknown as typeof open;
    expect(bob.stack.sendStateless('BYE sip:a SIP/2.0\r\n\r\n', closed)).toBe(false);
    expect(bob.tapped).toEqual(['to 41000 ACK sip:a SIP/2.0']);
  });
});
