import { Client, credentials, status } from '@grpc/grpc-js';
import { location } from '@ringdown/contracts';
import { service as healthDefinition } from 'grpc-health-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { mergedMetrics } from './exposition.js';
import { grpcMeter } from './grpc-metrics.js';
import { GrpcServer, registerService } from './grpc-server.js';
import { silentLogger } from './logger.js';
import { createMetrics } from './metrics.js';
import { ServiceError } from './service-error.js';
import { eventually } from './testing/eventually.js';
import { type Answers, GrpcWorld, locationService } from './testing/grpc-world.js';
import { recordedSpans } from './testing/recorded-spans.js';
import { Tracing } from './tracing.js';

// Real sockets and servers, on a machine that may be busy with other things.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const lookup: location.LookupRequest = { tenantId: 'demo', addressOfRecord: 'sip:alice@demo.ringdown.test' };
const world = new GrpcWorld();
afterEach(() => world.end());

describe('the server', () => {
  it('lets calls under way end when it drains, and takes no new ones', async () => {
    const release = Promise.withResolvers<void>();
    let entered = false;
    const { server, address } = await world.serve({
      lookup: async () => {
        entered = true;
        await release.promise;
        return { version: 9, bindings: [] };
      },
    });
    const { client } = world.connect([address]);
    const call = client.lookup(lookup);
    await eventually(() => entered);
    const drained = server.drain(5_000);
    await expect(world.connect([address], { timeoutMs: 300 }).client.lookup(lookup)).rejects.toBeInstanceOf(
      ServiceError,
    );
    release.resolve();
    await expect(call).resolves.toMatchObject({ version: 9 });
    await drained;
  });

  it('cuts calls that outlast the time to drain', async () => {
    let entered = false;
    const { server, address } = await world.serve({
      lookup: () => {
        entered = true;
        return new Promise(() => undefined);
      },
    });
    const call = world.connect([address]).client.lookup(lookup);
    call.catch(() => undefined);
    await eventually(() => entered);
    await server.drain(50);
    await expect(call).rejects.toBeInstanceOf(ServiceError);
  });

  it('answers grpc.health.v1 for itself and each service', async () => {
    const { server, address } = await world.serve({});
    const client = new Client(`127.0.0.1:${address.port}`, credentials.createInsecure());
    const { Check } = healthDefinition;
    if (Check === undefined) throw new Error('No Check method');
    const check = (name: string) =>
      new Promise<unknown>((resolve, reject) => {
        client.makeUnaryRequest(
          Check.path,
          Check.requestSerialize,
          Check.responseDeserialize,
          { service: name },
          (error, answer) => {
            if (error === null) resolve(answer);
            else reject(error);
          },
        );
      });
    const name = 'ringdown.location.v1.LocationService';
    try {
      await expect(check('')).resolves.toMatchObject({ status: 'SERVING' });
      await expect(check(name)).resolves.toMatchObject({ status: 'SERVING' });
      server.setServing(name, false);
      await expect(check(name)).resolves.toMatchObject({ status: 'NOT_SERVING' });
      await expect(check('other')).rejects.toMatchObject({ code: status.NOT_FOUND });
    } finally {
      client.close();
    }
  });

  it('says which setting to change when its port is taken', async () => {
    const taken = await world.silentPeer();
    const server = new GrpcServer({ logger: silentLogger() });
    await expect(server.listen(taken)).rejects.toMatchObject({
      code: 'unavailable',
      message: `gRPC cannot listen on 127.0.0.1:${taken.port}: the port is taken by another program. Set RINGDOWN_GRPC_PORT to another value.`,
      details: { setting: 'RINGDOWN_GRPC_PORT', code: 'EADDRINUSE' },
    });
  });

  it('refuses an implementation that lacks a method', () => {
    const server = new GrpcServer({ logger: silentLogger() });
    const { bind: _bind, ...rest } = locationService({});
    expect(() => registerService(server, location.LocationDefinition, rest as location.LocationService)).toThrow(
      '/ringdown.location.v1.LocationService/Bind is not implemented',
    );
  });
});

describe('traces', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const callerSpan = 'b7ad6b7169203331';

  async function traced(answers: Answers) {
    const { spans, recorder } = recordedSpans();
    const tracing = (service: string) =>
      new Tracing({ service, sampling: 1, key: '', otlpEndpoint: undefined }, recorder(service));
    const { address } = await world.serve(answers, { tracing: tracing('location') });
    return { spans, client: world.connect([address], { tracing: tracing('edge-proxy') }).client };
  }

  it('join the spans of both sides of a sampled call, and leave the rest alone', async () => {
    const traceparents: (string | undefined)[] = [];
    const { client, spans } = await traced({
      lookup: async (_request, context) => {
        traceparents.push(context?.traceparent);
        return { version: 1, bindings: [] };
      },
    });
    await client.lookup(lookup, { traceparent: `00-${traceId}-${callerSpan}-01` });
    await client.lookup(lookup, { traceparent: `00-${traceId}-${callerSpan}-00` });
    await client.lookup(lookup);
    const name = 'ringdown.location.v1.LocationService/Lookup';
    expect(spans).toMatchObject([
      {
        service: 'edge-proxy',
        name,
        parent: { traceId, spanId: callerSpan },
        options: { kind: 'client' },
        ended: true,
      },
      {
        service: 'location',
        name,
        parent: { traceId, spanId: spans[0]?.spanId },
        options: { kind: 'server' },
        ended: true,
      },
    ]);
    expect(traceparents).toEqual([`00-${traceId}-${spans[1]?.spanId}-01`, `00-${traceId}-${callerSpan}-00`, undefined]);
  });

  it('are measured by method and outcome on both sides, with the trace where there is one', async () => {
    const { recorder } = recordedSpans();
    const tracing = new Tracing(
      { service: 'location', sampling: 1, key: '', otlpEndpoint: undefined },
      recorder('location'),
    );
    const metrics = createMetrics('location');
    let isThere = true;
    const { address } = await world.serve(
      {
        lookup: async () => {
          if (!isThere) throw new ServiceError('not-found', 'nobody');
          return { version: 1, bindings: [] };
        },
      },
      { tracing, metrics },
    );
    const { client } = world.connect([address], { meter: grpcMeter(metrics, 'client') });
    await client.lookup(lookup, { traceparent: `00-${traceId}-${callerSpan}-01` });
    isThere = false;
    await expect(client.lookup(lookup)).rejects.toMatchObject({ code: 'not-found' });
    const text = await mergedMetrics([metrics], 'openmetrics');
    const method = 'method="ringdown.location.v1.LocationService/Lookup"';
    for (const side of ['client', 'server'])
      for (const status of ['ok', 'not-found'])
        expect(text).toContain(
          `ringdown_grpc_${side}_seconds_count{${method},status="${status}",service="location"} 1`,
        );
    const withTrace = text.split('\n').filter((line) => line.includes(`trace_id="${traceId}"`));
    expect(withTrace.map((line) => line.slice(0, line.indexOf('_bucket')))).toEqual(['ringdown_grpc_server_seconds']);
  });

  it('show a failure on both sides', async () => {
    const { client, spans } = await traced({ lookup: () => Promise.reject(new ServiceError('invalid', 'Too long')) });
    await client.lookup(lookup, { traceparent: `00-${traceId}-${callerSpan}-01` }).catch(() => undefined);
    expect(spans.map(({ failure, ended }) => [failure, ended])).toEqual([
      ['Too long', true],
      ['Too long', true],
    ]);
  });
});
