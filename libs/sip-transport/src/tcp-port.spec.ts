import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { buildRequest, Header } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import type { Flow } from './flow.js';
import type { StreamLimits } from './stream-limits.js';
import { TcpPort } from './tcp-port.js';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';

const ports: TcpPort[] = [];
const sockets: Socket[] = [];
const servers: Server[] = [];

async function open(events: RecordedEvents, limits: Partial<StreamLimits> = {}): Promise<TcpPort> {
  const port = await TcpPort.open({ host: '127.0.0.1', port: 0, events, limits: { lingerMs: 50, ...limits } });
  ports.push(port);
  return port;
}

async function dial(port: TcpPort): Promise<Socket> {
  const socket = connect(port.address.port, port.address.host);
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

function received(socket: Socket): () => string {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  return () => text;
}

function options(callId: string, body = ''): string {
  return buildRequest({
    method: 'OPTIONS',
    requestUri: 'sip:example.com',
    headers: [
      [Header.Via, 'SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1'],
      [Header.From, '<sip:alice@example.com>;tag=a'],
      [Header.To, '<sip:bob@example.com>'],
      [Header.CallId, callId],
      [Header.CSeq, '1 OPTIONS'],
    ],
    body,
  });
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const port of ports.splice(0)) await port.close();
  for (const server of servers.splice(0)) server.close();
});

describe('TcpPort', () => {
  it('carries messages both ways over the connection they came on', async () => {
    const asking = new RecordedEvents();
    const answering = new RecordedEvents();
    answering.react = (raw, flow) => flow.send(raw.replace('OPTIONS sip', 'MESSAGE sip'));
    const a = await open(asking);
    const b = await open(answering);
    // Sent before the connection is there: queued.
    const flow = a.flowTo(b.address);
    expect(flow.send(options('first', 'body \xff\x00'))).toBe(true);
    expect(flow.send(options('second'))).toBe(true);
    await eventually(() => expect(asking.messages).toHaveLength(2));
    expect(answering.messages).toEqual([options('first', 'body \xff\x00'), options('second')]);
    expect(b.counters.accepted).toBe(1);
    expect(flow).toMatchObject({ transport: 'TCP', reliable: true, closed: false, remote: b.address });
  });

  it('opens one connection per address, and never reuses an accepted one for its address', async () => {
    const there = new RecordedEvents();
    const a = await open(new RecordedEvents());
    const b = await open(there);
    expect(a.flowTo(b.address)).toBe(a.flowTo(b.address));
    a.flowTo(b.address).send(options('one'));
    await eventually(() => expect(there.messages).toHaveLength(1));
    const accepted = there.all[0]?.flow as Flow;
    expect(b.flow(accepted.id)).toBe(accepted);
    expect(b.flowTo(accepted.remote)).not.toBe(accepted);
  });

  it('reads messages however the stream is cut', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const socket = await dial(port);
    socket.setNoDelay(true);
    for (const byte of options('cut', 'and a body')) socket.write(byte, 'latin1');
    socket.write(options('x') + options('y'), 'latin1');
    await eventually(() => expect(events.messages).toEqual([options('cut', 'and a body'), options('x'), options('y')]));
  });

  it('answers a ping with a pong', async () => {
    const port = await open(new RecordedEvents());
    const socket = await dial(port);
    const text = received(socket);
    socket.write('\r\n\r\n');
    await eventually(() => expect(text()).toBe('\r\n'));
  });

  it('reports what cannot be framed, lets it be answered, and closes', async () => {
    const events = new RecordedEvents();
    events.malformed = (head, flow, code) => {
      events.all.push({ type: 'malformed', head, flow, code });
      flow.send('SIP/2.0 400 Bad Request\r\n\r\n');
    };
    const port = await open(events);
    const socket = await dial(port);
    const text = received(socket);
    const ended = once(socket, 'end');
    socket.write(options('no-length').replace(/Content-Length: 0\r\n/, ''));
    await ended;
    expect(text()).toBe('SIP/2.0 400 Bad Request\r\n\r\n');
    expect(events.all[0]).toMatchObject({ type: 'malformed', code: 'content-length-missing' });
    await eventually(() => expect(events.closings).toEqual(['framing-error-content-length-missing']));
  });

  it.each([
    { what: 'half a message', sent: options('cut').slice(0, 40), heard: ['truncated'] },
    { what: 'a whole one', sent: options('whole'), heard: [] },
    { what: 'a keepalive', sent: '\r\n', heard: [] },
  ])('answers a peer that stops sending after $what and still reads, and closes', async ({ sent, heard }) => {
    const events = new RecordedEvents();
    const codes: string[] = [];
    events.malformed = (_, flow, code) => {
      codes.push(code);
      flow.send('SIP/2.0 400 Bad Request\r\n\r\n');
    };
    const port = await open(events);
    const socket = await dial(port);
    const text = received(socket);
    const ended = once(socket, 'end');
    socket.end(sent);
    await ended;
    expect(codes).toEqual(heard);
    expect(text()).toBe(heard.length === 0 ? '' : 'SIP/2.0 400 Bad Request\r\n\r\n');
    await eventually(() => expect(events.closings).toEqual(['peer-closed']));
    expect(port.size).toBe(0);
  });

  it.each([
    ['idle', { idleTimeoutMs: 20 }, ''],
    ['message-timeout', { messageTimeoutMs: 20 }, 'OPTIONS sip:example.com SIP/2.0\r\n'],
  ])('closes a connection for %s', async (reason, limits, written) => {
    const events = new RecordedEvents();
    const port = await open(events, limits);
    const socket = await dial(port);
    if (written !== '') socket.write(written);
    await eventually(() => expect(events.closings).toEqual([reason]));
    expect(port.size).toBe(0);
  });

  it('does not take the CRLF of a keepalive for the beginning of a message', async () => {
    const events = new RecordedEvents();
    const port = await open(events, { messageTimeoutMs: 10, idleTimeoutMs: 60 });
    const socket = await dial(port);
    socket.write('\r\n');
    await eventually(() => expect(events.closings).toEqual(['idle']));
  });

  it('closes a connection whose peer does not read', async () => {
    const events = new RecordedEvents();
    const port = await open(events, { maxQueuedBytes: 20_000 });
    const server = createServer((socket) => socket.pause());
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server must have an address');
    const flow = port.flowTo({ host: '127.0.0.1', port: address.port });
    expect(flow.send('x'.repeat(15_000))).toBe(true);
    expect(flow.send('x'.repeat(15_000))).toBe(false);
    expect(flow.closed).toBe(true);
    await eventually(() => expect(events.closings).toEqual(['peer-not-reading']));
  });

  it('closes a connection that it opened when a ping is not answered', async () => {
    const events = new RecordedEvents();
    const port = await open(events, { pingIntervalMs: 20, pongTimeoutMs: 20 });
    let heard = '';
    const server = createServer((socket) => {
      socket.on('data', (chunk: Buffer) => {
        heard += chunk.toString('latin1');
      });
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server must have an address');
    const flow = port.flowTo({ host: '127.0.0.1', port: address.port });
    await eventually(() => expect(events.closings).toEqual(['no-pong']));
    expect(flow.closed).toBe(true);
    await eventually(() => expect(heard).toBe('\r\n\r\n'));
  });

  it('tells that nobody listens', async () => {
    const events = new RecordedEvents();
    const gone = await open(new RecordedEvents());
    const address = gone.address;
    await gone.close();
    const port = await open(events);
    const flow = port.flowTo(address);
    expect(flow.send(options('lost'))).toBe(true);
    await eventually(() => expect(events.closings).toEqual(['error-ECONNREFUSED']));
    expect(flow.send(options('lost'))).toBe(false);
    expect(port.flowTo(address)).not.toBe(flow);
  });

  it('gives up connecting in time', async () => {
    const events = new RecordedEvents();
    const port = await TcpPort.open({
      host: '0.0.0.0',
      port: 0,
      events,
      limits: { connectTimeoutMs: 20, lingerMs: 20 },
    });
    ports.push(port);
    // RFC 5737: an address for documentation, which answers nothing.
    const flow = port.flowTo({ host: '192.0.2.1', port: 5060 });
    await eventually(() => expect(events.closings).toHaveLength(1));
    expect(events.closings[0]).toMatch(/^(connect-timeout|error-(ENETUNREACH|EHOSTUNREACH|ECONNREFUSED|EACCES))$/);
    expect(flow.closed).toBe(true);
  });

  it('tells that the peer closed, and forgets the connection', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const socket = await dial(port);
    await eventually(() => expect(port.size).toBe(1));
    socket.end();
    await eventually(() => expect(events.closings).toEqual(['peer-closed']));
    expect(port.size).toBe(0);
  });

  it.each([
    ['overall', { maxConnections: 2 }],
    ['per address', { maxConnectionsPerHost: 2 }],
  ])('refuses connections above the limit %s, and takes new ones when others end', async (_which, limits) => {
    const port = await open(new RecordedEvents(), limits);
    const first = await dial(port);
    await dial(port);
    const third = await dial(port);
    await eventually(() => expect(third.closed).toBe(true));
    expect(port.counters).toMatchObject({ accepted: 2, refused: 1 });
    first.destroy();
    await eventually(() => expect(port.size).toBe(1));
    await dial(port);
    await eventually(() => expect(port.counters.accepted).toBe(3));
  });

  it('gives a closed flow at the limit of connections', async () => {
    const events = new RecordedEvents();
    const port = await open(events, { maxConnections: 0 });
    const flow = port.flowTo({ host: '127.0.0.1', port: 9 });
    expect(flow.send('x')).toBe(false);
    await eventually(() => expect(events.closings).toEqual(['connection-limit']));
  });

  it('delivers what is queued before it closes', async () => {
    const there = new RecordedEvents();
    const a = await open(new RecordedEvents());
    const b = await open(there);
    const flow = a.flowTo(b.address);
    flow.send(options('before'));
    flow.close();
    await eventually(() => expect(there.messages).toEqual([options('before')]));
    await eventually(() => expect(there.closings).toEqual(['peer-closed']));
  });

  it('closes every connection with its port', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const socket = await dial(port);
    await eventually(() => expect(port.size).toBe(1));
    await port.close();
    expect(events.closings).toEqual(['port-closed']);
    await eventually(() => expect(socket.closed || socket.readableEnded).toBe(true));
  });
});
