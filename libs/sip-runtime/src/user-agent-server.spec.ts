import { Header, type HeaderField, parseMessage, type SipResponse } from '@ringdown/sip-message';
import { InProcessSipLinkClient, SipLinkAcceptor, type SipLinkFlow } from '@ringdown/sip-transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BranchSource } from './branch-source.js';
import { SipStack } from './sip-stack.js';
import { eventually } from './testing/eventually.js';
import { RecordedUser } from './testing/recorded-user.js';
import { writeRequest } from './testing/written-request.js';
import type { Ingress } from './transaction-user.js';
import { type Reply, UserAgentServer, type UserAgentServerOptions } from './user-agent-server.js';

const ends: (() => void)[] = [];
let ingresses: Ingress[];
let bugs: unknown[];

beforeEach(() => {
  ingresses = [];
  bugs = [];
});

afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

interface Pods {
  readonly edge: SipStack;
  readonly user: RecordedUser;
  readonly flow: SipLinkFlow;
  readonly acceptor: SipLinkAcceptor;
  /** What the edge's observer was told. */
  readonly measured: readonly string[];
}

/** An edge that speaks to a user agent server behind SipLink. */
async function pods(options: Partial<UserAgentServerOptions>): Promise<Pods> {
  const server = new SipStack({
    user: (stack) =>
      new UserAgentServer(stack, {
        methods: {},
        supported: ['path'],
        headers: [[Header.Server, 'ringdown']],
        onBug: (error) => bugs.push(error),
        ...options,
      }),
    branches: new BranchSource({ edge: 'registrar-1', incarnation: 'a' }),
  });
  const acceptor = new SipLinkAcceptor({ events: server.events, local: { host: '127.0.0.1', port: 1 } });
  const user = new RecordedUser();
  const measured: string[] = [];
  const edge = new SipStack({
    user: () => user,
    branches: new BranchSource({ edge: 'edge-1', incarnation: 'a' }),
    observer: {
      linkAnswered: ({ method }, afterMs) => measured.push(`${method} after ${afterMs >= 0 ? 'a while' : 'nonsense'}`),
    },
  });
  const client = new InProcessSipLinkClient({
    acceptor,
    linkClass: 'registrations',
    self: { name: 'edge-1', incarnation: 'a' },
    events: edge.events,
  });
  client.start();
  const flow = await client.whenConnected();
  ends.push(() => {
    client.close();
    acceptor.close();
    edge.close();
    server.close();
  });
  return { edge, user, flow, acceptor, measured };
}

function ask(
  { edge, flow }: Pods,
  method: string,
  requestUri = 'sip:example.com',
  headers: readonly HeaderField[] = [],
) {
  const via = edge.sentBy.via(flow, edge.branches.next());
  return edge.sendRequest(writeRequest({ method, requestUri, via, headers }), flow);
}

async function answer(pods: Pods, count = 1): Promise<SipResponse> {
  await eventually(() => expect(pods.user.responses).toHaveLength(count));
  return pods.user.responses[count - 1] as SipResponse;
}

describe('UserAgentServer behind SipLink', () => {
  it('hands a request to its handler with what the envelope holds', async () => {
    const subject = await pods({
      methods: {
        REGISTER: async (_request, ingress, reply) => {
          ingresses.push(ingress);
          await Promise.resolve();
          reply(200, { headers: [[Header.Contact, '<sip:alice@192.0.2.1>']] });
        },
      },
    });
    const raw = writeRequest({ method: 'REGISTER', via: subject.edge.sentBy.via(subject.flow, 'z9hG4bKraw') });
    subject.flow.sendEnvelope(raw, { originatingTenantId: 'demo', trustClass: 'subscriber' });
    await eventually(() => expect(ingresses).toHaveLength(1));
    expect(ingresses[0]?.envelope).toMatchObject({ originatingTenantId: 'demo', trustClass: 'subscriber' });
    ask(subject, 'REGISTER');
    const response = await answer(subject);
    expect(response.statusCode).toBe(200);
    expect(response.value(Header.Contact)).toBe('<sip:alice@192.0.2.1>');
    expect(response.value(Header.Server)).toBe('ringdown');
    expect(response.toTag).toMatch(/^[0-9a-f]{12}$/);
    expect(subject.user.log).toContain('stray 200');
    // The answer to what was sent beside the stack is nobody's.
    expect(subject.measured).toEqual(['REGISTER after a while']);
  });

  it.each([
    ['an unknown method', 'MESSAGE', 'sip:example.com', [], 405, Header.Allow, 'REGISTER, OPTIONS, CANCEL'],
    ['an unknown scheme', 'REGISTER', 'mailto:a@example.com', [], 416, Header.Server, 'ringdown'],
    [
      'an unknown extension',
      'REGISTER',
      'sip:example.com',
      [[Header.Require, 'path, nothing']],
      420,
      Header.Unsupported,
      'nothing',
    ],
    ['OPTIONS', 'OPTIONS', 'sip:example.com', [], 200, Header.Supported, 'path'],
  ] as const)('answers %s by itself', async (_what, method, requestUri, headers, statusCode, header, value) => {
    const subject = await pods({ methods: { REGISTER: () => {} } });
    ask(subject, method, requestUri, headers);
    const response = await answer(subject);
    expect(response.statusCode).toBe(statusCode);
    expect(response.value(header)).toBe(value);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('a bug');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a bug'))],
  ])('answers 500 where a handler %s', async (_what, handler) => {
    const subject = await pods({ methods: { REGISTER: handler } });
    ask(subject, 'REGISTER');
    expect((await answer(subject)).statusCode).toBe(500);
    expect(bugs).toHaveLength(1);
  });

  it('answers CANCEL, and 487 to what is cancelled; later answers are ignored', async () => {
    const replies: Reply[] = [];
    const subject = await pods({
      methods: {
        INVITE: (_request, _ingress, reply) => {
          replies.push(reply);
          reply(180);
        },
      },
    });
    const transaction = ask(subject, 'INVITE', 'sip:bob@example.com');
    expect((await answer(subject)).statusCode).toBe(180);
    if (transaction.kind !== 'invite-client') throw new Error('an INVITE begins an INVITE client transaction');
    subject.edge.cancel(transaction);
    await eventually(() => expect(subject.user.responses.map(({ statusCode }) => statusCode)).toEqual([180, 200, 487]));
    expect(replies[0]?.cancelled).toBe(true);
    expect(replies[0]?.(200)).toMatch(/^ignored-/);
  });

  it('answers 481 to a CANCEL that matches nothing', async () => {
    const subject = await pods({});
    const via = subject.edge.sentBy.via(subject.flow, subject.edge.branches.next());
    subject.edge.sendRequest(writeRequest({ method: 'CANCEL', via }), subject.flow);
    expect((await answer(subject)).statusCode).toBe(481);
  });
});

describe('SipStack over SipLink', () => {
  it('tells every unanswered request that its stream broke', async () => {
    const subject = await pods({ methods: { REGISTER: () => {} } });
    ask(subject, 'REGISTER');
    ask(subject, 'REGISTER');
    await new Promise((resolve) => setImmediate(resolve));
    for (const flow of subject.acceptor.flows) flow.close();
    await eventually(() =>
      expect(subject.user.log.filter((line) => line.startsWith('transport-error'))).toHaveLength(2),
    );
  });

  it('tells a request that its peer could not send it on', async () => {
    const subject = await pods({ methods: { MESSAGE: () => {} } });
    const transaction = ask(subject, 'MESSAGE');
    const branch = transaction.request.topmostVia.branch ?? '';
    const served = [...subject.acceptor.flows][0];
    served?.sendNotice({ code: 'flow-gone', branch: 'z9hG4bKother', method: 'MESSAGE', reason: 'gone' });
    served?.sendNotice({ code: 'flow-gone', branch, method: 'MESSAGE', reason: 'gone' });
    await eventually(() =>
      expect(subject.user.log).toEqual(['transport-error non-invite-client', 'terminated non-invite-client']),
    );
  });

  it('sends its context beside a request, the CANCEL of it and an ACK', async () => {
    const seen: [method: string, flowToken: string | undefined][] = [];
    const note = (request: { readonly method: string }, ingress: Ingress): void => {
      seen.push([request.method, ingress.envelope?.targetFlowToken]);
    };
    const subject = await pods({
      methods: {
        INVITE: (request, ingress, reply) => {
          note(request, ingress);
          reply(180);
        },
      },
      onAck: note,
    });
    const { edge, flow, user } = subject;
    const via = (): string => edge.sentBy.via(flow, edge.branches.next());
    const context = { targetFlowToken: 'phone-7' };
    const invite = edge.sendRequest(writeRequest({ method: 'INVITE', via: via() }), flow, undefined, context);
    await answer(subject);
    expect(edge.sendStateless(writeRequest({ method: 'ACK', via: via(), toTag: 'x' }), flow, context)).toBe(true);
    if (invite.kind !== 'invite-client') throw new Error('an INVITE begins an INVITE client transaction');
    edge.cancel(invite);
    await eventually(() => expect(user.responses.map(({ statusCode }) => statusCode)).toEqual([180, 200, 487]));
    expect(seen).toEqual([
      ['INVITE', 'phone-7'],
      ['ACK', 'phone-7'],
    ]);
  });

  it('tells a new request at once that its stream is gone', async () => {
    const subject = await pods({ methods: { MESSAGE: () => {} } });
    subject.flow.close();
    const transaction = ask(subject, 'MESSAGE');
    expect(transaction.state).toBe('terminated');
    expect(subject.user.log).toEqual(['transport-error non-invite-client', 'terminated non-invite-client']);
  });

  it('adds nothing to the Via of another pod', async () => {
    const subject = await pods({
      methods: {
        MESSAGE: (request, _ingress, reply) =>
          void reply(200, { headers: [['X-Via', request.raw.split('\r\n')[1] ?? '']] }),
      },
    });
    const transaction = ask(subject, 'MESSAGE');
    const response = await answer(subject);
    const sent = parseMessage(transaction.request.raw);
    expect(response.named('X-Via')[0]).toBe(`Via: ${sent.kind === 'request' ? sent.value(Header.Via) : ''}`);
  });
});
