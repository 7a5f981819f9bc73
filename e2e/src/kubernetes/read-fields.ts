/**
 * The fields of a value that a validator never looks at, as paths such as `spec.instnaces`. A schema that is compiled to code asks for each field that it
 * knows by name, and for all at once where any name is allowed; what it never asks for it doesn't know.
 */
export function fieldsThatNobodyReads(value: object, validate: (value: object) => void): readonly string[] {
  const watched = watch(value);
  validate(watched.value);
  return watched.unread('');
}

interface Watched {
  readonly value: object;
  unread(path: string): readonly string[];
}

function watch(target: object): Watched {
  const read = new Set<string>();
  const inner = new Map<string, Watched>();
  const value = new Proxy(target, {
    get(object, key, receiver) {
      const found: unknown = Reflect.get(object, key, receiver);
      if (typeof key !== 'string') return found;
      read.add(key);
      if (typeof found !== 'object' || found === null) return found;
      const known = inner.get(key) ?? watch(found);
      inner.set(key, known);
      return known.value;
    },
    ownKeys(object) {
      for (const key of Object.keys(object)) read.add(key);
      return Reflect.ownKeys(object);
    },
  });
  return {
    value,
    unread: (path) =>
      Object.keys(target).flatMap((key) => {
        const below = Array.isArray(target) ? `${path}[${key}]` : `${path}${path === '' ? '' : '.'}${key}`;
        return read.has(key) ? (inner.get(key)?.unread(below) ?? []) : [below];
      }),
  };
}
