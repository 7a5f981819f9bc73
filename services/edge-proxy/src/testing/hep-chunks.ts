/** A HEP version 3 packet read back by its numbers alone: the bytes of each chunk by vendor and type. Throws for what is no such packet. */
export function hepChunks(packet: Buffer): ReadonlyMap<number, Buffer> {
  if (packet.toString('latin1', 0, 4) !== 'HEP3') throw new Error('not HEP version 3');
  if (packet.readUInt16BE(4) !== packet.length)
    throw new Error(`says ${packet.readUInt16BE(4)} bytes, has ${packet.length}`);
  const chunks = new Map<number, Buffer>();
  let at = 6;
  while (at < packet.length) {
    const [vendor, type, length] = [packet.readUInt16BE(at), packet.readUInt16BE(at + 2), packet.readUInt16BE(at + 4)];
    if (vendor !== 0 || length < 6 || at + length > packet.length) throw new Error(`bad chunk at ${at}`);
    if (chunks.has(type)) throw new Error(`chunk ${type} twice`);
    chunks.set(type, packet.subarray(at + 6, at + length));
    at += length;
  }
  return chunks;
}
