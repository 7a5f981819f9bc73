import { Controller, Inject } from '@nestjs/common';
import type { location } from '@ringdown/contracts';
import { ServiceError } from '@ringdown/platform';
import { formatCursor } from '@ringdown/platform/commands';
import {
  fieldProblem,
  Handles,
  Input,
  type InputOf,
  type Operation,
  ProblemException,
  pageOf,
} from '@ringdown/platform/rest';
import { z } from 'zod';
import { bindingsQuery, bindingView, tenantId } from './binding-schemas.js';
import { bindingsAnswer } from './binding-view.js';
import { LOCATION_SERVICE } from './injection.js';

const list = {
  id: 'listBindings',
  tag: 'Registrations',
  method: 'GET',
  path: '/v1/tenants/{tenantId}/bindings',
  summary: "List a tenant's registered contacts",
  description:
    'In the order of their addresses of record. A tenant that does not exist has none. What names a flow within the platform is left out.',
  params: z.object({ tenantId }),
  query: bindingsQuery,
  responses: { 200: { description: 'A page of bindings.', schema: pageOf(bindingView, 'BindingPage') } },
} as const satisfies Operation;

@Controller()
export class BindingsController {
  static readonly operations: readonly Operation[] = [list];
  readonly #service: Pick<location.LocationService, 'list' | 'lookup'>;

  constructor(@Inject(LOCATION_SERVICE) service: Pick<location.LocationService, 'list' | 'lookup'>) {
    this.#service = service;
  }

  @Handles(list)
  async list(@Input(list) { params: { tenantId }, query }: InputOf<typeof list>) {
    const { addressOfRecord, limit, cursor = '' } = query;
    if (addressOfRecord !== undefined) {
      const { version, bindings } = await this.#service.lookup({ tenantId, addressOfRecord });
      return { items: bindingsAnswer(tenantId, { addressOfRecord, version, bindings }), next: null };
    }
    const { addresses, nextPageToken } = await this.#page({ tenantId, pageSize: limit, pageToken: cursor });
    const next = nextPageToken === '' ? null : formatCursor(nextPageToken);
    return { items: addresses.flatMap((each) => bindingsAnswer(tenantId, each)), next };
  }

  async #page(request: location.ListRequest): Promise<location.ListResponse> {
    try {
      return await this.#service.list(request);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'invalid') throw error;
      throw new ProblemException(fieldProblem(400, [{ field: 'cursor', detail: 'is no cursor of this list' }]));
    }
  }
}
