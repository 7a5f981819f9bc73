import { describe, expect, it } from 'vitest';
import { rolesOf } from './peer-role.js';

describe('rolesOf', () => {
  it.each([
    ['URI:spiffe://prod.example/ringdown/edge-proxy', ['edge-proxy']],
    ['URI:spiffe://prod.example/ringdown/edge-proxy/edge-7', ['edge-proxy']],
    [
      'URI:spiffe://prod.example/ringdown/location, URI:spiffe://prod.example/ringdown/directory',
      ['location', 'directory'],
    ],
    ['DNS:registrar', ['registrar']],
    ['DNS:Registrar.ringdown.svc, DNS:other', ['registrar', 'other']],
    // A workload that SPIFFE names is what SPIFFE says.
    ['URI:spiffe://prod.example/elsewhere/edge-proxy, DNS:edge-proxy', []],
    ['URI:spiffe://prod.example/ringdown/edge-proxy/a/b', []],
    ['URI:https://prod.example/ringdown/edge-proxy', []],
    ['URI:spiffe://prod.example/x/ringdown/edge-proxy', []],
    ['DNS:"edge-proxy, DNS:edge-proxy"', []],
    ['IP Address:10.0.0.1', []],
    [undefined, []],
  ])('%s', (subjectAltName, roles) => {
    expect(rolesOf(subjectAltName)).toEqual(roles);
  });
});
