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
const sibling = '<sip:[2001:db8::9]:5060;transport=tcp;lr;sibling>';
const next = '<sip:next.test;lr>';

function routesLeft(route: string, to = '<sip:b@c>;tag=b1', callId = 'c1', ownHost = ''): readonly string[] {
  const request = requestOf({ method: 'BYE', to, callId, headers: [['Route', route]] });
  const routed = preprocessRoutes(
    request,
    { isOwn: ({ host }) => host === ownHost, isResponsibleFor: () => false },
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
    {
      name: 'what has its host but no mark stays',
      route: `${sealed}, <sip:192.0.2.9:5060;lr>`,
      left: ['<sip:192.0.2.9:5060;lr>'],
    },
    { name: 'what has a mark and no token beside it stays', route: `${sibling}, ${next}`, left: [sibling, next] },
    {
      name: 'two of which the one with the token has this edge’s own address',
      route: `${sealed}, ${sibling}, ${next}`,
      ownHost: '192.0.2.9',
      left: [next],
    },
    {
      name: 'two of which the other has this edge’s own address',
      route: `${sibling}, ${sealed}, ${next}`,
      ownHost: '[2001:db8::9]',
      left: [next],
    },
    { name: 'behind somebody else’s: that comes first', route: `${next}, ${sealed}`, left: [next, sealed] },
    { name: 'not another dialog’s', route: sealed, callId: 'c2', left: [sealed] },
    { name: 'not without a To tag', route: sealed, to: '<sip:b@c>', left: [sealed] },
    { name: 'not what is no token', route: '<sip:alice@192.0.2.9;lr>', left: ['<sip:alice@192.0.2.9;lr>'] },
  ])('$name', ({ route, left, ...rest }) => {
    expect(routesLeft(route, rest.to, rest.callId, rest.ownHost)).toEqual(left);
  });
});
