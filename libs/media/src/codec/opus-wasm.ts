/**
 * libopus as `libopus-wasm` ships it. Its public interface copies each frame into a new array, throws for a malformed packet and makes encoders by promises;
 * a mixer does these things 50 times a second for each member. So the compiled module itself is used, whose functions take addresses in its memory. It isn't
 * among the package's exports: the package is pinned to an exact version, and what is used of it is checked when it is loaded.
 */
export interface OpusWasm {
  readonly HEAP16: Int16Array;
  readonly HEAP32: Int32Array;
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  /** 0 where there is no memory; then `error` points to why. */
  _oc_create_encoder(sampleRate: number, channels: number, application: number, error: number): number;
  _oc_destroy_encoder(encoder: number): void;
  _oc_encode(encoder: number, samples: number, count: number, packet: number, capacity: number): number;
  _oc_encoder_ctl(encoder: number, request: number, value: number): number;
  _oc_create_decoder(sampleRate: number, channels: number, error: number): number;
  _oc_destroy_decoder(decoder: number): void;
  /** `packet` 0 conceals; `fec` 1 reads what the packet carries of the one before it. */
  _oc_decode(decoder: number, packet: number, length: number, samples: number, capacity: number, fec: number): number;
}

const FUNCTIONS = [
  '_malloc',
  '_free',
  '_oc_create_encoder',
  '_oc_destroy_encoder',
  '_oc_encode',
  '_oc_encoder_ctl',
  '_oc_create_decoder',
  '_oc_destroy_decoder',
  '_oc_decode',
] as const;

/** Compiles and starts the module: a thread does this once, in about 10 ms. Rejects where the package isn't what it was. */
export async function loadOpusWasm(): Promise<OpusWasm> {
  const url = new URL('./generated/libopus.generated.mjs', import.meta.resolve('libopus-wasm'));
  const { default: create } = (await import(url.href)) as { default: () => Promise<OpusWasm> };
  const wasm = await create();
  const missing = FUNCTIONS.filter((name) => typeof wasm[name] !== 'function');
  if (missing.length > 0) throw new Error(`libopus-wasm has changed: ${url.pathname} has no ${missing.join(', ')}`);
  return wasm;
}
