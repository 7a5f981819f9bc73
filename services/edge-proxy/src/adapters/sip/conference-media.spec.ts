import { directory } from '@ringdown/contracts';
import { describe, expect, it } from 'vitest';
import type { CallFacts } from '../../domain/call-facts.js';
import { stranger } from '../../domain/request-in-hand.js';
import { targetByFocus, targetByUri } from '../../domain/targets.js';
import { FakeRelay } from '../../testing/fake-relay.js';
import { requestOf, sdp } from '../../testing/requests.js';
import type { OpenWay } from './forwarding.js';
import { MediaParking, newMediaCounters } from './media-parking.js';

const { ALWAYS, NEVER, WHEN_NEEDED } = directory.MediaRelay;
const phone = { host: '203.0.113.7', port: 5060 };
const webrtc = sdp(9).replace('RTP/AVP 0', 'UDP/TLS/RTP/SAVPF 0');
const plain = sdp(4_000).replaceAll('127.0.0.1', phone.host);

type Wire = 'UDP' | 'WSS' | 'SIPLINK';
const flow = (transport: Wire) => ({ transport, remote: phone, local: phone }) as unknown as OpenWay['flow'];
const call = (policy: directory.MediaRelay): CallFacts => ({
  key: '0123456789abcdef',
  originatingTenantId: 'acme',
  terminatingTenantId: 'acme',
  startedAtMs: 0,
  from: 'originator',
  media: { kind: 'undecided', policy },
});

/** What becomes of the media of an INVITE: to a pod of the focus, or from one. */
function placed(
  relay: FakeRelay | undefined,
  from: Wire,
  to: Wire,
  body: string,
  policy: directory.MediaRelay = WHEN_NEEDED,
): string {
  const counters = newMediaCounters();
  const focus = { podId: 'focus-1', incarnation: 'i1', mediaHosts: ['192.0.2.50'] };
  const target = to === 'SIPLINK' ? targetByFocus('sip:room@example.com', focus) : targetByUri('sip:bob@192.0.2.20');
  const leg =
    from === 'SIPLINK'
      ? ({ kind: 'service', service: 'conference-focus', pod: 'focus-1' } as const)
      : ({ kind: 'none' } as const);
  const ingress = { flow: flow(from), envelope: undefined, receivedAt: 0 } as const;
  const way = { kind: to === 'SIPLINK' ? 'link' : 'wire', flow: flow(to), targetFlowToken: undefined } as OpenWay;
  const origin = { ...stranger(directory.TrustClass.UNTRUSTED), leg };
  const request = requestOf({ body, contact: `sip:alice@${phone.host}` });
  const placement = new MediaParking(relay, counters).place(
    { request, ingress, call: call(policy), origin },
    0,
    target,
    0,
    way,
  );
  if (placement === undefined) return 'direct';
  return placement.kind === 'failed' ? placement.failure : `relayed: ${relay?.placed.join(' ')}`;
}

describe('the media of a call to a conference, or from one', () => {
  it.each<[from: Wire, to: Wire, body: string, withRelay: string, without: string]>([
    ['UDP', 'SIPLINK', plain, 'direct', 'direct'],
    ['UDP', 'SIPLINK', '', 'direct', 'direct'],
    ['WSS', 'SIPLINK', webrtc, 'relayed: browser', 'not-acceptable'],
    ['WSS', 'SIPLINK', '', 'relayed: browser', 'not-acceptable'],
    ['SIPLINK', 'UDP', plain, 'direct', 'direct'],
    ['SIPLINK', 'WSS', plain, 'relayed: browser', 'not-acceptable'],
  ])('%s to %s: %j', (from, to, body, withRelay, without) => {
    expect(placed(new FakeRelay(), from, to, body)).toBe(withRelay);
    expect(placed(undefined, from, to, body)).toBe(without);
  });

  it('goes through the relay, or not, where a tenant says so', () => {
    expect(placed(new FakeRelay(), 'UDP', 'SIPLINK', plain, ALWAYS)).toBe('relayed: policy');
    expect(placed(undefined, 'UDP', 'SIPLINK', plain, ALWAYS)).toBe('no-relay');
    expect(placed(new FakeRelay(), 'WSS', 'SIPLINK', webrtc, NEVER)).toBe('direct');
  });
});
