import type { conference } from '@ringdown/contracts';
import type { Roster } from '../../domain/roster.js';
import type { Conference } from '../../use-cases/conferences.js';
import { rosterUpdate } from './roster-messages.js';

/**
 * The roster, then its changes until the conference has ended or the signal aborts. Nothing is queued: whoever reads slowly gets the
 * difference between what was sent last and what is now, so a reader costs two rosters at the most, and misses nothing.
 */
export async function* watchRoster(
  one: Conference,
  focusId: string,
  signal: AbortSignal,
): AsyncGenerator<conference.WatchRosterResponse> {
  let wake: () => void = () => undefined;
  const stopListening = one.changed(() => wake());
  const aborted = (): void => wake();
  signal.addEventListener('abort', aborted);
  let sent: Roster | undefined;
  try {
    while (!signal.aborted) {
      const roster = one.roster();
      if (roster === sent) {
        // Nothing can happen between the look at the roster and this: it is one turn.
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const update = rosterUpdate(one, focusId, sent, roster);
      sent = roster;
      yield { update };
      if (!roster.active && roster.users.length === 0) return;
    }
  } finally {
    stopListening();
    signal.removeEventListener('abort', aborted);
  }
}
