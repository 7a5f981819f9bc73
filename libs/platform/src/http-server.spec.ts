import { createServer } from 'node:net';
import { Counter, Gauge } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InProcessBus } from './bus-in-process.js';
import { mergedMetrics } from './exposition.js';
import { Health } from './health.js';
import { type HttpPart, HttpServer } from './http-server.js';
import { createLogger, type Logger, silentLogger } from './logger.js';
import { createMetrics, createProcessMetrics } from './metrics.js';
import { openModule } from './nest-context.js';
import { createServiceContext } from './service-context.js';
import { readSettings } from './settings.js';
import { ContextHolder, ContextHolderModule, slowModule, ThingModule } from './testing/nest-modules.js';

// Real sockets and servers, on a machine that may be busy with other things.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function open(o: {
  health?: Health;
  parts?: readonly HttpPart[];
  registries?: Parameters<typeof mergedMetrics>[0];
  logger?: Logger;
}) {
  const server = await HttpServer.create({
    logger: o.logger ?? silentLogger(),
    health: o.health ?? new Health(),
    registries: () => o.registries ?? [],
    parts: o.parts ?? [],
  });
  cleanups.push(() => server.stop());
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const request = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
  return { server, request, port };
}

describe('/healthz and /readyz', () => {
  it('are fine where nothing is needed', async () => {
    const { request } = await open({});
    const [alive, ready] = await Promise.all([request('/healthz'), request('/readyz')]);
    expect([alive.status, await alive.json()]).toEqual([200, { status: 'ok' }]);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, checks: [] }]);
    expect(alive.headers.get('cache-control')).toBe('no-store');
  });

  it('say which dependency is not ready, and why; the process is alive all the same', async () => {
    const health = new Health({ timeoutMs: 50 });
    health.add('location/postgres', async () => undefined);
    const removeNats = health.add('edge-proxy/nats', () => Promise.reject(new Error('NATS is not connected')));
    const removeSlow = health.add('edge-proxy/directory', () => new Promise(() => undefined));
    const { request } = await open({ health });
    const ready = await request('/readyz');
    expect([ready.status, await ready.json()]).toEqual([
      503,
      {
        ready: false,
        checks: [
          { name: 'location/postgres', ready: true },
          { name: 'edge-proxy/nats', ready: false, reason: 'NATS is not connected' },
          { name: 'edge-proxy/directory', ready: false, reason: 'no answer within 50 ms' },
        ],
      },
    ]);
    expect((await request('/healthz')).status).toBe(200);
    removeNats();
    removeSlow();
    expect((await request('/readyz')).status).toBe(200);
    expect(() => health.add('location/postgres', async () => undefined)).toThrow('location/postgres');
  });

  it('send balancers away while the process drains', async () => {
    const { server, request } = await open({});
    server.drain();
    const ready = await request('/readyz');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ checks: [{ reason: 'the process is shutting down' }] });
    expect((await request('/healthz')).status).toBe(200);
  });
});

describe('/sipz', () => {
  it('is not there in a process without SIP sockets', async () => {
    const { request } = await open({});
    expect((await request('/sipz')).status).toBe(404);
  });

  it('says whether the SIP sockets answer, whatever else is away, and while the process ends', async () => {
    const health = new Health({ timeoutMs: 50 });
    health.add('edge-proxy/registrar', () => Promise.reject(new Error('no registrar has accepted a stream')));
    let answers = true;
    const check = () => (answers ? Promise.resolve() : Promise.reject(new Error('no answer to OPTIONS over UDP')));
    const remove = health.addSip('edge-proxy/sip', check);
    const { server, request } = await open({ health });
    const fine = await request('/sipz');
    expect([fine.status, await fine.json()]).toEqual([
      200,
      { ready: true, checks: [{ name: 'edge-proxy/sip', ready: true }] },
    ]);
    answers = false;
    const [deaf, ready, alive] = await Promise.all([request('/sipz'), request('/readyz'), request('/healthz')]);
    expect([deaf.status, ready.status, alive.status]).toEqual([503, 503, 200]);
    expect(await deaf.json()).toMatchObject({ checks: [{ reason: 'no answer to OPTIONS over UDP' }] });
    expect(await ready.json()).toMatchObject({
      checks: [{ name: 'edge-proxy/registrar' }, { name: 'edge-proxy/sip', ready: false }],
    });
    answers = true;
    server.drain();
    expect((await request('/sipz')).status).toBe(200);
    remove();
    expect((await request('/sipz')).status).toBe(404);
  });
});

describe('/metrics', () => {
  it('merges the services of a process, each under its label', async () => {
    const [edge, location] = [createMetrics('edge-proxy'), createMetrics('location')];
    for (const registry of [edge, location])
      new Counter({ name: 'calls_total', help: 'Calls', registers: [registry] }).inc(registry === edge ? 2 : 3);
    new Gauge({ name: 'bindings', help: 'Bindings', labelNames: ['tenant'], registers: [location] }).set(
      { tenant: 'demo' },
      5,
    );
    const { request } = await open({ registries: [edge, location] });
    const response = await request('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(
      (await response.text())
        .trim()
        .split('\n')
        .filter((line) => line !== ''),
    ).toEqual([
      '# HELP ringdown_ready Whether each check of /readyz passes: 1, or 0',
      '# TYPE ringdown_ready gauge',
      '# HELP calls_total Calls',
      '# TYPE calls_total counter',
      'calls_total{service="edge-proxy"} 2',
      'calls_total{service="location"} 3',
      '# HELP bindings Bindings',
      '# TYPE bindings gauge',
      'bindings{tenant="demo",service="location"} 5',
    ]);
  });

  it('speaks OpenMetrics with who asks for it, and says what is ready', async () => {
    const health = new Health();
    health.add('location/postgres', async () => undefined);
    health.add('edge-proxy/nats', () => Promise.reject(new Error('NATS is not connected')));
    const { request } = await open({ health });
    const response = await request('/metrics', { headers: { accept: 'application/openmetrics-text;version=1.0.0' } });
    expect(response.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect((await response.text()).split('\n').slice(2)).toEqual([
      'ringdown_ready{check="location/postgres"} 1',
      'ringdown_ready{check="edge-proxy/nats"} 0',
      '# EOF',
      '',
    ]);
  });

  it('has the process itself once', async () => {
    const text = await mergedMetrics([createProcessMetrics(), createMetrics('location')]);
    expect(text.match(/^process_cpu_user_seconds_total /gm)).toHaveLength(1);
  });
});

describe('the server', () => {
  it('serves what services add, configured by them', async () => {
    const part: HttpPart = {
      module: ThingModule,
      configure: (app) => {
        app
          .getHttpAdapter()
          .getInstance()
          .addHook('onSend', async (_request, reply) => void reply.header('x-part', 'yes'));
      },
    };
    const { request } = await open({ parts: [part] });
    const things = await request('/v1/things');
    expect([things.status, things.headers.get('x-part'), await things.json()]).toEqual([200, 'yes', { items: ['a'] }]);
    expect((await request('/nothing')).status).toBe(404);
  });

  it('answers a URL that can not be decoded with problem+json (RFC 9457)', async () => {
    const { request } = await open({ parts: [{ module: ThingModule }] });
    const answer = await request('/v1/things/%zz');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json; charset=utf-8',
    ]);
    expect(await answer.json()).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'The URL is malformed; check its percent-encoding.',
    });
  });

  it('keeps a bug to itself, and logs it', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'process',
      level: 'warn',
      write: (line) => void lines.push(line),
      pretty: false,
    });
    const { request } = await open({ parts: [{ module: ThingModule }], logger });
    const answer = await request('/v1/things', { method: 'POST' });
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('hunter2');
    expect(lines.map((line) => JSON.parse(line) as { service: string; level: string })).toMatchObject([
      { service: 'nest', level: 'error' },
    ]);
  });

  it('refuses a body that is too large', async () => {
    const { request } = await open({ parts: [{ module: ThingModule }] });
    const body = JSON.stringify('x'.repeat(2 * 1024 * 1024));
    const answer = await request('/v1/things', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(413);
  });

  it('says which setting to change when its port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => other.close());
    const taken = other.address();
    if (taken === null || typeof taken === 'string') throw new Error('No port');
    const server = await HttpServer.create({ logger: silentLogger(), health: new Health(), registries: () => [] });
    cleanups.push(() => server.stop());
    await expect(server.listen({ host: '127.0.0.1', port: taken.port })).rejects.toMatchObject({
      code: 'unavailable',
      message: `HTTP cannot listen on 127.0.0.1:${taken.port}: the port is taken by another program. Set RINGDOWN_HTTP_PORT to another value.`,
    });
    await expect(server.listen({ host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      message: expect.stringContaining('Set RINGDOWN_HTTP_HOST'),
    });
  });

  it('lets a request under way end when it stops', async () => {
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const slow = slowModule(async () => {
      entered.resolve();
      await release.promise;
      return 'done';
    });
    const { server, request } = await open({ parts: [{ module: slow }] });
    const answer = request('/slow');
    await entered.promise;
    const stopped = server.stop();
    release.resolve();
    await expect((await answer).text()).resolves.toBe('done');
    await stopped;
  });
});

describe('openModule', () => {
  it('gives each service its own context, and installs no signal handlers', async () => {
    const result = readSettings({ RINGDOWN_TRACE_KEY: 'trace-key' });
    if (result.kind !== 'settings') throw new Error('Settings');
    const logger = silentLogger();
    const shared = {
      settings: result.settings,
      logger,
      health: new Health(),
      bus: new InProcessBus({ logger }),
      grpc: undefined,
      postgresUrl: undefined,
    };

    const before = process.listenerCount('SIGTERM');
    const contexts = await Promise.all(['location', 'directory'].map((name) => createServiceContext(shared, name)));
    const apps = await Promise.all(contexts.map((context) => openModule(context, ContextHolderModule)));
    expect(apps.map((app) => app.get(ContextHolder).context)).toEqual(contexts);
    expect(apps.map((app) => app.get(ContextHolder).context.name)).toEqual(['location', 'directory']);
    expect(process.listenerCount('SIGTERM')).toBe(before);
    for (const app of apps) await app.close();
  });
});
