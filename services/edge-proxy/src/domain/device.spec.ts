import { parseUri } from '@ringdown/sip-message';
import { registrationOf, type TemporaryGruu } from '@ringdown/sip-proxy';
import { describe, expect, it } from 'vitest';
import { bindingOf } from '../testing/tables.js';
import { contactName, deviceAsked, flowsOfDevice, instanceAsked, type OpenGruu } from './device.js';

const temporary: TemporaryGruu = {
  tenantId: 'acme',
  user: 'bob',
  instance: '<urn:uuid:1>',
  registration: registrationOf('c1'),
};
const open: OpenGruu = (user) => (user === 'sealed' ? temporary : undefined);

describe('the device that a URI asks for', () => {
  it.each<[string, ReturnType<typeof deviceAsked>, string | undefined]>([
    ['sip:bob@example.com', undefined, undefined],
    ['sip:bob@192.0.2.1;grid=7', undefined, undefined],
    ['sip:bob@example.com;gr=urn:uuid:1', { kind: 'public', instance: '<urn:uuid:1>' }, '<urn:uuid:1>'],
    ['sip:sealed@example.com;gr', { kind: 'temporary', ...temporary }, '<urn:uuid:1>'],
    ['sip:sealed@example.com;gr;ob', { kind: 'temporary', ...temporary }, '<urn:uuid:1>'],
    ['sip:forged@example.com;gr', { kind: 'unknown' }, undefined],
  ])('%s', (text, device, instance) => {
    const uri = parseUri(text);
    expect(uri.kind === 'sip' && deviceAsked(uri, open)).toEqual(device);
    expect(instanceAsked(text, open)).toBe(instance);
  });
});

describe('contactName', () => {
  it.each([
    ['sip:a@x.invalid;transport=ws;ob', 'sip:a@x.invalid;transport=ws'],
    ['sip:a@x.invalid;ob;transport=ws', 'sip:a@x.invalid;transport=ws'],
    ['sip:a@x.invalid;ob?Subject=x', 'sip:a@x.invalid?Subject=x'],
    ['sip:a@x.invalid;obvious', 'sip:a@x.invalid;obvious'],
    ['sip:a@x.invalid', 'sip:a@x.invalid'],
  ])('of %s is %s', (uri, name) => {
    expect(contactName(uri)).toBe(name);
  });
});

describe('flowsOfDevice', () => {
  const flow = (user: string, instanceId: string, callId: string) =>
    bindingOf(`sip:${user}@192.0.2.1`, undefined, { instanceId, callId });
  const contacts = {
    version: 1,
    readAt: 0,
    bindings: [
      flow('desk-1', '<urn:uuid:1>', 'c1'),
      flow('mobile', '<urn:uuid:2>', 'c1'),
      flow('desk-2', '<URN:UUID:1>', 'c2'),
      flow('old', '', 'c1'),
    ],
  };
  it.each([
    ['all flows of the device', { kind: 'public', instance: '<urn:uuid:1>' } as const, ['desk-1', 'desk-2']],
    ['none of a device that is not there', { kind: 'public', instance: '<urn:uuid:3>' } as const, []],
    ['all flows while one is of the registration', { kind: 'temporary', ...temporary } as const, ['desk-1', 'desk-2']],
    [
      'none when the registration has ended, though another device has the same Call-ID',
      { kind: 'temporary', ...temporary, instance: '<urn:uuid:2>', registration: registrationOf('c2') } as const,
      [],
    ],
  ])('are %s', (_, device, users) => {
    const found = flowsOfDevice(contacts, device).bindings.map(({ uri }) => /sip:([^@]+)/.exec(uri)?.[1]);
    expect(found).toEqual(users);
  });
});
