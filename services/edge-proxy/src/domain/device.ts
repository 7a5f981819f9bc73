import type { location } from '@ringdown/contracts';
import { parseUri, type SipUri } from '@ringdown/sip-message';
import { gruuOf, registrationOf, type TemporaryGruu } from '@ringdown/sip-proxy';
import type { BoundContacts } from '../ports/lookups.js';

/** Opens the user part of a temporary GRUU; undefined for anything that the platform did not make. */
export type OpenGruu = (user: string) => TemporaryGruu | undefined;

/** The one device that a GRUU names (RFC 5627). */
export type AskedDevice =
  | { readonly kind: 'public'; readonly instance: string }
  | ({ readonly kind: 'temporary' } & TemporaryGruu)
  /** A temporary GRUU that nobody here has made. */
  | { readonly kind: 'unknown' };

/** Spares a look at the URIs that have no such parameter. */
const mayBeGruu = /;gr(?:[=;]|$)/i;
const outboundParameter = /;ob(?=[;?]|$)/;

/** The device that a URI asks for; undefined where it asks for a person. */
export function deviceAsked(uri: SipUri, open: OpenGruu): AskedDevice | undefined {
  const gruu = gruuOf(uri);
  if (gruu === undefined || gruu.kind === 'public') return gruu;
  const opened = open(gruu.user);
  return opened === undefined ? { kind: 'unknown' } : { kind: 'temporary', ...opened };
}

/** The instance that a URI's text names, if it is a GRUU of a device. */
export function instanceAsked(text: string, open: OpenGruu): string | undefined {
  if (!mayBeGruu.test(text)) return undefined;
  const uri = parseUri(text);
  const device = uri.kind === 'sip' ? deviceAsked(uri, open) : undefined;
  return device === undefined || device.kind === 'unknown' ? undefined : device.instance;
}

/**
 * A contact's URI without `ob`, which phones add to it when they call, and leave out when they register (RFC 5626 §4.3): the name of a device that names
 * no instance.
 */
export function contactName(uri: string): string {
  return uri.includes(';ob') ? uri.replace(outboundParameter, '') : uri;
}

/** Whether a binding is a flow of this device. URNs are compared without regard to case, as URI parameters are (RFC 3261 §19.1.4). */
export function isOfInstance(binding: location.Binding, instance: string): boolean {
  return binding.instanceId.toLowerCase() === instance.toLowerCase();
}

/**
 * The flows of a device among the bindings of its address of record. A temporary GRUU reaches its device for as long as one of the device's registrations is
 * the one that the GRUU was given to (RFC 5627 §3.2).
 */
export function flowsOfDevice(
  contacts: BoundContacts,
  device: Extract<AskedDevice, { readonly instance: string }>,
): BoundContacts {
  const bindings = contacts.bindings.filter((binding) => isOfInstance(binding, device.instance));
  const holds =
    device.kind === 'public' || bindings.some(({ callId }) => registrationOf(callId) === device.registration);
  return { ...contacts, bindings: holds ? bindings : [] };
}
