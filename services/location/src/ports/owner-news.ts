/** Addresses of record that ceased to be somebody's. */
export type OwnerGone =
  | { readonly kind: 'addresses'; readonly tenantId: string; readonly addressesOfRecord: readonly string[] }
  /** With all its addresses of record. */
  | { readonly kind: 'tenant'; readonly tenantId: string };

/** Hears what the directory removes. */
export interface OwnerNews {
  ownerGone(gone: OwnerGone): void;
  /** News after one position and up to another didn't come: what was removed by them isn't known. */
  newsMissed(afterPosition: number, upToPosition: number): void;
}
