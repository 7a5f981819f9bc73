import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V2HorizontalPodAutoscalerSpec } from '@kubernetes/client-node';
import { canRunWith, checkoutRoot, ServicesApart } from '@ringdown/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ScriptedPhone } from '../rfc3665/scripted-phone.js';
import { manifestsFolder, renderOverlay } from './render-overlay.js';

interface AdapterRule {
  readonly seriesQuery: string;
  readonly name: { readonly as: string };
  readonly metricsQuery: string;
}

const tenantId = 'acme';
const domain = 'acme.test';
let apart: ServicesApart;

describe.runIf(canRunWith('nats-server'))('what edges are scaled by', () => {
  beforeAll(async () => {
    apart = await ServicesApart.start({ locations: 1, registrars: 1, edges: 1 });
    await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    await apart.operator.importSubscribers(tenantId, [['anna', 'anna-secret']]);
  });
  afterAll(() => apart?.stop());

  function rules(): readonly AdapterRule[] {
    const values = parse(readFileSync(join(manifestsFolder, 'prometheus-adapter/values.yaml'), 'utf8')) as {
      readonly rules: { readonly custom: readonly AdapterRule[] };
    };
    return values.rules.custom;
  }

  it.each(['production', 'production-host-network'])('is made by the adapter’s rules (%s)', (overlay) => {
    const scaler = renderOverlay(join(manifestsFolder, 'overlays', overlay)).find(
      ({ kind }) => kind === 'HorizontalPodAutoscaler',
    );
    const spec = scaler?.['spec'] as V2HorizontalPodAutoscalerSpec | undefined;
    const asked = (spec?.metrics ?? []).flatMap(({ pods }) => pods?.metric.name ?? []);
    expect(asked.length).toBeGreaterThan(0);
    expect(rules().map(({ name }) => name.as)).toEqual(asked);
  });

  it('has the labels that the adapter finds pods by, in what Prometheus scrapes', () => {
    const file = readFileSync(join(checkoutRoot, 'deploy/observability/prometheus/kubernetes.yml'), 'utf8');
    const { scrape_configs: jobs } = parse(file) as {
      readonly scrape_configs: readonly { readonly relabel_configs: readonly { readonly target_label?: string }[] }[];
    };
    const labels = jobs[0]?.relabel_configs.map(({ target_label: label }) => label);
    for (const { seriesQuery } of rules()) {
      expect(labels).toEqual(expect.arrayContaining([...seriesQuery.matchAll(/(\w+)!=""/g)].map(([, label]) => label)));
    }
  });

  it('is counted by a running edge under the names that the rules read', async () => {
    const [host = '', port] = apart.sip(0).split(':');
    const proxy = { host, port: Number(port) };
    const anna = await ScriptedPhone.open({ user: 'anna', domain, password: 'anna-secret', transport: 'UDP', proxy });
    await anna.register();
    anna.send(anna.compose('INVITE', { requestUri: anna.addressOfRecord }));
    await anna.receive('407 INVITE');
    await anna.close();
    const text = await (await fetch(`http://${apart.edges[0]?.http}/metrics`)).text();
    for (const { seriesQuery, metricsQuery } of rules()) {
      const [, series = '', method = ''] = /^(\w+)\{.*method="(\w+)"/.exec(seriesQuery) ?? [];
      expect(metricsQuery).toContain(`method="${method}"`);
      expect(text).toMatch(new RegExp(`^${series}\\{[^}]*method="${method}"[^}]*\\} [1-9]`, 'm'));
    }
  });
});
