import { parseUri, type SipUri } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { canHaveGruu, type Gruu, gruuOf, publicGruu } from './gruu.js';

function uriOf(text: string): SipUri {
  const uri = parseUri(text);
  if (uri.kind !== 'sip') throw new Error(`${text} is no SIP URI`);
  return uri;
}

describe('gruuOf (RFC 5627 §3)', () => {
  it.each<[string, Gruu | undefined]>([
    ['sip:alice@example.com', undefined],
    ['sip:alice@example.com;transport=tcp', undefined],
    ['sip:example.com;gr=urn:x', undefined],
    ['sip:alice@example.com;gr=urn:uuid:1', { kind: 'public', instance: '<urn:uuid:1>' }],
    ['sip:alice@example.com;GR=urn:uuid:1;ob', { kind: 'public', instance: '<urn:uuid:1>' }],
    ['sip:abc@example.com;gr', { kind: 'temporary', user: 'abc' }],
  ])('%s', (text, expected) => {
    expect(gruuOf(uriOf(text))).toEqual(expected);
  });
});

describe('publicGruu (RFC 5627 §3.1)', () => {
  it.each<[string, string]>([
    ['<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>', 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
    ['<urn:x:a;b=c "d%>', 'urn:x:a%3Bb%3Dc%20%22d%25'],
  ])('of %s, and back', (instance, gr) => {
    const gruu = publicGruu('sip:alice@example.com', instance);
    expect(gruu).toBe(`sip:alice@example.com;gr=${gr}`);
    expect(gruuOf(uriOf(gruu))).toEqual({ kind: 'public', instance });
  });

  it.each([
    ['<urn:x>', true],
    ['<>', false],
    ['urn:x', false],
    ['', false],
  ])('an instance %j can have one: %s', (instance, can) => {
    expect(canHaveGruu(instance)).toBe(can);
  });
});
