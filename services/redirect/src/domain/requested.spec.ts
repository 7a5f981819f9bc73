import { describe, expect, it } from 'vitest';
import { readRequested } from './requested.js';

describe('readRequested', () => {
  it.each<[string, string | undefined, string, string | undefined]>([
    ['sip:bob@Example.COM:5070;transport=tcp', 'example.com', 'bob', undefined],
    ['sips:bob@[2001:db8::1]', '[2001:db8::1]', 'bob', undefined],
    ['sip:+4930123@example.com;user=phone', 'example.com', '+4930123', '+4930123'],
    ['sip:+49-(30)-12.3;phone-context=x@example.com', 'example.com', '+49-(30)-12.3;phone-context=x', '+4930123'],
    ['sip:%2B4930123@example.com', 'example.com', '%2B4930123', '+4930123'],
    ['sip:030123@example.com', 'example.com', '030123', undefined],
    ['sip:+0123@example.com', 'example.com', '+0123', undefined],
    ['tel:+49-30-123', undefined, '+4930123', '+4930123'],
    ['tel:123;phone-context=example.com', undefined, '123', undefined],
  ])('%s', (uri, host, user, e164) => {
    expect(readRequested(uri)).toMatchObject({ kind: 'requested', host, user, e164 });
  });

  it.each([
    ['sip:example.com', 404],
    ['http://example.com', 416],
    ['sip:bob@', 400],
    ['', 400],
  ])('refuses %s with %i', (uri, statusCode) => {
    expect(readRequested(uri)).toMatchObject({ kind: 'refusal', statusCode });
  });
});
