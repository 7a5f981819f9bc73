import type { CallContext, location } from '@ringdown/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GrpcClientOptions } from './grpc-client.js';
import { createLogger } from './logger.js';
import { ServiceError, serviceErrorCodes } from './service-error.js';
import { eventually } from './testing/eventually.js';
import { type Answers, GrpcWorld } from './testing/grpc-world.js';

// Real sockets and servers, on a machine that may be busy with other things.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const lookup: location.LookupRequest = { tenantId: 'demo', addressOfRecord: 'sip:alice@demo.ringdown.test' };
const world = new GrpcWorld();
afterEach(() => world.end());

describe('a unary method', () => {
  it('answers as if it were called in the process', async () => {
    const { address } = await world.serve({
      lookup: async (request) => ({ version: request.addressOfRecord.length, bindings: [] }),
    });
    const { client } = world.connect([address]);
    await expect(client.lookup(lookup)).resolves.toEqual({ version: lookup.addressOfRecord.length, bindings: [] });
  });

  it.each(serviceErrorCodes.filter((code) => code !== 'cancelled'))(
    'carries the error %s with message and details',
    async (code) => {
      const thrown = new ServiceError(code, 'Grün: 5 contacts at most', { max: '5', was: 'ü' });
      const { address } = await world.serve({ lookup: () => Promise.reject(thrown) });
      const { client } = world.connect([address]);
      const error = await client.lookup(lookup).catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(ServiceError);
      expect(error).toMatchObject({ code, details: { max: '5', was: 'ü' } });
      expect((error as ServiceError).message).toContain('Grün: 5 contacts at most');
    },
  );

  it('keeps a bug in the server, and logs it there', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'location',
      level: 'error',
      write: (line) => void lines.push(line),
      pretty: false,
    });
    const bug = () => {
      throw new TypeError('password is undefined');
    };
    const { address } = await world.serve({ lookup: bug }, { logger });
    const { client } = world.connect([address]);
    await expect(client.lookup(lookup)).rejects.toMatchObject({ code: 'internal', message: 'Internal error' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('password is undefined');
  });

  it.each<[string, GrpcClientOptions, CallContext | undefined]>([
    ['the client', { timeoutMs: 50 }, undefined],
    ['the call', {}, { timeoutMs: 50 }],
  ])('ends at the deadline of %s, and the server is told', async (_whose, options, context) => {
    let aborted = false;
    let leftMs: number | undefined;
    const { address } = await world.serve({
      lookup: (_request, call) => {
        leftMs = call?.timeoutMs;
        return new Promise((_resolve, reject) => {
          call?.signal?.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('aborted'));
          });
        });
      },
    });
    const { client, channel } = world.connect([address], options);
    await channel.ready(2_000);
    await expect(client.lookup(lookup, context)).rejects.toMatchObject({ code: 'deadline' });
    await eventually(() => aborted);
    expect(leftMs).toBeLessThanOrEqual(50);
  });

  it('has a deadline also towards a peer that never speaks', async () => {
    const { client } = world.connect([await world.silentPeer()], { timeoutMs: 100 });
    await expect(client.lookup(lookup)).rejects.toBeInstanceOf(ServiceError);
  });

  it('ends when the caller gives up', async () => {
    const { address } = await world.serve({ lookup: () => new Promise(() => undefined) });
    const { client } = world.connect([address]);
    const abort = new AbortController();
    const call = client.lookup(lookup, { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    await expect(client.lookup(lookup, { signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('several addresses', () => {
  const answering = (version: number): Answers => ({ lookup: async () => ({ version, bindings: [] }) });

  it('are those that a name has now: a call goes to one that came, and what is under way to one that went goes on', async () => {
    const release = Promise.withResolvers<void>();
    const slow = await world.serve({
      lookup: async () => {
        await release.promise;
        return { version: 1, bindings: [] };
      },
    });
    const other = await world.serve(answering(2), {}, { host: '127.0.0.2', port: slow.address.port });
    let found = ['127.0.0.1'];
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { client, channel } = world.connect([{ host: 'location', port: slow.address.port }], {
      lookup: async () => found,
    });
    await expect(client.lookup(lookup)).rejects.toMatchObject({
      code: 'unavailable',
      message: /no address is known yet/,
    });
    await channel.ready(2_000);
    const underWay = client.lookup(lookup);
    found = ['127.0.0.2'];
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    expect(other.address.port).toBe(slow.address.port);
    await expect(client.lookup(lookup)).resolves.toMatchObject({ version: 2 });
    release.resolve();
    await expect(underWay).resolves.toMatchObject({ version: 1 });
  });

  it('are used in turn', async () => {
    const one = await world.serve(answering(1));
    const two = await world.serve(answering(2));
    const { client, channel } = world.connect([one.address, two.address]);
    await channel.ready(2_000);
    const counts = [0, 0, 0];
    for (let i = 0; i < 40; i += 1) {
      const { version } = await client.lookup(lookup);
      counts[version] = (counts[version] ?? 0) + 1;
    }
    expect(counts[1]).toBeGreaterThan(10);
    expect(counts[2]).toBeGreaterThan(10);
  });

  it('stand in for one that is down, one that says it is unavailable, and one that is drained', async () => {
    const dead = await world.serve(answering(1));
    dead.server.stop();
    const sick = await world.serve({
      lookup: () => Promise.reject(new ServiceError('unavailable', 'Postgres is not available')),
    });
    const drained = await world.serve(answering(3));
    const well = await world.serve(answering(4));
    const { client } = world.connect([dead.address, sick.address, drained.address, well.address]);
    const versions = new Set<number>();
    for (let i = 0; i < 500 && versions.size < 2; i += 1) versions.add((await client.lookup(lookup)).version);
    expect(versions).toEqual(new Set([3, 4]));
    await drained.server.drain(1_000);
    for (let i = 0; i < 12; i += 1) expect((await client.lookup(lookup)).version).toBe(4);
  });

  it('are not tried again where the service said no, or failover is off', async () => {
    let calls = 0;
    const refuse = (code: 'conflict' | 'unavailable'): Answers => ({
      lookup: () => {
        calls += 1;
        return Promise.reject(new ServiceError(code, 'no'));
      },
    });
    const [one, two] = [await world.serve(refuse('conflict')), await world.serve(refuse('conflict'))];
    await expect(world.connect([one.address, two.address]).client.lookup(lookup)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(calls).toBe(1);
    const [three, four] = [await world.serve(refuse('unavailable')), await world.serve(refuse('unavailable'))];
    const once = world.connect([three.address, four.address], { failover: false });
    await expect(once.client.lookup(lookup)).rejects.toMatchObject({ code: 'unavailable' });
    expect(calls).toBe(2);
    const both = world.connect([three.address, four.address]);
    await expect(both.client.lookup(lookup)).rejects.toMatchObject({ code: 'unavailable' });
    expect(calls).toBe(4);
  });

  it('come back by themselves', async () => {
    const first = await world.serve(answering(1));
    const { client, channel } = world.connect([first.address], { timeoutMs: 500 });
    await client.lookup(lookup);
    first.server.stop();
    await expect(client.lookup(lookup)).rejects.toMatchObject({ code: expect.stringMatching(/unavailable|deadline/) });
    await world.serve(answering(2), {}, first.address);
    expect(await channel.ready(10_000)).toBe(true);
    await expect(client.lookup(lookup)).resolves.toMatchObject({ version: 2 });
  });

  it('say when none is there', async () => {
    const gone = await world.serve(answering(1));
    gone.server.stop();
    const { channel, client } = world.connect([gone.address], { timeoutMs: 300 });
    expect(await channel.ready(300)).toBe(false);
    await expect(client.lookup(lookup)).rejects.toBeInstanceOf(ServiceError);
  });
});

describe('a streaming method', () => {
  const heartbeat = (position: number): location.WatchResponse => ({
    position,
    event: { $case: 'heartbeat', value: {} },
  });

  it('hands over all answers and ends', async () => {
    const { address } = await world.serve({
      async *watch(request) {
        for (let i = 0; i < 1_000; i += 1) yield heartbeat(request.afterPosition + i);
      },
    });
    const { client } = world.connect([address]);
    const positions: number[] = [];
    for await (const { position } of client.watch({ tenantId: '', afterPosition: 7 })) positions.push(position);
    expect(positions).toEqual(Array.from({ length: 1_000 }, (_item, i) => 7 + i));
  });

  it('produces no faster than the reader reads', async () => {
    let produced = 0;
    const padding = 'x'.repeat(1_000);
    const changed = (position: number): location.WatchResponse => ({
      position,
      event: {
        $case: 'changed',
        value: { tenantId: 'demo', addressOfRecord: padding, version: 1, bindings: [], reason: 0 },
      },
    });
    const { address } = await world.serve({
      async *watch() {
        for (;;) {
          produced += 1;
          yield changed(produced);
        }
      },
    });
    const { client } = world.connect([address]);
    const stream = client.watch({ tenantId: '', afterPosition: 0 })[Symbol.asyncIterator]();
    await stream.next();
    let before = -1;
    await eventually(() => {
      const settled = produced === before;
      before = produced;
      return settled;
    });
    expect(produced).toBeLessThan(2_000);
    await stream.return?.();
  });

  it.each<[string, (watching: AsyncIterator<unknown>, abort: AbortController) => void]>([
    ['the reader leaves', (watching) => void watching.return?.()],
    ['the caller aborts', (_watching, abort) => abort.abort()],
  ])('ends in the server when %s', async (_when, leave) => {
    let ended = false;
    const { address } = await world.serve({
      async *watch(_request, call) {
        try {
          yield heartbeat(1);
          await new Promise<void>((resolve) => call?.signal?.addEventListener('abort', () => resolve()));
        } finally {
          ended = true;
        }
      },
    });
    const { client } = world.connect([address]);
    const abort = new AbortController();
    const watching = client.watch({ tenantId: '', afterPosition: 0 }, { signal: abort.signal })[Symbol.asyncIterator]();
    await watching.next();
    leave(watching, abort);
    await eventually(() => ended);
    expect(ended).toBe(true);
  });

  it('carries an error after the answers before it', async () => {
    const { address } = await world.serve({
      async *watch() {
        yield heartbeat(1);
        throw new ServiceError('resource-exhausted', 'Too slow', { kept: '10' });
      },
    });
    const { client } = world.connect([address]);
    const watching = client.watch({ tenantId: '', afterPosition: 0 })[Symbol.asyncIterator]();
    await expect(watching.next()).resolves.toMatchObject({ value: { position: 1 } });
    await expect(watching.next()).rejects.toMatchObject({ code: 'resource-exhausted', details: { kept: '10' } });
  });

  it('gives up on a peer that does not take it up, not on a quiet stream', async () => {
    const silent = world.connect([await world.silentPeer()], { timeoutMs: 100 });
    const refused = silent.client.watch({ tenantId: '', afterPosition: 0 })[Symbol.asyncIterator]();
    await expect(refused.next()).rejects.toMatchObject({ code: 'deadline' });
    const release = Promise.withResolvers<void>();
    const { address } = await world.serve({
      async *watch() {
        await release.promise;
        yield heartbeat(2);
      },
    });
    const quiet = world.connect([address], { timeoutMs: 150 });
    const watching = quiet.client.watch({ tenantId: '', afterPosition: 0 })[Symbol.asyncIterator]();
    const first = watching.next();
    setTimeout(() => release.resolve(), 300);
    await expect(first).resolves.toMatchObject({ value: { position: 2 } });
    await watching.return?.();
  });
});
