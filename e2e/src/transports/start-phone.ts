import { BaresipPhone, type Browser, BrowserPhone, type TonePhone } from '@ringdown/testbed';
import type { PhoneIdentity, Transport } from './place.js';

/** Where baresip runs, where not in the test's own network. */
interface Whereabouts {
  readonly namespace: string;
  readonly localAddress: string;
}

/** Starts the phone that speaks a transport, towards `at`, a `host:port`. A browser runs where it was started. */
export function startPhone(
  transport: Transport,
  at: string,
  identity: PhoneIdentity,
  browser: Browser,
  whereabouts?: Whereabouts,
): Promise<TonePhone> {
  if (transport === 'WS' || transport === 'WSS')
    return BrowserPhone.start(browser, { ...identity, url: `${transport.toLowerCase()}://${at}` });
  return BaresipPhone.start({ ...identity, transport, proxy: at, ...whereabouts });
}
