import type { directory } from '@ringdown/contracts';
import type { RelayedMedia } from './relayed-media.js';

/** What a call's own records, and whoever decides about its media, know of it. */
export interface CallFacts {
  /** The platform's own name of the call, 16 hexadecimal digits. */
  readonly key: string;
  readonly originatingTenantId: string;
  readonly terminatingTenantId: string;
  /** Unix time in milliseconds. */
  readonly startedAtMs: number;
  /** Which side sends this request. */
  readonly from: 'originator' | 'terminator';
  readonly media: CallMedia;
}

/** What becomes of a call's media. It is decided with the INVITE, and holds for the call. */
export type CallMedia =
  | { readonly kind: 'undecided'; readonly policy: directory.MediaRelay }
  | { readonly kind: 'direct' }
  | { readonly kind: 'relayed'; readonly media: RelayedMedia };
