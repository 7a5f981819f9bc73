import { createSecretKey, randomBytes } from 'node:crypto';
import { edit, Header, parseMessage, type SipRequest } from '@ringdown/sip-message';
import {
  type ForwardTarget,
  forwardRequest,
  isLooped,
  type KeyRing,
  loopDigest,
  type OwnRoutes,
  openToken,
  type ProxyEffect,
  preprocessRoutes,
  ResponseContext,
  ROUTED_SCHEMES,
  relayResponse,
  sealToken,
  type ValidationRules,
  validateRequest,
} from '@ringdown/sip-proxy';
import { TimerWheel } from '@ringdown/sip-transaction';

// Run after `tsc -b libs/sip-proxy`, with Node 24: node libs/sip-proxy/bench/forward.ts
const ROUNDS = 200_000;
const BODY =
  'v=0\r\no=alice 2890844526 2890844526 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 49172 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n';
const INVITE = [
  'INVITE sip:bob@example.com SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK74bf9;rport=5060;received=192.0.2.1',
  'Max-Forwards: 70',
  'From: "Alice" <sip:alice@example.com>;tag=9fxced76sl',
  'To: "Bob" <sip:bob@example.com>',
  'Call-ID: 3848276298220188511@192.0.2.1',
  'CSeq: 1 INVITE',
  'Contact: <sip:alice@192.0.2.1:5060>',
  'User-Agent: bench/1.0',
  'Content-Type: application/sdp',
  `Content-Length: ${BODY.length}`,
  '',
  BODY,
].join('\r\n');

const rules: ValidationRules = {
  schemes: ROUTED_SCHEMES,
  proxyExtensions: new Set(),
  isOwnVia: (via) => via.host === '192.0.2.10',
};
const own: OwnRoutes = { isOwn: (uri) => uri.host === '192.0.2.10', isResponsibleFor: () => false };
const ingress = { transport: 'UDP', port: 5060 };
const recordRoutes = [`<sip:${'A'.repeat(112)}@192.0.2.10:5060;lr>`];
const ring: KeyRing = { currentKeyId: 1, keys: new Map([[1, createSecretKey(randomBytes(16))]]) };
const dialog = { callId: '3848276298220188511@192.0.2.1', originatorTag: '9fxced76sl' };
const payload = {
  callId: randomBytes(8),
  originatingTenant: Buffer.from('demo'),
  terminatingTenant: Buffer.from('acme'),
  originatingLeg: { kind: 'binding', addressOfRecord: Buffer.from('alice'), instance: randomBytes(4) },
  terminatingLeg: { kind: 'binding', addressOfRecord: Buffer.from('bob'), instance: randomBytes(4) },
  mediaNode: Buffer.from('m1'),
  startTimeSec: 1_800_000_000,
} as const;

let sequence = 0;
function forward(request: SipRequest): string {
  if (validateRequest(request, rules) !== undefined) throw new Error('refused');
  const routed = preprocessRoutes(request, own, ingress);
  if (routed.kind === 'failure') throw new Error(routed.reason);
  return forwardRequest(request, {
    routed,
    targetUri: 'sip:bob@192.0.2.4:5062',
    recordRoutes,
    via: { transport: 'UDP', sentBy: '192.0.2.10:5060', branch: `z9hG4bKe1.${(sequence++).toString(36)}` },
    loopDigest: loopDigest(request),
    maxBreadth: 60,
  }).raw;
}

function parsed(raw: string): SipRequest {
  const message = parseMessage(raw);
  if (message.kind !== 'request') throw new Error(message.kind);
  return message;
}

function measure(name: string, round: () => unknown, rounds = ROUNDS): void {
  for (let index = 0; index < rounds / 10; index++) round();
  const times: number[] = [];
  for (let run = 0; run < 5; run++) {
    const start = process.cpuUsage();
    for (let index = 0; index < rounds / 5; index++) round();
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / (rounds / 5));
  }
  const [median = 0] = times.sort((x, y) => x - y).slice(2, 3);
  process.stdout.write(`${name.padEnd(58)} ${median.toFixed(2)} µs CPU\n`);
}

const request = parsed(INVITE);
const byeText = INVITE.replaceAll('INVITE', 'BYE')
  .replace('To: "Bob" <sip:bob@example.com>', 'To: "Bob" <sip:bob@example.com>;tag=b1')
  .replace('Max-Forwards: 70\r\n', `Max-Forwards: 70\r\nRoute: <sip:${'A'.repeat(112)}@192.0.2.10:5060;lr>\r\n`);
const response = parseMessage(
  forward(request)
    .replace(/^INVITE .*\r\n/, 'SIP/2.0 200 OK\r\n')
    .replace('To: "Bob" <sip:bob@example.com>', 'To: "Bob" <sip:bob@example.com>;tag=b1'),
);
if (response.kind !== 'response') throw new Error(response.kind);
const ok = response;
const sealed = sealToken(payload, dialog, ring, randomBytes(12));
if (sealed.kind === 'failure') throw new Error(sealed.code);
process.stdout.write(
  `INVITE ${INVITE.length} bytes, forwarded ${forward(request).length}; token ${sealed.token.length} characters\n`,
);

const sendBuffer = Buffer.allocUnsafe(65_536);
// Text made by splicing is laid out only when it is written, so writing belongs to the figure.
const write = (raw: string) => sendBuffer.write(raw, 'latin1');

measure('parse only', () => parsed(INVITE));
measure('parse + validate + route + forward an INVITE, write it', () => write(forward(parsed(INVITE))));
measure('parse + validate + route + forward a BYE with own Route', () => write(forward(parsed(byeText))));
measure('  of which validate', () => validateRequest(request, rules));
measure('  of which the loop check', () => isLooped(request, rules.isOwnVia));
measure('  of which the loop digest', () => loopDigest(request));
measure('  of which routes', () => preprocessRoutes(request, own, ingress));
measure('  an edit of one field, for comparison', () =>
  write(edit(request).replace(Header.MaxForwards, '69').toString()),
);
measure('relay a response (parsed)', () => write(relayResponse(ok) ?? ''));

const target: ForwardTarget = { uri: 'sip:bob@192.0.2.4:5062', qThousandths: 1000, hopCount: 1, failover: 'flows' };
const wheel = new TimerWheel(0);
const effects: ProxyEffect<ForwardTarget>[] = [];
measure('response context of a call: one target, 100, 200', () => {
  const context = new ResponseContext<ForwardTarget>({ method: 'INVITE', wheel, effects, maxBreadth: 60 });
  context.start(0, [target]);
  context.responseReceived(0, 0, ok);
  effects.length = 0;
});
const nonce = randomBytes(12);
measure('seal a token', () => sealToken(payload, dialog, ring, nonce), 50_000);
measure('open a token', () => openToken(sealed.token, dialog, ring), 50_000);
const elsewhere = { ...dialog, originatorTag: 'b1' };
measure('refuse a token of another dialog', () => openToken(sealed.token, elsewhere, ring), 50_000);
