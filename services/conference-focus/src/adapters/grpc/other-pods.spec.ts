import { conference } from '@ringdown/contracts';
import { GrpcServer, registerService, ServiceError, silentLogger, Tracing } from '@ringdown/platform';
import { afterEach, expect, it } from 'vitest';
import { OtherPods } from './other-pods.js';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const tracing = new Tracing({ service: 'test', sampling: 0, key: '', otlpEndpoint: undefined });

const refuse = async (): Promise<never> => {
  throw new ServiceError('unimplemented', 'nobody asks for this here');
};
const unasked: conference.ConferenceService = {
  putRoom: refuse,
  getRoom: refuse,
  listRooms: refuse,
  deleteRoom: refuse,
  listConferences: refuse,
  getConference: refuse,
  control: refuse,
  getUsage: refuse,
  watchRoster: () => ({ [Symbol.asyncIterator]: () => ({ next: refuse }) }),
};

/** A pod that serves over the network; returns its address. */
async function serve(service: Partial<conference.ConferenceService>): Promise<string> {
  const logger = silentLogger();
  const server = new GrpcServer({ logger });
  registerService(
    server,
    conference.ConferenceDefinition,
    { ...unasked, ...service },
    {
      tracing,
      logger,
    },
  );
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  stops.push(() => server.drain(100));
  return `127.0.0.1:${port}`;
}

function otherPods(): OtherPods {
  const pods = new OtherPods({ channel: undefined, tracing });
  stops.unshift(async () => pods.close());
  return pods;
}

const lock: conference.ControlRequest = {
  tenantId: 'acme',
  room: 'sales',
  here: true,
  asUser: '',
  command: { $case: 'lock', value: {} },
};

it('are asked over one connection each, and refuse in their own words', async () => {
  const asked: conference.ControlRequest[] = [];
  const address = await serve({
    async control(request) {
      asked.push(request);
      if (asked.length > 1) throw new ServiceError('conflict', 'it is locked already');
      return {};
    },
  });
  const pods = otherPods();
  expect(await pods.at(address).control(lock)).toEqual({});
  expect(pods.at(address)).toBe(pods.at(address));
  await expect(pods.at(address).control(lock)).rejects.toMatchObject({
    code: 'conflict',
    message: 'it is locked already',
  });
  expect(asked).toEqual([lock, lock]);
});

it('stream their rosters', async () => {
  const address = await serve({
    async *watchRoster({ room }) {
      for (const version of [1, 2]) {
        const state = conference.ConferenceState.create({ version });
        yield { update: conference.RosterUpdate.create({ room, state }) };
      }
    },
  });
  const versions: unknown[] = [];
  for await (const { update } of otherPods().at(address).watchRoster({ tenantId: 'acme', room: 'sales', here: true }))
    versions.push([update?.room, update?.state?.version]);
  expect(versions).toEqual([
    ['sales', 1],
    ['sales', 2],
  ]);
});

it('are unavailable where nobody listens, and no address is a bug', async () => {
  const pods = otherPods();
  await expect(pods.at('127.0.0.1:1').control(lock, { timeoutMs: 500 })).rejects.toMatchObject({ code: 'unavailable' });
  expect(() => pods.at('nowhere')).toThrow(ServiceError);
});
