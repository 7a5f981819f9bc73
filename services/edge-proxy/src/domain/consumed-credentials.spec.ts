import { Header } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../testing/requests.js';
import { consumedCredentials } from './consumed-credentials.js';

const digest = (realm: string): string =>
  `Digest username="a", realm="${realm}", nonce="n", uri="sip:x", response="00112233445566778899aabbccddeeff"`;
const mine = ['Proxy-Authorization', digest('example.com')] as const;
const other = ['Proxy-Authorization', digest('elsewhere')] as const;
const basic = ['Authorization', 'Basic x'] as const;

describe('credentials that end here', () => {
  it.each([
    { name: 'none', headers: [], realm: { name: 'example.com' }, removed: [], kept: [] },
    {
      name: 'those of the realm',
      headers: [mine],
      realm: { name: 'example.com' },
      removed: [Header.ProxyAuthorization],
      kept: [],
    },
    { name: 'not those of others', headers: [other], realm: { name: 'example.com' }, removed: [], kept: [] },
    {
      name: 'others stay beside them',
      headers: [other, mine],
      realm: { name: 'example.com' },
      removed: [Header.ProxyAuthorization],
      kept: [[Header.ProxyAuthorization, other[1]]],
    },
    {
      name: 'in Authorization too',
      headers: [['Authorization', digest('example.com')], other],
      realm: { name: 'example.com' },
      removed: [Header.Authorization],
      kept: [],
    },
    { name: 'not what is no digest', headers: [basic], realm: { name: 'example.com' }, removed: [], kept: [] },
    {
      name: 'all, where the realm can’t be told',
      headers: [other, basic],
      realm: 'every',
      removed: [Header.Authorization, Header.ProxyAuthorization],
      kept: [],
    },
    { name: 'nobody’s', headers: [mine], realm: undefined, removed: [], kept: [] },
  ] as const)('$name', ({ headers, realm, removed, kept }) => {
    expect(consumedCredentials(requestOf({ headers }), realm)).toEqual({ removed, added: kept });
  });
});
