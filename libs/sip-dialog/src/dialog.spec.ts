import { buildRequest, buildResponse, Header, type HeaderField } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { Dialog, dialogAsUac, dialogAsUas, dialogFromNotify, dialogIdOfRequest, dialogKey } from './dialog.js';
import { requestOf, responseOf } from './testing/simulated-agent.js';

const VIA = 'SIP/2.0/UDP a.test;branch=z9hG4bK1';

function invite(
  more: readonly HeaderField[] = [[Header.Contact, '<sip:alice@192.0.2.1:5070;ob>']],
  fromTag = ';tag=a',
) {
  return requestOf(
    buildRequest({
      method: 'INVITE',
      requestUri: 'sip:bob@example.com',
      headers: [
        [Header.Via, VIA],
        [Header.MaxForwards, '70'],
        [Header.From, `"Alice" <sip:alice@example.com>${fromTag}`],
        [Header.To, '<sip:bob@example.com>'],
        [Header.CallId, 'c1'],
        [Header.CSeq, '7 INVITE'],
        ...more,
      ],
    }),
  );
}

function answer(statusCode: number, toTag: string | undefined, headers: readonly HeaderField[]) {
  return responseOf(buildResponse(invite(), statusCode, { ...(toTag === undefined ? {} : { toTag }), headers }));
}

const BOB: HeaderField = [Header.Contact, '<sip:bob@192.0.2.2>'];
const ROUTES: HeaderField[] = [
  [Header.RecordRoute, '<sip:p2.test;lr>, <sip:p1.test;lr;x=1>;y'],
  [Header.RecordRoute, '<sip:p0.test;lr>'],
];

function uac(statusCode = 200, headers: readonly HeaderField[] = [BOB]): Dialog {
  const dialog = dialogAsUac({ cseq: 7 }, answer(statusCode, 'b', headers), '<sip:alice@192.0.2.1>');
  if (!(dialog instanceof Dialog)) throw new Error(dialog.code);
  return dialog;
}

describe('a dialog at the UAC (RFC 3261 §12.1.2)', () => {
  it.each([
    [101, 'early'],
    [180, 'early'],
    [199, 'early'],
    [200, 'confirmed'],
    [202, 'confirmed'],
  ])('a %i makes it %s', (statusCode, state) => {
    expect(uac(statusCode).state).toBe(state);
  });

  it('takes its parts from the response, the route set reversed', () => {
    const dialog = uac(200, [BOB, ...ROUTES]);
    expect(dialog).toMatchObject({
      role: 'uac',
      callId: 'c1',
      localTag: 'a',
      remoteTag: 'b',
      localUri: 'sip:alice@example.com',
      remoteUri: 'sip:bob@example.com',
      localSequence: 7,
      remoteSequence: undefined,
      remoteTarget: 'sip:bob@192.0.2.2',
      routeSet: ['<sip:p0.test;lr>', '<sip:p1.test;lr;x=1>;y', '<sip:p2.test;lr>'],
    });
  });

  it('has an empty remote tag where an RFC 2543 peer gives none', () => {
    const dialog = dialogAsUac({ cseq: 7 }, answer(200, undefined, [BOB]), '<sip:a@a>');
    expect(dialog).toMatchObject({ remoteTag: '' });
    const to = (dialog as Dialog).nextRequest('BYE').headers.find(([name]) => name === Header.To);
    expect(to).toEqual([Header.To, '<sip:bob@example.com>']);
  });

  it.each([
    ['no Contact', [], 'no-contact'],
    ['a Contact that can not be read', [[Header.Contact, '<sip:bob']], 'malformed-contact'],
    ['a star', [[Header.Contact, '*']], 'malformed-contact'],
    ['a Record-Route that can not be read', [BOB, [Header.RecordRoute, '<sip:p']], 'malformed-record-route'],
  ] as [string, HeaderField[], string][])('%s makes none', (_what, headers, code) => {
    expect(dialogAsUac({ cseq: 7 }, answer(200, 'b', headers), '<sip:a@a>')).toEqual({ kind: 'refused', code });
  });

  it('is confirmed by the 2xx with the route set and target of the 2xx (§13.2.2.4)', () => {
    const dialog = uac(180, [BOB, ...ROUTES]);
    dialog.confirm(
      answer(200, 'b', [
        [Header.Contact, '<sip:bob@192.0.2.9>'],
        [Header.RecordRoute, '<sip:p9.test;lr>'],
      ]),
    );
    expect(dialog).toMatchObject({
      state: 'confirmed',
      remoteTarget: 'sip:bob@192.0.2.9',
      routeSet: ['<sip:p9.test;lr>'],
    });
  });
});

describe('a dialog at the UAS (RFC 3261 §12.1.1)', () => {
  it('takes its parts from the request, the route set in its order', () => {
    const dialog = dialogAsUas(invite([BOB, ...ROUTES]), { tag: 'b', contact: '<sip:b@b>' }, 'early');
    expect(dialog).toMatchObject({
      role: 'uas',
      state: 'early',
      localTag: 'b',
      remoteTag: 'a',
      localUri: 'sip:bob@example.com',
      remoteUri: 'sip:alice@example.com',
      localSequence: undefined,
      remoteSequence: 7,
      routeSet: ['<sip:p2.test;lr>', '<sip:p1.test;lr;x=1>;y', '<sip:p0.test;lr>'],
    });
  });

  it('has an empty remote tag where an RFC 2543 peer gives none', () => {
    const dialog = dialogAsUas(invite(undefined, ''), { tag: 'b', contact: '<sip:b@b>' }, 'early');
    expect(dialog).toMatchObject({ remoteTag: '' });
  });

  it('chooses its first sequence number with its first request (§12.2.1.1)', () => {
    const dialog = dialogAsUas(invite(), { tag: 'b', contact: '<sip:b@b>' }, 'confirmed') as Dialog;
    expect([dialog.nextRequest('INFO').cseq, dialog.nextRequest('BYE').cseq]).toEqual([1, 2]);
  });
});

describe('requests within a dialog (RFC 3261 §12.2.1.1)', () => {
  const target = 'sip:bob@192.0.2.2';
  it.each([
    ['no route', [], target, [], target],
    [
      'a loose router first',
      ['<sip:p2.test;lr>', '<sip:p1.test>'],
      target,
      ['<sip:p1.test>', '<sip:p2.test;lr>'].reverse(),
      'sip:p2.test;lr',
    ],
    [
      'a strict router first',
      ['<sip:p2.test;method=INVITE;x=1?Subject=a>', '<sip:p1.test;lr>'],
      'sip:p2.test;x=1',
      ['<sip:p1.test;lr>', `<${target}>`],
      'sip:p2.test;x=1',
    ],
    ['only a strict router', ['<sip:p2.test>'], 'sip:p2.test', [`<${target}>`], 'sip:p2.test'],
  ])('%s', (_what, routeSet, requestUri, routes, nextHop) => {
    const dialog = uac();
    dialog.routeSet = routeSet;
    const draft = dialog.nextRequest('BYE', {}, false);
    expect(draft).toMatchObject({ method: 'BYE', requestUri, nextHop, cseq: 8, body: '' });
    expect(draft.headers.filter(([name]) => name === Header.Route).map(([, value]) => value)).toEqual(routes);
  });

  it('carry the tags of their side, and the ACK the number of its INVITE (§13.2.2.4)', () => {
    const dialog = uac();
    dialog.nextRequest('INFO');
    const ack = dialog.acknowledgement(7);
    expect(ack.headers).toEqual([
      [Header.MaxForwards, '70'],
      [Header.From, '<sip:alice@example.com>;tag=a'],
      [Header.To, '<sip:bob@example.com>;tag=b'],
      [Header.CallId, 'c1'],
      [Header.CSeq, '7 ACK'],
    ]);
    expect(dialog.nextRequest('INFO').cseq).toBe(9);
  });
});

describe('requests received within a dialog (RFC 3261 §12.2.2)', () => {
  it.each([
    ['the first, whatever its number', undefined, 1, 'in-order', 1],
    ['the next', 5, 6, 'in-order', 6],
    ['one after a gap', 5, 900, 'in-order', 900],
    ['a lower one', 5, 4, 'out-of-order', 5],
    ['the same number again', 5, 5, 'out-of-order', 5],
  ] as const)('%s', (_what, before, cseq, check, after) => {
    const dialog = uac();
    dialog.remoteSequence = before;
    expect(dialog.receiveSequence(cseq)).toBe(check);
    expect(dialog.remoteSequence).toBe(after);
  });

  it('are found by the id as this side sees it', () => {
    const request = requestOf(
      buildRequest({
        method: 'BYE',
        requestUri: 'sip:alice@192.0.2.1',
        headers: [
          [Header.Via, VIA],
          [Header.From, '<sip:bob@example.com>;tag=b'],
          [Header.To, '<sip:alice@example.com>;tag=a'],
          [Header.CallId, 'c1'],
          [Header.CSeq, '1 BYE'],
        ],
      }),
    );
    expect(dialogKey(dialogIdOfRequest(request))).toBe(uac().key);
  });
});

describe('a dialog from a NOTIFY (RFC 6665 §4.4.1)', () => {
  it('is confirmed, numbered on from the SUBSCRIBE, with the routes of the NOTIFY in its order', () => {
    const notify = requestOf(
      buildRequest({
        method: 'NOTIFY',
        requestUri: 'sip:alice@192.0.2.1',
        headers: [
          [Header.Via, VIA],
          [Header.From, '<sip:bob@example.com>;tag=b'],
          [Header.To, '<sip:alice@example.com>;tag=a'],
          [Header.CallId, 'c1'],
          [Header.CSeq, '3 NOTIFY'],
          BOB,
          ...ROUTES,
        ],
      }),
    );
    const dialog = dialogFromNotify({ cseq: 7 }, notify, '<sip:a@a>') as Dialog;
    expect(dialog).toMatchObject({ state: 'confirmed', localTag: 'a', remoteTag: 'b', remoteSequence: 3 });
    expect(dialog.routeSet[0]).toBe('<sip:p2.test;lr>');
    expect(dialog.nextRequest('SUBSCRIBE').cseq).toBe(8);
  });
});
