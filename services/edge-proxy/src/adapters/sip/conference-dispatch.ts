import { Header } from '@ringdown/sip-message';
import { conferenceFocus } from '../../domain/conference.js';
import type { Destination } from '../../domain/destination.js';
import type { FocusPod } from '../../domain/hop.js';
import type { Origin } from '../../domain/request-in-hand.js';
import { targetByFocus } from '../../domain/targets.js';
import type { ConferenceLookups } from '../../ports/conferences.js';
import type { CallOf } from './dispatch.js';
import type { ReceivedRequest } from './new-request.js';
import type { Forwards, SeekAgain } from './proxied-request.js';
import type { Answers } from './refusals.js';

export interface ConferenceDispatchOptions {
  readonly proxy: Forwards;
  readonly refusals: Answers;
  /** Absent: there are no conferences. */
  readonly conferences: ConferenceLookups | undefined;
}

type ToConference = Extract<Destination, { kind: 'conference' }>;

/** A tenant's conferences end some time, but nobody knows when. */
const limitRetryAfterSec = 60;

/** Sends a request on to the pod that has a conference, or that opens it. */
export class ConferenceDispatch {
  constructor(private readonly options: ConferenceDispatchOptions) {}

  /** Whether there are conferences at all. */
  get isOpen(): boolean {
    return this.options.conferences !== undefined;
  }

  send(received: ReceivedRequest, origin: Origin, { tenant, room }: ToConference, callOf: CallOf): void {
    const { proxy, refusals, conferences } = this.options;
    const nobody = (): void =>
      refusals.answer(
        received,
        { statusCode: 404, why: `there is no subscriber and no room ${room}` },
        tenant.tenantId,
      );
    if (conferences === undefined) {
      nobody();
      return;
    }
    const question = { tenantId: tenant.tenantId, room, mayOpen: received.request.method === 'INVITE' };
    // The room's own name, whatever number or alias was dialled.
    const uri = `${received.routed.requestSipUri?.scheme ?? 'sip'}:${room}@${tenant.canonicalDomain}`;
    conferences.place(question, (place) => {
      switch (place.kind) {
        case 'unavailable':
          refusals.away(received, 'the conference focus');
          return;
        case 'absent':
          nobody();
          return;
        case 'limit': {
          const headers = [[Header.RetryAfter, String(limitRetryAfterSec)]] as const;
          const why = `${tenant.tenantId} has ${place.limit} conferences, as many as it may`;
          refusals.answer(
            received,
            { statusCode: 480, reasonPhrase: 'Too Many Conferences', headers, why },
            tenant.tenantId,
          );
          return;
        }
        case 'pod': {
          const again = this.#seekAgain(conferences, question, place.pod, uri);
          const call = callOf(received, origin, tenant);
          const input = { ...received, origin, call, service: conferenceFocus, again };
          proxy.forward(input, [targetByFocus(uri, place.pod)]);
        }
      }
    });
  }

  /** The pod is gone, or doesn't have the conference any more. */
  #seekAgain(
    conferences: ConferenceLookups,
    question: Parameters<ConferenceLookups['place']>[0],
    pod: FocusPod,
    uri: string,
  ): SeekAgain {
    return (found) =>
      conferences.placeInstead(question, pod, (place) =>
        found(place.kind === 'pod' ? [targetByFocus(uri, place.pod)] : []),
      );
  }
}
