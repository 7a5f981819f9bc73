import { directory } from '@ringdown/contracts';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../testing/requests.js';
import { emergencyService, isEmergency, servicesAbove } from './emergency.js';

const { PEER, UNTRUSTED } = directory.TrustClass;

it.each([
  ['urn:service:sos', 'urn:service:sos', ['urn:service:sos']],
  ['URN:Service:SOS.Fire', 'urn:service:sos.fire', ['urn:service:sos.fire', 'urn:service:sos']],
  [
    'urn:service:sos.animal-control.x',
    'urn:service:sos.animal-control.x',
    ['urn:service:sos.animal-control.x', 'urn:service:sos.animal-control', 'urn:service:sos'],
  ],
])('%s is a service, and a part of others (RFC 5031)', (uri, service, above) => {
  expect(emergencyService(uri)).toBe(service);
  expect(servicesAbove(service)).toEqual(above);
});

it.each(['urn:service:counseling', 'urn:service:sosfire', 'sip:sos@example.com', 'tel:112'])(
  '%s is no emergency service',
  (uri) => {
    expect(emergencyService(uri)).toBeUndefined();
  },
);

describe('what passes limits', () => {
  it.each([
    {
      name: 'an emergency service, whoever asks',
      uri: 'urn:service:sos',
      sender: UNTRUSTED,
      priority: [],
      expected: true,
    },
    { name: 'a peer’s priority for emergencies', sender: PEER, priority: ['esnet.1'], expected: true },
    { name: 'among others', sender: PEER, priority: ['dsn.flash, ESNET.0'], expected: true },
    { name: 'another priority', sender: PEER, priority: ['dsn.flash'], expected: false },
    { name: 'anybody’s', sender: UNTRUSTED, priority: ['esnet.1'], expected: false },
    { name: 'none', sender: PEER, priority: [], expected: false },
  ])('$name: $expected', ({ uri = 'sip:bob@example.com', sender, priority, expected }) => {
    const headers = priority.map((value) => ['Resource-Priority', value] as const);
    expect(isEmergency(requestOf({ uri, to: '<sip:x@y>', headers }), sender)).toBe(expected);
  });
});
