/** The service of conferences, as links and routes name it. */
export const conferenceFocus = 'conference-focus';

/** A user part that a conference may have: those of the factory (RFC 4579 §5.4) and of rooms. */
export function maybeConference(username: string): boolean {
  return /^[a-z0-9._-]{1,64}$/.test(username);
}

/** What one asks of a conference outside of a dialog with it: a call, news, a referral, or what it can do. */
export function asksConference(method: string): boolean {
  return method === 'INVITE' || method === 'SUBSCRIBE' || method === 'REFER' || method === 'OPTIONS';
}
