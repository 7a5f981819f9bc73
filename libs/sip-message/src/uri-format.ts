import type { Params } from './params.js';
import type { Uri } from './uri.js';

/** The URI as text. Parts are written as they were read, the host in lower case. */
export function formatUri(uri: Uri): string {
  switch (uri.kind) {
    case 'other':
      return uri.text;
    case 'tel':
      return `tel:${uri.number}${formatParams(uri.params)}`;
    case 'sip': {
      const password = uri.password === undefined ? '' : `:${uri.password}`;
      const userinfo = uri.user === undefined ? '' : `${uri.user}${password}@`;
      const port = uri.port === undefined ? '' : `:${uri.port}`;
      const headers = uri.headers === undefined ? '' : `?${uri.headers}`;
      return `${uri.scheme}:${userinfo}${uri.host}${port}${formatParams(uri.params)}${headers}`;
    }
  }
}

function formatParams(params: Params): string {
  let out = '';
  for (const [name, value] of params.entries()) out += value === '' ? `;${name}` : `;${name}=${value}`;
  return out;
}
