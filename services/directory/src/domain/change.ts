import type { TenantId } from './tenant-id.js';

/** What a commit changed: names what to forget, not what it is now. */
export type ChangeSubject =
  | { readonly kind: 'tenant'; readonly removed: boolean }
  | { readonly kind: 'domain'; readonly domain: string; readonly removed: boolean }
  | { readonly kind: 'number'; readonly e164: string; readonly removed: boolean }
  | {
      readonly kind: 'subscriber';
      readonly username: string;
      readonly removed: boolean;
      /** Addresses of record that were the subscriber's before and are not any more; absent if there are none. */
      readonly lostIdentities?: readonly string[];
    }
  | { readonly kind: 'subscribers'; readonly count: number }
  | { readonly kind: 'routes'; readonly routeId: string; readonly removed: boolean };

/** A change at its position in the one sequence of the directory's commits. */
export interface Change {
  readonly tenantId: TenantId;
  readonly position: number;
  readonly subject: ChangeSubject;
}
