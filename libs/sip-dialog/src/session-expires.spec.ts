import { Header, type HeaderField } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import {
  afterTooSmall,
  agreedSessionTimer,
  answerSessionTimer,
  askSessionTimer,
  defaultSessionTimer,
  sessionExpiresOf,
} from './session-expires.js';
import { requestOf, responseOf } from './testing/simulated-agent.js';

const lines =
  'Via: SIP/2.0/UDP a.test;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n';

function invite(...more: readonly string[]) {
  return requestOf(`INVITE sip:b@h SIP/2.0\r\n${lines}${more.map((line) => `${line}\r\n`).join('')}\r\n`);
}

function answer(statusCode: number, ...more: readonly string[]) {
  return responseOf(`SIP/2.0 ${statusCode} X\r\n${lines}${more.map((line) => `${line}\r\n`).join('')}\r\n`);
}

describe('sessionExpiresOf', () => {
  it.each<[text: string, expected: ReturnType<typeof sessionExpiresOf>]>([
    ['Session-Expires: 1800', { intervalSec: 1_800, refresher: undefined }],
    ['x: 90 ; Refresher = UAS ;foo', { intervalSec: 90, refresher: 'uas' }],
    ['Session-Expires: 90;refresher=me', { intervalSec: 90, refresher: undefined }],
    ['Session-Expires: soon', undefined],
    ['Subject: none', undefined],
  ])('%s', (text, expected) => {
    expect(sessionExpiresOf(invite(text))).toEqual(expected);
  });
});

describe('answerSessionTimer (RFC 4028 §9, tables 2 and 3)', () => {
  const supported = 'Supported: timer';
  it.each<[what: string, request: readonly string[], intervalSec: number, refresher: string, isRequired: boolean]>([
    ['nothing is asked, timers unknown', [], 1_800, 'uas', false],
    ['nothing is asked, timers known', [supported], 1_800, 'uac', true],
    ['the asker refreshes', [supported, 'Session-Expires: 600;refresher=uac'], 600, 'uac', true],
    ['the answerer refreshes', [supported, 'Session-Expires: 600;refresher=uas'], 600, 'uas', false],
    ['a proxy asked, timers unknown', ['Session-Expires: 600'], 600, 'uas', false],
    ['too short by a proxy’s word', ['Session-Expires: 60'], 90, 'uas', false],
    ['longer than this side wants', [supported, 'Session-Expires: 7200'], 1_800, 'uac', true],
    ['longer, and may not be lowered', [supported, 'Session-Expires: 7200', 'Min-SE: 3600'], 3_600, 'uac', true],
    ['required', ['Require: timer', 'Session-Expires: 600'], 600, 'uac', true],
  ])('%s', (_what, request, intervalSec, refresher, isRequired) => {
    const headers: HeaderField[] = [[Header.SessionExpires, `${intervalSec};refresher=${refresher}`]];
    expect(answerSessionTimer(invite(...request), defaultSessionTimer)).toEqual({
      kind: 'timed',
      agreed: { intervalSec, refresher },
      headers: isRequired ? [...headers, [Header.Require, 'timer']] : headers,
    });
  });

  it('refuses less than the minimum', () => {
    expect(answerSessionTimer(invite(supported, 'Session-Expires: 89'), defaultSessionTimer)).toEqual({
      kind: 'too-small',
      headers: [[Header.MinSe, '90']],
    });
  });
});

describe('asking (RFC 4028 §7)', () => {
  it('names the interval, the least of it, and who refreshes already', () => {
    expect(askSessionTimer(defaultSessionTimer, 'uas')).toEqual([
      [Header.Supported, 'timer'],
      [Header.SessionExpires, '1800;refresher=uas'],
      [Header.MinSe, '90'],
    ]);
  });

  it.each<[headers: readonly string[], intervalSec: number, refresher: string]>([
    [[], 1_800, 'uac'],
    [['Session-Expires: 300;refresher=uas'], 300, 'uas'],
    [['Session-Expires: 300'], 300, 'uac'],
    [['Session-Expires: 1;refresher=uac'], 90, 'uac'],
  ])('a 2xx with %j', (headers, intervalSec, refresher) => {
    expect(agreedSessionTimer(answer(200, ...headers), defaultSessionTimer)).toEqual({ intervalSec, refresher });
  });

  it.each<[headers: readonly string[], expected: ReturnType<typeof afterTooSmall>]>([
    [['Min-SE: 3600'], { intervalSec: 3_600, minSec: 3_600 }],
    [['Min-SE: 600'], { intervalSec: 1_800, minSec: 600 }],
    [['Min-SE: 90'], undefined],
    [[], undefined],
  ])('a 422 with %j', (headers, expected) => {
    expect(afterTooSmall(answer(422, ...headers), defaultSessionTimer)).toEqual(expected);
  });
});
