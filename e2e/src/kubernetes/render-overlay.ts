import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { checkoutRoot } from '@ringdown/testbed';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './manifest.js';

export const manifestsFolder = join(checkoutRoot, 'deploy/kubernetes');

/**
 * What `kubectl kustomize` makes of a folder. Throws with what kubectl says where it can't, and where a document isn't YAML or names a field twice.
 */
export function renderOverlay(folder: string): readonly Manifest[] {
  const text = execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return parseManifests(text);
}

export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text, { uniqueKeys: true }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS() as Manifest;
  });
}
