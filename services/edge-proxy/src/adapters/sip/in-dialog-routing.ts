import { directory, type location } from '@ringdown/contracts';
import type { RoutedRequest } from '@ringdown/sip-proxy';
import type { CallFacts } from '../../domain/call-facts.js';
import { instanceHash, type KnownCall, type KnownLeg } from '../../domain/call-token.js';
import type { EdgeTarget } from '../../domain/hop.js';
import { type Origin, stranger } from '../../domain/request-in-hand.js';
import { hopOf, instanceOf } from '../../domain/target-set.js';
import { targetByFlow, targetByService, targetByUri } from '../../domain/targets.js';
import type { DirectoryLookups, LocationLookups } from '../../ports/lookups.js';
import type { ReceivedRequest } from './new-request.js';
import type { Proxy } from './proxy.js';

export interface InDialogRoutingOptions {
  readonly proxy: Proxy;
  readonly directory: DirectoryLookups;
  readonly location: LocationLookups;
}

/**
 * Routes requests within a call by their sealed route (D4): no stored dialog, no authentication, since only the two ends of the call have the
 * token. The far end's binding is looked up again, so that a phone which has moved to another flow is still reached.
 */
export class InDialogRouting {
  constructor(private readonly options: InDialogRoutingOptions) {}

  route(received: ReceivedRequest, call: KnownCall, fromOriginator: boolean): void {
    const { proxy } = this.options;
    this.withOrigin(call, fromOriginator, (origin) => {
      this.withTarget(received.routed, call, fromOriginator, (target) => {
        const service = target.hops[0]?.kind === 'service' ? target.hops[0].service : undefined;
        proxy.start(proxy.accept({ ...received, origin, service, call: factsOf(call, fromOriginator) }), [target]);
      });
    });
  }

  /** The ACK of a 2xx (RFC 3261 §13.2.2.4), which has no transaction. */
  forwardAck(received: Omit<ReceivedRequest, 'transaction'>, call: KnownCall, fromOriginator: boolean): void {
    this.withOrigin(call, fromOriginator, (origin) => {
      this.withTarget(received.routed, call, fromOriginator, (target) => {
        this.options.proxy.forwardStateless({ ...received, origin, call: factsOf(call, fromOriginator) }, target);
      });
    });
  }

  /**
   * Whoever has the token is an end of the call; what it asserts of itself is not believed all the same. Phones send their credentials along
   * within a call too, and they are not counted there: the far end could use them, so they end here.
   */
  private withOrigin(call: KnownCall, fromOriginator: boolean, known: (origin: Origin) => void): void {
    const tenantId = fromOriginator ? call.originatingTenant : call.terminatingTenant;
    if (tenantId === '') {
      known(stranger(directory.TrustClass.UNTRUSTED));
      return;
    }
    this.options.directory.tenant(tenantId, (tenant) => {
      known(stranger(directory.TrustClass.UNTRUSTED, tenant.kind === 'found' ? { name: tenant.value.realm } : 'every'));
    });
  }

  private withTarget(
    routed: RoutedRequest,
    call: KnownCall,
    fromOriginator: boolean,
    found: (target: EdgeTarget) => void,
  ): void {
    const leg = fromOriginator ? call.terminatingLeg : call.originatingLeg;
    const tenantId = fromOriginator ? call.terminatingTenant : call.originatingTenant;
    if (leg.kind === 'service') {
      found(targetByService(routed.requestUri, leg.service));
      return;
    }
    // Proxies that stand behind this one come first (RFC 3261 §16.6 step 6).
    if (leg.kind !== 'binding' || tenantId === '' || routed.routes.length > 0) {
      found(targetByUri(routed.requestUri));
      return;
    }
    const { directory, location } = this.options;
    directory.tenant(tenantId, (tenant) => {
      if (tenant.kind !== 'found') {
        found(targetByUri(routed.requestUri));
        return;
      }
      // The leg's name is a user part as it stands in the address of record.
      const addressOfRecord = `sip:${leg.username}@${tenant.value.canonicalDomain}`;
      location.bindings(tenantId, addressOfRecord, (contacts) => {
        const flows = contacts.kind === 'found' ? flowsOf(contacts.value.bindings, leg, routed.requestUri) : [];
        const [first, ...others] = flows.map(hopOf).filter((hop) => hop !== undefined);
        // A phone that isn't registered any more may still be there: its own contact says where.
        if (first === undefined) found(targetByUri(routed.requestUri));
        else {
          const target = targetByFlow(routed.requestUri, first, ...others);
          found({ ...target, bindings: flows, tenantId, addressOfRecord });
        }
      });
    });
  }
}

function factsOf(call: KnownCall, fromOriginator: boolean): CallFacts {
  return {
    key: call.callId,
    originatingTenantId: call.originatingTenant,
    terminatingTenantId: call.terminatingTenant,
    startedAtMs: call.startTimeSec * 1_000,
    from: fromOriginator ? 'originator' : 'terminator',
  };
}

/** The flows of the call's device, found by its instance or by the contact that is asked for; the ones to try first come first. */
function flowsOf(
  bindings: readonly location.Binding[],
  leg: Extract<KnownLeg, { kind: 'binding' }>,
  requestUri: string,
): readonly location.Binding[] {
  const flows = bindings.filter((binding) => hopOf(binding) !== undefined);
  const ofDevice = flows.filter((binding) => instanceHash(instanceOf(binding)) === leg.instanceHash);
  return ofDevice.length > 0 ? ofDevice : flows.filter((binding) => binding.uri === requestUri);
}
