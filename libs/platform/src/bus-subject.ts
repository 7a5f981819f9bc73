/** Whether a subject can be published to: tokens of printable ASCII between dots, without wildcards. */
export function isSubject(subject: string): boolean {
  return /^[^\s.*>]+(?:\.[^\s.*>]+)*$/.test(subject);
}

/** Whether a subject can be subscribed to: like a subject, with `*` as a whole token and `>` as the last one. */
export function isSubjectPattern(pattern: string): boolean {
  return /^(?:>|(?:[^\s.*>]+|\*)(?:\.(?:[^\s.*>]+|\*))*(?:\.>)?)$/.test(pattern);
}

/** Whether a subject falls under a pattern, by the rules of NATS: `*` is one token, `>` is one or more. */
export function subjectMatches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (let i = 0; i < wanted.length; i += 1) {
    if (wanted[i] === '>') return tokens.length > i;
    if (i >= tokens.length || (wanted[i] !== '*' && wanted[i] !== tokens[i])) return false;
  }
  return wanted.length === tokens.length;
}

/** Throws for a subject that is wrong by construction: that is a bug of the caller. */
export function requireSubject(subject: string): void {
  if (!isSubject(subject)) throw new TypeError(`Not a subject: ${JSON.stringify(subject)}`);
}

/** Throws for a pattern that is wrong by construction: that is a bug of the caller. */
export function requireSubjectPattern(pattern: string): void {
  if (!isSubjectPattern(pattern)) throw new TypeError(`Not a subject pattern: ${JSON.stringify(pattern)}`);
}
