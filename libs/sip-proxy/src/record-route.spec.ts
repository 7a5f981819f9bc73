import { createSecretKey } from 'node:crypto';
import { parseNameAddr, parseUri, type SipUri } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { openRouteToken, type RecordRouteSide, recordRouteValues } from './record-route.js';
import { type KeyRing, sealToken } from './sealed-token.js';
import { type SampleRequest, sampleRequest } from './testing/sample-messages.js';

const UDP: RecordRouteSide = { scheme: 'sip', host: '192.0.2.10', port: 5060, transport: 'UDP' };

describe('Record-Route values', () => {
  it.each<{ name: string; caller: RecordRouteSide; callee: RecordRouteSide; values: string[] }>([
    { name: 'both sides alike: one', caller: UDP, callee: UDP, values: ['<sip:tok@192.0.2.10:5060;lr>'] },
    {
      name: 'another transport: two, the callee’s on top (RFC 5658 §5)',
      caller: UDP,
      callee: { ...UDP, transport: 'TCP' },
      values: ['<sip:tok@192.0.2.10:5060;transport=tcp;lr>', '<sip:192.0.2.10:5060;lr;sibling>'],
    },
    {
      name: 'another address family',
      caller: { ...UDP, host: '[2001:db8::10]' },
      callee: UDP,
      values: ['<sip:tok@192.0.2.10:5060;lr>', '<sip:[2001:db8::10]:5060;lr;sibling>'],
    },
    {
      name: 'another network',
      caller: UDP,
      callee: { ...UDP, host: '10.0.0.10' },
      values: ['<sip:tok@10.0.0.10:5060;lr>', '<sip:192.0.2.10:5060;lr;sibling>'],
    },
    {
      name: 'sips towards one side',
      caller: { ...UDP, scheme: 'sips', port: 5061, transport: 'TLS' },
      callee: { ...UDP, transport: 'WS', port: 80 },
      values: ['<sip:tok@192.0.2.10:80;transport=ws;lr>', '<sips:192.0.2.10:5061;lr;sibling>'],
    },
    {
      name: 'WebSocket over TLS, which is "ws" in a URI as well (RFC 7118 §5.1)',
      caller: { ...UDP, transport: 'WSS', port: 443 },
      callee: { ...UDP, scheme: 'sips', transport: 'WSS', port: 443 },
      values: ['<sips:tok@192.0.2.10:443;transport=ws;lr>', '<sip:192.0.2.10:443;transport=ws;lr;sibling>'],
    },
    {
      name: 'TLS in a dialog by sip',
      caller: { ...UDP, transport: 'TLS', port: 5061 },
      callee: { ...UDP, transport: 'TLS', port: 5061 },
      values: ['<sip:tok@192.0.2.10:5061;transport=tls;lr>'],
    },
  ])('$name', ({ caller, callee, values }) => {
    expect(recordRouteValues('tok', caller, callee)).toEqual(values);
  });
});

const RING: KeyRing = { currentKeyId: 3, keys: new Map([[3, createSecretKey(Buffer.alloc(16, 3))]]) };
const EMPTY = Buffer.alloc(0);

function popped(callId: string, originatorTag: string): SipUri[] {
  const sealed = sealToken(
    {
      callId: Buffer.from('c1'),
      originatingTenant: EMPTY,
      terminatingTenant: EMPTY,
      originatingLeg: { kind: 'none' },
      terminatingLeg: { kind: 'none' },
      mediaNode: EMPTY,
      startTimeSec: 1,
    },
    { callId, originatorTag },
    RING,
    Buffer.alloc(12, 1),
  );
  if (sealed.kind === 'failure') throw new Error(sealed.code);
  return recordRouteValues(sealed.token, UDP, { ...UDP, transport: 'TCP' }).map((value) => {
    const address = parseNameAddr(value);
    const uri = address.kind === 'failure' ? address : parseUri(address.uri);
    if (uri.kind !== 'sip') throw new Error(value);
    return uri;
  });
}

describe('the token on its way back', () => {
  const CALL = { callId: 'call-1', fromTag: 'a1', toTag: 'b1' };
  it.each<{
    name: string;
    request: SampleRequest;
    callId?: string;
    tag?: string;
    ring?: KeyRing;
    none?: boolean;
    result: string;
  }>([
    { name: 'the originator sends', request: CALL, result: 'opened by the originator' },
    { name: 'the other side sends', request: { ...CALL, fromTag: 'b1', toTag: 'a1' }, result: 'opened by the other' },
    { name: 'without a To tag it is ignored', request: { callId: 'call-1', fromTag: 'a1' }, result: 'none' },
    { name: 'another call', request: { ...CALL, callId: 'call-2' }, result: 'not-authentic' },
    {
      name: 'another dialog of the same Call-ID',
      request: { ...CALL, fromTag: 'x', toTag: 'y' },
      result: 'not-authentic',
    },
    { name: 'a key nobody has', request: CALL, ring: { currentKeyId: 1, keys: new Map() }, result: 'unknown-key' },
    { name: 'no token at all', request: CALL, none: true, result: 'none' },
  ])('$name: $result', ({ request, ring = RING, none = false, result }) => {
    const uris = popped('call-1', 'a1');
    const opened = openRouteToken(sampleRequest(request), none ? uris.slice(1) : uris, ring);
    const said =
      opened.kind === 'opened'
        ? `opened by the ${opened.fromOriginator ? 'originator' : 'other'}`
        : opened.kind === 'refused'
          ? opened.code
          : opened.kind;
    expect(said).toBe(result);
  });
});
