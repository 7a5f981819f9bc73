import type { location } from '@ringdown/contracts';
import { type ContactValue, type Params, parseUri } from '@ringdown/sip-message';
import { gruuOf } from '@ringdown/sip-proxy';
import { bindingKey, flowBindingKey } from './binding-key.js';
import { contactFlow, type SentBy } from './contact-flow.js';
import { contactExpiry } from './expiry.js';
import { instanceOf, regIdOf } from './outbound.js';
import type { ExpiryBounds } from './tenant.js';

/** What all contacts of a request share. */
export interface ContactCircumstances {
  readonly requestedSec: number | undefined;
  readonly bounds: ExpiryBounds;
  /** What is granted of an expiry that is within the bounds. */
  readonly granted: (expiresSec: number) => number;
  readonly path: readonly string[];
  readonly flow: location.Flow;
  /** What the sender calls its own place, if it is known. */
  readonly sentBy: SentBy | undefined;
  /** Whether a contact with a reg-id is a flow of a device (RFC 5626 §6). */
  readonly outbound: boolean;
  readonly userAgent: string;
  /** The hosts that stand for the tenant in this request. */
  readonly ownHosts: readonly string[];
}

export type ContactReading =
  | { readonly kind: 'contact'; readonly contact: location.Contact }
  | { readonly kind: 'too-brief' }
  /** The contact is a GRUU of the registrar's own. */
  | { readonly kind: 'own-gruu' }
  | { readonly kind: 'malformed'; readonly reason: string };

/**
 * RFC 3261 §20.10: expires and q speak to the registrar; everything else belongs to the contact and is given back as written. Its GRUUs a device is told,
 * and doesn't tell (RFC 5627 §4.2).
 */
function keptParams(params: Params): string {
  return [...params.entries()]
    .filter(([name]) => !/^(?:expires|q|pub-gruu|temp-gruu)$/i.test(name))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join(';');
}

/** A quoted-pair may hold any of them (RFC 3261 §25.1); a database and a log should not. */
function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** One contact of a REGISTER as location stores it. */
export function readContact(value: ContactValue, circumstances: ContactCircumstances): ContactReading {
  const uri = parseUri(value.uri);
  if (uri.kind === 'failure') return { kind: 'malformed', reason: `Contact: ${uri.reason}` };
  // RFC 3261 §10.2.1 allows any URI; only to SIP ones can requests be routed, so nothing else is kept.
  if (uri.kind !== 'sip') return { kind: 'malformed', reason: 'Contact: not a SIP URI' };
  if (gruuOf(uri) !== undefined && circumstances.ownHosts.includes(uri.host)) return { kind: 'own-gruu' };
  const contactParams = keptParams(value.params);
  if (hasControlCharacter(contactParams)) {
    return { kind: 'malformed', reason: 'Contact: a parameter has a control character' };
  }
  const expiresSec = contactExpiry(value.expiresSec, circumstances.requestedSec, circumstances.bounds);
  if (expiresSec === 'too-brief') return { kind: 'too-brief' };
  const instanceId = instanceOf(value);
  const regId = regIdOf(value);
  return {
    kind: 'contact',
    contact: {
      bindingKey:
        circumstances.outbound && regId > 0 && instanceId !== '' ? flowBindingKey(instanceId, regId) : bindingKey(uri),
      uri: value.uri,
      contactParams,
      expiresSec: circumstances.granted(expiresSec),
      qThousandths: value.q,
      instanceId,
      regId,
      path: [...circumstances.path],
      flow: contactFlow(uri, value.params, circumstances.flow, circumstances.sentBy),
      userAgent: circumstances.userAgent,
    },
  };
}

/** The thousandths of a q as RFC 3261 §25.1 writes them: at most three digits, no zeros at the end. */
function printQ(thousandths: number): string {
  if (thousandths >= 1000) return '1';
  return thousandths === 0 ? '0' : `0.${String(thousandths).padStart(3, '0').replace(/0+$/, '')}`;
}

/** A binding as the value of a Contact line in a 200 (RFC 3261 §10.3 step 8). `gruuParams` are its GRUUs, each behind a semicolon. */
export function printContact(binding: location.Binding, gruuParams = ''): string {
  let value = `<${binding.uri}>${gruuParams}`;
  if (binding.contactParams !== '') value += `;${binding.contactParams}`;
  if (binding.qThousandths !== undefined) value += `;q=${printQ(binding.qThousandths)}`;
  // A binding that has less than a second left is still bound.
  return `${value};expires=${Math.max(1, Math.ceil(binding.remainingMs / 1000))}`;
}
