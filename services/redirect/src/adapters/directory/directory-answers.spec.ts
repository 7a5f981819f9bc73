import type { CallContext } from '@ringdown/contracts';
import { expect, it } from 'vitest';
import type { TenantId } from '../../domain/tenant.js';
import { DirectoryAnswers, type RedirectDirectoryService } from './directory-answers.js';

const demo = 'demo' as TenantId;

it.each<[asked: string, ask: (answers: DirectoryAnswers) => Promise<unknown>, answer: unknown]>([
  ['a domain', (answers) => answers.byDomain('example.com', 'trace'), undefined],
  ['a tenant', (answers) => answers.byId('demo', 'trace'), undefined],
  ['routes', (answers) => answers.routes(demo, 'trace'), []],
  ['a subscriber', (answers) => answers.hasSubscriber(demo, 'alice', 'trace'), false],
])('asks for %s within the trace of who asks, and under a time limit', async (_, ask, answer) => {
  const calls: (CallContext | undefined)[] = [];
  const told = <Response>(response: Response) => {
    return async (_request: unknown, context?: CallContext): Promise<Response> => {
      calls.push(context);
      return response;
    };
  };
  const service: RedirectDirectoryService = {
    resolveDomain: told({ tenant: undefined, domainVersion: 0, position: 1 }),
    getTenant: told({ tenant: undefined, position: 1 }),
    listRoutes: told({ routes: [], version: 1, position: 1 }),
    getSubscriber: told({ subscriber: undefined, position: 1 }),
  };
  expect(await ask(new DirectoryAnswers(service, 500))).toEqual(answer);
  expect(calls).toEqual([{ timeoutMs: 500, traceparent: 'trace' }]);
});
