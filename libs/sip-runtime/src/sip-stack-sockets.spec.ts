import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { TcpPort, UdpPort } from '@ringdown/sip-transport';
import { afterEach, describe, expect, it } from 'vitest';
import { BranchSource } from './branch-source.js';
import { SipStack } from './sip-stack.js';
import { eventually } from './testing/eventually.js';
import { RecordedUser } from './testing/recorded-user.js';
import { writeRequest } from './testing/written-request.js';

interface Element {
  readonly stack: SipStack;
  readonly user: RecordedUser;
  readonly udp: UdpPort;
  readonly tcp: TcpPort;
}

const ends: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function element(name: string): Promise<Element> {
  const user = new RecordedUser();
  const stack = new SipStack({
    user: () => user,
    branches: new BranchSource({ edge: name, incarnation: 'a' }),
    timers: { t1Ms: 20, t4Ms: 50 },
    tickMs: 1,
  });
  const udp = await UdpPort.open({ host: '127.0.0.1', port: 0, events: stack.events });
  const tcp = await TcpPort.open({ host: '127.0.0.1', port: 0, events: stack.events, limits: { lingerMs: 50 } });
  stack.addPort('UDP', udp);
  stack.addPort('TCP', tcp);
  ends.push(async () => {
    stack.close();
    await udp.close();
    await tcp.close();
  });
  return { stack, user, udp, tcp };
}

async function phone(port: TcpPort): Promise<{ socket: Socket; got: () => string }> {
  const socket = connect(port.address.port, port.address.host);
  ends.push(() => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  let got = '';
  socket.on('data', (chunk: Buffer) => {
    got += chunk.toString('latin1');
  });
  return { socket, got: () => got };
}

describe.each(['UDP', 'TCP'] as const)('two stacks over %s', (transport) => {
  it('make a call', async () => {
    const alice = await element('alice');
    const bob = await element('bob');
    bob.user.react = (transaction, request) => {
      if (request.method === 'INVITE') bob.stack.reply(transaction, 180, { toTag: 'bob' });
      bob.stack.reply(transaction, 200, { toTag: 'bob' });
    };
    const address = transport === 'UDP' ? bob.udp.address : bob.tcp.address;
    const flow = alice.stack.flowTo({ transport, ...address });
    if (flow === undefined) throw new Error('alice speaks the transport');
    const send = (method: string): void => {
      const via = alice.stack.sentBy.via(flow, alice.stack.branches.next());
      const raw = writeRequest({ method, via, ...(method === 'INVITE' ? {} : { toTag: 'bob' }) });
      if (method === 'ACK') alice.stack.sendStateless(raw, flow);
      else alice.stack.sendRequest(raw, flow);
    };
    alice.user.reactToResponse = (_transaction, response) => {
      if (response.cseq.method !== 'INVITE' || response.statusCode !== 200) return;
      send('ACK');
      send('BYE');
    };
    send('INVITE');
    await eventually(() => expect(alice.user.responses.map(({ statusCode }) => statusCode)).toEqual([180, 200, 200]));
    expect(bob.user.log.slice(0, 3)).toEqual(['request INVITE', 'ack', 'request BYE']);
    expect(bob.user.requests[0]?.ingress.flow.transport).toBe(transport);
    expect(alice.stack.counters.misdirected).toBe(0);
    await eventually(() => {
      const none = { inviteClient: 0, inviteServer: 0, nonInviteClient: 0, nonInviteServer: 0 };
      expect(alice.stack.size).toEqual(none);
      expect(bob.stack.size).toEqual(none);
    });
  });
});

describe('a stack over real sockets', () => {
  it('repeats a request that nobody answers, then gives up', async () => {
    const alice = await element('alice');
    const bob = await element('bob');
    const address = bob.udp.address;
    await bob.udp.close();
    const flow = alice.udp.flowTo(address);
    alice.stack.sendRequest(writeRequest({ via: alice.stack.sentBy.via(flow, alice.stack.branches.next()) }), flow);
    await eventually(() => expect(alice.user.log[0]).toBe('timeout OPTIONS'));
    expect(alice.udp.counters.sent).toBeGreaterThanOrEqual(6);
  });

  it('tells at once that nobody listens on TCP', async () => {
    const alice = await element('alice');
    const bob = await element('bob');
    const address = bob.tcp.address;
    await bob.tcp.close();
    const flow = alice.tcp.flowTo(address);
    alice.stack.sendRequest(writeRequest({ via: alice.stack.sentBy.via(flow, alice.stack.branches.next()) }), flow);
    await eventually(() => expect(alice.user.log[0]).toBe('transport-error non-invite-client'));
  });

  it('opens a connection to the address in Via for a response whose connection broke', async () => {
    const alice = await element('alice');
    const bob = await element('bob');
    const { socket } = await phone(bob.tcp);
    // The Via of alice, who listens there, on a connection that isn't hers.
    const via = `SIP/2.0/TCP 127.0.0.1:${alice.tcp.address.port};branch=${alice.stack.branches.next()}`;
    socket.write(writeRequest({ method: 'INVITE', via }));
    await eventually(() => expect(bob.user.requests).toHaveLength(1));
    socket.destroy();
    const seen = bob.user.requests[0];
    await eventually(() => expect(seen?.ingress.flow.closed).toBe(true));
    if (seen !== undefined) bob.stack.reply(seen.transaction, 486);
    await eventually(() => expect(alice.user.log).toEqual(['stray 486']));
  });

  it('answers 400 to what it cannot frame, then closes', async () => {
    const bob = await element('bob');
    const { socket, got } = await phone(bob.tcp);
    const ended = once(socket, 'close');
    const via = 'SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKphone';
    socket.write(writeRequest({ via }).replace(/Content-Length.*\r\n/, 'Content-Length: many\r\n'));
    await ended;
    expect(got()).toMatch(/^SIP\/2\.0 400 Bad Request \(content-length-malformed\)\r\n/);
    expect(bob.user.log).toEqual([]);
  });

  it('answers on the connection a request came on, whatever its Via says', async () => {
    const bob = await element('bob');
    bob.user.react = (transaction) => bob.stack.reply(transaction, 200);
    const { socket, got } = await phone(bob.tcp);
    socket.write(writeRequest({ via: 'SIP/2.0/TCP phone.example.com:9;branch=z9hG4bKphone' }));
    await eventually(() => expect(got()).toMatch(/^SIP\/2\.0 200 OK\r\n/));
    expect(got()).toMatch(/Via: SIP\/2\.0\/TCP phone\.example\.com:9;branch=z9hG4bKphone;received=127\.0\.0\.1\r\n/);
  });
});
