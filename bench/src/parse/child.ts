// The process of one library: `child.ts <library>`. Sends its refusals once, then answers each turn. Ends with the channel to its parent.
import { refusalsOf } from './refusals.js';
import { takeTurn } from './take-turn.js';
import { type LibraryName, loadParser } from './tested-parsers.js';
import type { Turn } from './turn.js';

const parser = await loadParser(process.argv[2] as LibraryName);
process.on('message', (turn: Turn) => process.send?.(takeTurn(parser, turn)));
process.send?.(refusalsOf(parser));
