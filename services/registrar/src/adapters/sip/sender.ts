import type { Ingress } from '@ringdown/sip-runtime';
import type { Sender } from '../../domain/registration.js';

/** The sender of a REGISTER by its envelope. What came without one proved nothing. */
export function senderOf(ingress: Ingress): Sender {
  const { envelope, flow } = ingress;
  const source = envelope?.source ?? flow.remote;
  return {
    addressOfRecord: envelope?.authenticated?.addressOfRecord,
    isPlatform: envelope?.trustClass === 'platform',
    flow: {
      flowToken: envelope?.flowToken ?? '',
      edgeId: envelope?.edge?.id ?? '',
      incarnation: envelope?.edge?.incarnation ?? '',
      receivedTransport: envelope?.ingressTransport ?? '',
      receivedHost: source.host,
      receivedPort: source.port,
    },
  };
}
