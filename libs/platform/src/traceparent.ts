/** Where in a trace a request was made, as it travels between services. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** Reads a `traceparent` (W3C Trace Context §3.2); undefined where it is malformed or names no trace. */
export function parseTraceparent(text: string): TraceContext | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, version, traceId = '', spanId = '', flags = ''] = match;
  // W3C Trace Context §3.2.2.1: version ff is forbidden, and version 00 has exactly four fields.
  if (version === 'ff' || (version === '00' && text.length !== 55)) return undefined;
  // W3C Trace Context §3.2.2.3, §3.2.2.4: all zeroes are invalid.
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  // W3C Trace Context §3.2.2.5: the lowest bit is "sampled".
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Writes a `traceparent` of version 00 (W3C Trace Context §3.2.2). */
export function formatTraceparent(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}`;
}
