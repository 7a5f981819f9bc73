import { describe, expect, it } from 'vitest';
import { edit } from './edit.js';
import { Header } from './header.js';
import type { SipRequest } from './message.js';
import { parseMessage } from './parse.js';
import { withReceived } from './received.js';

const raw = (via: string): string =>
  `OPTIONS sip:h SIP/2.0\r\nMax-Forwards: 7\r\nVia: ${via}\r\nf: <sip:a@h>;tag=1\r\nTo: "b, c" <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nX: y\r\n\r\nbody`;

function request(via: string): SipRequest {
  const message = parseMessage(raw(via));
  if (message.kind !== 'request') throw new Error('no request');
  return message;
}

describe('withReceived (RFC 3261 §18.2.1, RFC 3581 §4)', () => {
  it.each([
    ['SIP/2.0/UDP 192.0.2.1;branch=1', '192.0.2.1'],
    ['SIP/2.0/UDP [2001:db8::1];branch=1', '2001:db8:0::1'],
  ])('%s from %s is as it should be', (via, host) => {
    const before = request(via);
    expect(withReceived(before, host, 5062)).toBe(before);
  });

  it.each([
    ['SIP/2.0/UDP 192.0.2.9;branch=1', '192.0.2.1', 'SIP/2.0/UDP 192.0.2.9;branch=1;received=192.0.2.1'],
    ['SIP/2.0/UDP host.example;branch=1', '192.0.2.1', 'SIP/2.0/UDP host.example;branch=1;received=192.0.2.1'],
    [
      'SIP/2.0/UDP 192.0.2.1;rport;branch=1',
      '192.0.2.1',
      'SIP/2.0/UDP 192.0.2.1;branch=1;rport=5062;received=192.0.2.1',
    ],
    [
      'SIP/2.0/UDP h;rport=1;received=10.0.0.1;x="a;b"',
      '192.0.2.1',
      'SIP/2.0/UDP h;x="a;b";rport=5062;received=192.0.2.1',
    ],
    ['SIP/2.0/UDP 192.0.2.1;received=10.0.0.1', '192.0.2.1', 'SIP/2.0/UDP 192.0.2.1'],
    ['SIP/2.0/UDP h ; branch = 1', '2001:db8::1', 'SIP/2.0/UDP h;branch=1;received=2001:db8::1'],
    ['SIP/2.0/UDP 192.0.2.1;received=10.0.0.1 , SIP/2.0/UDP i', '192.0.2.1', 'SIP/2.0/UDP 192.0.2.1 , SIP/2.0/UDP i'],
    ['SIP/2.0/UDP H:5060;RPort;ttl=3;MADDR=M', 'h', 'SIP/2.0/UDP H:5060;ttl=3;MADDR=M;rport=5062;received=h'],
    ['SIP/2.0/UDP h;rport , SIP/2.0/UDP i', '192.0.2.1', 'SIP/2.0/UDP h;rport=5062;received=192.0.2.1 , SIP/2.0/UDP i'],
  ])('%s from %s', (via, host, expected) => {
    const after = withReceived(request(via), host, 5062);
    expect(after.raw).toBe(raw(expected));
    // The shifted index is what a fresh parse gives.
    const fresh = request(expected);
    expect(after.index).toEqual(fresh.index);
    expect(after.headers()).toEqual(fresh.headers());
    expect(after.body).toBe('body');
    expect({ ...after.core.topmostVia }).toEqual({ ...fresh.core.topmostVia });
    expect(after.topmostVia.params.entries()).toEqual(fresh.topmostVia.params.entries());
    expect(after.to.displayName).toBe('b, c');
    expect(after.fromTag).toBe('1');
    expect(after.to.params.get('tag')).toBe('2');
    expect(edit(after).removeTopmost(Header.Via).toString()).toBe(edit(fresh).removeTopmost(Header.Via).toString());
  });
});
