import { describe, expect, it } from 'vitest';
import { formatHostPort, isLoopback, parseHostPort, reachableHost } from './host-port.js';

describe('host and port', () => {
  it.each([
    ['192.0.2.1:5060', { host: '192.0.2.1', port: 5060 }],
    ['[2001:db8::1]:5061', { host: '2001:db8::1', port: 5061 }],
  ])('%s is read and written the same', (text, address) => {
    expect(parseHostPort(text)).toEqual(address);
    expect(formatHostPort(address)).toBe(text);
  });

  it.each(['192.0.2.1', 'host', ':5060', '2001:db8::1', 'host:port', ''])('%s has no port', (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  });

  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['localhost', true],
    ['10.0.0.1', false],
    ['127.0.0.1.example.com', false],
    ['registrar', false],
  ])('%s is loopback: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });

  it.each([
    ['127.0.0.1', undefined, '127.0.0.1'],
    ['127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['0.0.0.0', '203.0.113.9', '203.0.113.9'],
  ])('bound to %s and advertised as %s it is reached at %s', (bound, advertised, expected) => {
    expect(reachableHost(bound, advertised)).toBe(expected);
  });

  it('never advertises a wildcard', () => {
    expect(reachableHost('0.0.0.0', undefined)).not.toBe('0.0.0.0');
    expect(reachableHost('::', undefined)).not.toBe('::');
  });
});
