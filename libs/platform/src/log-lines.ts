const hidden = new Set(['time', 'level', 'service', 'message', 'error']);

/** Turns each JSON log line into a short one for a terminal: time, level, service, sentence, then the fields. */
export function prettyLines(write: (line: string) => void): (line: string) => void {
  return (line) => write(prettyLine(line));
}

function prettyLine(line: string): string {
  const record = JSON.parse(line) as Record<string, unknown>;
  const fields = Object.entries(record)
    .filter(([name, value]) => !hidden.has(name) && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const time = String(record.time).slice(11, 23);
  const head = `${time} ${String(record.level).padEnd(5)} ${String(record.service)}: ${String(record.message)}`;
  return `${[head, ...fields, ...errorText(record.error)].join(' ')}\n`;
}

function errorText(error: unknown): readonly string[] {
  if (typeof error !== 'object' || error === null) return error === undefined ? [] : [`error=${String(error)}`];
  return 'message' in error ? [`(${String(error.message)})`] : [];
}
