/** Subscribers `<prefix>0`, `<prefix>1`, … with their passwords. */
export function subscribers(prefix: string, count: number): readonly (readonly [username: string, password: string])[] {
  return Array.from({ length: count }, (_, index) => [`${prefix}${index}`, `${prefix}${index}-secret`] as const);
}
