import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V2HorizontalPodAutoscalerSpec } from '@kubernetes/client-node';
import { checkoutRoot } from '@ringdown/testbed';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { adapterRules } from './adapter-rules.js';
import { manifestsFolder, renderOverlay } from './render-overlay.js';

describe('what edges are scaled by', () => {
  it.each(['production', 'production-host-network'])('is made by the adapter’s rules (%s)', (overlay) => {
    const manifests = renderOverlay(join(manifestsFolder, 'overlays', overlay));
    const scalers = manifests.filter(({ kind }) => kind === 'HorizontalPodAutoscaler');
    const asked = scalers.flatMap((scaler) =>
      ((scaler['spec'] as V2HorizontalPodAutoscalerSpec).metrics ?? []).flatMap(({ pods }) => pods?.metric.name ?? []),
    );
    expect(asked.length).toBeGreaterThan(0);
    expect(adapterRules().map(({ name }) => name.as)).toEqual(asked);
  });

  it('has the labels that the adapter finds pods by, in what Prometheus scrapes', () => {
    const file = readFileSync(join(checkoutRoot, 'deploy/observability/prometheus/kubernetes.yml'), 'utf8');
    const { scrape_configs: jobs } = parse(file) as {
      readonly scrape_configs: readonly { readonly relabel_configs: readonly { readonly target_label?: string }[] }[];
    };
    const labels = jobs[0]?.relabel_configs.map(({ target_label: label }) => label);
    for (const { seriesQuery } of adapterRules()) {
      const asked = [...seriesQuery.matchAll(/(\w+)!=""/g)].map(([, label]) => label);
      expect(labels).toEqual(expect.arrayContaining(asked));
    }
  });
});
