import { callTrace, createLogger } from '@ringdown/platform';
import { describe, expect, it } from 'vitest';
import { acme } from '../../testing/acme.js';
import { Exchange, outsidePhone } from '../../testing/exchange.js';
import { limits } from '../../testing/tables.js';

type Line = Readonly<Record<string, unknown>>;

/** An edge, and the lines that it has written. */
function logging(level: 'info' | 'debug' = 'info') {
  const lines: Line[] = [];
  const logger = createLogger({
    service: 'edge-proxy',
    level,
    write: (line) => void lines.push(JSON.parse(line) as Line),
    pretty: false,
  });
  return { lines, exchange: new Exchange({ logger }) };
}

function traceId(callId: string, method = 'INVITE', cseq = 1): string {
  return callTrace(callId, method, cseq, { key: 'test', sampling: 0 }).traceId;
}

const nobody = 'sip:nobody@example.com';
const relay = 'sip:z@elsewhere.test';

describe('the line of a refused request', () => {
  it.each([
    {
      name: 'says whose tenant it was where that is known',
      request: { uri: nobody, callId: 'k1' },
      envelope: undefined,
      line: { traceId: traceId('k1'), callId: 'k1', tenant: 'acme', source: 'UDP 198.51.100.7:5060' },
      message: `INVITE from sip:x@peer.test to ${nobody} answered 404: there is no subscriber nobody`,
    },
    {
      name: 'has no tenant for a stranger’s relay',
      request: { uri: relay, callId: 'k2', method: 'MESSAGE', cseq: 7 },
      envelope: undefined,
      line: { traceId: traceId('k2', 'MESSAGE', 7), callId: 'k2', source: 'UDP 198.51.100.7:5060' },
      message: expect.stringContaining(`MESSAGE from sip:x@peer.test to ${relay} answered 403: `),
    },
    {
      name: 'has the trace of this one REGISTER',
      request: { uri: 'sip:nowhere.test', to: '<sip:a@nowhere.test>', callId: 'k3', method: 'REGISTER', cseq: 42 },
      envelope: undefined,
      line: { traceId: traceId('k3', 'REGISTER', 42), callId: 'k3' },
      message: expect.stringContaining('answered 404: REGISTER for nowhere.test, which is not served here'),
    },
    {
      name: 'names who sent it to the platform, not the pod that handed it on',
      request: { uri: nobody, callId: 'k4' },
      envelope: { ingressTransport: 'TCP', source: { host: '2001:db8::9', port: 40_000 } },
      line: { traceId: traceId('k4'), callId: 'k4', tenant: 'acme', source: 'TCP [2001:db8::9]:40000' },
      message: expect.stringContaining('answered 404'),
    },
  ] as const)('$name', ({ request, envelope, line, message }) => {
    const { lines, exchange } = logging();
    const { raw } = exchange.request(request);
    if (envelope === undefined) exchange.send(outsidePhone, raw);
    else exchange.edge.receiveOverLink(outsidePhone, raw, envelope);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'info', ...line, message });
    expect(lines[0]?.tenant).toBe('tenant' in line ? line.tenant : undefined);
  });

  it('is for debugging only where a limit refuses, with the same facts', () => {
    const calls = (level: 'info' | 'debug') => {
      const { lines, exchange } = logging(level);
      exchange.owning.add({ ...acme, limits: limits({ maxCallsPerSec: 1 }) }, []);
      for (const callId of ['k1', 'k2']) exchange.send(outsidePhone, exchange.request({ callId }));
      expect(exchange.heard(outsidePhone)).toEqual(['503']);
      return lines.filter(({ message }) => String(message).includes('503'));
    };
    expect(calls('info')).toEqual([]);
    expect(calls('debug')).toMatchObject([{ traceId: traceId('k2'), callId: 'k2', tenant: 'acme', level: 'debug' }]);
  });
});

describe('a scanner', () => {
  const scan = (exchange: Exchange, from: typeof outsidePhone, count: number, name: string) => {
    for (let i = 0; i < count; i++) exchange.send(from, exchange.request({ uri: nobody, callId: `${name}${i}` }));
  };

  it('is answered every time and gets ten lines, then a count with the first of the next ten seconds', () => {
    const { lines, exchange } = logging();
    scan(exchange, outsidePhone, 500, 'a');
    expect(exchange.heard(outsidePhone)).toEqual(Array.from({ length: 500 }, () => '404'));
    expect(lines.map(({ callId }) => callId)).toEqual(Array.from({ length: 10 }, (_, i) => `a${i}`));
    exchange.clock.advance(exchange.edge.stack, 10_000);
    scan(exchange, outsidePhone, 1, 'b');
    expect(lines.slice(10)).toMatchObject([
      { message: '490 more requests from 198.51.100.7 were refused without a line', source: '198.51.100.7' },
      { callId: 'b0' },
    ]);
  });

  it('costs others none of their lines, and is known by its host whatever port it takes', () => {
    const { lines, exchange } = logging();
    for (let port = 6_000; port < 6_020; port++) scan(exchange, { ...outsidePhone, port }, 1, `p${port}-`);
    expect(lines).toHaveLength(10);
    scan(exchange, { host: '198.51.100.8', port: 5060 }, 1, 'other');
    expect(lines.at(-1)).toMatchObject({ callId: 'other0' });
  });
});
