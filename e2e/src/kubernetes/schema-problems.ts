import * as certManager from '@kubernetes-models/cert-manager/cert-manager.io/v1';
import * as cloudNativePg from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as batch from 'kubernetes-models/batch/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import { type Manifest, nameOf } from './manifest.js';
import { fieldsThatNobodyReads } from './read-fields.js';
import { unknownFields } from './unknown-fields.js';

interface Validated {
  readonly prototype: { validate(): void };
}

/** By apiVersion; what isn't here can't be in the manifests. */
const kinds: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  v1: core,
  'apps/v1': apps,
  'autoscaling/v2': autoscaling,
  'batch/v1': batch,
  'networking.k8s.io/v1': networking,
  'policy/v1': policy,
  'cert-manager.io/v1': certManager,
  'postgresql.cnpg.io/v1': cloudNativePg,
};

/** Kinds that operators bring along: their fields are known by their schemas alone. */
const ofOperators: ReadonlySet<string> = new Set(['cert-manager.io/v1', 'postgresql.cnpg.io/v1']);

/**
 * Where a manifest departs from the API: a kind that isn't served, a value of the wrong type or outside of an enumeration, a field that is required and
 * missing, one that the API doesn't know. A sentence each; none for a manifest that an API server takes.
 */
export function schemaProblems(manifest: Manifest): readonly string[] {
  const Model = kinds[manifest.apiVersion]?.[manifest.kind];
  if (typeof Model !== 'function') return [`${nameOf(manifest)}: ${manifest.apiVersion} has no ${manifest.kind}`];
  const { validate } = (Model as Validated).prototype;
  const misfits: string[] = [];
  const unread = fieldsThatNobodyReads(manifest, (value) => {
    try {
      validate.call(value);
    } catch (error) {
      misfits.push(error instanceof Error ? error.message.replaceAll('data/', '') : String(error));
    }
  });
  const unknown = ofOperators.has(manifest.apiVersion) ? unread : unknownFields(manifest);
  return [...misfits, ...unknown.map((path) => `${path} is not a field of the API`)].map(
    (problem) => `${nameOf(manifest)}: ${problem}`,
  );
}
