import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { HostPort } from '../peers/recording-relay.js';
import { parameterOf, WireMessage } from '../peers/wire-message.js';
import { offer } from '../rfc3665/scripted-call.js';
import { type Attacked, addressOf, balancerHost, tenantId } from './attacked.js';

const strangerHost = '127.0.0.66';
const waitMs = 2_000;
const headerOf = (host: string): string => `PROXY TCP4 ${host} 127.0.0.2 4711 5060\r\n`;
/** The same in version 2. */
const binaryHeader = (source: readonly number[]): string =>
  '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c' + String.fromCharCode(...source, 127, 0, 0, 2, 0x12, 0x67, 0x13, 0xc4);

/** What came over a connection until it was closed or a while had passed. */
interface Talked {
  readonly text: string;
  readonly closed: boolean;
}

/** Declares what is tried below SIP and with Via: PROXY headers, `received`, aliases, guessed branches, STUN. */
export function wireAttacks(attacked: () => Attacked): void {
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  async function dial(to: HostPort, from: string): Promise<Socket> {
    const socket = connect({ ...to, localAddress: from });
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  const register = (transport: string, at = strangerHost): string =>
    attacked().mallory.write('REGISTER', 'sip:acme.test', {
      from: addressOf('mallory'),
      to: `<${addressOf('mallory')}>`,
      vias: [`SIP/2.0/${transport} ${at}:4711;rport;branch=z9hG4bK${randomBytes(8).toString('hex')}`],
    });

  describe('PROXY headers', () => {
    it.each([
      { name: 'version 1 from the balancer', from: balancerHost, header: headerOf('127.0.0.55'), is: '127.0.0.55' },
      {
        name: 'version 2 from the balancer',
        from: balancerHost,
        header: binaryHeader([127, 0, 0, 55]),
        is: '127.0.0.55',
      },
      { name: 'none from a stranger', from: strangerHost, header: '', is: strangerHost },
      { name: 'version 1 from a stranger', from: strangerHost, header: headerOf('127.0.0.55'), is: 400 },
      // Its first four bytes are a keep-alive (RFC 5626 §3.5.1), what follows is nothing that could be answered.
      { name: 'version 2 from a stranger', from: strangerHost, header: binaryHeader([127, 0, 0, 55]), is: 'nothing' },
      { name: 'none from the balancer', from: balancerHost, header: '', is: 'closed' },
      { name: 'a broken one from the balancer', from: balancerHost, header: 'PROXY TCP4 127.0.0.55\r\n', is: 'closed' },
      { name: 'two from the balancer', from: balancerHost, header: headerOf('127.0.0.55').repeat(2), is: 400 },
    ])('$name: $is', async ({ from, header, is }) => {
      const socket = await dial(attacked().edge, from);
      socket.write(Buffer.from(header + register('TCP', '127.0.0.77'), 'latin1'));
      const { text, closed } = await talked(socket, (sofar) => sofar.includes('\r\n\r\n'));
      // The source is what `received` says; where there is none, nothing has been believed.
      const answer = new WireMessage(text);
      const source = parameterOf(answer.header('Via'), 'received');
      const seen =
        answer.statusCode === 401 ? source : (answer.statusCode ?? (closed ? 'closed' : text.trim() || 'nothing'));
      expect({ seen, source }).toEqual({
        seen: is,
        source: typeof is === 'string' && is.startsWith('127') ? is : undefined,
      });
    });

    it('one inside of TLS is no SIP', async () => {
      const raw = await dial(attacked().listener('tls'), strangerHost);
      const socket = connectTls({ socket: raw, rejectUnauthorized: false });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      socket.write(Buffer.from(headerOf('127.0.0.55') + register('TLS'), 'latin1'));
      const { text } = await talked(socket, (sofar) => sofar.includes('\r\n\r\n'));
      expect(text).toMatch(/^SIP\/2\.0 400 /);
      expect(text).not.toContain('received=');
    });

    it.each([headerOf('127.0.0.55'), binaryHeader([127, 0, 0, 55])])(
      'one in a datagram is no SIP: %#',
      async (header) => {
        const { mallory, edge } = attacked();
        await mallory.settled();
        mallory.send(header + register('UDP'), edge);
        expect(
          (await mallory.settled()).filter((text) => /received=127\.0\.0\.55|WWW-Authenticate/.test(text)),
        ).toEqual([]);
      },
    );
  });

  describe('Via says nothing that is believed', () => {
    it.each([
      {
        name: 'received and rport',
        via: (at: string, port: number) => `SIP/2.0/UDP ${at};received=127.0.0.9;rport=${port}`,
      },
      { name: 'maddr', via: (at: string) => `SIP/2.0/UDP ${at};rport;maddr=127.0.0.9` },
      { name: 'a sent-by of a third party’s', via: (_: string, port: number) => `SIP/2.0/UDP 127.0.0.9:${port};rport` },
      {
        name: 'a sent-by of a third party’s, without rport',
        via: (_: string, port: number) => `SIP/2.0/UDP 127.0.0.9:${port}`,
      },
    ])('$name: the third party gets nothing', async ({ via }) => {
      const { mallory, victim, edge } = attacked();
      const topmost = `${via(mallory.hostPort, victim.address.port)};branch=z9hG4bK${randomBytes(8).toString('hex')}`;
      const below = `SIP/2.0/UDP ${victim.hostPort};branch=z9hG4bKbelow;received=127.0.0.9`;
      const from = addressOf('mallory');
      mallory.send(mallory.write('INVITE', addressOf('ben'), { from, vias: [topmost, below] }), edge);
      expect(await victim.settled()).toEqual([]);
      await mallory.settled();
    });

    it('over a connection that is closed before its answer, the sent-by of a third party’s is not connected to', async () => {
      const { victim, mallory, edge, ben } = attacked();
      const socket = await dial(edge, strangerHost);
      const vias = [`SIP/2.0/TCP ${victim.hostPort};branch=z9hG4bK${randomBytes(8).toString('hex')};alias`];
      socket.write(mallory.write('INVITE', addressOf('ben'), { from: addressOf('mallory'), vias }));
      socket.destroy();
      expect(await victim.settled()).toEqual([]);
      ben.nothingUnread();
    });

    it.each(['TCP', 'TLS'] as const)(
      'alias over %s without a certificate doesn’t get what is for the address it names',
      async (transport) => {
        const { apart, victim, mallory, anna, edge, listener } = attacked();
        const nextHop = `sip:${victim.hostPort};transport=${transport.toLowerCase()}`;
        await apart.operator.putDomainRoute(
          tenantId,
          `to-${transport.toLowerCase()}`,
          `${transport}.peer.test`.toLowerCase(),
          nextHop,
        );
        const raw = await dial(transport === 'TCP' ? edge : listener('tls'), strangerHost);
        const socket = transport === 'TCP' ? raw : connectTls({ socket: raw, rejectUnauthorized: false });
        socket.on('error', () => {});
        if (transport === 'TLS') await once(socket, 'secureConnect');
        const vias = [`SIP/2.0/${transport} ${victim.hostPort};branch=z9hG4bK${randomBytes(8).toString('hex')};alias`];
        socket.write(mallory.write('OPTIONS', `sip:${edge.host}:${edge.port}`, { from: 'sip:x@elsewhere.test', vias }));
        const requestUri = `sip:x@${transport.toLowerCase()}.peer.test`;
        const headers = [anna.contactLine(), ...anna.credentials('INVITE', requestUri)];
        const invite = anna.send(anna.compose('INVITE', { requestUri, headers, sdp: offer }), edge);
        // Who owns the address is connected to: over TLS it isn't trusted, but it is asked.
        await expect.poll(() => victim.heard.length, { timeout: waitMs }).toBeGreaterThan(0);
        const { text } = await talked(socket, () => false, 500);
        expect(text).not.toMatch(/^INVITE /m);
        anna.acknowledge(invite, await anna.final('INVITE', () => undefined));
        victim.heard.length = 0;
      },
    );
  });

  describe('transactions of others', () => {
    it('a CANCEL by a guess cancels nothing, and answers by a guess answer nothing', async () => {
      const { anna, ben, mallory, edge, otherEdge } = attacked();
      const requestUri = ben.addressOfRecord;
      const headers = [anna.contactLine(), ...anna.credentials('INVITE', requestUri)];
      const invite = anna.send(anna.compose('INVITE', { requestUri, headers, sdp: offer }), edge);
      const arrived = await ben.receive('INVITE');
      ben.respond(arrived, 180, 'Ringing');
      await anna.receive('180 INVITE');
      await mallory.settled();
      const { callId } = invite;
      const common = { callId, from: invite.header('From'), to: invite.header('To') };
      mallory.send(mallory.write('CANCEL', requestUri, common), edge);
      expect((await mallory.final('CANCEL')).statusCode).toBe(481);
      // The branch that the callee was shown, but for its end: it names the edge, so that each is handed to that edge once.
      const [via = ''] = arrived.list('Via');
      const fields = ['From', 'To', 'Call-ID', 'CSeq'].map(
        (name) => `${name}: ${arrived.header(name)}${name === 'To' ? ';tag=x' : ''}`,
      );
      for (const each of [edge, otherEdge])
        for (let guess = 0; guess < 200; guess += 1) {
          const branch = via.replace(/branch=([^;]*?).{6}(;|$)/, `branch=$1${randomBytes(3).toString('hex')}$2`);
          mallory.send(['SIP/2.0 200 OK', `Via: ${branch}`, ...fields, 'Content-Length: 0', '', ''].join('\r\n'), each);
        }
      const answered = (await mallory.settled()).filter((text) => text.includes(callId));
      expect(answered.map((text) => new WireMessage(text).label)).toEqual(['481 CANCEL']);
      ben.respond(arrived, 486, 'Busy Here');
      anna.acknowledge(invite, await anna.receive('486 INVITE'));
      await ben.receive('ACK');
    });
  });

  it('STUN answers are not much longer than what asks for them', async () => {
    const { mallory, edge } = attacked();
    await mallory.settled();
    const transaction = randomBytes(12).toString('latin1');
    const unknown = Array.from({ length: 100 }, (_, at) => `\x7f${String.fromCharCode(at)}\0\0`).join('');
    for (const attributes of ['', unknown]) {
      const length = String.fromCharCode(attributes.length >> 8, attributes.length & 255);
      const asked = `\0\x01${length}\x21\x12\xa4\x42${transaction}${attributes}`;
      mallory.send(asked, edge);
      const [answer = ''] = await mallory.settled();
      expect(answer.slice(8, 20)).toBe(transaction);
      expect(answer.length).toBeLessThanOrEqual(asked.length + 44);
    }
  });
}

/** Reads until that is enough, the other side closes, or a while has passed. */
async function talked(socket: Socket, enough: (text: string) => boolean, forMs = waitMs): Promise<Talked> {
  let text = '';
  return new Promise((resolve) => {
    const done = (closed: boolean): void => {
      clearTimeout(timer);
      resolve({ text, closed });
    };
    const timer = setTimeout(() => done(false), forMs);
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      if (enough(text)) done(false);
    });
    for (const over of ['end', 'close']) socket.once(over, () => done(true));
  });
}
