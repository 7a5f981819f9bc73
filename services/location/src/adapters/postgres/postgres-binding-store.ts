import { noSpan, type Span, type Tracing } from '@ringdown/platform';
import type { BindCommand } from '../../domain/bind.js';
import type { RemoveOwnerCommand } from '../../domain/remove-owner.js';
import type { UnbindCommand } from '../../domain/unbind.js';
import type {
  AddressSnapshot,
  BindingStore,
  BindOutcome,
  RequestScope,
  UnbindOutcome,
} from '../../ports/binding-store.js';
import type { BindingReader } from './binding-reader.js';
import type { BindingWriter } from './binding-writer.js';

/** Told how each request went. */
export interface RequestObserver {
  /** `outcome` is the outcome's kind, or the error's code. */
  request(method: string, outcome: string, durationMs: number): void;
}

/** The bindings in Postgres, with a span around each request's SQL. */
export class PostgresBindingStore implements BindingStore {
  readonly #writer: BindingWriter;
  readonly #reader: BindingReader;
  readonly #tracing: Tracing;
  readonly #observer: RequestObserver;

  constructor(writer: BindingWriter, reader: BindingReader, tracing: Tracing, observer: RequestObserver) {
    this.#writer = writer;
    this.#reader = reader;
    this.#tracing = tracing;
    this.#observer = observer;
  }

  bind(command: BindCommand, scope?: RequestScope): Promise<BindOutcome> {
    return this.#observed('bind', command.tenantId, scope, () => this.#writer.bind(command, scope), kindOf);
  }

  unbind(command: UnbindCommand, scope?: RequestScope): Promise<UnbindOutcome> {
    return this.#observed('unbind', command.tenantId, scope, () => this.#writer.unbind(command, scope), kindOf);
  }

  removeOwner(command: RemoveOwnerCommand): Promise<UnbindOutcome> {
    return this.#observed('remove-owner', command.tenantId, undefined, () => this.#writer.removeOwner(command), kindOf);
  }

  lookup(tenantId: string, addressOfRecord: string, scope?: RequestScope): Promise<AddressSnapshot> {
    return this.#observed(
      'lookup',
      tenantId,
      scope,
      () => this.#reader.lookup(tenantId, addressOfRecord, scope),
      found,
    );
  }

  list(
    tenantId: string,
    after: string,
    limit: number,
    scope?: RequestScope,
  ): Promise<readonly (AddressSnapshot & { readonly addressOfRecord: string })[]> {
    return this.#observed(
      'list',
      tenantId,
      scope,
      () => this.#reader.list(tenantId, after, limit),
      () => 'listed',
    );
  }

  async #observed<Result>(
    method: string,
    tenantId: string,
    scope: RequestScope | undefined,
    work: () => Promise<Result>,
    describe: (result: Result) => string,
  ): Promise<Result> {
    const startedMs = performance.now();
    const span = this.#span(method, tenantId, scope);
    let outcome = 'internal';
    try {
      const result = await work();
      outcome = describe(result);
      span.set('ringdown.outcome', outcome);
      return result;
    } catch (error) {
      if (error instanceof Error && 'code' in error) outcome = String(error.code);
      span.fail(error);
      throw error;
    } finally {
      span.end();
      this.#observer.request(method, outcome, performance.now() - startedMs);
    }
  }

  #span(method: string, tenantId: string, scope: RequestScope | undefined): Span {
    if (!this.#tracing.enabled || scope?.traceparent === undefined) return noSpan;
    return this.#tracing.startSpan(`location.${method} sql`, scope.traceparent, {
      kind: 'client',
      attributes: {
        'db.system.name': 'postgresql',
        'db.namespace': 'location',
        'db.operation.name': method,
        'ringdown.tenant': tenantId,
      },
    });
  }
}

function kindOf(outcome: { readonly kind: string }): string {
  return outcome.kind;
}

function found(snapshot: AddressSnapshot): string {
  return snapshot.bindings.length > 0 ? 'found' : 'not-registered';
}
