import type { edge } from '@ringdown/contracts';
import { InProcessBus, OutageLog, ServiceError, silentLogger } from '@ringdown/platform';
import type { Flow } from '@ringdown/sip-transport';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { edgeService } from '../grpc/edge-service.js';
import { EdgeCapture } from './edge-capture.js';

const limits = { keepMs: 60_000, bytes: 200_000, keptBytes: 50_000 };
const local = { host: '192.0.2.1', port: 5060 };
const phone = { transport: 'UDP', local, remote: { host: '198.51.100.7', port: 41_000 } } as Flow;
const link = (name: string): Flow =>
  ({ ...phone, transport: 'SIPLINK', peer: { name, incarnation: 'x' } }) as unknown as Flow;
const request = (callId: string, more = ''): string =>
  `INVITE sip:b SIP/2.0\r\nCall-ID: ${callId}\r\nCSeq: 1 INVITE\r\n${more}\r\n`;
const response = (callId: string, statusCode: number): string =>
  `SIP/2.0 ${statusCode} X\r\nCall-ID: ${callId}\r\nCSeq: 1 INVITE\r\n\r\n`;

const opened: { close(): void }[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const each of opened.splice(0)) each.close();
});

/** Edges that know each other; those in `without` keep no messages. */
function edges(count: number, without: readonly string[] = []) {
  const bus = new InProcessBus({ logger: silentLogger() });
  const services = new Map<string, edge.EdgeService>();
  const captures = Array.from({ length: count }, (_, index) => {
    const edgeId = `edge-${index + 1}`;
    const capture = new EdgeCapture({
      edgeId,
      limits: without.includes(edgeId) ? undefined : limits,
      bus,
      outages: new OutageLog(silentLogger()),
      others: () => [...services].filter(([id]) => id !== edgeId),
      peerOf: ({ transport }) => (transport === 'SIPLINK' && index > 1 ? 'registrar' : undefined),
    });
    services.set(
      edgeId,
      edgeService({ claim: () => 'ok', take: () => false, messages: (callId) => capture.own(callId) }),
    );
    opened.push(capture);
    return capture;
  });
  return { bus, services, captures };
}

describe('EdgeCapture', () => {
  it('gives what all edges have, by time, with secrets blanked by whoever has them', async () => {
    const { captures, services } = edges(2);
    captures[0]!.tap?.received(request('a', 'Authorization: Digest response="abc"\r\n'), phone);
    captures[0]!.tap?.sent(request('a'), link('edge-2'));
    captures[1]!.tap?.received(request('a', 'X: 1\r\n'), link('edge-1'));
    captures[1]!.tap?.sent(request('b'), phone);
    const { messages, edges: asked, kept } = await captures[1]!.all('a');
    expect(messages.map(({ edgeId, direction, transport, peer }) => [edgeId, direction, transport, peer])).toEqual([
      ['edge-1', 'received', 'UDP', undefined],
      ['edge-1', 'sent', 'SIPLINK', 'edge-2'],
      ['edge-2', 'received', 'SIPLINK', 'edge-1'],
    ]);
    expect(messages[0]).toMatchObject({ local, remote: phone.remote });
    expect(messages[0]?.raw).toBe(request('a', 'Authorization: Digest response="***"\r\n'));
    expect(asked.map(({ edgeId, answer }) => [edgeId, answer])).toEqual([
      ['edge-1', 'found'],
      ['edge-2', 'found'],
    ]);
    expect(kept).toBeUndefined();
    const [wire] = (await services.get('edge-1')!.findMessages({ sipCallId: 'a' }, {} as never)).messages;
    expect(wire?.sip.toString('latin1')).toContain('response="***"');
  });

  it('says which edges keep nothing, and which do not answer', async () => {
    const { captures, services } = edges(3, ['edge-2']);
    services.set('edge-3', {
      ...services.get('edge-3')!,
      findMessages: () => Promise.reject(new ServiceError('unavailable', 'gone')),
    });
    captures[0]!.tap?.received(request('a'), phone);
    const found = await captures[0]!.all('a');
    expect(found.messages).toHaveLength(1);
    expect(found.edges.map(({ edgeId, answer }) => [edgeId, answer])).toEqual([
      ['edge-1', 'found'],
      ['edge-2', 'keeps-none'],
      ['edge-3', 'silent'],
    ]);
    // One that keeps none can be asked all the same.
    expect((await captures[1]!.all('a')).messages).toHaveLength(1);
  });

  it('names services as they are called within the platform', async () => {
    const { captures } = edges(3);
    captures[2]!.tap?.sent(request('a'), link('10.0.0.9:9090'));
    expect((await captures[2]!.all('a')).messages[0]?.peer).toBe('registrar');
  });

  it('has all edges keep a call that failed at one of them, longer than the ring reaches', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'performance', 'Date'] });
    const { captures, bus } = edges(2);
    const [one, two] = captures.map(({ tap }) => tap!);
    one!.received(request('a'), phone);
    vi.advanceTimersByTime(1);
    two!.sent(request('a'), phone);
    two!.sent(response('a', 503), link('edge-1'));
    expect((await captures[0]!.all('a')).kept).toBeUndefined();
    vi.advanceTimersByTime(1);
    one!.sent(response('a', 503), phone);
    await bus.flush();
    await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(1_000);
    await new Promise((resolve) => setImmediate(resolve));
    one!.received(request('a', 'X: late\r\n'), phone);
    vi.advanceTimersByTime(1_000);
    await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 3_000; i++) one!.sent(request(`other-${i}`), phone);
    vi.advanceTimersByTime(600_000);
    const { messages, kept } = await captures[0]!.all('a');
    expect(kept).toBe('failed');
    expect(messages.map(({ edgeId, raw }) => `${edgeId} ${raw.slice(0, 11)}`)).toEqual([
      'edge-1 INVITE sip:',
      'edge-2 INVITE sip:',
      'edge-2 SIP/2.0 503',
      'edge-1 SIP/2.0 503',
      'edge-1 INVITE sip:',
    ]);
    expect(captures[0]!.fill).toMatchObject({ keptCalls: 1 });
  });

  it('keeps what an operator names, at every edge', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'performance', 'Date'] });
    const { captures, bus } = edges(2, ['edge-1']);
    captures[1]!.tap?.received(request('a'), phone);
    captures[0]!.keep('a');
    await bus.flush();
    await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(1_000);
    await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(120_000);
    expect(await captures[0]!.all('a')).toMatchObject({ kept: 'operator', messages: [{ edgeId: 'edge-2' }] });
  });

  it('keeps a call that took long to ring', () => {
    const [capture] = edges(1).captures;
    capture!.rang('quick', 5.9);
    expect(capture!.fill?.keptCalls).toBe(0);
    capture!.rang('slow', 6);
    capture!.rang('slow', 7);
    expect(capture!.fill?.keptCalls).toBe(1);
  });

  it('proposes five calls a second at the most, and none for what a callee declines', async () => {
    const { captures } = edges(1);
    for (let i = 0; i < 100; i++) captures[0]!.tap?.sent(response(`d${i}`, 603), phone);
    expect(captures[0]!.fill?.keptCalls).toBe(0);
    for (let i = 0; i < 100; i++) captures[0]!.tap?.sent(response(`c${i}`, 503), phone);
    expect(captures[0]!.fill?.keptCalls).toBe(5);
  });

  it('cuts an answer that would be too large, and says so', async () => {
    const bus = new InProcessBus({ logger: silentLogger() });
    const large = { ...limits, bytes: 8_000_000 };
    const capture = new EdgeCapture({
      edgeId: 'e',
      limits: large,
      bus,
      outages: new OutageLog(silentLogger()),
      others: () => [],
      peerOf: () => undefined,
    });
    opened.push(capture);
    for (let i = 0; i < 100; i++) capture.tap?.sent(request('a', `X: ${'x'.repeat(50_000)}\r\n`), phone);
    const { messages, edges: asked } = await capture.all('a');
    expect(messages).toHaveLength(41);
    expect(asked[0]?.truncated).toBe(true);
  });
});
