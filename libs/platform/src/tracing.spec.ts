import { describe, expect, it } from 'vitest';
import { callTrace } from './call-trace.js';
import { noSpan } from './span.js';
import { recordedSpans } from './testing/recorded-spans.js';
import { formatTraceparent, parseTraceparent } from './traceparent.js';
import { Tracing } from './tracing.js';

describe('callTrace', () => {
  const options = { key: 'k', sampling: 0.5 };

  it.each<[string, [string, string, number], [string, string, number], boolean]>([
    ['the same call', ['a@b', 'INVITE', 1], ['a@b', 'INVITE', 1], true],
    ['another method of the call', ['a@b', 'INVITE', 1], ['a@b', 'BYE', 7], true],
    ['another call', ['a@b', 'INVITE', 1], ['a@c', 'INVITE', 1], false],
    ['the next REGISTER with the Call-ID', ['a@b', 'REGISTER', 1], ['a@b', 'REGISTER', 2], false],
    ['a retransmitted REGISTER', ['a@b', 'REGISTER', 2], ['a@b', 'REGISTER', 2], true],
  ])('%s', (_what, one, other, same) => {
    const [first, second] = [callTrace(...one, options), callTrace(...other, options)];
    expect(first.traceId === second.traceId).toBe(same);
    expect(first.traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('depends on the key', () => {
    expect(callTrace('a@b', 'INVITE', 1, options).traceId).not.toBe(
      callTrace('a@b', 'INVITE', 1, { ...options, key: 'l' }).traceId,
    );
  });

  it.each([0, 0.01, 0.3, 1])(
    'samples the share %s of calls, and a call of a smaller share in a greater one',
    (sampling) => {
      const calls = Array.from({ length: 20_000 }, (_item, i) => `call-${i}@host`);
      const sampled = calls.filter((callId) => callTrace(callId, 'INVITE', 1, { key: 'k', sampling }).sampled);
      expect(Math.abs(sampled.length / calls.length - sampling)).toBeLessThan(0.015);
      expect(sampled.every((callId) => callTrace(callId, 'INVITE', 1, { key: 'k', sampling: 1 }).sampled)).toBe(true);
    },
  );
});

describe('traceparent', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const spanId = 'b7ad6b7169203331';

  it.each([
    [`00-${traceId}-${spanId}-01`, { traceId, spanId, sampled: true }],
    [`00-${traceId}-${spanId}-00`, { traceId, spanId, sampled: false }],
    [`00-${traceId}-${spanId}-03`, { traceId, spanId, sampled: true }],
    [`01-${traceId}-${spanId}-01-later`, { traceId, spanId, sampled: true }],
    [`00-${traceId}-${spanId}-01-later`, undefined],
    [`ff-${traceId}-${spanId}-01`, undefined],
    [`00-${'0'.repeat(32)}-${spanId}-01`, undefined],
    [`00-${traceId}-${'0'.repeat(16)}-01`, undefined],
    [`00-${traceId.toUpperCase()}-${spanId}-01`, undefined],
    [`00-${traceId}-${spanId}`, undefined],
    ['', undefined],
  ])('reads %s', (text, context) => {
    expect(parseTraceparent(text)).toEqual(context);
  });

  it.each([true, false])('writes what it reads, sampled %s', (sampled) => {
    const context = { traceId, spanId, sampled };
    expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
  });
});

describe('Tracing', () => {
  const options = { service: 'edge-proxy', sampling: 1, key: 'k', otlpEndpoint: undefined };

  it('records nothing without a collector', async () => {
    const tracing = await Tracing.open(options);
    const trace = tracing.callTrace('a@b', 'INVITE', 1);
    expect(tracing.enabled).toBe(false);
    expect(trace).toEqual({
      traceId: callTrace('a@b', 'INVITE', 1, { key: 'k', sampling: 1 }).traceId,
      sampled: false,
    });
    expect(tracing.startSpan('INVITE', trace)).toBe(noSpan);
    expect(noSpan.traceparent).toBeUndefined();
    await tracing.flush();
    await tracing.stop();
  });

  it.each([
    ['a sampled call', { traceId: 'a'.repeat(32), sampled: true }, true],
    ['a call that is not sampled', { traceId: 'a'.repeat(32), sampled: false }, false],
    ['a sampled traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, true],
    ['a traceparent that is not sampled', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`, false],
    ['a malformed traceparent', 'x', false],
    ['nothing', undefined, false],
  ])('under %s records: %s', (_what, parent, recorded) => {
    const { spans, recorder } = recordedSpans();
    const span = new Tracing(options, recorder('edge-proxy')).startSpan('step', parent);
    expect(span.recording).toBe(recorded);
    expect(spans).toHaveLength(recorded ? 1 : 0);
  });
});
