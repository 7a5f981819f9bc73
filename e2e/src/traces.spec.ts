import { callTrace } from '@ringdown/platform';
import { canRunWith, freePorts, OperatorApi, ServicesApart, Sipp, sippRow } from '@ringdown/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OtlpReceiver, type ReceivedSpan } from './peers/otlp-receiver.js';
import { ringdownAt } from './peers/ringdown.js';
import { startPlatform } from './platform.js';

const key = 'trace-key-of-the-tests';
const tenant = { tenantId: 'traced', domain: 'traced.test', digestAlgorithms: ['MD5'] };
const subscribers = [
  ['anna', 'anna-secret'],
  ['ben', 'ben-secret'],
] as const;
const callId = 'traced-1@127.0.0.1';

const ending: (() => Promise<void>)[] = [];

function tracingInto(receiver: OtlpReceiver): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    RINGDOWN_TRACE_KEY: key,
    RINGDOWN_TRACE_SAMPLING: '1',
  };
}

/** Ben registers at one edge; Anna registers at another, calls him and hangs up. */
async function registerAndCall(annasEdge: string, bensEdge: string): Promise<void> {
  const port = await freePorts(1);
  const play = (
    options: Pick<Parameters<typeof Sipp.start>[0], 'scenario' | 'proxy' | 'rows' | 'port' | 'callIdPrefix'>,
  ) => {
    const sipp = Sipp.start({ talkMs: 200, ...options });
    ending.push(() => sipp.stop());
    return sipp;
  };
  const rowOf = ([username, password]: readonly [string, string], ...further: string[]) =>
    sippRow(username, password, tenant.domain, ...further);
  const registering = play({ scenario: 'register.xml', proxy: bensEdge, rows: [rowOf(subscribers[1])], port });
  await registering.finished(10_000);
  play({ scenario: 'callee.xml', proxy: bensEdge, port });
  const calling = play({
    scenario: 'phone.xml',
    proxy: annasEdge,
    rows: [rowOf(subscribers[0], 'ben')],
    port: 'one-for-each-call',
    callIdPrefix: 'traced-',
  });
  await calling.finished(15_000);
}

/** The traces of Anna's registration and of her call, by their Call-IDs alone. */
const registrationTrace = callTrace(`r///${callId}`, 'REGISTER', 2, { key, sampling: 1 }).traceId;
const theCallTrace = callTrace(callId, 'INVITE', 2, { key, sampling: 1 }).traceId;

/** Who took part: each service under its own name, and which edge. */
function participants(spans: readonly ReceivedSpan[]): string[] {
  return [
    ...new Set(spans.map(({ service, instance }) => (instance === undefined ? service : `${service} ${instance}`))),
  ].sort();
}

function orphans(spans: readonly ReceivedSpan[]): readonly ReceivedSpan[] {
  const known = new Set(spans.map((span) => span.spanId));
  return spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !known.has(parentSpanId));
}

/** The names of the spans that spans with this name hang on, each once, in the order of the alphabet. */
function parentsOf(spans: readonly ReceivedSpan[], name: string): readonly (string | undefined)[] {
  const names = new Map(spans.map((span) => [span.spanId, span.name]));
  const parents = spans.filter((span) => span.name === name).map(({ parentSpanId = '' }) => names.get(parentSpanId));
  return [...new Set(parents)].sort();
}

/** A tree for a person who looks at a failing test. */
function drawn(spans: readonly ReceivedSpan[], parent?: string, depth = 0): string {
  return spans
    .filter((span) => span.parentSpanId === parent)
    .map(({ service, instance, name, spanId }) => {
      return `${'  '.repeat(depth)}${service} ${instance ?? ''} ${name}\n${drawn(spans, spanId, depth + 1)}`;
    })
    .join('');
}

interface Expected {
  readonly participants: readonly string[];
  /** Names of spans that must be there. */
  readonly names: readonly string[];
  /** What spans of a name hang on. */
  readonly hanging?: Readonly<Record<string, readonly string[]>>;
}

/** What arrived of a trace, once all that is expected is there or the time is over. */
async function collected(
  receiver: OtlpReceiver,
  traceId: string,
  { participants: expected, names, hanging = {} }: Expected,
) {
  const now = () => {
    const spans = receiver.trace(traceId);
    return {
      participants: participants(spans),
      missing: [...names, ...Object.keys(hanging)].filter((name) => !spans.some((span) => span.name === name)),
      orphans: orphans(spans),
      hanging: Object.fromEntries(Object.keys(hanging).map((name) => [name, parentsOf(spans, name)])),
    };
  };
  const complete = (): boolean => {
    const { participants, missing, orphans } = now();
    return participants.length >= expected.length && missing.length === 0 && orphans.length === 0;
  };
  await receiver.until(complete);
  if (!complete()) process.stdout.write(`trace ${traceId} is not complete:\n${drawn(receiver.trace(traceId))}\n`);
  return now();
}

function whole({ participants, hanging = {} }: Expected) {
  return { participants, missing: [], orphans: [], hanging };
}

/** From a step of the call to its record in the table. */
const recorded = {
  'record started': ['send RINGDOWN_CALLS'],
  'record ended': ['send RINGDOWN_CALLS'],
  'accounting.record sql': ['record answered', 'record ended', 'record started'],
};

interface Arrangement {
  readonly where: string;
  /** Starts the platform with these settings; returns where Anna's and Ben's edges take SIP, and how to seed it. */
  readonly start: (settings: Record<string, string>) => Promise<{
    edges: [string, string];
    operator: OperatorApi;
    /** The command line, at an edge. */
    ringdown: ReturnType<typeof ringdownAt>;
  }>;
  readonly registration: Expected;
  readonly call: Expected;
  /** What the ladder of the call shows, in this order. */
  readonly ladder: readonly RegExp[];
}

const arrangements: readonly Arrangement[] = [
  {
    where: 'services apart, two edges',
    start: async (environment) => {
      const apart = await ServicesApart.start({ locations: 2, registrars: 2, edges: 2, accountings: 1, environment });
      ending.push(() => apart.stop());
      const { url, token } = apart.restOfEdge(1);
      return { edges: [apart.sip(0), apart.sip(1)], operator: apart.operator, ringdown: ringdownAt(url, token) };
    },
    registration: {
      participants: ['directory', 'edge-proxy edge-1', 'location', 'registrar'],
      names: ['REGISTER proxied', 'REGISTER', 'ringdown.location.v1.LocationService/Bind', 'location.bind sql'],
    },
    // The caller's registration has told its edge what the directory says of the caller; of the callee it is asked now.
    call: {
      participants: ['accounting', 'directory', 'edge-proxy edge-1', 'edge-proxy edge-2', 'location'],
      names: [
        'INVITE proxied',
        'ringdown.location.v1.LocationService/Lookup',
        'location.lookup sql',
        'directory.subscriber sql',
        'BYE proxied',
      ],
      hanging: { ...recorded, 'send RINGDOWN_CALLS': ['BYE proxied', 'INVITE proxied'] },
    },
    ladder: [
      /127\.0\.0\.1:\d+ +edge-1 +edge-2 +127\.0\.0\.1:\d+/,
      /^ +anna .* ben$/,
      /│─+ INVITE \(SDP\) ─+>│ +│ +│$/,
      /│<─+ 407 .*│ +│ +│$/,
      /│ +│─+ INVITE \(SDP\) ─+>│ +│$/,
      /│ +│ +│─+ INVITE \(SDP\) ─+>│$/,
      /│ +│ +│<─+ 200 OK \(SDP\) ─+│$/,
      /│─+ BYE ─+>│ +│ +│$/,
      /│ +│ +│─+ BYE ─+>│$/,
    ],
  },
  {
    where: 'one process, each service under its own name',
    start: async (environment) => {
      const platform = await startPlatform(environment);
      ending.push(() => platform.stop());
      const operator = new OperatorApi(platform.http, platform.adminToken);
      const ringdown = ringdownAt(platform.http, platform.adminToken);
      return { edges: [platform.sip, platform.sip], operator, ringdown };
    },
    registration: {
      participants: ['directory', 'edge-proxy', 'location', 'registrar'],
      names: ['REGISTER proxied', 'REGISTER', 'location.bind sql'],
    },
    call: {
      participants: ['accounting', 'edge-proxy', 'location'],
      names: ['INVITE proxied', 'location.lookup sql', 'BYE proxied'],
      hanging: recorded,
    },
    ladder: [
      /127\.0\.0\.1:\d+ +edge-1 +127\.0\.0\.1:\d+/,
      /│─+ INVITE \(SDP\) ─+>│ +│$/,
      /│ +│─+ INVITE \(SDP\) ─+>│$/,
      /│─+ BYE ─+>│ +│$/,
    ],
  },
];

describe.runIf(canRunWith('nats-server', 'sipp'))('traces', () => {
  describe.each(arrangements)('$where', ({ start, registration, call, ladder }) => {
    let receiver: OtlpReceiver;
    let ringdown: ReturnType<typeof ringdownAt>;

    beforeAll(async () => {
      receiver = await OtlpReceiver.start();
      ending.push(() => receiver.close());
      const { edges, operator, ringdown: atAnEdge } = await start(tracingInto(receiver));
      ringdown = atAnEdge;
      await operator.putTenant(tenant);
      await operator.importSubscribers(tenant.tenantId, subscribers);
      await registerAndCall(...edges);
    });
    afterAll(async () => {
      for (const end of ending.splice(0).toReversed()) await end();
    });

    it('a registration is one trace with spans of every service that it touched', async () => {
      expect(await collected(receiver, registrationTrace, registration)).toEqual(whole(registration));
    });

    it('a call is one trace with spans of every service that it touched', async () => {
      expect(await collected(receiver, theCallTrace, call)).toEqual(whole(call));
    });

    it('ringdown trace draws the call, from every edge that it passed', async () => {
      const { code, out } = await ringdown(['trace', callId, '--messages']);
      expect(code).toBe(0);
      const lines = out.split('\n');
      let from = 0;
      for (const expected of ladder) {
        const at = lines.findIndex((line, index) => index >= from && expected.test(line));
        expect(at, `${expected} from line ${from} on of\n${out}`).toBeGreaterThanOrEqual(from);
        from = at + 1;
      }
      expect(out).toContain(`Trace ${theCallTrace}: its spans are exported`);
      expect(out).toMatch(/Authorization: Digest .*response="\*{32}"/);
    });
  });
});
