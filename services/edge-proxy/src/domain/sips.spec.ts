import { describe, expect, it } from 'vitest';
import { bindingOf } from '../testing/tables.js';
import { contactsFor, inSchemeOf, isSips } from './sips.js';

const flow = (flowToken: string) => ({ edgeId: 'edge-1', incarnation: 'i1', flowToken });
const plain = bindingOf('sip:bob@192.0.2.1', flow('udp/192.0.2.1/5060'));
const plainOverTls = bindingOf('sip:bob@192.0.2.2', flow('tls#2'));
const secure = bindingOf('sips:bob@192.0.2.3', flow('tls#3'));
const browser = bindingOf('sips:bob@x.invalid;transport=ws', flow('wss#4'));
const pretended = bindingOf('sips:bob@192.0.2.5', flow('udp/192.0.2.5/5060'));
const elsewhere = bindingOf('sips:bob@192.0.2.6', undefined);
const all = [plain, plainOverTls, secure, browser, pretended, elsewhere];

describe('contacts that a request may be retargeted to (RFC 5630 §5.3)', () => {
  it.each([
    ['sips:bob@example.com', [secure, browser, elsewhere]],
    ['SIPS:bob@example.com', [secure, browser, elsewhere]],
    ['sip:bob@example.com', [plain, plainOverTls, secure, browser, elsewhere]],
    ['tel:+4930123', [plain, plainOverTls, secure, browser, elsewhere]],
  ])('%s', (requestUri, expected) => {
    expect(contactsFor(requestUri, { version: 1, bindings: all, readAt: 0 }).bindings).toEqual(expected);
  });

  it('are the same object where nothing is left out, which is the usual case', () => {
    const contacts = { version: 1, bindings: [plain], readAt: 0 };
    expect(contactsFor('sip:bob@example.com', contacts)).toBe(contacts);
  });
});

it.each([
  ['sip:bob@example.com', 'sips:bob@192.0.2.3;ob', 'sip:bob@192.0.2.3;ob'],
  ['sips:bob@example.com', 'sips:bob@192.0.2.3', 'sips:bob@192.0.2.3'],
  ['sip:bob@example.com', 'sip:bob@192.0.2.3', 'sip:bob@192.0.2.3'],
])('%s that goes to %s is sent as %s', (requestUri, target, sent) => {
  expect(inSchemeOf(requestUri, target)).toBe(sent);
});

it.each([
  ['sips:a@b', true],
  ['SiPs:a@b', true],
  ['sip:s:x@b', false],
  ['tel:+1', false],
  ['sip', false],
])('%s is sips: %s', (uri, expected) => {
  expect(isSips(uri)).toBe(expected);
});
