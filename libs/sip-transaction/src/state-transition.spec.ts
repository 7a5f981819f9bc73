import { expect, it } from 'vitest';
import { assertLegalMove, type LegalMoves } from './state-transition.js';

const MOVES: LegalMoves<'open' | 'shut'> = { open: ['shut'], shut: [] };

it('lets a move of the figure pass and throws for any other', () => {
  expect(() => assertLegalMove(MOVES, 'door', 'open', 'shut')).not.toThrow();
  expect(() => assertLegalMove(MOVES, 'door', 'shut', 'open')).toThrow(
    'door transaction: there is no transition from shut to open',
  );
  expect(() => assertLegalMove(MOVES, 'door', 'open', 'open')).toThrow('from open to open');
});
