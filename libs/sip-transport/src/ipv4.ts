/** The address as an unsigned 32-bit number; undefined where the text isn't four decimal numbers without leading zeros. */
export function parseIpv4(text: string): number | undefined {
  if (text.length > 15) return undefined;
  let address = 0;
  let part = -1;
  let dots = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x2e) {
      if (part < 0 || dots === 3) return undefined;
      address = address * 256 + part;
      part = -1;
      dots += 1;
    } else if (code >= 0x30 && code <= 0x39 && part !== 0) {
      part = part < 0 ? code - 0x30 : part * 10 + code - 0x30;
      if (part > 255) return undefined;
    } else return undefined;
  }
  return dots === 3 && part >= 0 ? address * 256 + part : undefined;
}

/** The address of a 32-bit number, signed or not, as text. */
export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}
