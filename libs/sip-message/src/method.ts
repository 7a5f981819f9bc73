/** RFC 3261 §7.1 and the methods of its extensions. Others are allowed; these have one shared string each. */
const KNOWN = [
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'REGISTER',
  'OPTIONS',
  'PRACK',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'INFO',
  'REFER',
  'MESSAGE',
  'UPDATE',
] as const;

const byLength: string[][] = [];
for (const method of KNOWN) {
  const sameLength = byLength[method.length] ?? [];
  sameLength.push(method);
  byLength[method.length] = sameLength;
}

/** The method in text[start, end), case kept (RFC 3261 §7.1: case-sensitive), without an allocation when it is a known one. */
export function methodAt(text: string, start: number, end: number): string {
  const candidates = byLength[end - start];
  if (candidates !== undefined) {
    for (let i = 0; i < candidates.length; i++) {
      const candidate = candidates[i] as string;
      if (text.startsWith(candidate, start)) return candidate;
    }
  }
  return text.slice(start, end);
}
