/** How long a sender should wait before it asks again for a part of the platform that is away, in seconds: spread, so that senders don't come back at once. */
export function awayRetryAfterSec(): number {
  return 3 + Math.floor(Math.random() * 8);
}
