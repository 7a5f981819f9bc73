/** One SRV record (RFC 2782). */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/**
 * The order in which servers are tried: by priority, and within one by a draw in proportion to weight (RFC 2782,
 * "Usage rules"). Does not change its input.
 * @param random a number in [0, 1), called once per record that had rivals.
 */
export function orderServers(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  if (records.length < 2) return [...records];
  // RFC 2782: records of weight 0 stand at the beginning of each priority's list before the draw.
  const waiting = [...records].sort((a, b) => a.priority - b.priority || a.weight - b.weight);
  const ordered: SrvRecord[] = [];
  while (waiting.length > 0) {
    const priority = (waiting[0] as SrvRecord).priority;
    let rivals = 0;
    let sum = 0;
    while (waiting[rivals]?.priority === priority) sum += (waiting[rivals++] as SrvRecord).weight;
    ordered.push(...waiting.splice(rivals === 1 ? 0 : draw(waiting, rivals, sum, random), 1));
  }
  return ordered;
}

/** RFC 2782: the first record whose running sum of weights reaches a number drawn from 0 to the sum, both included. */
function draw(records: readonly SrvRecord[], rivals: number, sum: number, random: () => number): number {
  const drawn = Math.floor(random() * (sum + 1));
  let running = 0;
  for (let index = 0; index < rivals - 1; index++) {
    running += (records[index] as SrvRecord).weight;
    if (running >= drawn) return index;
  }
  return rivals - 1;
}
