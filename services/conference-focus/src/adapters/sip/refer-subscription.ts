import { formatSipfrag, type Notifier, type RequestContent, sipfragType } from '@ringdown/sip-dialog';
import { reasonPhrase, type SipRequest } from '@ringdown/sip-message';
import type { Flow } from '@ringdown/sip-transport';
import { refusal, type SipRefusal } from './refusals.js';
import type { UserAgentDriver } from './user-agent-driver.js';

/** How long the sender of a REFER is told of what becomes of it: longer than a phone rings. */
const lastsSec = 300;

/** What the sender of one REFER hears of it: a subscription of its own (RFC 3515 §2.4.4), or nothing where it wants nothing (RFC 4488). */
export class ReferSubscription {
  readonly #wantsNone: boolean;

  constructor(
    private readonly driver: UserAgentDriver,
    private readonly notifier: Notifier<Flow>,
    request: SipRequest,
  ) {
    this.#wantsNone = request.named('Refer-Sub').some((value) => value.split(';')[0]?.trim().toLowerCase() === 'false');
  }

  /** The REFER can't be done at all. */
  refuse({ statusCode, options }: SipRefusal): void {
    this.driver.act(() => this.notifier.reject(statusCode, options));
  }

  refuseWith(statusCode: number, text: string): void {
    this.refuse(refusal(statusCode, text));
  }

  /** It is being done: 202, and 100 in the first NOTIFY. False where its sender can't be told. */
  accept(): boolean {
    return this.driver.act((now) => {
      if (this.#wantsNone) {
        // RFC 4488 §4: the 2xx says that there is no subscription.
        this.notifier.reject(202, { headers: [['Refer-Sub', 'false']] });
        return true;
      }
      const grant = { state: 'active', expiresSec: lastsSec, statusCode: 202 } as const;
      return this.notifier.accept(now, grant, progress(100));
    });
  }

  /** How far it has come: a provisional response. */
  tell(statusCode: number, phrase?: string): void {
    this.driver.act((now) => void this.notifier.notify(now, 'active', progress(statusCode, phrase)));
  }

  /** RFC 3515 §2.4.7: the final response, and the end of the subscription. */
  conclude(statusCode: number, phrase?: string): void {
    this.driver.act(() => void this.notifier.terminate('noresource', progress(statusCode, phrase)));
  }
}

function progress(statusCode: number, phrase = reasonPhrase(statusCode)): RequestContent {
  return { contentType: sipfragType, body: formatSipfrag(statusCode, phrase) };
}
