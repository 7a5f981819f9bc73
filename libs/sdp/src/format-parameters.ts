/** The `name=value` pairs of an `a=fmtp` (`;` between them), names in lower case; a word without `=` has the value ''. The first of a name counts. */
export function formatParameters(parameters: string | undefined): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const part of (parameters ?? '').split(';')) {
    const equals = part.indexOf('=');
    const name = (equals === -1 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name !== '' && !pairs.has(name)) pairs.set(name, equals === -1 ? '' : part.slice(equals + 1).trim());
  }
  return pairs;
}
