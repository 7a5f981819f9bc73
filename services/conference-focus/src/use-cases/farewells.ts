import type { EndReason } from '../ports/conference-events.js';
import type { HangUp } from '../ports/member-leg.js';

/** What the members' phones are told when a conference ends, by why it does. */
export const FAREWELLS: Readonly<Record<EndReason, HangUp>> = {
  empty: { text: 'Nobody is left in the conference' },
  'no-moderator': { text: 'The last moderator has left the conference' },
  ended: { text: 'The conference was ended' },
  'too-long': { text: 'The conference has lasted as long as it may' },
  'media-lost': { statusCode: 503, text: 'The conference has lost its media' },
  'home-lost': { statusCode: 503, text: 'The conference has moved, call again' },
  drained: { statusCode: 503, text: 'This focus goes down, call again' },
};
