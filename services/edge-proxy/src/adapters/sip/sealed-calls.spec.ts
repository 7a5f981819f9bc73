import { parseUri, type SipUri } from '@ringdown/sip-message';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../domain/call-token.js';
import { requestOf } from '../../testing/requests.js';
import { edgeKeys } from './keys.js';
import { SealedCalls } from './sealed-calls.js';

const ring = edgeKeys([{ id: 1, key: Buffer.alloc(32, 1) }]).routes;
const call: Call = {
  callId: '0123456789abcdef',
  originatingTenant: 'acme',
  terminatingTenant: 'globex',
  originatingLeg: { kind: 'binding', username: 'alice', instance: 'i', source: { host: '192.0.2.1', port: 5060 } },
  terminatingLeg: { kind: 'trunk', routeId: 'route-1' },
  startTimeSec: 1_800_000_000,
};

function own(token: string): SipUri[] {
  const uri = parseUri(`sip:${token}@192.0.2.9;lr`);
  if (uri.kind !== 'sip') throw new Error('a token can stand in a URI');
  return [uri];
}

function within(over: { readonly callId?: string; readonly from?: string; readonly to?: string } = {}) {
  const { callId = 'c1', from = 'a1', to = 'b1' } = over;
  const tagged = (user: string, tag: string): string => `<sip:${user}@example.com>${tag === '' ? '' : `;tag=${tag}`}`;
  return requestOf({ method: 'BYE', callId, from: tagged('alice', from), to: tagged('bob', to) });
}

/** Whether the edge that opens is the one that has sealed, and has it in its memory, or any other with the keys. */
describe.each(['the edge that sealed', 'another edge', 'an edge that has forgotten'])('%s', (who) => {
  let opener: SealedCalls;
  let token: string;
  beforeEach(() => {
    const sealer = new SealedCalls(ring, who === 'an edge that has forgotten' ? 2 : undefined);
    token = sealer.seal(call, { callId: 'c1', originatorTag: 'a1' });
    if (who === 'an edge that has forgotten')
      for (const callId of ['c2', 'c3', 'c4']) sealer.seal(call, { callId, originatorTag: 'a1' });
    opener = who === 'another edge' ? new SealedCalls(ring) : sealer;
  });

  it.each([
    { name: 'the originator sends', over: {}, fromOriginator: true },
    { name: 'the other end sends', over: { from: 'b1', to: 'a1' }, fromOriginator: false },
    { name: 'another call has the token', over: { callId: 'c9' }, fromOriginator: undefined },
    { name: 'another fork of the call id has it', over: { from: 'x1' }, fromOriginator: undefined },
    { name: 'the request begins something', over: { to: '' }, fromOriginator: undefined },
  ])('$name', ({ over, fromOriginator }) => {
    // Twice: what was opened is remembered as well.
    for (let times = 0; times < 2; times++) {
      const opened = opener.open(within(over), own(token));
      expect(opened?.fromOriginator).toBe(fromOriginator);
      expect(opened?.call.callId).toBe(fromOriginator === undefined ? undefined : call.callId);
    }
  });

  it('an altered token opens nothing', () => {
    const altered = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    expect(opener.open(within(), own(altered))).toBeUndefined();
  });
});

it('says the same of a call from memory and from the token', () => {
  const sealer = new SealedCalls(ring);
  const token = sealer.seal(call, { callId: 'c1', originatorTag: 'a1' });
  const remembered = sealer.open(within(), own(token));
  expect(remembered?.call).toMatchObject({
    callId: '0123456789abcdef',
    originatingTenant: 'acme',
    terminatingTenant: 'globex',
    originatingLeg: { kind: 'binding', username: 'alice' },
    terminatingLeg: { kind: 'trunk', routeId: 'route-1' },
    startTimeSec: 1_800_000_000,
  });
  expect(remembered).toEqual(new SealedCalls(ring).open(within(), own(token)));
});

it('knows the call of the route that an INVITE has recorded, and no other', () => {
  const token = new SealedCalls(ring).seal(call, { callId: 'c1', originatorTag: 'a1' });
  const invite = (over: { readonly callId?: string; readonly route?: string } = {}) =>
    requestOf({
      method: 'INVITE',
      callId: over.callId ?? 'c1',
      from: '<sip:alice@example.com>;tag=a1',
      to: '<sip:bob@example.com>',
      headers: [['Record-Route', over.route ?? `<sip:${token}@192.0.2.9;lr>, <sip:192.0.2.8;lr>`]],
    });
  const other = new SealedCalls(ring);
  expect(other.recordedIn(invite())).toMatchObject({ callId: call.callId, terminatingTenant: 'globex' });
  expect(other.recordedIn(invite({ callId: 'c2' }))).toBeUndefined();
  for (const route of ['<sip:192.0.2.8;lr>', '<sip:alice@192.0.2.8;lr>', 'nonsense'])
    expect(other.recordedIn(invite({ route }))).toBeUndefined();
});

it('names a call alike at every edge with the keys, and differently for every transaction', () => {
  const names = [
    new SealedCalls(ring).keyOf('c1', 'z9hG4bK1 192.0.2.1'),
    new SealedCalls(ring).keyOf('c1', 'z9hG4bK1 192.0.2.1'),
    new SealedCalls(ring).keyOf('c1', 'z9hG4bK2 192.0.2.1'),
    new SealedCalls(ring).keyOf('c2', 'z9hG4bK1 192.0.2.1'),
    new SealedCalls(edgeKeys([{ id: 1, key: Buffer.alloc(32, 2) }]).routes).keyOf('c1', 'z9hG4bK1 192.0.2.1'),
  ];
  expect(names[0]).toMatch(/^[0-9a-f]{16}$/);
  expect(names[1]).toBe(names[0]);
  expect(new Set(names).size).toBe(4);
});
