import { describe, expect, it } from 'vitest';
import type { CallMessages, CapturedMessage } from './call-messages.js';
import { fullMessages, ladder } from './ladder.js';

const [anna, ben] = ['192.0.2.7:5062', '192.0.2.9:5060'];
let at = 0;

function seen(
  edge: string,
  direction: 'received' | 'sent',
  other: string,
  firstLine: string,
  more = '',
): CapturedMessage {
  at += 1_000;
  const isLink = !other.includes(':');
  const sip = `${firstLine}\r\nFrom: <sip:anna@a.test>;tag=1\r\nTo: <sip:ben@a.test>\r\n${more}\r\n`;
  return {
    edge,
    atUs: 1_763_800_000_000_000 + at,
    direction,
    transport: isLink ? 'SIPLINK' : 'UDP',
    local: '192.0.2.1:5060',
    remote: isLink ? '10.0.0.1:9090' : other,
    peer: isLink ? other : null,
    sip,
  };
}

const invite = 'INVITE sip:ben@a.test SIP/2.0';
const forwarded = 'INVITE sip:ben@192.0.2.9 SIP/2.0';
const sdp = 'Content-Type: application/sdp\r\n';

function call(...messages: readonly CapturedMessage[]): CallMessages {
  const ids = [...new Set(messages.map(({ edge }) => edge))];
  const edges = ids.map((id) => ({ id, answer: 'found', truncated: false, reachesBackMs: 60_000 }) as const);
  return { callId: 'c', traceId: 't', sampled: false, kept: null, edges, messages };
}

function overTwoEdges(): CallMessages {
  at = 0;
  return call(
    seen('edge-1', 'received', anna, invite, sdp),
    seen('edge-1', 'sent', anna, 'SIP/2.0 100 Trying'),
    seen('edge-1', 'sent', 'edge-2', forwarded),
    seen('edge-2', 'received', 'edge-1', forwarded),
    seen('edge-2', 'sent', ben, forwarded),
    seen('edge-2', 'sent', ben, forwarded),
    seen('edge-2', 'sent', ben, forwarded),
    seen('edge-2', 'received', ben, 'SIP/2.0 180 Ringing'),
    seen('edge-1', 'received', 'edge-2', 'SIP/2.0 180 Ringing'),
    seen('edge-1', 'sent', anna, 'SIP/2.0 180 Ringing'),
  );
}

describe('ladder', () => {
  it('has a column for each party, an arrow for each message, and folds what is seen or sent twice', () => {
    expect(`\n${ladder(overTwoEdges(), { width: 100 })}\n`).toMatchInlineSnapshot(`
      "
                    192.0.2.7:5062            edge-1                edge-2            192.0.2.9:5060
                         anna                                                               ben
         0.000 s           │─── INVITE (SDP) ───>│                     │                     │
         0.001 s           │<──── 100 Trying ────│                     │                     │
         0.002 s           │                     │────── INVITE ──────>│                     │
         0.004 s           │                     │                     │──── INVITE ×3 ─────>│
         0.007 s           │                     │                     │<─── 180 Ringing ────│
         0.008 s           │                     │<─── 180 Ringing ────│                     │
         0.009 s           │<─── 180 Ringing ────│                     │                     │
      "
    `);
  });

  it('is a list where the lines are too narrow', () => {
    expect(ladder(overTwoEdges(), { width: 60 }).split('\n').slice(0, 4)).toEqual([
      '   0.000 s 192.0.2.7:5062 → edge-1  INVITE (SDP)',
      '   0.001 s edge-1 → 192.0.2.7:5062  100 Trying',
      '   0.002 s edge-1 → edge-2  INVITE',
      '   0.004 s edge-2 → 192.0.2.9:5060  INVITE ×3',
    ]);
  });

  it.each([60, 80, 100, 120, 200, 500])('keeps within %i characters', (width) => {
    for (const line of ladder(overTwoEdges(), { width }).split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  });

  it('draws what passes over other columns', () => {
    at = 0;
    const fork = call(
      seen('edge-1', 'received', anna, invite),
      seen('edge-1', 'sent', 'registrar', 'OPTIONS sip:x SIP/2.0'),
      seen('edge-1', 'sent', ben, forwarded),
      seen('edge-1', 'received', ben, 'SIP/2.0 603 Decline because of a reason that is much too long for an arrow'),
    );
    const lines = ladder(fork, { width: 110 }).split('\n');
    expect(lines.at(-2)).toMatch(/^ +0\.002 s +│ +│─+ INVITE ─+>│$/);
    expect(lines.at(-1)).toMatch(/│<─+ 603 Decline because of a reas.*… ─+│$/);
    const columns = lines.slice(2).map((line) => line.lastIndexOf('│'));
    expect(new Set(columns).size).toBe(1);
  });

  it('shows nothing of a call without messages', () => {
    expect(ladder(call(), { width: 100 })).toBe('');
  });

  it('shows what is no SIP, and keeps it from the terminal', () => {
    const odd = call(seen('e', 'received', anna, '\u001b[31mred'));
    expect(ladder(odd, { width: 100 })).toContain('·[31mred');
    expect(ladder(odd, { width: 100 }) + fullMessages(odd)).not.toContain('\u001b');
  });

  it('counts each repetition between edges, also where one of the two has seen fewer', () => {
    at = 0;
    const twice = call(
      seen('edge-1', 'sent', 'edge-2', forwarded),
      seen('edge-1', 'sent', 'edge-2', forwarded),
      seen('edge-2', 'received', 'edge-1', forwarded),
      seen('edge-2', 'received', 'edge-1', 'BYE sip:x SIP/2.0'),
    );
    const text = ladder(twice, { width: 100 });
    expect(text).toContain(' INVITE ×2 ');
    expect(text).toMatch(/│─+ BYE ─+>│/);
  });
});

describe('fullMessages', () => {
  it('prints them with who sent them to whom', () => {
    const [first] = fullMessages(overTwoEdges()).split('\n\n');
    expect(first).toBe(
      '── 0.000 s  192.0.2.7:5062 → edge-1 over UDP\nINVITE sip:ben@a.test SIP/2.0\nFrom: <sip:anna@a.test>;tag=1\nTo: <sip:ben@a.test>\nContent-Type: application/sdp',
    );
  });
});
