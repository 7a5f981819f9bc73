/** Also between lines of a sender that ends them its own way. */
const emptyLine = /\r?\n\r?\n/;
/** What proves a user, with its continuation lines (RFC 3261 §20.7, §20.28; §7.3.1). */
const credentials = /^((?:Proxy-)?Authorization[ \t]*:)((?:.|\r\n[ \t])*)/gim;
const digestResponse = /\b(response[ \t]*=[ \t]*)("[^"]*"?|[^\s,"]+)/gi;
/** RFC 4568 §6.1: the key of a stream, in the clear. RFC 4566 §5.12: one of an older kind. */
const mediaKeys = /^a=crypto:.*/gim;
const mediaKey = /(\binline:)([^|\s;]+)/gi;
const olderMediaKey = /^(k=[^:\r\n]*:?)(.*)/gm;
/** Digits that are dialled within a call, which may be a PIN (application/dtmf-relay). */
const dialledDigit = /^(Signal[ \t]*=[ \t]*)(\S+)/gim;

/**
 * A message as people may see it: what proves who somebody is, keys of media and digits that were dialled are asterisks. Nothing is moved, so that
 * Content-Length stays true.
 */
export function blankedSecrets(raw: string): string {
  const headEnd = raw.search(emptyLine);
  const head = headEnd < 0 ? raw : raw.slice(0, headEnd);
  const body = headEnd < 0 ? '' : raw.slice(headEnd);
  return head.replace(credentials, blankedCredentials) + blankedBody(body);
}

function blankedCredentials(_whole: string, name: string, value: string): string {
  if (/^\s*Digest\b/i.test(value)) return name + value.replace(digestResponse, blanked);
  // Of any other scheme nobody knows what is secret.
  const scheme = /^\s*\S*/.exec(value)?.[0] ?? '';
  return name + scheme + asterisks(value.slice(scheme.length));
}

function blankedBody(body: string): string {
  if (body === '') return body;
  return body
    .replace(mediaKeys, (line) => line.replace(mediaKey, blanked))
    .replace(olderMediaKey, blanked)
    .replace(dialledDigit, blanked);
}

function blanked(_whole: string, name: string, secret: string): string {
  return name + asterisks(secret);
}

function asterisks(secret: string): string {
  return secret.replace(/[^\s"]/g, '*');
}
