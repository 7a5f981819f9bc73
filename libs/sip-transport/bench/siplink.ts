// CPU per SIP message over SipLink, both sides together, in one process.
// Run after a build: node libs/sip-transport/bench/siplink.ts [messages]
import { Server, ServerCredentials } from '@grpc/grpc-js';
import {
  type EnvelopeContext,
  InProcessSipLinkClient,
  SipLinkAcceptor,
  SipLinkClient,
  type SipLinkConnector,
  serveSipLink,
  type TransportEvents,
} from '../dist/index.js';

const messages = Number(process.argv[2] ?? 200_000);
const warmUp = 20_000;

const raw = `INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/SIPLINK edge-1.siplink.invalid;branch=z9hG4bK1\r\n${'X-Filler: 0123456789012345678901234567890123456789\r\n'.repeat(10)}Content-Length: 0\r\n\r\n`;
const context: EnvelopeContext = {
  ingressTransport: 'UDP',
  source: { host: '198.51.100.7', port: 40_000 },
  flowToken: 'a-flow-token-of-some-length',
  edge: { id: 'edge-1', incarnation: 'k3f9' },
  originatingTenantId: 'demo',
  authenticated: { addressOfRecord: 'sip:alice@example.com', username: 'alice' },
  trustClass: 'subscriber',
};

function ignore(): void {}

function events(message: TransportEvents['message']): TransportEvents {
  return { message, malformed: ignore, flowClosed: ignore, sendFailed: ignore };
}

/** Messages go there and back, `atOnce` of them under way. */
async function measure(
  name: string,
  atOnce: number,
  open: (a: TransportEvents, b: SipLinkAcceptor) => SipLinkConnector,
) {
  let returned = 0;
  let sent = 0;
  let since = process.cpuUsage();
  let finish: () => void = ignore;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const acceptor = new SipLinkAcceptor({
    events: events((text, flow) => void flow.send(text)),
    local: { host: '127.0.0.1', port: 0 },
  });
  const client = open(
    events(() => {
      returned += 1;
      if (returned === warmUp) since = process.cpuUsage();
      if (returned === messages + warmUp) finish();
      if (sent < messages + warmUp) {
        sent += 1;
        client.flow?.sendEnvelope(raw, context);
      }
    }),
    acceptor,
  );
  client.start();
  const flow = await client.whenConnected();
  while (sent < atOnce) {
    sent += 1;
    flow.sendEnvelope(raw, context);
  }
  await finished;
  const { user, system } = process.cpuUsage(since);
  const perMessage = (user + system) / (2 * messages);
  process.stdout.write(`${name}, ${atOnce} at once: ${perMessage.toFixed(1)} µs a message, both sides together\n`);
  client.close();
  acceptor.close();
}

const self = { name: 'edge-1', incarnation: 'k3f9' };

for (const atOnce of [1, 8, 64]) {
  const grpc = new Server();
  const grpcPort = await new Promise<number>((resolve) => {
    grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
  });
  await measure('gRPC', atOnce, (clientEvents, acceptor) => {
    serveSipLink(grpc, acceptor);
    return new SipLinkClient({ address: `127.0.0.1:${grpcPort}`, linkClass: 'calls', self, events: clientEvents });
  });
  grpc.forceShutdown();
}
await measure('in process', 64, (clientEvents, acceptor) => {
  return new InProcessSipLinkClient({ acceptor, linkClass: 'calls', self, events: clientEvents });
});
