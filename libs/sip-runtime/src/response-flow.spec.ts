import { parseVia, type Via } from '@ringdown/sip-message';
import type { Flow, HostPort, TransportName } from '@ringdown/sip-transport';
import { describe, expect, it } from 'vitest';
import { responseFlow, responseFlowAfterClose } from './response-flow.js';

const via = (text: string): Via => parseVia(`${text};branch=z9hG4bK1`) as Via;

/** A flow that says where another one from it would lead. */
function flow(transport: TransportName, remote: HostPort): Flow & { readonly to: string } {
  const made = (to: string): Flow & { readonly to: string } =>
    ({
      transport,
      reliable: transport !== 'UDP',
      remote,
      closed: false,
      to,
      flowTo: ({ host, port }: HostPort, serverName?: string) =>
        made(`${host} ${port}${serverName === undefined ? '' : ` as ${serverName}`}`),
    }) as unknown as Flow & { readonly to: string };
  return made('the same');
}

const source = { host: '192.0.2.7', port: 40_000 };

describe('where responses go', () => {
  it.each([
    ['UDP', 'SIP/2.0/UDP 10.0.0.1:5062', '192.0.2.7 5062'],
    ['UDP', 'SIP/2.0/UDP 10.0.0.1', '192.0.2.7 5060'],
    ['UDP', 'SIP/2.0/UDP 10.0.0.1:5062;rport=40000', 'the same'],
    ['TCP', 'SIP/2.0/TCP 10.0.0.1:5062', 'the same'],
    ['WSS', 'SIP/2.0/WSS df7jal23ls0d.invalid', 'the same'],
  ] as const)('over %s to %s: %s', (transport, text, to) => {
    expect(responseFlow(via(text), flow(transport, source))).toMatchObject({ to });
  });

  it.each([
    ['TCP', 'SIP/2.0/TCP 10.0.0.1:5062', '192.0.2.7 5062'],
    ['TCP', 'SIP/2.0/TCP 10.0.0.1', '192.0.2.7 5060'],
    ['TLS', 'SIP/2.0/TLS trunk.example.com:5071', '192.0.2.7 5071 as trunk.example.com'],
    ['TLS', 'SIP/2.0/TLS trunk.example.com', '192.0.2.7 5061 as trunk.example.com'],
    ['WS', 'SIP/2.0/WS df7jal23ls0d.invalid', undefined],
    ['WSS', 'SIP/2.0/WSS df7jal23ls0d.invalid', undefined],
    ['SIPLINK', 'SIP/2.0/SIPLINK edge-1.siplink.invalid', undefined],
  ] as const)('after the connection over %s to %s broke: %s', (transport, text, to) => {
    const found = responseFlowAfterClose(via(text), flow(transport, source)) as unknown as { to?: string } | undefined;
    expect(found?.to).toBe(to);
  });
});
