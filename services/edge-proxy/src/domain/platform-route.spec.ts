import { randomBytes } from 'node:crypto';
import { preprocessRoutes, type RoutedRequest, TOKEN_NONCE_BYTES } from '@ringdown/sip-proxy';
import { describe, expect, it } from 'vitest';
import { edgeKeys } from '../adapters/sip/keys.js';
import { SealedCalls } from '../adapters/sip/sealed-calls.js';
import { requestOf } from '../testing/requests.js';
import { sealCall } from './call-token.js';
import { withoutPlatformRoutes } from './platform-route.js';

const ring = edgeKeys([{ id: 1, key: Buffer.alloc(32, 1) }]).routes;
const { token } = sealCall(
  {
    callId: '0000000000000000',
    originatingTenant: 'acme',
    terminatingTenant: 'acme',
    originatingLeg: { kind: 'none' },
    terminatingLeg: { kind: 'none' },
    startTimeSec: 1,
  },
  { callId: 'c1', originatorTag: 'a1' },
  ring,
  randomBytes(TOKEN_NONCE_BYTES),
);
const sealed = `<sip:${token}@192.0.2.9:5060;lr>`;
const sibling = '<sip:192.0.2.9:5060;transport=tcp;lr>';
const next = '<sip:next.test;lr>';

function routesLeft(route: string, to = '<sip:b@c>;tag=b1', callId = 'c1'): readonly string[] {
  const request = requestOf({ method: 'BYE', to, callId, headers: [['Route', route]] });
  const routed = preprocessRoutes(
    request,
    { isOwn: () => false, isResponsibleFor: () => false },
    { transport: 'UDP', port: 5060 },
  );
  return withoutPlatformRoutes(request, routed as RoutedRequest, new SealedCalls(ring)).routes;
}

describe('Route values of other edges', () => {
  it.each([
    { name: 'one', route: sealed, left: [] },
    { name: 'one before others', route: `${sealed}, ${next}`, left: [next] },
    { name: 'two, as the callee has them', route: `${sealed}, ${sibling}, ${next}`, left: [next] },
    { name: 'two, as the caller has them', route: `${sibling}, ${sealed}, ${next}`, left: [next] },
    { name: 'behind somebody else’s: that comes first', route: `${next}, ${sealed}`, left: [next, sealed] },
    { name: 'not another dialog’s', route: sealed, callId: 'c2', left: [sealed] },
    { name: 'not without a To tag', route: sealed, to: '<sip:b@c>', left: [sealed] },
    { name: 'not what is no token', route: '<sip:alice@192.0.2.9;lr>', left: ['<sip:alice@192.0.2.9;lr>'] },
  ])('$name', ({ route, left, ...rest }) => {
    expect(routesLeft(route, rest.to, rest.callId)).toEqual(left);
  });
});
