import { directory } from '@ringdown/contracts';
import { createClient, GrpcChannel, noSpan, type Tracing } from '@ringdown/platform';
import { findPostgres, startPostgres, type TestPostgres } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DirectoryStore } from '../../ports/directory-store.js';
import { ask, type DirectoryProcess, startDirectoryProcess } from '../../testing/directory-process.js';
import { CommitSignal } from './commit-signal.js';
import { DirectoryGrpcService } from './directory-grpc-service.js';

const ways = ['over gRPC', 'in the same process'] as const;

describe('the directory as other services ask it', () => {
  let postgres: TestPostgres;
  let process: DirectoryProcess;
  let channel: GrpcChannel;
  let services: Record<(typeof ways)[number], directory.DirectoryService>;

  beforeAll(async () => {
    postgres = await startPostgres({ version: findPostgres('18') === undefined ? '15' : '18' });
    process = await startDirectoryProcess(await postgres.createDatabase());
    channel = new GrpcChannel({ addresses: [{ host: '127.0.0.1', port: process.grpcPort }] });
    services = {
      'over gRPC': createClient(directory.DirectoryDefinition, channel),
      'in the same process': process.directory.service,
    };
    const put = async (path: string, json: unknown) => {
      expect((await ask(process.url, 'PUT', path, { json })).status).toBe(201);
    };
    await put('/v1/tenants/acme', {
      canonicalDomain: 'acme.example',
      realm: 'Acme phones',
      digestAlgorithms: ['SHA-512-256', 'SHA-256', 'MD5'],
      limits: {
        maxContactsPerAor: 3,
        maxCallsPerSec: 7,
        maxRegistrationsPerSec: 90,
        maxConferences: 4,
        maxConferenceMembers: 50,
        maxConferenceMinutesPerMonth: 60_000,
      },
      policies: {
        forkMode: 'serial',
        recurseOnRedirect: true,
        redirectMode: 'redirect',
        serviceRoute: true,
        mediaRelay: 'always',
        conferenceSrtpRequired: true,
      },
    });
    await put('/v1/tenants/acme/domains/alias.example', {});
    await put('/v1/tenants/acme/subscribers/alice', {
      password: 'x',
      identities: ['sip:sales@alias.example'],
      maxConcurrentCalls: 0,
    });
    await put('/v1/tenants/acme/numbers/+4930', { username: 'alice' });
    await put('/v1/tenants/acme/numbers/+4931', {});
    await put('/v1/tenants/acme/routes/all', {
      match: { kind: 'domain', domain: '*' },
      action: { kind: 'session', service: 'b2bua' },
    });
    await put('/v1/tenants/acme/routes/out', {
      match: { kind: 'number-prefix', numberPrefix: '+' },
      action: { kind: 'next-hop', uri: 'sip:gw.example' },
      trustClass: 'peer',
    });
    await put('/v1/tenants/acme/routes/partner', {
      match: { kind: 'domain', domain: 'partner.example' },
      action: {
        kind: 'redirect',
        statusCode: 301,
        contacts: [{ uri: 'sip:low@x', qThousandths: 100 }, { uri: 'sip:high@x' }],
      },
    });
  }, 60_000);
  afterAll(async () => {
    channel?.close();
    await process?.stop();
    await postgres?.stop();
  });

  describe.each(ways)('%s', (way) => {
    it.each(['acme.example', 'ALIAS.example.'])('resolves the domain %s', async (domain) => {
      const answer = await services[way].resolveDomain({ domain });
      expect(answer.tenant).toEqual({
        tenantId: 'acme',
        canonicalDomain: 'acme.example',
        realm: 'Acme phones',
        digestAlgorithms: [
          directory.DigestAlgorithm.SHA512_256,
          directory.DigestAlgorithm.SHA256,
          directory.DigestAlgorithm.MD5,
        ],
        limits: {
          maxContactsPerAor: 3,
          minExpiresSec: 60,
          maxExpiresSec: 7200,
          defaultExpiresSec: 3600,
          maxRegistrations: 0,
          maxConcurrentCalls: 0,
          maxCallsPerSec: 7,
          maxRegistrationsPerSec: 90,
          maxConferences: 4,
          maxConferenceMembers: 50,
          maxConferenceMinutesPerMonth: 60_000,
        },
        policies: {
          forkMode: directory.ForkMode.SERIAL,
          recurseOnRedirect: true,
          redirectMode: directory.RedirectMode.REDIRECT,
          serviceRoute: true,
          mediaRelay: directory.MediaRelay.ALWAYS,
          conferenceSrtpRequired: true,
        },
        enabled: true,
        version: 1,
      });
      expect([answer.domainVersion, answer.position]).toEqual([domain === 'acme.example' ? 2 : 3, 9]);
      expect((await services[way].getTenant({ tenantId: 'acme' })).tenant).toEqual(answer.tenant);
    });

    it.each(['nobody.example', 'not a host', ''])('has no tenant for the domain %j', async (domain) => {
      const answer = await services[way].resolveDomain({ domain });
      expect(answer).toMatchObject({ domainVersion: 0, position: 9 });
      expect(answer.tenant).toBeUndefined();
    });

    it('gives a subscriber with its hashes and identities', async () => {
      const { subscriber, position } = await services[way].getSubscriber({ tenantId: 'acme', username: 'alice' });
      expect(position).toBe(9);
      expect(subscriber).toMatchObject({
        tenantId: 'acme',
        username: 'alice',
        identities: ['sip:alice@acme.example', 'sip:sales@acme.example'],
        limits: { maxConcurrentCalls: 0 },
        enabled: true,
        version: 4,
      });
      expect(subscriber?.limits?.maxContactsPerAor).toBeUndefined();
      expect(subscriber?.ha1s.map(({ algorithm, hex }) => [algorithm, hex.length])).toEqual([
        [directory.DigestAlgorithm.MD5, 32],
        [directory.DigestAlgorithm.SHA256, 64],
        [directory.DigestAlgorithm.SHA512_256, 64],
      ]);
      // Computed with coreutils: printf 'alice:Acme phones:x' | md5sum
      expect(subscriber?.ha1s[0]?.hex).toBe('9f4474bd867f898fafd10683aad095da');
    });

    it.each([
      ['acme', 'Alice'],
      ['acme', 'al ice'],
      ['nobody', 'alice'],
    ])('has no subscriber for %s %s', async (tenantId, username) => {
      const answer = await services[way].getSubscriber({ tenantId, username });
      expect([answer.subscriber, answer.position]).toEqual([undefined, 9]);
    });

    it.each([
      ['+4930', 'acme', 'alice', 5],
      ['tel:+49-30', 'acme', 'alice', 5],
      ['+4931', 'acme', undefined, 6],
      ['+4932', undefined, undefined, 0],
      ['4930', undefined, undefined, 0],
    ])('resolves the number %s', async (e164, tenantId, username, version) => {
      const answer = await services[way].resolveNumber({ e164 });
      expect([answer.tenantId, answer.username, answer.version, answer.position]).toEqual([
        tenantId,
        username,
        version,
        9,
      ]);
    });

    it('lists routes, the most specific first, with contacts by q', async () => {
      const answer = await services[way].listRoutes({ tenantId: 'acme' });
      expect([answer.version, answer.position]).toEqual([9, 9]);
      expect(
        answer.routes.map(({ routeId, match, action, trustClass }) => ({ routeId, match, action, trustClass })),
      ).toEqual([
        {
          routeId: 'out',
          match: { $case: 'numberPrefix', value: '+' },
          action: { $case: 'nextHop', value: { uri: 'sip:gw.example' } },
          trustClass: directory.TrustClass.PEER,
        },
        {
          routeId: 'partner',
          match: { $case: 'domain', value: 'partner.example' },
          action: {
            $case: 'redirect',
            value: {
              statusCode: 301,
              contacts: [
                { uri: 'sip:high@x', qThousandths: 1000 },
                { uri: 'sip:low@x', qThousandths: 100 },
              ],
            },
          },
          trustClass: directory.TrustClass.UNTRUSTED,
        },
        {
          routeId: 'all',
          match: { $case: 'domain', value: '*' },
          action: { $case: 'session', value: { service: 'b2bua' } },
          trustClass: directory.TrustClass.UNTRUSTED,
        },
      ]);
      expect(await services[way].listRoutes({ tenantId: 'nobody' })).toEqual({ routes: [], version: 0, position: 9 });
    });

    it('refuses a tenant id that can be none', async () => {
      await expect(services[way].getTenant({ tenantId: 'a.b' })).rejects.toMatchObject({
        code: 'invalid',
        details: { field: 'tenant_id' },
      });
    });
  });

  describe.each(ways)('watched %s', (way) => {
    it('tells changes from a position on, in order, and goes on with new ones', async () => {
      const stop = new AbortController();
      const seen: directory.WatchResponse[] = [];
      const watching = services[way].watch({ afterPosition: 6, tenantId: '' }, { signal: stop.signal });
      const wanted = (await process.directory.store.position()) + 1;
      for await (const response of watching) {
        if (response.change !== undefined) seen.push(response);
        // A position without a change: everything up to there has been told.
        else if (response.position === wanted - 1) {
          const tenantId = way === 'over gRPC' ? 'other' : 'another';
          await ask(process.url, 'PUT', `/v1/tenants/${tenantId}`, {
            json: { canonicalDomain: `${tenantId}.example` },
          });
        }
        if (response.position >= wanted + 1) break;
      }
      stop.abort();
      expect(seen.map(({ position }) => position)).toEqual(
        Array.from({ length: wanted + 1 - 6 }, (_, index) => index + 7),
      );
      expect(seen[0]?.change).toEqual({
        tenantId: 'acme',
        version: 7,
        subject: { $case: 'routes', value: { routeId: 'all', removed: false } },
      });
      expect(seen.at(-1)?.change?.subject?.$case).toBe('domain');
    });
  });

  it('tells the changes of one tenant alone, and positions beyond them', async () => {
    const stop = new AbortController();
    const seen: [string | undefined, number][] = [];
    const watching = services['over gRPC'].watch({ afterPosition: 1, tenantId: 'other' }, { signal: stop.signal });
    for await (const { change, position } of watching) {
      seen.push([change?.tenantId, position]);
      if (change === undefined) break;
    }
    stop.abort();
    expect(seen).toEqual([
      ['other', 10],
      ['other', 11],
      [undefined, await process.directory.store.position()],
    ]);
  });

  it('tells nothing of the past from position 0', async () => {
    for await (const response of process.directory.service.watch({ afterPosition: 0, tenantId: '' })) {
      expect(response).toMatchObject({ position: await process.directory.store.position(), reset: false });
      expect(response.change).toBeUndefined();
      break;
    }
  });

  it('makes a span of each statement under the span of the caller, and marks the ones that fail', async () => {
    const spans: string[] = [];
    const tracing: Pick<Tracing, 'startSpan'> = {
      startSpan: (name, parent) => ({
        ...noSpan,
        fail: () => void spans.push(`${name} failed`),
        end: () => void spans.push(`${name} ended under ${String(parent)}`),
      }),
    };
    const { store } = process.directory;
    const traced = new DirectoryGrpcService(store, new CommitSignal(), tracing, new AbortController().signal);
    await traced.resolveDomain({ domain: 'acme.example' }, { traceparent: 'caller' });
    const broken: DirectoryStore = Object.assign(Object.create(store), {
      tenant: () => Promise.reject(new Error('away')),
    });
    const failing = new DirectoryGrpcService(broken, new CommitSignal(), tracing, new AbortController().signal);
    await expect(failing.getTenant({ tenantId: 'acme' }, { traceparent: 'caller' })).rejects.toThrow('away');
    expect(spans).toEqual([
      'directory.domain sql ended under caller',
      'directory.tenant sql failed',
      'directory.tenant sql ended under caller',
    ]);
  });
});
