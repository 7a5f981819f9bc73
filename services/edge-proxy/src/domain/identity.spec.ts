import { parseUri } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../testing/requests.js';
import { tenantOf } from '../testing/tables.js';
import { addressOfUser, canonicalAddress, claimedHost, claimedIdentity, userOf } from './identity.js';

const tenant = tenantOf('acme', 'example.com');

describe('whom a request acts for', () => {
  it.each([
    ['REGISTER', 'the To', 'to.test', 'sip:bob@example.com'],
    ['INVITE', 'the From', 'from.test', 'sip:alice@example.com'],
  ])('%s: %s', (method, _, host, identity) => {
    const request = requestOf({ method, from: '<sip:alice@from.test>;tag=1', to: '<sip:bob@to.test>' });
    expect([claimedHost(request), claimedIdentity(request, tenant)]).toEqual([host, identity]);
  });

  it('a tel URI names no host', () => {
    const request = requestOf({ from: '<tel:+4930123>;tag=1' });
    expect([claimedHost(request), claimedIdentity(request, tenant)]).toEqual([undefined, undefined]);
  });
});

describe('addresses of record (RFC 3261 §10.3 step 5)', () => {
  it.each([
    ['sip:alice@alias.test', 'sip:alice@example.com'],
    ['sips:%61lice:pw@ALIAS.test:5070;transport=tcp?Subject=x', 'sip:alice@example.com'],
    ['sip:a%20b@alias.test', 'sip:a%20b@example.com'],
    ['sip:%00@alias.test', 'sip:%00@example.com'],
    ['sip:alias.test', 'sip:example.com'],
  ])('%s is %s', (text, expected) => {
    const uri = parseUri(text);
    expect(uri.kind === 'sip' && canonicalAddress(uri, tenant)).toBe(expected);
  });

  it.each(['alice', 'a b', '100%', 'sips:user@example.com', '+4930123'])(
    'of the username %s, and back to its user part',
    (username) => {
      const address = addressOfUser(username, tenant);
      const uri = parseUri(address);
      expect(uri.kind === 'sip' && canonicalAddress(uri, tenant)).toBe(address);
      expect(`sip:${userOf(address)}@example.com`).toBe(address);
    },
  );
});
