import { parseUri, type SipUri } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { OwnAddresses } from './own-addresses.js';

const own = new OwnAddresses();
own.add({ transport: 'UDP', host: '192.0.2.1', port: 5060 });
own.add({ transport: 'TCP', host: '[2001:db8::1]', port: 5070 });

describe('an edge’s own addresses', () => {
  it.each([
    ['sip:192.0.2.1', true],
    ['sip:192.0.2.1:5060;lr', true],
    ['sip:token@192.0.2.1:5060;lr', true],
    ['sip:[2001:db8::1]:5070;transport=tcp;lr', true],
    ['sip:192.0.2.1:5061', false],
    ['sips:192.0.2.1', false],
    ['sip:[2001:db8::1]', false],
    ['sip:example.com', false],
  ])('%s: %s', (text, expected) => {
    expect(own.isOwn(parseUri(text) as SipUri)).toBe(expected);
  });

  it.each([
    ['192.0.2.1', true],
    ['[2001:db8::1]', true],
    ['192.0.2.2', false],
  ])('is responsible for maddr=%s: %s', (host, expected) => {
    expect(own.isResponsibleFor(host)).toBe(expected);
  });

  it.each([
    ['UDP', '192.0.2.1', 5060, 'UDP'],
    ['TCP', '[2001:db8::1]', 5070, 'TCP'],
    ['SIPLINK', '192.0.2.1', 5060, 'UDP'],
  ])('is seen over %s at %s:%i', (transport, host, port, seen) => {
    expect(own.side(transport)).toEqual({ scheme: 'sip', host, port, transport: seen });
  });

  it('has at least one', () => {
    expect(() => new OwnAddresses().side('UDP')).toThrow('at least one');
  });
});
