import { credentials, Metadata, Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';
import { siplink } from '@ringdown/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { SipLinkAcceptor } from './siplink-acceptor.js';
import type { SipLinkPeer } from './siplink-channel.js';
import { SipLinkClient } from './siplink-client.js';
import type { SipLinkConnector } from './siplink-connector.js';
import type { EnvelopeContext, SipLinkClass } from './siplink-envelope.js';
import { InProcessSipLinkClient } from './siplink-in-process.js';
import type { SipLinkLimits } from './siplink-limits.js';
import { serveSipLink } from './siplink-server.js';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';

interface Link {
  readonly serverEvents: RecordedEvents;
  readonly clientEvents: RecordedEvents;
  readonly acceptor: SipLinkAcceptor;
  client(linkClass: SipLinkClass): SipLinkConnector;
}

interface LinkOptions {
  readonly self?: SipLinkPeer;
  readonly limits?: Partial<SipLinkLimits>;
}

const ends: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const self = { name: 'edge-1', incarnation: 'first' };

async function grpcLink(options: LinkOptions): Promise<Link> {
  const server = new Server();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  ends.push(() => server.forceShutdown());
  const serverEvents = new RecordedEvents();
  const clientEvents = new RecordedEvents();
  const acceptor = new SipLinkAcceptor({ events: serverEvents, local: { host: '127.0.0.1', port }, ...options });
  serveSipLink(server, acceptor);
  return {
    serverEvents,
    clientEvents,
    acceptor,
    client: (linkClass) => {
      const client = new SipLinkClient({
        address: `127.0.0.1:${port}`,
        linkClass,
        self,
        events: clientEvents,
        minBackoffMs: 5,
        maxBackoffMs: 20,
        ...(options.limits === undefined ? {} : { limits: options.limits }),
      });
      ends.push(() => client.close());
      return client;
    },
  };
}

function inProcessLink(options: LinkOptions): Promise<Link> {
  const serverEvents = new RecordedEvents();
  const clientEvents = new RecordedEvents();
  const acceptor = new SipLinkAcceptor({ events: serverEvents, local: { host: '127.0.0.1', port: 1 }, ...options });
  const client = (linkClass: SipLinkClass): SipLinkConnector => {
    const connector = new InProcessSipLinkClient({
      acceptor,
      linkClass,
      self,
      events: clientEvents,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
    ends.push(() => connector.close());
    return connector;
  };
  return Promise.resolve({ serverEvents, clientEvents, acceptor, client });
}

const context: EnvelopeContext = {
  ingressTransport: 'TCP',
  source: { host: '198.51.100.7', port: 40_000 },
  local: { host: '192.0.2.1', port: 5060 },
  flowToken: 'token',
  originatingTenantId: 'demo',
  terminatingTenantId: 'acme',
  authenticated: { addressOfRecord: 'sip:alice@example.com', username: 'alice', maxContacts: 3 },
  trustClass: 'subscriber',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  traceFlags: 1,
};

describe.each([
  ['over gRPC', grpcLink],
  ['in process', inProcessLink],
])('SipLink %s', (_name, open) => {
  it('carries messages and their context both ways, in order', async () => {
    const link = await open({});
    link.serverEvents.react = (raw, flow) => flow.send(`re: ${raw}`);
    const client = link.client('calls');
    client.start();
    const flow = await client.whenConnected();
    const everyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    expect(flow.sendEnvelope(everyByte, context)).toBe('queued');
    for (let i = 0; i < 200; i++) flow.send(`message ${i}`);
    await eventually(() => expect(link.clientEvents.messages).toHaveLength(201));
    expect(link.clientEvents.messages[0]).toBe(`re: ${everyByte}`);
    expect(link.clientEvents.messages[200]).toBe('re: message 199');
    expect(link.serverEvents.all[0]).toMatchObject({ type: 'message', raw: everyByte, envelope: context });
  });

  it('knows the peer and the class of a stream, on which the server may begin too', async () => {
    const link = await open({});
    for (const linkClass of ['calls', 'registrations'] as const) {
      const client = link.client(linkClass);
      client.start();
      await client.whenConnected();
    }
    const flow = link.acceptor.flowFrom('edge-1', 'registrations');
    expect(flow).toMatchObject({
      transport: 'SIPLINK',
      reliable: true,
      closed: false,
      linkClass: 'registrations',
      peer: self,
    });
    expect([...link.acceptor.flows]).toHaveLength(2);
    expect(link.acceptor.flowFrom('edge-2', 'calls')).toBeUndefined();
    expect(flow?.flowTo({ host: '192.0.2.1', port: 1 })).toBe(flow);
    flow?.send('from the server');
    await eventually(() => expect(link.clientEvents.messages).toEqual(['from the server']));
  });

  it('tells who has accepted a stream, where that end says so', async () => {
    const pod = { name: 'focus-2', incarnation: 'k9' };
    for (const [options, peer] of [
      [{ self: pod }, pod],
      [{}, { incarnation: '' }],
    ] as const) {
      const link = await open(options);
      const client = link.client('calls');
      client.start();
      expect((await client.whenConnected()).peer).toMatchObject(peer);
    }
  });

  it('tells what is left of a deadline', async () => {
    const link = await open({ limits: { deadlineMs: 7_000 } });
    const client = link.client('calls');
    client.start();
    const flow = await client.whenConnected();
    flow.sendEnvelope('given', { deadlineMs: 500 });
    flow.sendEnvelope('default', {});
    await eventually(() => expect(link.serverEvents.messages).toHaveLength(2));
    const left = link.serverEvents.all.map((event) =>
      event.type === 'message' ? event.envelope?.deadlineMs : undefined,
    );
    expect(left[0]).toBeGreaterThan(0);
    expect(left[0]).toBeLessThanOrEqual(500);
    expect(left[1]).toBeGreaterThan(500);
    expect(left[1]).toBeLessThanOrEqual(7_000);
  });

  it('carries notices', async () => {
    const link = await open({});
    const client = link.client('calls');
    client.start();
    await client.whenConnected();
    const notice = { code: 'flow-gone', branch: 'z9hG4bK1', method: 'INVITE', reason: 'the phone has left' } as const;
    link.acceptor.flowFrom('edge-1', 'calls')?.sendNotice(notice);
    await eventually(() => expect(link.clientEvents.all).toMatchObject([{ type: 'peerSendFailed', notice }]));
  });

  it('has an end that leaves asked nothing new, and answer what it was asked', async () => {
    const link = await open({});
    const client = link.client('registrations');
    client.start();
    const flow = await client.whenConnected();
    let hasDrained = false;
    const drained = link.acceptor.drain().then(() => {
      hasDrained = true;
    });
    await eventually(() => expect(client.connected).toBe(false));
    // It was on its way.
    flow.send('asked');
    await eventually(() => expect(link.serverEvents.messages).toEqual(['asked']));
    expect(hasDrained).toBe(false);
    await drained;
    link.acceptor.flowFrom('edge-1', 'registrations')?.send('answered');
    await eventually(() => expect(link.clientEvents.messages).toEqual(['answered']));
    const late = link.client('calls');
    late.start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(late.connected).toBe(false);
    late.close();
    link.acceptor.close();
    await eventually(() => expect(flow.closed).toBe(true));
  });

  it('delivers what was sent before it closed, and tells both sides', async () => {
    const link = await open({});
    const client = link.client('calls');
    client.start();
    const flow = await client.whenConnected();
    flow.send('last words');
    client.close();
    await eventually(() => expect(link.serverEvents.closings).toHaveLength(1));
    expect(link.serverEvents.messages).toEqual(['last words']);
    await eventually(() => expect(link.clientEvents.closings).toHaveLength(1));
    expect(client.flow).toBeUndefined();
    expect([...link.acceptor.flows]).toEqual([]);
  });

  it('opens a new stream when one breaks', async () => {
    const link = await open({});
    const client = link.client('calls');
    client.start();
    const first = await client.whenConnected();
    link.acceptor.flowFrom('edge-1', 'calls')?.close();
    await eventually(() => expect(link.clientEvents.closings).toHaveLength(1));
    expect(first.closed).toBe(true);
    expect(first.send('too late')).toBe(false);
    const second = await client.whenConnected();
    expect(second.id).not.toBe(first.id);
    second.send('again');
    await eventually(() => expect(link.serverEvents.messages).toEqual(['again']));
  });

  it('lets a reader hold back its peer, which then refuses what is new', async () => {
    const link = await open({ limits: { maxQueued: 8, reserved: 0, maxBatch: 1, maxQueuedBytes: 1_048_576 } });
    const client = link.client('calls');
    client.start();
    const flow = await client.whenConnected();
    const served = link.acceptor.flowFrom('edge-1', 'calls');
    served?.pauseReading();
    const large = 'x'.repeat(60_000);
    let sent = 0;
    await eventually(() => {
      while (flow.sendEnvelope(large, {}) === 'queued') sent += 1;
      expect(flow.sendEnvelope(large, {})).toBe('full');
      expect(link.serverEvents.messages.length).toBeLessThan(sent);
    });
    served?.resumeReading();
    await eventually(() => expect(link.serverEvents.messages).toHaveLength(sent));
    expect(flow.closed).toBe(false);
  });

  it('accepts nothing after it was closed', async () => {
    const link = await open({});
    const client = link.client('calls');
    client.start();
    await client.whenConnected();
    link.acceptor.close();
    await eventually(() => expect(link.clientEvents.closings.length).toBeGreaterThan(0));
    expect(client.connected).toBe(false);
  });
});

describe('SipLinkClient', () => {
  const events = new RecordedEvents();

  it('does not leave the machine without credentials', () => {
    expect(() => new SipLinkClient({ address: 'registrar:50051', linkClass: 'calls', self, events })).toThrow(
      /leaves this machine and has no credentials/,
    );
  });

  it('wants a port', () => {
    expect(() => new SipLinkClient({ address: 'localhost', linkClass: 'calls', self, events })).toThrow(
      /not host:port/,
    );
  });

  it('tells that the server died', async () => {
    const server = new Server();
    const serverEvents = new RecordedEvents();
    const port = await new Promise<number>((resolve) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
    });
    serveSipLink(server, new SipLinkAcceptor({ events: serverEvents, local: { host: '127.0.0.1', port } }));
    const clientEvents = new RecordedEvents();
    const client = new SipLinkClient({ address: `127.0.0.1:${port}`, linkClass: 'calls', self, events: clientEvents });
    ends.push(() => client.close());
    client.start();
    const flow = await client.whenConnected();
    server.forceShutdown();
    await eventually(() => expect(clientEvents.all[0]).toMatchObject({ type: 'flowClosed', flow }));
    expect(flow.closed).toBe(true);
    expect(client.connected).toBe(false);
    await eventually(() => expect(serverEvents.closings).toHaveLength(1));
  });

  it.each([
    ['no class', {}, /ringdown-siplink-class is missing/],
    ['a class that there is not', { 'ringdown-siplink-class': 'mail' }, /"mail"; expected "calls" or "registrations"/],
    ['no name', { 'ringdown-siplink-class': 'calls' }, /ringdown-siplink-name is missing/],
  ])('gets no stream with %s', async (_what, headers, reason) => {
    const link = await grpcLink({});
    const raw = new siplink.SipLinkServiceClient(`127.0.0.1:${link.acceptor.local.port}`, credentials.createInsecure());
    ends.push(() => raw.close());
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
    const call = raw.exchange(metadata);
    const error = await new Promise<ServiceError>((resolve) => call.on('error', resolve));
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(error.details).toMatch(reason);
  });

  it('tells that nobody is there, again and again, and connects when somebody is', async () => {
    const link = await grpcLink({});
    const clientEvents = new RecordedEvents();
    const probe = new Server();
    const port = await new Promise<number>((resolve) => {
      probe.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
    });
    probe.forceShutdown();
    const client = new SipLinkClient({
      address: `127.0.0.1:${port}`,
      linkClass: 'calls',
      self,
      events: clientEvents,
      minBackoffMs: 5,
      maxBackoffMs: 20,
      random: () => 0.5,
    });
    ends.push(() => client.close());
    client.start();
    await eventually(() => expect(clientEvents.closings.length).toBeGreaterThan(1));
    const server = new Server();
    serveSipLink(server, link.acceptor);
    await new Promise<void>((resolve) => {
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), () => resolve());
    });
    ends.push(() => server.forceShutdown());
    const flow = await client.whenConnected();
    flow.send('at last');
    await eventually(() => expect(link.serverEvents.messages).toEqual(['at last']));
  });
});
