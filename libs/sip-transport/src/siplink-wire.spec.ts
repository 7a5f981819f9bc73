import { siplink } from '@ringdown/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EnvelopeContext, LinkItem } from './siplink-envelope.js';
import { fromWire, toWire } from './siplink-wire.js';

const text = fc.string({ minLength: 1 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const hostPort = fc.record({ host: text, port: fc.integer({ min: 0, max: 65_535 }) });
const context: fc.Arbitrary<EnvelopeContext> = fc.record({
  ingressTransport: maybe(fc.constantFrom('UDP', 'TCP', 'TLS', 'WS', 'WSS')),
  source: maybe(hostPort),
  local: maybe(hostPort),
  flowToken: maybe(text),
  edge: maybe(fc.record({ id: text, incarnation: text })),
  targetFlowToken: maybe(text),
  originatingTenantId: maybe(text),
  terminatingTenantId: maybe(text),
  authenticated: maybe(
    fc.record({ addressOfRecord: text, username: text, maxContacts: maybe(fc.integer({ min: 1, max: 2 ** 32 - 1 })) }),
  ),
  trustClass: maybe(fc.constantFrom('untrusted', 'subscriber', 'peer', 'platform')),
  traceparent: maybe(text),
  traceFlags: maybe(fc.integer({ min: 1, max: 255 })),
  deadlineMs: maybe(fc.integer({ min: 1, max: 60_000 })),
});
const latin1 = fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

function overTheWire(item: LinkItem, remainingMs: number): LinkItem | undefined {
  const bytes = siplink.ExchangeRequest.encode({ envelopes: [toWire(item, remainingMs)] }).finish();
  const envelope = siplink.ExchangeRequest.decode(bytes).envelopes[0];
  return envelope === undefined ? undefined : fromWire(envelope);
}

describe('SipLink on the wire', () => {
  it('keeps every byte of the message and all of the context', () => {
    fc.assert(
      fc.property(latin1, context, (raw, sent) => {
        const item: LinkItem = { kind: 'message', raw, context: sent };
        expect(overTheWire(item, sent.deadlineMs ?? 0)).toEqual(item);
      }),
    );
  });

  it('keeps notices', () => {
    for (const code of ['flow-gone', 'send-failed', 'draining'] as const) {
      const item: LinkItem = { kind: 'notice', notice: { code, branch: 'z9hG4bK1', method: 'INVITE', reason: 'gone' } };
      expect(overTheWire(item, 0)).toEqual(item);
    }
  });

  it('takes what it does not know for absent, trust above all', () => {
    const wire = toWire({ kind: 'message', raw: 'x', context: { trustClass: 'platform', ingressTransport: 'UDP' } }, 0);
    const unknown = { ...wire, trustClass: 99, ingressTransport: 99 } as unknown as siplink.Envelope;
    const item = fromWire(unknown);
    expect(item).toMatchObject({ kind: 'message', raw: 'x' });
    expect(item?.kind === 'message' && item.context.trustClass).toBeUndefined();
    expect(item?.kind === 'message' && item.context.ingressTransport).toBeUndefined();
  });

  it('drops an envelope that holds nothing', () => {
    expect(
      fromWire({ ...toWire({ kind: 'message', raw: 'x', context: {} }, 0), sip: Buffer.alloc(0) }),
    ).toBeUndefined();
  });
});
