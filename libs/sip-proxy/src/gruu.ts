import { type SipUri, unescapeUri } from '@ringdown/sip-message';

/** What the Request-URI or Contact of a device names, when it is a GRUU (RFC 5627 §3): one device, not a person. */
export type Gruu =
  /** The instance is that of `+sip.instance`, with its `<>`. */
  | { readonly kind: 'public'; readonly instance: string }
  /** Only who made it can tell whose it is: see `openTemporaryGruu`. */
  | { readonly kind: 'temporary'; readonly user: string };

/** What may stand in a parameter's value beside letters, digits and escapes (RFC 3261 §25.1 `paramchar`). */
const PARAMETER_CHARACTERS = /[^A-Za-z0-9\-_.!~*'()[\]/:&+$]/g;

/** Reads a URI as a GRUU; undefined where it is none. */
export function gruuOf(uri: SipUri): Gruu | undefined {
  const { params, user } = uri;
  const gr = params.size === 0 ? undefined : params.get('gr');
  if (gr === undefined || user === undefined) return undefined;
  return gr === '' ? { kind: 'temporary', user } : { kind: 'public', instance: `<${unescapeUri(gr)}>` };
}

/** Whether a GRUU can be made for an instance: RFC 5626 §4.1 has a URN between `<` and `>`. */
export function canHaveGruu(instance: string): boolean {
  return instance.length > 2 && instance.startsWith('<') && instance.endsWith('>');
}

/** The public GRUU of a device (§3.1): its address of record, and the instance, `<>` included, as a parameter. */
export function publicGruu(addressOfRecord: string, instance: string): string {
  const escaped = instance
    .slice(1, -1)
    .replace(PARAMETER_CHARACTERS, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  return `${addressOfRecord};gr=${escaped}`;
}
