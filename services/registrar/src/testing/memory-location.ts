import type { location } from '@ringdown/contracts';
import type { Bindings } from '../ports/bindings.js';

interface Stored {
  readonly binding: location.Binding;
  readonly expiresAtMs: number;
}

/** Location in memory, with a clock of its own: enough of its rules to test a registrar against. */
export class MemoryLocation implements Bindings {
  nowMs = 1_790_000_000_000;
  readonly commands: location.BindRequest[] = [];
  /** What the next calls reject with. */
  failure: Error | undefined;
  readonly #stored = new Map<string, Map<string, Stored>>();

  async bind(request: location.BindRequest): Promise<location.BindResponse> {
    if (this.failure !== undefined) throw this.failure;
    this.commands.push(request);
    const bound = this.#bound(request.tenantId, request.addressOfRecord);
    const concerned = request.removeAll ? [...bound.keys()] : request.contacts.map((contact) => contact.bindingKey);
    for (const key of concerned) {
      const known = bound.get(key)?.binding;
      if (known?.callId === request.callId && known.cseq >= request.cseq) {
        return { outcome: { $case: 'outOfOrder', value: { currentCseq: known.cseq } } };
      }
    }
    const after = new Map(bound);
    for (const key of concerned) after.delete(key);
    for (const contact of request.contacts) {
      if (contact.expiresSec === 0) continue;
      const { callId, cseq } = request;
      after.set(contact.bindingKey, {
        binding: { ...contact, remainingMs: 0, callId, cseq, updatedAtMs: this.nowMs, suspended: false },
        expiresAtMs: this.nowMs + contact.expiresSec * 1000,
      });
    }
    if (request.maxContacts > 0 && after.size > request.maxContacts && after.size > bound.size) {
      const { maxContacts } = request;
      return { outcome: { $case: 'tooManyContacts', value: { maxContacts, contacts: after.size } } };
    }
    const others = [...this.#stored].filter(([key, bound]) => {
      return (
        key.startsWith(`${request.tenantId} `) &&
        key !== `${request.tenantId} ${request.addressOfRecord}` &&
        bound.size > 0
      );
    }).length;
    const maxRegistrations = request.maxRegistrations ?? 0;
    if (maxRegistrations > 0 && bound.size === 0 && after.size > 0 && others >= maxRegistrations) {
      return { outcome: { $case: 'registrationsExhausted', value: { maxRegistrations, registrations: others } } };
    }
    this.#stored.set(`${request.tenantId} ${request.addressOfRecord}`, after);
    const bindings = this.#list(after);
    return { outcome: { $case: 'ok', value: { version: this.commands.length, bindings, repeated: false } } };
  }

  async lookup(request: location.LookupRequest): Promise<location.LookupResponse> {
    if (this.failure !== undefined) throw this.failure;
    const bindings = this.#list(this.#bound(request.tenantId, request.addressOfRecord));
    return { version: this.commands.length, bindings };
  }

  #bound(tenantId: string, addressOfRecord: string): Map<string, Stored> {
    const stored = this.#stored.get(`${tenantId} ${addressOfRecord}`) ?? new Map<string, Stored>();
    return new Map([...stored].filter(([, { expiresAtMs }]) => expiresAtMs > this.nowMs));
  }

  #list(bound: ReadonlyMap<string, Stored>): location.Binding[] {
    return [...bound.values()].map(({ binding, expiresAtMs }) =>
      Object.assign({}, binding, { remainingMs: expiresAtMs - this.nowMs }),
    );
  }
}
