import { describe, expect, it } from 'vitest';
import { blankedSecrets } from './blanked-secrets.js';

const head = (...lines: string[]): string => ['REGISTER sip:h SIP/2.0', 'Call-ID: a', ...lines].join('\r\n');

describe('blankedSecrets', () => {
  it.each([
    [
      'the response of a digest, and nothing else of it',
      head('Authorization: Digest username="bob", response="abc123", uri="sip:h"', 'CSeq: 1 REGISTER'),
      head('Authorization: Digest username="bob", response="******", uri="sip:h"', 'CSeq: 1 REGISTER'),
    ],
    [
      'toward a proxy, in another case, without quotes',
      head('proxy-authorization : digest RESPONSE=abc123,nc=1'),
      head('proxy-authorization : digest RESPONSE=******,nc=1'),
    ],
    [
      'on a continuation line',
      head('Authorization: Digest username="bob",', '\tresponse="abc123"', 'Via: response=x'),
      head('Authorization: Digest username="bob",', '\tresponse="******"', 'Via: response=x'),
    ],
    [
      'an unfinished quote',
      head('Authorization: Digest response="abc123'),
      head('Authorization: Digest response="******'),
    ],
    ['all of another scheme', head('Authorization: Bearer ey.ab-c'), head('Authorization: Bearer *******')],
    ['nothing of a challenge', head('WWW-Authenticate: Digest nonce="n"'), head('WWW-Authenticate: Digest nonce="n"')],
    [
      'keys of media',
      head('', 'v=0', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:s3cr+t/==|2^20', 'k=base64:abcd', 'm=audio'),
      head('', 'v=0', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:*********|2^20', 'k=base64:****', 'm=audio'),
    ],
    [
      'each key of several',
      head('', 'v=0', 'a=crypto:1 X inline:abc|2^20|1:4;inline:def|2^20|2:4 UNENCRYPTED_SRTP'),
      head('', 'v=0', 'a=crypto:1 X inline:***|2^20|1:4;inline:***|2^20|2:4 UNENCRYPTED_SRTP'),
    ],
    [
      'keys between other ends of lines',
      'MESSAGE sip:h SIP/2.0\n\nk=clear:abc\n',
      'MESSAGE sip:h SIP/2.0\n\nk=clear:***\n',
    ],
    ['digits', head('', 'Signal=5', 'Duration=160'), head('', 'Signal=*', 'Duration=160')],
    ['nothing of a head alone', head('Subject: k=base64:abcd'), head('Subject: k=base64:abcd')],
  ])('%s', (_what, raw, shown) => {
    expect(blankedSecrets(raw)).toBe(shown);
    expect(shown).toHaveLength(raw.length);
  });

  it('takes no longer for what is made to take long', () => {
    const raw = `${head(`Authorization: Digest ${'response="'.repeat(6_000)}`)}\r\n\r\n${'a=crypto:'.repeat(6_000)}`;
    const began = performance.now();
    blankedSecrets(raw);
    expect(performance.now() - began).toBeLessThan(200);
  });
});
