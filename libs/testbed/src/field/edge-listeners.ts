import type { FieldHost } from './field-host.js';
import type { FieldNetwork } from './field-network.js';

const ports = { udp: 5060, tcp: 5060, tls: 5061, ws: 5080, wss: 5443 } as const;

/** RINGDOWN_SIP_LISTENERS of an edge behind the balancers: five transports in two families, known by the virtual addresses. */
export function edgeListeners(edge: FieldHost, network: FieldNetwork): string {
  const { virtualIpv4, virtualIpv6, balancer } = network;
  const families = [
    { host: edge.ipv4, advertised: virtualIpv4, proxy: `${balancer.ipv4}/32` },
    { host: `[${edge.ipv6}]`, advertised: `[${virtualIpv6}]`, proxy: `${balancer.ipv6}/128` },
  ];
  return families
    .flatMap(({ host, advertised, proxy }) =>
      Object.entries(ports).map(([transport, port]) => {
        const from = transport === 'udp' ? '' : `&proxy=${proxy}`;
        return `${transport}://${host}:${port}?advertise=${advertised}:${port}${from}`;
      }),
    )
    .join(',');
}
