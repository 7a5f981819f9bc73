import { randomBytes } from 'node:crypto';
import { computeHa1, DigestAuthenticator, selectCredentials } from '@ringdown/sip-auth';
import { Header, type HeaderField, type SipRequest } from '@ringdown/sip-message';
import { BranchSource, type Reply, SipStack, UserAgentServer } from '@ringdown/sip-runtime';
import { formatHostPort, UdpPort } from '@ringdown/sip-transport';
import { afterEach, describe, expect, it } from 'vitest';
import { TestUserAgent } from './user-agent.js';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const algorithms = ['SHA-256', 'MD5'] as const;

/** Serves REGISTER behind a 401, and INVITE and BYE behind a 407 and then a 401, each with its own realm. */
class ChallengingServer {
  readonly requests: SipRequest[] = [];
  readonly acks: SipRequest[] = [];
  /** Says of the next credentials that their nonce is stale. */
  staleOnce = false;
  readonly #authenticator = new DigestAuthenticator({
    edge: 'edge',
    incarnation: 'one',
    keys: [{ id: 'k', secret: randomBytes(16) }],
    random: () => randomBytes(9).toString('base64url'),
  });

  async start(): Promise<string> {
    const stack = new SipStack({
      branches: new BranchSource({ edge: 'server', incarnation: 'one' }),
      user: (self) =>
        new UserAgentServer(self, {
          methods: {
            REGISTER: (request, _ingress, reply) => this.#serve(request, reply, ['server']),
            INVITE: (request, _ingress, reply) => this.#serve(request, reply, ['proxy', 'server']),
            BYE: (request, _ingress, reply) => this.#serve(request, reply, ['proxy']),
          },
          onAck: (request) => void this.acks.push(request),
          onBug: (error) => {
            throw error;
          },
        }),
    });
    const port = await UdpPort.open({ host: '127.0.0.1', port: 0, events: stack.events });
    stack.addPort('UDP', port);
    closing.push(async () => {
      stack.close();
      await port.close();
    });
    this.#address = formatHostPort(port.address);
    return this.#address;
  }

  #address = '';

  #serve(request: SipRequest, reply: Reply, realms: readonly string[]): void {
    this.requests.push(request);
    for (const realm of realms) {
      const refusal = this.#refusal(request, realm);
      if (refusal === undefined) continue;
      reply(realm === 'proxy' ? 407 : 401, { headers: refusal });
      return;
    }
    reply(200, { toTag: 'server', headers: [[Header.Contact, `<sip:server@${this.#address}>`]] });
  }

  #refusal(request: SipRequest, realm: string): HeaderField[] | undefined {
    const proxy = realm === 'proxy';
    const values = request.values(proxy ? Header.ProxyAuthorization : Header.Authorization);
    const credentials = selectCredentials(values, realm);
    let stale = false;
    if (credentials.kind === 'digest' && credentials.algorithm !== undefined) {
      const verification = this.#authenticator.verify(Date.now(), {
        credentials,
        method: request.method,
        requestUri: request.requestUri,
        ha1: computeHa1(credentials.algorithm, 'alice', realm, 'secret'),
        algorithms,
      });
      if (verification.kind === 'ok' && !this.staleOnce) return undefined;
      stale = this.staleOnce || verification.kind === 'replay';
      this.staleOnce = false;
    }
    const name = proxy ? Header.ProxyAuthenticate : Header.WwwAuthenticate;
    const challenges = this.#authenticator.challenge(Date.now(), { realm, algorithms, stale });
    return challenges.map((value): HeaderField => [name, value]);
  }
}

async function meet(password: string): Promise<{ server: ChallengingServer; alice: TestUserAgent; address: string }> {
  const server = new ChallengingServer();
  const address = await server.start();
  const [host = '', port = ''] = address.split(':');
  const outboundProxy = { host, port: Number(port) };
  const alice = await TestUserAgent.open({ user: 'alice', password, outboundProxy });
  closing.push(() => alice.close());
  return { server, alice, address };
}

describe('challenges (RFC 3261 §22)', () => {
  it('are answered for REGISTER, with one Call-ID and growing numbers', async () => {
    const { server, alice } = await meet('secret');
    expect((await alice.register(600)).statusCode).toBe(200);
    expect((await alice.unregister()).statusCode).toBe(200);
    alice.recorder.expectLadder([
      '> REGISTER',
      '< 401',
      '> REGISTER',
      '< 200',
      '> REGISTER',
      '< 401',
      '> REGISTER',
      '< 200',
    ]);
    expect(server.requests.map(({ cseq }) => cseq.number)).toEqual([1, 2, 3, 4]);
    expect(new Set(server.requests.map(({ callId }) => callId)).size).toBe(1);
    expect(server.requests.map((request) => request.value(Header.Contact)?.split(';expires=')[1])).toEqual([
      '600',
      '600',
      '0',
      '0',
    ]);
  });

  it('are not answered again once the password was refused', async () => {
    const { alice } = await meet('wrong');
    expect((await alice.register()).statusCode).toBe(401);
    alice.recorder.expectLadder(['> REGISTER', '< 401', '> REGISTER', '< 401']);
  });

  it('are answered again when the nonce was stale', async () => {
    const { server, alice } = await meet('secret');
    server.staleOnce = true;
    expect((await alice.register()).statusCode).toBe(200);
    alice.recorder.expectLadder(['> REGISTER', '< 401', '> REGISTER', '< 401', '> REGISTER', '< 200']);
  });

  it('of a proxy and the server behind it are answered together, and the ACK carries both', async () => {
    const { server, alice, address } = await meet('secret');
    const call = alice.call(`sip:server@${address}`);
    await call.established();
    await call.bye();
    alice.recorder.expectLadder([
      '> INVITE',
      '< 407',
      '> ACK',
      '> INVITE',
      '< 401',
      '> ACK',
      '> INVITE',
      '< 200',
      '> ACK',
      '> BYE',
      '< 407',
      '> BYE',
      '< 200',
    ]);
    const ack = server.acks[0];
    const invite = server.requests.findLast(({ method }) => method === 'INVITE');
    expect(ack?.values(Header.Authorization)).toEqual(invite?.values(Header.Authorization));
    expect(ack?.values(Header.ProxyAuthorization)).toEqual(invite?.values(Header.ProxyAuthorization));
    expect(ack?.cseq.number).toBe(3);
  });
});
