import { parseUri, type SipUri } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { bindingKey } from './binding-key.js';

function key(text: string): string {
  const uri = parseUri(text);
  if (uri.kind !== 'sip') throw new Error(`no SIP URI: ${text}`);
  return bindingKey(uri satisfies SipUri);
}

describe('bindingKey', () => {
  it.each([
    // RFC 3261 §19.1.4, the pairs that are equal.
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtlanTa.CoM;Transport=tcp'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
    ],
    ['sip:alice@[2001:db8::1]', 'sip:alice@[2001:0DB8:0:0::1]'],
    ['sip:%2f@a.example', 'sip:%2F@a.example'],
    ['sip:a.example;%6Cr', 'sip:a.example;lr'],
  ])('%s is %s', (a, b) => {
    expect(key(a)).toBe(key(b));
  });

  it.each([
    // RFC 3261 §19.1.4, the pairs that differ.
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:bob@a.example', 'sips:bob@a.example'],
    ['sip:bob:secret@a.example', 'sip:bob@a.example'],
    // RFC 4475 §3.1.1.4 escnull.
    ['sip:%00@host5.example.com', 'sip:%00%00@host5.example.com'],
    ['sip:a@192.0.2.4;line=x1', 'sip:a@192.0.2.4;line=x2'],
    // The departure from §19.1.4 that the function's comment explains.
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:a%40b@c.example', 'sip:a@c.example'],
  ])('%s is not %s', (a, b) => {
    expect(key(a)).not.toBe(key(b));
  });
});
