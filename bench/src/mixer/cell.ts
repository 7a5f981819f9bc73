/** What participants speak. `SRTP` is G.711 under AES_CM_128_HMAC_SHA1_80. */
export const kinds = ['G.711', 'G.722', 'Opus', 'SRTP'] as const;
export type Kind = (typeof kinds)[number];

/** Everybody in one room, or three in each. */
export const shapes = ['one', 'threes'] as const;
export type Shape = (typeof shapes)[number];

/** One thing that is measured. */
export interface Cell {
  readonly kind: Kind;
  readonly shape: Shape;
  readonly participants: number;
}

/** How many participants each room has. Those who are left over when all are in threes go to the first rooms, so that nobody has too few to hear. */
export function roomSizes({ shape, participants }: Pick<Cell, 'shape' | 'participants'>): readonly number[] {
  if (shape === 'one' || participants < 6) return [participants];
  const rooms = Math.floor(participants / 3);
  return Array.from({ length: rooms }, (_, room) => 3 + (room < participants - 3 * rooms ? 1 : 0));
}

/** `G.711, 50 in one room` */
export function describeCell(cell: Cell): string {
  return `${cell.kind}, ${cell.participants} in ${describeShape(cell.shape)}`;
}

export function describeShape(shape: Shape): string {
  return shape === 'one' ? 'one room' : 'rooms of three';
}
