import type { location } from '@ringdown/contracts';
import { quote } from '@ringdown/sip-message';
import { canHaveGruu, publicGruu, registrationOf, type TemporaryGruu } from '@ringdown/sip-proxy';

/** Seals the user part of a temporary GRUU; undefined where it can't hold the names. */
export type SealGruu = (gruu: TemporaryGruu) => string | undefined;

/** Writes the parameters that tell a device its GRUUs, with the semicolon before each; empty for a binding of no instance. */
export type GruuParams = (binding: location.Binding) => string;

/**
 * The GRUUs of an address of record's devices (RFC 5627 §5): one public and one temporary for each, whichever of its flows is asked about. The temporary
 * one belongs to the registration that was refreshed last; bindings have to come in that order, as location gives them.
 */
export function gruuParams(tenantId: string, addressOfRecord: string, seal: SealGruu): GruuParams {
  const [user = '', host = ''] = addressOfRecord.slice('sip:'.length).split('@');
  const made = new Map<string, string>();
  const make = ({ instanceId: instance, callId }: location.Binding): string => {
    const shown = `;pub-gruu=${quote(publicGruu(addressOfRecord, instance))}`;
    const hidden = seal({ tenantId, user, instance, registration: registrationOf(callId) });
    return hidden === undefined ? shown : `${shown};temp-gruu=${quote(`sip:${hidden}@${host};gr`)}`;
  };
  return (binding) => {
    const { instanceId } = binding;
    if (!canHaveGruu(instanceId)) return '';
    const known = made.get(instanceId) ?? make(binding);
    made.set(instanceId, known);
    return known;
  };
}
