import { expect, it } from 'vitest';
import { joinOf, type NamedDialog, replacesOf } from './named-dialog.js';
import { requestOf } from './testing/simulated-agent.js';

const lines =
  'Via: SIP/2.0/UDP a.test;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n';
const named = { callId: '98732@h', localTag: 'r33', remoteTag: 'l12', earlyOnly: false };

type Named = NamedDialog | 'malformed' | undefined;

it.each<[headers: readonly string[], replaces: Named, join: Named]>([
  [['Replaces: 98732@h;from-tag=l12;to-tag=r33'], named, undefined],
  [['Replaces: 98732@h ; TO-TAG = r33 ; from-tag=l12 ;early-only;x=y'], { ...named, earlyOnly: true }, undefined],
  [['Join: 98732@h;from-tag=l12;to-tag=r33'], undefined, named],
  [['Replaces: 98732@h;to-tag=r33'], 'malformed', undefined],
  [['Replaces: ;from-tag=l12;to-tag=r33'], 'malformed', undefined],
  [['Replaces: a;from-tag=1;to-tag=2', 'Replaces: b;from-tag=1;to-tag=2'], 'malformed', undefined],
  [['Replaces: a;from-tag=1;to-tag=2', 'Join: a;from-tag=1;to-tag=2'], 'malformed', 'malformed'],
  [[], undefined, undefined],
])('%j', (headers, replaces, join) => {
  const request = requestOf(`INVITE sip:b@h SIP/2.0\r\n${lines}${headers.map((line) => `${line}\r\n`).join('')}\r\n`);
  expect([replacesOf(request), joinOf(request)]).toEqual([replaces, join]);
});
