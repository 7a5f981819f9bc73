import { expect, it } from 'vitest';
import { familyOf, ipAddress, reachOf } from './network-address.js';

it.each([
  { host: '127.0.0.1', family: 'IP4', reach: 'loopback' },
  { host: '10.255.0.1', family: 'IP4', reach: 'private' },
  { host: '172.16.0.1', family: 'IP4', reach: 'private' },
  { host: '172.31.255.255', family: 'IP4', reach: 'private' },
  { host: '172.32.0.1', family: 'IP4', reach: 'public' },
  { host: '192.168.0.1', family: 'IP4', reach: 'private' },
  { host: '192.169.0.1', family: 'IP4', reach: 'public' },
  { host: '100.64.0.1', family: 'IP4', reach: 'private' },
  { host: '100.128.0.1', family: 'IP4', reach: 'public' },
  { host: '169.254.0.1', family: 'IP4', reach: 'private' },
  { host: '0.0.0.0', family: 'IP4', reach: undefined },
  { host: '::', family: 'IP6', reach: undefined },
  { host: '::1', family: 'IP6', reach: 'loopback' },
  { host: '[fd00::1]', family: 'IP6', reach: 'private' },
  { host: 'FE80::1', family: 'IP6', reach: 'private' },
  { host: '2001:db8::1', family: 'IP6', reach: 'public' },
  { host: '::ffff:10.0.0.1', family: 'IP4', reach: 'private' },
  { host: 'phone.test', family: undefined, reach: undefined },
])('$host is $family and $reach', ({ host, family, reach }) => {
  expect([familyOf(host), reachOf(host)]).toEqual([family, reach]);
});

it('is the same address however it is written', () => {
  expect(['[::FFFF:192.0.2.1]', '::ffff:192.0.2.1', '192.0.2.1'].map(ipAddress)).toEqual(Array(3).fill('192.0.2.1'));
});
