import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { manifestsFolder } from './render-overlay.js';

/** A rule by which prometheus-adapter makes a metric of the Kubernetes API out of a series. */
export interface AdapterRule {
  readonly seriesQuery: string;
  readonly name: { readonly as: string };
  readonly metricsQuery: string;
}

/** The rules that the manifests bring. */
export function adapterRules(): readonly AdapterRule[] {
  const values = parse(readFileSync(join(manifestsFolder, 'prometheus-adapter/values.yaml'), 'utf8')) as {
    readonly rules: { readonly custom: readonly AdapterRule[] };
  };
  return values.rules.custom;
}
