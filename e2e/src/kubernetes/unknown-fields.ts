import * as client from '@kubernetes/client-node';
import type { Manifest } from './manifest.js';

/** The attribute maps of the official client, which are generated from the API's description. */
interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

const classes = client as unknown as Readonly<Record<string, { readonly attributeTypeMap?: readonly Attribute[] }>>;
const listOf = /^(?:Array|Set)<(.*)>$/;
const mapOf = /^\{ \[key: string\]: (.*); \}$/;

/** The fields of a manifest of Kubernetes' own kinds that the API doesn't know, as paths such as `spec.template.spec.containers[0].imgae`. */
export function unknownFields(manifest: Manifest): readonly string[] {
  const version = manifest.apiVersion.split('/').at(-1) ?? '';
  return unknownIn(manifest, `${version.charAt(0).toUpperCase()}${version.slice(1)}${manifest.kind}`, '');
}

function unknownIn(value: unknown, type: string, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const item = listOf.exec(type)?.[1];
  if (item !== undefined) {
    return Array.isArray(value) ? value.flatMap((entry, index) => unknownIn(entry, item, `${path}[${index}]`)) : [];
  }
  const entry = mapOf.exec(type)?.[1];
  if (entry !== undefined)
    return Object.entries(value).flatMap(([key, inner]) => unknownIn(inner, entry, `${path}.${key}`));
  const attributes = classes[type]?.attributeTypeMap;
  // `any` and the like; a class that is missing would let everything through.
  if (attributes === undefined) return type.startsWith('V') ? [`${path || 'the kind'} (no ${type} in the client)`] : [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const below = path === '' ? key : `${path}.${key}`;
    const attribute = attributes.find(({ baseName }) => baseName === key);
    return attribute === undefined ? [below] : unknownIn(inner, attribute.type, below);
  });
}
