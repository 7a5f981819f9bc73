import { directory } from '@ringdown/contracts';
import { type AuthenticationPorts, authenticate } from '../../domain/authenticate.js';
import type { CallFacts } from '../../domain/call-facts.js';
import type { KnownCall } from '../../domain/call-token.js';
import { isTooOld } from '../../domain/in-dialog-policy.js';
import { type Origin, stranger } from '../../domain/request-in-hand.js';
import { type DialogLookups, findDialogTarget } from '../../use-cases/find-dialog-target.js';
import { identifyDialogSender } from '../../use-cases/identify-dialog-sender.js';
import type { ReceivedRequest } from './new-request.js';
import type { NewRequestRouting } from './new-request-routing.js';
import type { SeekAgain } from './proxied-request.js';
import type { Proxy } from './proxy.js';
import type { Answers } from './refusals.js';
import { within } from './request-span.js';

/** A stream that breaks is opened again within this time, if the pod is there. */
const podReturnMs = 1_000;
const lookAgainMs = 50;

export interface InDialogRoutingOptions extends DialogLookups {
  /** Whether a service, or that pod of it, can be reached now. */
  readonly reachable: (service: string, method: string, pod?: string) => boolean;
  readonly proxy: Proxy;
  readonly authentication: AuthenticationPorts;
  readonly newRequests: Pick<NewRequestRouting, 'route'>;
  readonly refusals: Answers;
}

/**
 * Routes requests within a call by their sealed route (D4): no stored dialog, and no challenge for who sends from where the call began. The far
 * end is looked up again, so that a phone which has moved to another flow is still reached.
 */
export class InDialogRouting {
  constructor(private readonly options: InDialogRoutingOptions) {}

  route(received: ReceivedRequest, call: KnownCall, fromOriginator: boolean): void {
    const { newRequests, refusals, authentication } = this.options;
    if (isTooOld(call, authentication.wallClock() / 1_000)) {
      newRequests.route(received);
      return;
    }
    const lookups = this.lookupsFor(received);
    const { request, ingress } = received;
    const asked = { request, source: ingress.flow.remote, fromPlatform: ingress.flow.transport === 'SIPLINK' };
    identifyDialogSender(lookups, call, fromOriginator, asked, (sender) => {
      switch (sender.kind) {
        case 'end':
          this.forward(lookups, received, call, fromOriginator, originOf(sender.tenant));
          return;
        case 'unproven':
          authenticate(authentication, sender.tenant, request, (outcome) => {
            if (outcome.kind === 'answer') refusals.answer(received, outcome, sender.tenant.tenantId);
            else if (!outcome.subscriber.identities.includes(sender.addressOfRecord))
              refusals.answer(
                received,
                { statusCode: 403, why: `${outcome.addressOfRecord} is no end of this call` },
                sender.tenant.tenantId,
              );
            else this.forward(lookups, received, call, fromOriginator, originOf(sender.tenant));
          });
          return;
        case 'unknown':
          newRequests.route(received);
          return;
        case 'refused':
          refusals.answer(received, { statusCode: 403, why: sender.why }, sender.tenantId);
          return;
        case 'directory-unavailable':
          refusals.away(received, 'the directory');
          return;
      }
    });
  }

  /** The ACK of a 2xx (RFC 3261 §13.2.2.4), which has no transaction and is never challenged (§22.1). It can go nowhere but to the far end. */
  forwardAck(received: Omit<ReceivedRequest, 'transaction' | 'span'>, call: KnownCall, fromOriginator: boolean): void {
    const { options } = this;
    const tenantId = fromOriginator ? call.originatingTenant : call.terminatingTenant;
    const forward = (origin: Origin): void => {
      findDialogTarget(options, call, fromOriginator, received.routed, (target) => {
        if (typeof target === 'string') return;
        options.proxy.forwardStateless({ ...received, origin, call: factsOf(call, fromOriginator) }, target);
      });
    };
    if (tenantId === '') {
      forward(originOf(undefined));
      return;
    }
    options.directory.tenant(tenantId, (tenant) => {
      // Where the realm isn't known, no credentials pass.
      forward(tenant.kind === 'found' ? originOf(tenant.value) : stranger(directory.TrustClass.UNTRUSTED, 'every'));
    });
  }

  private forward(
    lookups: DialogLookups,
    received: ReceivedRequest,
    call: KnownCall,
    fromOriginator: boolean,
    origin: Origin,
  ): void {
    const { proxy, refusals } = this.options;
    findDialogTarget(lookups, call, fromOriginator, received.routed, (target) => {
      if (typeof target === 'string') {
        if (target === 'nowhere') refusals.answer(received, { statusCode: 480 });
        else refusals.away(received, target === 'location-unavailable' ? 'location' : 'the directory');
        return;
      }
      const to = target.hops[0];
      const service = to?.kind === 'service' ? to.service : undefined;
      const again: SeekAgain = (seen) =>
        findDialogTarget(lookups, call, fromOriginator, received.routed, (next) =>
          // Elsewhere than at a flow it would have been looked for at first.
          seen(typeof next === 'string' || next.addressOfRecord === undefined ? [] : [next]),
        );
      const start = (): void =>
        proxy.forward({ ...received, origin, service, again, call: factsOf(call, fromOriginator) }, [target]);
      // RFC 3261 §12.2.2: with the pod its dialogs are gone.
      if (to?.kind === 'service' && to.pod !== undefined)
        this.whenThere(to.service, received.request.method, to.pod, podReturnMs, (isThere) =>
          isThere ? start() : refusals.answer(received, { statusCode: 481, why: `${to.service} ${to.pod} is gone` }),
        );
      else start();
    });
  }

  private whenThere(
    service: string,
    method: string,
    pod: string,
    leftMs: number,
    then: (isThere: boolean) => void,
  ): void {
    if (this.options.reachable(service, method, pod)) then(true);
    else if (leftMs <= 0) then(false);
    else setTimeout(() => this.whenThere(service, method, pod, leftMs - lookAgainMs, then), lookAgainMs).unref();
  }

  private lookupsFor({ span }: ReceivedRequest): DialogLookups {
    const { directory, location, openGruu } = this.options;
    if (!span.recording) return this.options;
    return { directory: within(directory, span), location: within(location, span), openGruu };
  }
}

/**
 * An end of the call; what it asserts of itself is not believed all the same. Phones send their credentials along within a call too, and they
 * are not counted there: the far end could use them, so they end here.
 */
function originOf(tenant: directory.Tenant | undefined): Origin {
  return stranger(directory.TrustClass.UNTRUSTED, tenant === undefined ? undefined : { name: tenant.realm });
}

const direct = { kind: 'direct' } as const;

function factsOf(call: KnownCall, fromOriginator: boolean): CallFacts {
  return {
    key: call.callId,
    originatingTenantId: call.originatingTenant,
    terminatingTenantId: call.terminatingTenant,
    startedAtMs: call.startTimeSec * 1_000,
    from: fromOriginator ? 'originator' : 'terminator',
    media: call.media === undefined ? direct : { kind: 'relayed', media: call.media },
  };
}
