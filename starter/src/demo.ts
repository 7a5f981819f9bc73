import type { RunningConferenceFocus } from '@ringdown/conference-focus';
import { conference } from '@ringdown/contracts';
import {
  DEMO_TENANT,
  DEMO_USERNAMES,
  knownDemoPassword,
  type RunningDirectory,
  replaceDemoPasswords,
  seedDemo,
  subscribersWithKnownPasswords,
} from '@ringdown/directory';
import { ServiceError, type Settings } from '@ringdown/platform';
import { exposedHosts, isExposed, randomPassword } from './exposure.js';
import { StartProblem } from './start-problem.js';

/** A conference that every demo user may call, and whoever a route of the demo tenant lets in. */
export const DEMO_ROOM = 'room';

/** The demo users' passwords as far as they may be shown. */
export interface DemoPasswords {
  readonly passwords: readonly { readonly username: string; readonly password: string }[];
  readonly areNew: boolean;
}

/**
 * Makes sure that the demo tenant exists. Beyond loopback its users get random passwords and the address becomes a domain of theirs; well-known
 * passwords that are stored already are refused there with a StartProblem that names the command which changes them.
 */
export async function prepareDemo(
  store: RunningDirectory['store'],
  settings: Settings,
  newPasswords: boolean,
): Promise<DemoPasswords> {
  const exposedListener = settings.sip.listeners.find(({ host }) => isExposed(host));
  const exposed = exposedListener !== undefined;
  const seeded = await seedDemo(
    store,
    exposed ? { furtherAliases: exposedHosts(settings.sip), passwordFor: randomPassword } : {},
  );
  if (newPasswords) return { passwords: await replaceDemoPasswords(store, randomPassword), areNew: true };
  const known = await subscribersWithKnownPasswords(store);
  if (exposed && known.length > 0) {
    throw new StartProblem(
      `${exposedListener.settings.host}=${exposedListener.host} can be reached from other machines, and the passwords of ${known.join(', ')} are the documented ones. ` +
        'Change them with: npm start -- --new-demo-passwords',
    );
  }
  if (exposed) return { passwords: seeded.createdSubscribers, areNew: seeded.createdSubscribers.length > 0 };
  const documented = DEMO_USERNAMES.filter((username) => known.includes(username));
  return {
    passwords: documented.map((username) => ({ username, password: knownDemoPassword(username) })),
    areNew: false,
  };
}

/** Makes sure that the demo tenant has a conference room. One that is there stays as it is. */
export async function prepareDemoRoom(conferences: RunningConferenceFocus['service']): Promise<void> {
  const name = { tenantId: DEMO_TENANT, name: DEMO_ROOM };
  try {
    await conferences.getRoom(name);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'not-found') throw error;
    await conferences.putRoom({ ...name, settings: conference.RoomSettings.create({ displayName: 'Demo' }) });
  }
}
