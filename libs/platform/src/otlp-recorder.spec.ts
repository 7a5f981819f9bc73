import { createServer, type IncomingMessage } from 'node:http';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { expect, it, vi } from 'vitest';
import { sdkRecorder } from './otlp-recorder.js';
import { Tracing } from './tracing.js';

// Real sockets and servers, on a machine that may be busy with other things.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const options = { sampling: 1, key: 'k', otlpEndpoint: undefined };

function tracingTo(exporter: InMemorySpanExporter, service: string): Tracing {
  return new Tracing(
    { ...options, service },
    sdkRecorder({ service, instance: `${service}-1` }, new SimpleSpanProcessor({ exporter })),
  );
}

it('makes one trace of the spans of several services in a process, each under its own name', () => {
  const exporter = new InMemorySpanExporter();
  const [edge, location] = [tracingTo(exporter, 'edge-proxy'), tracingTo(exporter, 'location')];
  const trace = edge.callTrace('a@b', 'INVITE', 1);
  const root = edge.startSpan('INVITE', trace, { kind: 'server', attributes: { tenant: 'demo' } });
  const child = location.startSpan('SQL', root.traceparent);
  child.fail(new Error('gone'));
  child.end();
  root.set('status', 200);
  root.event('ringing', { branch: 1 });
  root.end();
  const [sql, invite] = exporter.getFinishedSpans();
  expect([sql?.name, invite?.name]).toEqual(['SQL', 'INVITE']);
  expect([sql, invite].map((span) => span?.spanContext().traceId)).toEqual([trace.traceId, trace.traceId]);
  expect(invite?.parentSpanContext).toBeUndefined();
  expect(sql?.parentSpanContext?.spanId).toBe(invite?.spanContext().spanId);
  expect(sql?.resource.attributes).toMatchObject({ 'service.name': 'location', 'service.instance.id': 'location-1' });
  expect(invite?.resource.attributes).toMatchObject({ 'service.name': 'edge-proxy' });
  expect(sql?.status).toMatchObject({ message: 'gone' });
  expect(invite?.attributes).toEqual({ tenant: 'demo', status: 200 });
  expect(invite?.events.map((event) => event.name)).toEqual(['ringing']);
});

it('gives two roots of one call the same trace and different spans', () => {
  const exporter = new InMemorySpanExporter();
  const tracing = tracingTo(exporter, 'edge-proxy');
  for (const method of ['INVITE', 'BYE']) tracing.startSpan(method, tracing.callTrace('a@b', method, 1)).end();
  const contexts = exporter.getFinishedSpans().map((span) => span.spanContext());
  expect(new Set(contexts.map((context) => context.traceId)).size).toBe(1);
  expect(new Set(contexts.map((context) => context.spanId)).size).toBe(2);
});

it('sends spans to a collector by OTLP over HTTP', async () => {
  const received = Promise.withResolvers<{ request: IncomingMessage; bytes: number }>();
  const collector = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => {
      response.end('{}');
      received.resolve({ request, bytes });
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  try {
    const address = collector.address();
    if (address === null || typeof address === 'string') throw new Error('No port');
    const tracing = await Tracing.open({
      ...options,
      service: 'edge-proxy',
      otlpEndpoint: `http://127.0.0.1:${address.port}/`,
    });
    tracing.startSpan('INVITE', tracing.callTrace('a@b', 'INVITE', 1)).end();
    await tracing.flush();
    const { request, bytes } = await received.promise;
    expect([request.method, request.url]).toEqual(['POST', '/v1/traces']);
    expect(bytes).toBeGreaterThan(100);
    await tracing.stop();
  } finally {
    collector.closeAllConnections();
    collector.close();
  }
});

it('stops without an error when the collector is not there', async () => {
  const tracing = await Tracing.open({ ...options, service: 'edge-proxy', otlpEndpoint: 'http://127.0.0.1:1' });
  tracing.startSpan('INVITE', tracing.callTrace('a@b', 'INVITE', 1)).end();
  await expect(tracing.stop()).resolves.toBeUndefined();
});
