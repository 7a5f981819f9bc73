import { parseUri } from '@ringdown/sip-message';
import { Rehearsal, type RehearsalOptions } from '../adapters/rehearsal/rehearsal.js';
import type { Locate } from '../adapters/sip/locator.js';
import { Admission } from '../domain/admission.js';
import { OwnAddresses } from '../domain/own-addresses.js';
import { RegistrationGovernor } from '../domain/registration-governor.js';
import { directoryOf, locationOf } from './assembled-edge.js';
import type { OwningServices } from './owning-services.js';

const here = { host: '192.0.2.10', port: 5060 };

/** Names stand for themselves; there is no DNS. */
const locate: Locate = (text, located) => {
  const uri = parseUri(text);
  if (uri.kind !== 'sip') located([]);
  else {
    const { host, port = 5060 } = uri;
    located([{ kind: 'address', address: { transport: 'UDP', host, port, serverName: host } }]);
  }
};

/** Rehearsals over plain tables, at an edge that listens on UDP and WSS at 192.0.2.10 and reaches every service. */
export function rehearsalOver(owning: OwningServices, over: Partial<RehearsalOptions> = {}): Rehearsal {
  const own = new OwnAddresses();
  own.add({ transport: 'UDP', family: 4, local: here, ...here });
  const authentication: RehearsalOptions['authentication'] = {
    // Who rehearses is taken to know its password.
    digest: undefined as never,
    directory: directoryOf(owning),
    claimNonce: () => undefined,
    wallClock: () => 0,
  };
  return new Rehearsal({
    edgeId: 'edge-1',
    authentication,
    location: locationOf(owning, () => 0),
    conferences: undefined,
    admission: new Admission(),
    registrations: new RegistrationGovernor(),
    outbound: {
      find: (hop) => ({ kind: hop.kind === 'flow' && hop.edgeId === 'edge-1' ? 'flow-gone' : 'owner-away' }),
    },
    reachable: () => true,
    locate,
    openGruu: () => undefined,
    own,
    listening: () => ['UDP', 'WSS'].map((transport) => ({ transport, address: here })),
    hasRelay: false,
    now: () => 0,
    ...over,
  });
}
