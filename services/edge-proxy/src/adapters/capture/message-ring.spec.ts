import type { Flow } from '@ringdown/sip-transport';
import { describe, expect, it } from 'vitest';
import { MessageRing } from './message-ring.js';

const flow = {
  transport: 'UDP',
  local: { host: '192.0.2.1', port: 5060 },
  remote: { host: '198.51.100.7', port: 41_000 },
} as Flow;
const link = { ...flow, transport: 'SIPLINK', peer: { name: 'edge-2', incarnation: 'x' } } as unknown as Flow;
const message = (callId: string, length = 200): string =>
  `BYE sip:a SIP/2.0\r\nCall-ID: ${callId}\r\nX: `.padEnd(length - 4, 'x').concat('\r\n\r\n');

function ring(bytes: number, keepMs = 60_000) {
  const clock = { us: 5_000_000_000 };
  const made = new MessageRing({
    edgeId: 'edge-1',
    bytes,
    keepMs,
    nowUs: () => clock.us,
    peerOf: (of) => (of === link ? undefined : 'registrar'),
  });
  const callIds = async (callId: string): Promise<number> => (await made.find(callId)).messages.length;
  return { ring: made, clock, callIds };
}

describe('MessageRing', () => {
  it('shows the messages of a call as they were, in order', async () => {
    const { ring: one, clock } = ring(100_000);
    const body = message('a').concat('\u00ff\u0000');
    one.add('received', body, flow);
    clock.us += 1_500;
    one.add('sent', message('b'), flow);
    one.add('sent', message('a'), link);
    const at = { local: flow.local, remote: flow.remote, edgeId: 'edge-1' };
    expect((await one.find('a')).messages).toEqual([
      { ...at, atUs: 5_000_000_000, direction: 'received', transport: 'UDP', peer: undefined, raw: body },
      { ...at, atUs: 5_000_001_500, direction: 'sent', transport: 'SIPLINK', peer: 'edge-2', raw: message('a') },
    ]);
    expect(await one.find('c')).toEqual({ messages: [], next: 3 });
    expect((await one.find('a', 1)).messages).toHaveLength(1);
  });

  it('has room for the newest, whatever the size of each', async () => {
    const { ring: one } = ring(10_000);
    for (let i = 0; i < 5_000; i++) one.add('sent', message(`c${i}`, 60 + ((i * 37) % 900)), flow);
    const found: number[] = [];
    for (let i = 0; i < 5_000; i++) {
      const { messages } = await one.find(`c${i}`);
      const [first, ...more] = messages;
      expect(more).toEqual([]);
      if (first === undefined) continue;
      expect(first.raw).toBe(message(`c${i}`, 60 + ((i * 37) % 900)));
      found.push(i);
    }
    expect(found.at(-1)).toBe(4_999);
    expect(found).toEqual(Array.from({ length: found.length }, (_, index) => 5_000 - found.length + index));
    const bytes = found.reduce((sum, i) => sum + 60 + ((i * 37) % 900), 0);
    expect(bytes).toBeGreaterThan(8_000);
    expect(bytes).toBeLessThanOrEqual(10_000);
  });

  it('runs out of places when messages are very short', async () => {
    const { ring: one, callIds } = ring(16 * 256);
    for (let i = 0; i < 20; i++) one.add('sent', message(`c${i}`, 50), flow);
    expect(await callIds('c3')).toBe(0);
    expect(await callIds('c4')).toBe(1);
  });

  it('takes none that is larger than all of it', async () => {
    const { ring: one, callIds } = ring(1_000);
    one.add('sent', message('a', 1_001), flow);
    expect(one.added).toBe(0);
    one.add('sent', message('b', 1_000), flow);
    expect(await callIds('b')).toBe(1);
  });

  it('shows nothing that is too old, and lets go of its flow', async () => {
    const { ring: one, clock, callIds } = ring(100_000, 1_000);
    one.add('sent', message('a'), flow);
    clock.us += 600_000;
    one.add('sent', message('a'), flow);
    expect(one.reachesBackMs).toBe(600);
    clock.us += 600_000;
    one.expire();
    expect(await callIds('a')).toBe(1);
    expect(one.reachesBackMs).toBe(600);
    clock.us += 600_000;
    one.expire();
    expect(await callIds('a')).toBe(0);
    expect(one.reachesBackMs).toBe(0);
    one.add('sent', message('a'), flow);
    expect(await callIds('a')).toBe(1);
  });

  it('gives other work a turn while it looks through many, and is right about what comes and goes meanwhile', async () => {
    const { ring: one } = ring(600_000);
    for (let i = 0; i < 3_000; i++) one.add('sent', message(`c${i % 100}`), flow);
    let turns = 0;
    const counting = setInterval(() => {
      turns += 1;
    }, 0);
    const searching = one.find('c7');
    setImmediate(() => {
      for (let i = 0; i < 2_000; i++) one.add('sent', message(`d${i % 100}`), flow);
      one.add('sent', message('c7'), flow);
    });
    const { messages: found } = await searching;
    clearInterval(counting);
    expect(turns).toBeGreaterThan(0);
    expect(found.every(({ raw }) => raw === message('c7'))).toBe(true);
    // There are 2,344 places: of the first 3,000 the last 343 are left.
    expect(found).toHaveLength(3 + 1);
  });

  it('tells calls apart whose Call-IDs have the same hash', async () => {
    const { ring: one, callIds } = ring(100_000);
    // Two texts with the same FNV-1a of 32 bits.
    one.add('sent', message('costarring'), flow);
    one.add('sent', message('liquid'), flow);
    expect(await callIds('costarring')).toBe(1);
    expect(await callIds('liquid')).toBe(1);
  });
});
