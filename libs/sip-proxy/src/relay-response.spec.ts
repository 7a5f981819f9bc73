import { Header } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { type CancelReason, cancelAnswer, cancelHeaders } from './cancel.js';
import { relayResponse } from './relay-response.js';
import { isDialogForming, isOutOfDialog } from './request-kind.js';
import { responseFrom, type SampleRequest, sampleRequest, sampleResponse } from './testing/sample-messages.js';

const CALLER = 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKcaller';

describe('RFC 3261 §16.7 step 3', () => {
  it('takes our Via off and keeps every other byte', () => {
    const response = sampleResponse(200, ['Contact: <sip:bob@192.0.2.4>', 'X-Odd:  \xe9 ']);
    const raw = relayResponse(response) ?? '';
    expect(raw).toBe(response.raw.replace('Via: SIP/2.0/UDP 198.51.100.1:5060;branch=z9hG4bKours.0\r\n', ''));
    expect(responseFrom(raw).topmostVia.branch).toBe('z9hG4bKcaller');
  });

  it('takes it off a list', () => {
    const raw = sampleResponse(200).raw.replace('=z9hG4bKours.0\r\nVia: ', '=z9hG4bKours.0, ');
    expect(responseFrom(relayResponse(responseFrom(raw)) ?? '').list(Header.Via)).toEqual([CALLER]);
  });

  it('does not relay what has no other Via: it was for this element', () => {
    const raw = sampleResponse(200).raw.replace(`Via: ${CALLER}\r\n`, '');
    expect(relayResponse(responseFrom(raw))).toBeUndefined();
  });

  it('adds challenges and replaces contacts', () => {
    const challenged = relayResponse(sampleResponse(401, ['WWW-Authenticate: Digest realm="a"']), {
      addedHeaders: [[Header.WwwAuthenticate, 'Digest realm="b"']],
    });
    expect(responseFrom(challenged ?? '').values(Header.WwwAuthenticate)).toEqual([
      'Digest realm="a"',
      'Digest realm="b"',
    ]);
    const redirected = relayResponse(sampleResponse(302, ['Contact: <sip:a@x>, <sip:b@x>', 'Contact: <sip:c@x>']), {
      contacts: ['<sip:b@x>', '<sip:c@x>;q=0.1'],
    });
    expect(responseFrom(redirected ?? '').list(Header.Contact)).toEqual(['<sip:b@x>', '<sip:c@x>;q=0.1']);
  });
});

describe('RFC 3326: why a branch is cancelled', () => {
  const upstream = sampleRequest({ method: 'CANCEL', lines: ['Reason: SIP;cause=486', 'Reason: Q.850;cause=17'] });
  it.each<{ reason: CancelReason; values: string[] }>([
    { reason: { kind: 'upstream', cancel: upstream }, values: ['SIP;cause=486', 'Q.850;cause=17'] },
    { reason: { kind: 'upstream', cancel: undefined }, values: [] },
    { reason: { kind: 'answered' }, values: ['SIP;cause=200;text="Call completed elsewhere"'] },
    { reason: { kind: 'declined', statusCode: 603 }, values: ['SIP;cause=603;text="Decline"'] },
    { reason: { kind: 'no-answer' }, values: ['SIP;cause=408;text="Request Timeout"'] },
  ])('$reason.kind', ({ reason, values }) => {
    expect(cancelHeaders(reason)).toEqual(values.map((value) => [Header.Reason, value]));
  });

  it('RFC 3261 §16.10: 200 for a CANCEL that matches, else 481', () => {
    expect([cancelAnswer({}), cancelAnswer(undefined)]).toEqual([200, 481]);
  });
});

describe('what a request is to a dialog', () => {
  it.each<{ sample: SampleRequest; outOfDialog: boolean; dialogForming: boolean }>([
    { sample: {}, outOfDialog: true, dialogForming: true },
    { sample: { toTag: 'b1' }, outOfDialog: false, dialogForming: false },
    { sample: { method: 'SUBSCRIBE' }, outOfDialog: true, dialogForming: true },
    { sample: { method: 'REFER' }, outOfDialog: true, dialogForming: true },
    { sample: { method: 'MESSAGE' }, outOfDialog: true, dialogForming: false },
    { sample: { method: 'BYE', toTag: 'b1' }, outOfDialog: false, dialogForming: false },
  ])('$sample', ({ sample, outOfDialog, dialogForming }) => {
    expect(isOutOfDialog(sampleRequest(sample))).toBe(outOfDialog);
    expect(isDialogForming(sampleRequest(sample))).toBe(dialogForming);
  });
});
