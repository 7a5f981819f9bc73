import { directory, type location } from '@ringdown/contracts';
import { describe, expect, it } from 'vitest';
import { bindingOf, byDomain, policies, routeOf, tenantOf, toNextHop } from '../testing/tables.js';
import { hopOf, instanceOf, targetSet, withinReach } from './target-set.js';

const tenant = tenantOf('acme', 'example.com');
const flow = (flowToken: string) => ({ edgeId: 'edge-1', incarnation: 'i1', flowToken });
const phone = (name: string, over: Partial<location.Binding> = {}) =>
  bindingOf(`sip:${name}@192.0.2.1`, flow(`udp/192.0.2.1/${name.length}`), over);

function targets(bindings: readonly location.Binding[], of = tenant) {
  return targetSet(of, 'sip:bob@example.com', { version: 1, bindings, readAt: 0 });
}

describe('the target set (RFC 3261 §16.5)', () => {
  it.each([
    {
      name: 'each binding without an instance is a device',
      bindings: [phone('a'), phone('bb')],
      expected: [['a'], ['bb']],
    },
    {
      name: 'flows of one instance are one target, in their order (RFC 5626 §7)',
      bindings: [phone('a', { instanceId: 'i' }), phone('bb'), phone('ccc', { instanceId: 'i' })],
      expected: [['a', 'ccc'], ['bb']],
    },
    { name: 'nobody', bindings: [], expected: [] },
  ])('$name', ({ bindings, expected }) => {
    expect(
      targets(bindings).map(({ hops }) =>
        hops.map((hop) => (hop.kind === 'flow' ? /sip:(\w+)@/.exec(hop.registered?.uri ?? '')?.[1] : hop.kind)),
      ),
    ).toEqual(expected);
  });

  it('a contact without a flow is never mixed with the flows of its instance: those may name any place', () => {
    const aimed = phone('a', { instanceId: 'i', path: ['<sip:198.51.100.9;lr>'] });
    const plain = bindingOf('sip:b@192.0.2.1:6000', undefined, { instanceId: 'i' });
    const found = targets([aimed, plain]);
    expect(found.map(({ uri, hopCount, routes }) => ({ uri, hopCount, routes }))).toEqual([
      { uri: 'sip:a@192.0.2.1', hopCount: 1, routes: ['<sip:198.51.100.9;lr>'] },
      { uri: 'sip:b@192.0.2.1:6000', hopCount: 0, routes: [] },
    ]);
  });

  it.each([
    { name: 'no q is the full q', over: {}, q: 1_000 },
    { name: 'q 0 is the last', over: { qThousandths: 0 }, q: 0 },
    { name: 'q', over: { qThousandths: 300 }, q: 300 },
  ])('$name', ({ over, q }) => {
    expect(targets([phone('a', over)])[0]?.qThousandths).toBe(q);
  });

  it('in series every target has a q of its own, in the order of their q', () => {
    const serial = { ...tenant, policies: policies({ forkMode: directory.ForkMode.SERIAL }) };
    const found = targets(
      [phone('a', { qThousandths: 500 }), phone('bb'), phone('ccc', { qThousandths: 500 })],
      serial,
    );
    expect(found.map(({ uri }) => uri)).toEqual(['sip:bb@192.0.2.1', 'sip:a@192.0.2.1', 'sip:ccc@192.0.2.1']);
    expect(new Set(found.map(({ qThousandths }) => qThousandths)).size).toBe(3);
  });

  it('a binding without a flow is found by its contact and its Path', () => {
    const found = targets([bindingOf('sip:a@192.0.2.1', undefined, { path: ['<sip:p@192.0.2.9;lr>'] })])[0];
    expect(found).toMatchObject({ hopCount: 0, hops: [], failover: 'addresses', routes: ['<sip:p@192.0.2.9;lr>'] });
  });

  it('each flow is asked for by what was registered with it', () => {
    const [found] = targets([
      phone('a', { instanceId: 'i', path: ['<sip:p@192.0.2.9;lr>'] }),
      phone('bb', { instanceId: 'i' }),
    ]);
    expect(found?.hops).toMatchObject([
      { registered: { uri: 'sip:a@192.0.2.1', path: ['<sip:p@192.0.2.9;lr>'] } },
      { registered: { uri: 'sip:bb@192.0.2.1', path: [] } },
    ]);
    expect(found?.leg).toEqual({ kind: 'binding', username: 'bob', instance: 'i' });
  });
});

it('a binding is found again by its instance, or else its contact', () => {
  expect([phone('a', { instanceId: '<urn:uuid:1>' }), phone('a')].map(instanceOf)).toEqual([
    '<urn:uuid:1>',
    'sip:a@192.0.2.1',
  ]);
});

it.each([
  ['none', bindingOf('sip:a@b', undefined), undefined],
  ['an empty one', bindingOf('sip:a@b', flow('')), undefined],
  ['one', phone('a'), { kind: 'flow', flowToken: 'udp/192.0.2.1/1', edgeId: 'edge-1', incarnation: 'i1' }],
])('the flow of a binding: %s', (_, binding, expected) => {
  expect(hopOf(binding)).toEqual(expected);
});

describe('contacts that requests may go to', () => {
  const flow = { edgeId: 'e', incarnation: 'i', flowToken: 'udp/192.0.2.1/5060' };
  const from = { ...flow, flowToken: '', receivedTransport: 'UDP', receivedHost: '192.0.2.1', receivedPort: 5_060 };
  const routes = [routeOf(byDomain('peer.test'), toNextHop('sip:gw')), routeOf(byDomain('*'), toNextHop('sip:gw'))];
  it.each([
    { name: 'one with a flow, wherever it says it is', binding: bindingOf('sip:a@10.0.0.9', flow), reached: true },
    { name: 'another port of the host it was registered from', uri: 'sip:a@192.0.2.1:6000', reached: true },
    { name: 'another host', uri: 'sip:a@198.51.100.9', reached: false },
    { name: 'where the tenant has a route', uri: 'sip:a@peer.test', reached: true },
    { name: 'where only "*" leads', uri: 'sip:a@other.test', reached: false },
    { name: 'behind the proxy that registered it', uri: 'sip:a@10.0.0.9', path: ['<sip:192.0.2.1;lr>'], reached: true },
    { name: 'behind a proxy elsewhere', uri: 'sip:a@192.0.2.1', path: ['<sip:198.51.100.9;lr>'], reached: false },
    { name: 'no SIP URI', uri: 'tel:+4930', reached: false },
  ])('$name: $reached', ({ binding, uri = '', path = [], reached }) => {
    const contacts = { version: 1, readAt: 0, bindings: [binding ?? bindingOf(uri, undefined, { flow: from, path })] };
    expect(withinReach(contacts, routes).bindings).toHaveLength(reached ? 1 : 0);
  });
});
