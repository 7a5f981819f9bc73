import { MESSAGE_MIX } from './message-mix.js';
import { passageFault } from './passage-fault.js';
import type { TestedParser } from './tested-parser.js';
import { PATHS, type Path, type Refusal } from './turn.js';

/** The messages of the mix that the library refuses, or forwards as something else than what came in. */
export function refusalsOf(parser: TestedParser): readonly Refusal[] {
  const refusals: Refusal[] = [];
  for (const { name, bytes } of MESSAGE_MIX) {
    for (const path of PATHS) {
      const reason = reasonToRefuse(parser, path, bytes.toString('latin1'));
      if (reason !== undefined) refusals.push({ message: name, path, reason });
    }
  }
  return refusals;
}

function reasonToRefuse(parser: TestedParser, path: Path, raw: string): string | undefined {
  try {
    if (path === 'full') return parser.structure(raw) === undefined ? 'refused' : undefined;
    const forwarded = parser.forward(raw);
    return forwarded === undefined ? 'refused' : passageFault(raw, forwarded);
  } catch (error) {
    // A library of others may throw at odd input; that is its way to refuse.
    return `throws: ${String(error)}`;
  }
}
