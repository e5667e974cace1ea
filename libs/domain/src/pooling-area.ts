/**
 * Pooling areas are cities in 广西 (统筹地区; D1-A 第九条): the first four digits of the GB/T 2260 code.
 * Areas pooled by a whole province need a table of their own before they are switched on.
 */
export function samePoolingArea(left: string, right: string): boolean {
  return left.slice(0, 4) === right.slice(0, 4);
}
