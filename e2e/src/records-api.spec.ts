import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseEndpoint } from '@ringdown/platform';
import { OperatorApi } from '@ringdown/testbed';
import { TestUserAgent } from '@ringdown/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Platform, startPlatform } from './platform.js';

const tenant = 'demo';
const domain = 'demo.ringdown.test';
const key = Buffer.alloc(32, 'a webhook of the tests');

interface CallRecordJson {
  readonly callKey: string;
  readonly sipCallId: string;
  readonly durationMs: number;
  readonly version: number;
}
interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let platform: Platform;
let operator: OperatorApi;
const phones: TestUserAgent[] = [];
const posts: Post[] = [];
const endpoint = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  posts.push({ headers, body: Buffer.concat(chunks).toString() });
  response.writeHead(204).end();
});

beforeAll(async () => {
  platform = await startPlatform({ RINGDOWN_WEBHOOK_TARGETS: 'any' });
  operator = new OperatorApi(platform.http, platform.adminToken);
  await new Promise<void>((listening) => endpoint.listen(0, '127.0.0.1', listening));
  for (const user of ['alice', 'bob']) {
    const outboundProxy = parseEndpoint(platform.sip)!;
    phones.push(await TestUserAgent.open({ user, domain, password: `${user}-demo`, outboundProxy }));
  }
});
afterAll(async () => {
  for (const phone of phones) await phone.close();
  endpoint.closeAllConnections();
  endpoint.close();
  await platform?.stop();
});

/** Lines of an export by Call-ID, as cells by heading. None of these cells holds a comma. */
async function exported(): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const answer = await fetch(`${platform.http}/v1/tenants/${tenant}/call-records.csv`, {
    headers: { authorization: `Bearer ${platform.adminToken}` },
  });
  const [heading, ...lines] = (await answer.text()).trimEnd().split('\r\n');
  const names = heading!.split(',');
  return new Map(
    lines.map((line) => {
      const cells = Object.fromEntries(line.split(',').map((cell, at) => [names[at]!, cell]));
      return [cells['sip_call_id']!, cells];
    }),
  );
}

/** The records that came, once their signature is found to be right. */
function told(): CallRecordJson[] {
  return posts.flatMap(({ headers, body }) => {
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const signature = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
    expect(headers['webhook-signature']).toBe(signature);
    return (JSON.parse(body) as { data: { records: CallRecordJson[] } }).data.records;
  });
}

it('a call is listed while it lasts, and then in the list, in the export and in a signed message', async () => {
  const [alice, bob] = phones as [TestUserAgent, TestUserAgent];
  const { port } = endpoint.address() as AddressInfo;
  const webhook = { url: `http://127.0.0.1:${port}/calls`, secret: `whsec_${key.toString('base64')}` };
  expect((await operator.ask('PUT', `/v1/tenants/${tenant}/webhooks/billing`, webhook)).status).toBe(201);
  await bob.register();

  const talk = alice.call(`sip:bob@${domain}`);
  const heard = await bob.nextCall();
  heard.ring();
  heard.answer();
  await talk.established();
  const answeredAtMs = performance.now();
  await expect
    .poll(async () => {
      const { json } = await operator.ask('GET', `/v1/tenants/${tenant}/calls`);
      return (json as { items: CallRecordJson[] }).items;
    })
    .toMatchObject([{ sipCallId: talk.callId, state: 'in-progress', answeredAt: expect.any(String), endedAt: null }]);
  await talk.bye();
  const lastedMs = performance.now() - answeredAtMs;

  // What is never forwarded is no call.
  const toNobody = alice.call(`sip:nobody@${domain}`);
  expect((await toNobody.failed()).statusCode).toBe(404);

  const refused = alice.call(`sip:bob@${domain}`);
  (await bob.nextCall()).reject(486);
  expect((await refused.failed()).statusCode).toBe(486);

  await expect
    .poll(
      () =>
        told()
          .map(({ sipCallId }) => sipCallId)
          .sort(),
      { timeout: 10_000 },
    )
    .toEqual([talk.callId, refused.callId].sort());
  const record = told().find(({ sipCallId }) => sipCallId === talk.callId)!;
  expect(record).toMatchObject({
    state: 'ended',
    direction: 'internal',
    originating: { tenantId: tenant, identity: `sip:alice@${domain}` },
    terminating: { tenantId: tenant, identity: `sip:bob@${domain}` },
    release: { cause: 'hung-up', side: 'originator' },
    closedBy: 'event',
    isMarked: false,
  });
  expect(Math.abs(record.durationMs - lastedMs)).toBeLessThan(1_000);
  expect(told().find(({ sipCallId }) => sipCallId === refused.callId)).toMatchObject({
    answeredAt: null,
    durationMs: 0,
    release: { cause: 'rejected', side: 'terminator', statusCode: 486 },
  });

  const { json: list } = await operator.ask('GET', `/v1/tenants/${tenant}/call-records`);
  expect((list as { items: CallRecordJson[] }).items.map(({ sipCallId }) => sipCallId)).toEqual([
    talk.callId,
    refused.callId,
  ]);
  const path = `/v1/tenants/${tenant}/call-records/${record.callKey}`;
  expect((await operator.ask('GET', path)).json).toEqual(record);
  const { json: found } = await operator.ask('GET', `/v1/calls/${encodeURIComponent(talk.callId)}/records`);
  expect(found).toEqual({ items: [record] });

  const lines = await exported();
  expect(lines.size).toBe(2);
  expect(lines.get(talk.callId)).toMatchObject({
    call_key: record.callKey,
    duration_ms: String(record.durationMs),
    originating_identity: `sip:alice@${domain}`,
    release_cause: 'hung-up',
    is_marked: 'false',
  });
  expect(lines.get(refused.callId)).toMatchObject({ status_code: '486', answered_at: '' });
  const { json: after } = await operator.ask('GET', `/v1/tenants/${tenant}/webhooks/billing`);
  expect(after).toMatchObject({ state: 'active', pendingMessages: 0, lastDeliveredAt: expect.any(String) });
});
