// CPU per proxied call (INVITE, 100, 180, 200, ACK, BYE, 200, with Record-Route, from outside to a registered phone) through the edge's routing
// with warm caches, over flows in memory: everything but sockets, and what the phones' building of their messages costs besides.
// Run after a build: node services/edge-proxy/bench/proxy-call.ts [calls] [MiB of messages to keep]
import type { directory, location } from '@ringdown/contracts';
import { silentLogger, Tracing } from '@ringdown/platform';
import { DigestAuthenticator } from '@ringdown/sip-auth';
import { BranchSource, SipStack } from '@ringdown/sip-runtime';
import type { Flow, HostPort } from '@ringdown/sip-transport';
import { MessageRing } from '../dist/adapters/capture/message-ring.js';
import { WallClock } from '../dist/adapters/capture/wall-clock.js';
import { EdgeMeters } from '../dist/adapters/metering/edge-meters.js';
import { createEdgeUser } from '../dist/adapters/sip/create-edge-user.js';
import { flowTokensOf } from '../dist/adapters/sip/flow-tokens.js';
import type { InDialogRouting } from '../dist/adapters/sip/in-dialog-routing.js';
import { edgeKeys } from '../dist/adapters/sip/keys.js';
import type { NewRequestRouting } from '../dist/adapters/sip/new-request-routing.js';
import { Outbound } from '../dist/adapters/sip/outbound.js';
import { SealedCalls } from '../dist/adapters/sip/sealed-calls.js';
import { OwnAddresses } from '../dist/domain/own-addresses.js';

const calls = Number(process.argv[2] ?? 50_000);
const captureMib = Number(process.argv[3] ?? 0);
const warmUp = 40_000;
const here: HostPort = { host: '192.0.2.10', port: 5060 };
const caller: HostPort = { host: '198.51.100.7', port: 5060 };
const phone: HostPort = { host: '192.0.2.20', port: 5062 };
const self = { edge: 'edge-1', incarnation: 'i1' };
const sdp =
  'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n';

/** What was sent last to each address. */
const last = new Map<number, string>();
const flows = new Map<number, Flow>();
function flowTo(remote: HostPort): Flow {
  const known = flows.get(remote.port + remote.host.length * 100_000);
  if (known !== undefined) return known;
  const flow: Flow = {
    id: flows.size + 1,
    transport: 'UDP',
    reliable: false,
    local: here,
    remote,
    closed: false,
    send: (raw) => {
      last.set(remote.port, raw);
      return true;
    },
    flowTo,
    close: () => undefined,
  };
  flows.set(remote.port + remote.host.length * 100_000, flow);
  return flow;
}

const tenant = {
  tenantId: 'acme',
  canonicalDomain: 'example.com',
  realm: 'example.com',
  digestAlgorithms: [],
  enabled: true,
  version: 1,
} as directory.Tenant;
const route = {
  tenantId: 'acme',
  routeId: 'r',
  match: { $case: 'domain', value: 'peer.test' },
  action: { $case: 'nextHop', value: { uri: '' } },
  trustClass: 1,
  version: 1,
} as directory.Route;
const binding = {
  bindingKey: 'b',
  uri: `sip:bob@${phone.host}:${phone.port}`,
  contactParams: '',
  remainingMs: 3_600_000,
  instanceId: '',
  regId: 0,
  path: [],
  flow: { flowToken: `udp/${phone.host}/${phone.port}`, edgeId: self.edge, incarnation: self.incarnation },
} as unknown as location.Binding;
const found = <V>(value: V) => ({ kind: 'found', value }) as const;
const absent = { kind: 'absent' } as const;
const routes = [route];
const lookups: ConstructorParameters<typeof InDialogRouting>[0]['directory'] = {
  tenantByDomain: (domain, answered) => answered(domain === 'example.com' ? found(tenant) : absent),
  tenant: (_, answered) => answered(found(tenant)),
  tenantByNumber: (_, answered) => answered(absent),
  subscriber: (_, __, answered) => answered(absent),
  routes: (_, answered) => answered(found(routes)),
  within: () => lookups,
};
const contacts = found({ version: 1, bindings: [binding], readAt: 0 });
const bindings: ConstructorParameters<typeof InDialogRouting>[0]['location'] = {
  bindings: (_, __, answered) => answered(contacts),
  registered: () => undefined,
  doubt: () => undefined,
  flowGone: () => undefined,
  ownerAway: () => undefined,
  within: () => bindings,
};

const tracing = new Tracing({ service: 'edge-proxy', sampling: 0, key: 'bench', otlpEndpoint: undefined });
/** The peer that calls is where the tenant's route leads. */
const locate: ConstructorParameters<typeof NewRequestRouting>[0]['locate'] = (_, located) =>
  located([{ kind: 'address', address: { transport: 'UDP', serverName: caller.host, ...caller } }]);

let clock = 1_000;
const silent = () => undefined;
const meters = new EdgeMeters({
  maxTenants: 200,
  now: () => clock,
  wallClock: Date.now,
  security: { refused: silent, unknownDomain: silent },
});
function newRing(): MessageRing {
  const { nowUs } = new WallClock();
  const bytes = captureMib * 1024 * 1024;
  return new MessageRing({ edgeId: self.edge, bytes, keepMs: 60_000, nowUs, peerOf: () => undefined });
}
const ring = captureMib > 0 ? newRing() : undefined;
const stack = new SipStack({
  branches: new BranchSource(self),
  clock: { now: () => clock },
  alarm: { set: silent, clear: silent },
  observer: meters.transactions,
  ...(ring === undefined
    ? {}
    : {
        tap: {
          received: (raw: string, flow: Flow) => ring.add('received', raw, flow),
          sent: (raw: string, flow: Flow) => ring.add('sent', raw, flow),
        },
      }),
  user: (made) => {
    const own = new OwnAddresses();
    own.add({ transport: 'UDP', family: 4, local: here, ...here });
    const keys = edgeKeys([{ id: 1, key: Buffer.alloc(32, 1) }]);
    const outbound = new Outbound({
      edgeId: self.edge,
      incarnation: self.incarnation,
      wires: {
        udp: flowTo,
        stream: (_, remote) => flowTo(remote),
        connection: () => undefined,
        alias: () => undefined,
      },
      links: { service: () => undefined, edge: () => undefined, isOver: () => false, isLeaving: () => false },
    });
    return createEdgeUser({
      stack: made,
      outbound,
      own,
      locate,
      tracing,
      flowTokens: flowTokensOf({ id: self.edge, incarnation: self.incarnation }),
      location: bindings,
      openGruu: () => undefined,
      calls: new SealedCalls(keys.routes),
      observer: { started: silent, answered: silent, refreshed: silent, ended: silent },
      security: { refused: silent, unknownDomain: silent },
      meter: meters.tenants,
      logger: silentLogger(),
      reachable: () => false,
      authentication: {
        digest: new DigestAuthenticator({ ...self, keys: keys.nonces, random: () => 'randomrandom' }),
        directory: lookups,
        claimNonce: (_, __, ___, answered) => answered('gone'),
        wallClock: Date.now,
      },
    });
  },
});
stack.addPort('UDP', { address: here, flowTo });

const toEdge = { caller: flowTo(caller), phone: flowTo(phone) };
function request(
  method: string,
  call: number,
  cseq: number,
  uri: string,
  to: string,
  route: string,
  body: string,
): string {
  return `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK${call}x${cseq}${method};rport\r\nMax-Forwards: 70\r\nFrom: "X" <sip:x@peer.test>;tag=x1\r\nTo: ${to}\r\nCall-ID: ${call}@198.51.100.7\r\nCSeq: ${cseq} ${method}\r\nContact: <sip:x@198.51.100.7:5060>\r\nUser-Agent: bench/1.0\r\n${route === '' ? '' : `Route: ${route}\r\n`}${body === '' ? '' : 'Content-Type: application/sdp\r\n'}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** The header lines of a response that a phone copies from a request (RFC 3261 §8.2.6.2). */
function response(to: string, statusLine: string, body: string): string {
  const copied = to
    .slice(0, to.indexOf('\r\n\r\n'))
    .split('\r\n')
    .filter((line) => /^(Via|From|Call-ID|CSeq|Record-Route):/.test(line));
  return `SIP/2.0 ${statusLine}\r\n${copied.join('\r\n')}\r\nTo: <sip:bob@example.com>;tag=t1\r\nContact: <sip:bob@192.0.2.20:5062>\r\n${body === '' ? '' : 'Content-Type: application/sdp\r\n'}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function deliver(raw: string, from: Flow): void {
  stack.events.message(raw, from, undefined);
}

const sent = (port: number, what: string): string => {
  const text = last.get(port) ?? '';
  if (!text.startsWith(what)) throw new Error(`expected ${what}, got ${text.slice(0, 60)}`);
  return text;
};

function oneCall(call: number): void {
  // A thousand calls a second: what lingers for 32 s are 32,000 calls.
  clock += 1;
  deliver(request('INVITE', call, 1, 'sip:bob@example.com', '<sip:bob@example.com>', '', sdp), toEdge.caller);
  const invite = sent(phone.port, 'INVITE');
  deliver(response(invite, '100 Trying', ''), toEdge.phone);
  deliver(response(invite, '180 Ringing', ''), toEdge.phone);
  deliver(response(invite, '200 OK', sdp), toEdge.phone);
  const route = /Record-Route: (.*)\r\n/.exec(sent(caller.port, 'SIP/2.0 200'))?.[1] ?? '';
  const remote = `sip:bob@${phone.host}:${phone.port}`;
  deliver(request('ACK', call, 1, remote, '<sip:bob@example.com>;tag=t1', route, ''), toEdge.caller);
  sent(phone.port, 'ACK');
  deliver(request('BYE', call, 2, remote, '<sip:bob@example.com>;tag=t1', route, ''), toEdge.caller);
  deliver(response(sent(phone.port, 'BYE'), '200 OK', ''), toEdge.phone);
  sent(caller.port, 'SIP/2.0 200');
  if (call % 100 === 0) stack.advance();
}

for (let call = 0; call < warmUp; call++) oneCall(call);
const before = process.cpuUsage();
for (let call = warmUp; call < warmUp + calls; call++) oneCall(call);
const { user, system } = process.cpuUsage(before);
process.stdout.write(`${((user + system) / calls).toFixed(1)} µs of CPU a call, ${calls} calls\n`);
stack.close();
