import type { location } from '@ringdown/contracts';
import { Header, type HeaderField } from '@ringdown/sip-message';
import { type Answer, refuse } from './answer.js';
import { printContact } from './contact.js';
import type { GruuParams } from './gruu.js';
import { outboundHeaders } from './outbound.js';
import type { AnswerFields } from './registration.js';

/** What the 200 says beside the bindings, with what its device's GRUUs are. */
export interface RegisteredFields extends Omit<AnswerFields, 'gruu'> {
  /** Absent for a device that doesn't know GRUUs. */
  readonly gruuParams?: GruuParams | undefined;
}

/**
 * The 200 to a REGISTER (RFC 3261 §10.3 step 8): every current binding with the time it has left, whoever made it, and the Date.
 * A Path is copied (RFC 3327 §5.3). `nowMs` is Unix time.
 */
export function registeredAnswer(
  bindings: readonly location.Binding[],
  fields: RegisteredFields,
  nowMs: number,
): Answer {
  const headers: HeaderField[] = bindings.map(
    (binding): HeaderField => [Header.Contact, printContact(binding, fields.gruuParams?.(binding))],
  );
  for (const value of fields.path) headers.push([Header.Path, value]);
  if (fields.serviceRoute !== undefined) headers.push([Header.ServiceRoute, `<${fields.serviceRoute}>`]);
  if (fields.flowTransport !== undefined) headers.push(...outboundHeaders(fields.flowTransport));
  // RFC 3261 §20.17: always GMT.
  headers.push([Header.Date, new Date(nowMs).toUTCString()]);
  return { statusCode: 200, reasonPhrase: undefined, headers };
}

/** The answer to what location did with a command; undefined if location answered nothing, which is a bug. */
export function bindAnswer(
  response: location.BindResponse,
  fields: RegisteredFields,
  nowMs: number,
): Answer | undefined {
  const { outcome } = response;
  switch (outcome?.$case) {
    case 'ok':
      return registeredAnswer(outcome.value.bindings, fields, nowMs);
    case 'outOfOrder':
      // RFC 3261 §10.3 step 7: the request fails. §10.3 gives 500 to an update that could not be made; this one came late,
      // which is not the server's failure, and 500 would send the device to another server with it.
      return refuse(400, `CSeq is not above ${outcome.value.currentCseq}`);
    case 'tooManyContacts':
      // RFC 3261 §21.4.4: understood, and refused; another try won't help.
      return refuse(403, `At most ${outcome.value.maxContacts} contacts may be registered`);
    case 'registrationsExhausted':
      // RFC 3261 §21.4.4 again: a 503 would have every phone beyond the limit come back and ask for ever.
      return refuse(403, `The domain has reached its limit of ${outcome.value.maxRegistrations} registrations`);
    case undefined:
      return undefined;
  }
}
