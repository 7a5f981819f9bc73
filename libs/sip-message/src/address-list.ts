import { COMMA } from './chars.js';
import { HeaderFailure } from './failure.js';
import type { HeaderId } from './header.js';
import type { SipMessage } from './message.js';
import { type NameAddr, scanNameAddr } from './name-addr.js';

/**
 * The addresses in the comma-separated headers with this id (Route, Record-Route, Path, P-Asserted-Identity, …), over all
 * lines in order. A failure's offset counts from the start of the header value that is malformed.
 */
export function parseAddressList(message: SipMessage, id: HeaderId): readonly NameAddr[] | HeaderFailure {
  const addresses: NameAddr[] = [];
  for (const value of message.values(id)) {
    let at = 0;
    do {
      const address = scanNameAddr(value, at, value.length, false);
      if (address instanceof HeaderFailure) return address;
      addresses.push(address);
      at = address.end + 1;
    } while (at <= value.length && value.charCodeAt(at - 1) === COMMA);
  }
  return addresses;
}
