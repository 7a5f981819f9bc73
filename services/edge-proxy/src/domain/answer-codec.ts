/** RFC 3551 §6: formats that need no rtpmap. */
const staticNames: Readonly<Record<string, string>> = {
  '0': 'PCMU',
  '3': 'GSM',
  '4': 'G723',
  '5': 'DVI4',
  '6': 'DVI4',
  '7': 'LPC',
  '8': 'PCMA',
  '9': 'G722',
  '15': 'G728',
  '18': 'G729',
};

/** Longer names are nobody's. */
const longestName = 32;

/**
 * The encoding name of the first audio format of a description, for a call's record; empty where it has none, or refuses audio. Two searches and no parse: it
 * is asked of every call that is answered.
 */
export function audioCodec(sdp: string): string {
  const at = sdp.startsWith('m=audio ') ? 0 : sdp.indexOf('\nm=audio ') + 1;
  if (at === 0 && !sdp.startsWith('m=audio ')) return '';
  const lineEnd = sdp.indexOf('\n', at);
  const line = lineEnd < 0 ? sdp.slice(at) : sdp.slice(at, lineEnd);
  const [, port, , format = ''] = line.trimEnd().split(' ', 4);
  if (format === '' || port === '0') return '';
  const mapping = `\na=rtpmap:${format} `;
  const mapped = sdp.indexOf(mapping, at);
  const next = sdp.indexOf('\nm=', at);
  if (mapped < 0 || (next >= 0 && mapped > next)) return staticNames[format] ?? '';
  const from = mapped + mapping.length;
  return /^[\w.-]+/.exec(sdp.slice(from, from + longestName))?.[0] ?? '';
}
