import type { location } from '@ringdown/contracts';
import { Header } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { register, sender, tenant } from '../testing/requests.js';
import { bindAnswer } from './outcome.js';
import { readRegistration } from './registration.js';

const policy = { pathWithoutSupport: false, expirySpread: 0 };
const instance = '+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"';
const flow = (regId: number, uri = 'sip:alice@192.0.2.4'): string => `Contact: <${uri}>;reg-id=${regId};${instance}`;
const asOutbound = 'Supported: path, outbound';
const throughProxy =
  'SIP/2.0/SIPLINK edge-1;branch=z9hG4bKe\r\nVia: SIP/2.0/UDP p1.example;branch=z9hG4bKp\r\nVia: SIP/2.0/UDP 10.0.0.4;branch=z9hG4bKu';

function read(lines: readonly string[], changes: Readonly<Record<string, string>> = {}) {
  return readRegistration(register(lines, changes), tenant(), sender(), policy);
}

function contacts(lines: readonly string[], changes: Readonly<Record<string, string>> = {}): location.Contact[] {
  const result = read(lines, changes);
  if (result.kind !== 'bind') throw new Error(`no bind but ${JSON.stringify(result)}`);
  return result.command.contacts;
}

function key(lines: readonly string[]): string | undefined {
  return contacts(lines)[0]?.bindingKey;
}

describe('RFC 5626 §6: whether the rules of outbound hold', () => {
  const byInstance = 'reg-id=1;+sip.instance=<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>';
  const byUri = 'sip:alice@192.0.2.4';
  it.each<[string, readonly string[], string]>([
    ['instance, reg-id and Supported: outbound', [asOutbound, flow(1)], byInstance],
    ['the same with Require', ['Require: outbound', flow(1)], byInstance],
    ['the tag in capitals', ['Supported: OUTBOUND', flow(1)], byInstance],
    ['no option tag: the reg-id means nothing', [flow(1)], byUri],
    ['no reg-id', [asOutbound, `Contact: <sip:alice@192.0.2.4>;${instance}`], byUri],
    ['a reg-id of 0', [asOutbound, flow(0)], byUri],
    ['no instance', [asOutbound, 'Contact: <sip:alice@192.0.2.4>;reg-id=1'], byUri],
  ])('%s', (_, lines, expected) => {
    expect(key(lines)).toBe(expected);
  });

  it('a flow is the same whatever its contact URI is; another reg-id is another flow', () => {
    expect(key([asOutbound, flow(1, 'sip:alice@203.0.113.9:31000')])).toBe(key([asOutbound, flow(1)]));
    expect(key([asOutbound, flow(2)])).not.toBe(key([asOutbound, flow(1)]));
  });

  it('a flow may stand beside a contact that is none', () => {
    expect(contacts([asOutbound, flow(1), 'Contact: <sip:home@192.0.2.9>']).map((each) => each.bindingKey)).toEqual([
      byInstance,
      'sip:home@192.0.2.9',
    ]);
  });

  it.each<[string, readonly string[], Readonly<Record<string, string>>, number | undefined]>([
    ['two flows in one request', [asOutbound, flow(1), flow(2)], {}, 400],
    ['two reg-ids that mean nothing', [flow(1), flow(2)], {}, undefined],
    ['the edge as first hop', [asOutbound, flow(1)], {}, undefined],
    ['a proxy before the edge that is not on the Path', [asOutbound, flow(1)], { vias: throughProxy }, 439],
    ['the same without reg-id', [asOutbound, 'Contact: <sip:a@10.0.0.4>'], { vias: throughProxy }, undefined],
    [
      'a proxy on the Path that does not know outbound',
      [asOutbound, flow(1), 'Path: <sip:p1.example;lr>'],
      { vias: throughProxy },
      439,
    ],
    [
      'a proxy on the Path that keeps the flow',
      [asOutbound, flow(1), 'Path: <sip:f1@p1.example;lr;ob>'],
      { vias: throughProxy },
      undefined,
    ],
    [
      'the proxy next to the device decides, whose value is the last',
      [asOutbound, flow(1), 'Path: <sip:p2.example;lr;ob>, <sip:p1.example;lr>'],
      { vias: throughProxy },
      439,
    ],
  ])('%s', (_, lines, changes, statusCode) => {
    const result = read(lines, changes);
    expect(result.kind === 'refusal' ? result.statusCode : undefined).toBe(statusCode);
  });
});

describe('RFC 5626 §6: what the 200 says', () => {
  function answered(lines: readonly string[], receivedTransport: string): (string | undefined)[] {
    const by = { ...sender(), flow: { ...sender().flow, receivedTransport } };
    const result = readRegistration(register(lines), tenant(), by, policy);
    if (result.kind !== 'bind') throw new Error('no bind');
    const ok = { version: 1, bindings: [], repeated: false };
    const headers = bindAnswer({ outcome: { $case: 'ok', value: ok } }, result.answer, 0)?.headers ?? [];
    return [Header.Require, Header.FlowTimer].map((id) => headers.find(([name]) => name === id)?.[1]);
  }

  it.each<[string, string, readonly string[], (string | undefined)[]]>([
    ['a pinhole', 'UDP', [asOutbound, flow(1)], ['outbound', '30']],
    ['a connection', 'TCP', [asOutbound, flow(1)], ['outbound', '120']],
    ['a browser', 'WSS', [asOutbound, flow(1)], ['outbound', '120']],
    ['a device that does not ask for outbound', 'UDP', [flow(1)], [undefined, undefined]],
  ])('%s', (_, transport, lines, expected) => {
    expect(answered(lines, transport)).toEqual(expected);
  });
});
