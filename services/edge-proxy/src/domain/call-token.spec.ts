import { randomBytes } from 'node:crypto';
import { openToken, TOKEN_MAX_CHARACTERS, TOKEN_NONCE_BYTES } from '@ringdown/sip-proxy';
import { describe, expect, it } from 'vitest';
import { edgeKeys } from '../adapters/sip/keys.js';
import { type Call, callOf, instanceHash, sealCall, sourceHash } from './call-token.js';

const ring = edgeKeys([{ id: 1, key: Buffer.alloc(32, 1) }]).routes;
const here = { host: '192.0.2.1', port: 5060 };
const there = { host: '192.0.2.2', port: 5060 };
const dialog = { callId: 'c1', originatorTag: 'a1' };
const call: Call = {
  callId: '0123456789abcdef',
  originatingTenant: 'acme',
  terminatingTenant: 'globex',
  originatingLeg: { kind: 'binding', username: 'alice', instance: '<urn:uuid:1>' },
  terminatingLeg: { kind: 'trunk', routeId: 'route-1' },
  startTimeSec: 1_800_000_000,
};

const relayed = {
  node: 200,
  branch: 3,
  originator: { profile: 'webrtc', family: 'IP4' },
  terminator: { profile: 'plain', family: 'IP6' },
  offerless: true,
} as const;

it('between two people of one tenant with usual names takes 120 characters, and 124 where media is relayed', () => {
  const person = (username: string) => ({ kind: 'binding', username, instance: 'x', source: here }) as const;
  const usual: Call = {
    ...call,
    terminatingTenant: 'acme',
    originatingLeg: person('nineChars'),
    terminatingLeg: person('nineChars'),
  };
  const length = (sealed: Call) => sealCall(sealed, dialog, ring, randomBytes(TOKEN_NONCE_BYTES)).token.length;
  expect(length(usual)).toBeLessThanOrEqual(120);
  expect(length({ ...usual, media: relayed })).toBeLessThanOrEqual(124);
});

function through(sealed: Call) {
  const { token } = sealCall(sealed, dialog, ring, randomBytes(TOKEN_NONCE_BYTES));
  expect(token.length).toBeLessThanOrEqual(TOKEN_MAX_CHARACTERS);
  const opened = openToken(token, dialog, ring);
  if (opened.kind !== 'token') throw new Error(opened.code);
  return callOf(opened.payload);
}

it('a caller that asks for its flow has it in the token, which still fits', () => {
  const flow = {
    kind: 'flow',
    flowToken: 'udp/2001:db8:1234:5678:9abc:def0:1234:5678/65535',
    edgeId: 'edge-12',
    incarnation: 'a1b2c3d4e5',
  } as const;
  const asking = { kind: 'binding', username: 'alice', instance: 'sip:a@x.invalid', source: here, flow } as const;
  const { originatingLeg } = through({ ...call, originatingLeg: asking });
  expect(originatingLeg).toEqual({
    kind: 'binding',
    username: 'alice',
    instanceHash: instanceHash(call.callId, 'sip:a@x.invalid'),
    sourceHash: sourceHash(call.callId, here),
    flow,
  });
});

it('the flow is what is left out first', () => {
  const flow = { kind: 'flow', flowToken: 'udp/192.0.2.1/5060', edgeId: 'e'.repeat(32), incarnation: 'i1' } as const;
  const asking = { kind: 'binding', username: 'u'.repeat(80), instance: 'x', source: here, flow } as const;
  const { originatingLeg } = through({ ...call, originatingLeg: asking });
  expect(originatingLeg).toMatchObject({ username: asking.username, sourceHash: sourceHash(call.callId, here) });
  expect(originatingLeg).not.toHaveProperty('flow');
});

describe('what a sealed call says', () => {
  it.each([
    {
      name: 'everything',
      over: {},
      expected: {
        originatingTenant: 'acme',
        terminatingTenant: 'globex',
        startTimeSec: 1_800_000_000,
        originatingLeg: { kind: 'binding', username: 'alice', instanceHash: instanceHash(call.callId, '<urn:uuid:1>') },
        terminatingLeg: { kind: 'trunk', routeId: 'route-1' },
      },
    },
    {
      name: 'a service',
      over: { terminatingLeg: { kind: 'service', service: 'b2bua' } },
      expected: { terminatingLeg: { kind: 'service', service: 'b2bua' } },
    },
    {
      name: 'where its media is relayed',
      over: { media: relayed },
      expected: { media: relayed },
    },
    {
      name: 'nothing of a leg',
      over: { originatingLeg: { kind: 'none' } },
      expected: { originatingLeg: { kind: 'none' } },
    },
    {
      name: 'a username that is not ASCII',
      over: { terminatingLeg: { kind: 'binding', username: 'bj%C3%B6rn', instance: 'x' } },
      expected: { terminatingLeg: { kind: 'binding', username: 'bj%C3%B6rn' } },
    },
    {
      name: 'one tenant once',
      over: { terminatingTenant: 'acme' },
      expected: { originatingTenant: 'acme', terminatingTenant: 'acme' },
    },
    {
      name: 'two long names and where they were',
      over: {
        originatingLeg: { kind: 'binding', username: 'a'.repeat(40), instance: 'x', source: here },
        terminatingLeg: { kind: 'binding', username: 'b'.repeat(40), instance: 'y', source: there },
      },
      expected: {
        originatingLeg: { kind: 'binding', username: 'a'.repeat(40), sourceHash: sourceHash(call.callId, here) },
        terminatingLeg: { kind: 'binding', username: 'b'.repeat(40), sourceHash: sourceHash(call.callId, there) },
      },
    },
    {
      name: 'without where the ends were, before it goes without an end',
      over: {
        originatingLeg: { kind: 'binding', username: 'a'.repeat(60), instance: 'x', source: here },
        terminatingLeg: { kind: 'binding', username: 'b'.repeat(55), instance: 'y', source: there },
      },
      expected: {
        originatingLeg: { kind: 'binding', username: 'a'.repeat(60), sourceHash: '' },
        terminatingLeg: { kind: 'binding', username: 'b'.repeat(55), sourceHash: '' },
      },
    },
    {
      name: 'without the caller’s leg where both have no room',
      over: { originatingLeg: { kind: 'binding', username: 'a'.repeat(130), instance: 'x' } },
      expected: { originatingLeg: { kind: 'none' }, terminatingLeg: { kind: 'trunk', routeId: 'route-1' } },
    },
    {
      name: 'without the callee’s leg where that alone has none',
      over: { terminatingLeg: { kind: 'trunk', routeId: 'r'.repeat(140) } },
      expected: { originatingLeg: { kind: 'binding', username: 'alice' }, terminatingLeg: { kind: 'none' } },
    },
    {
      name: 'without either',
      over: {
        originatingLeg: { kind: 'trunk', routeId: 'r'.repeat(140) },
        terminatingLeg: { kind: 'trunk', routeId: 'r'.repeat(140) },
      },
      expected: { originatingLeg: { kind: 'none' }, terminatingLeg: { kind: 'none' }, originatingTenant: 'acme' },
    },
    {
      name: 'the call’s id alone where the tenants have none',
      over: { originatingTenant: 't'.repeat(140) },
      expected: { callId: '0123456789abcdef', originatingTenant: '', terminatingTenant: '' },
    },
  ] as const)('$name', ({ over, expected }) => {
    expect(through({ ...call, ...over } as Call)).toMatchObject(expected);
  });
});

it.each([
  { kind: 'service', service: 'conference-focus', pod: 'focus-12' },
  { kind: 'service', service: 'b2bua', pod: 'b2bua-1' },
  { kind: 'service', service: 'b2bua' },
] as const)('%j is found again', (leg) => {
  expect(through({ ...call, terminatingLeg: leg }).terminatingLeg).toEqual(leg);
  expect(through({ ...call, originatingLeg: leg }).originatingLeg).toEqual(leg);
});

it('a call to a conference has a token as short as one between two people', () => {
  const toFocus: Call = {
    ...call,
    terminatingTenant: 'acme',
    originatingLeg: { kind: 'binding', username: 'nineChars', instance: 'x', source: here },
    terminatingLeg: { kind: 'service', service: 'conference-focus', pod: 'focus-12' },
  };
  const length = (sealed: Call) => sealCall(sealed, dialog, ring, randomBytes(TOKEN_NONCE_BYTES)).token.length;
  expect(length(toFocus)).toBeLessThanOrEqual(120);
  expect(length({ ...toFocus, media: relayed })).toBeLessThanOrEqual(124);
});
