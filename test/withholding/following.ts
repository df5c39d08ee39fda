/** Numbers that are not known, each as often as it counts, which add up to a known one. */
export type Equation = ReadonlyMap<string, number>;

/** Numbers that are not shown and follow from those that are: of equations between unknown numbers, brought to reduced form, one has a single one. */
export function following(equations: readonly Equation[]): readonly string[] {
  const rows = equations.map((one) => new Map(one)).filter(({ size }) => size > 0);
  const used = new Set<Map<string, number>>();
  for (const key of new Set(rows.flatMap((row) => [...row.keys()]))) {
    const solving = rows.find((row) => !used.has(row) && row.has(key));
    if (solving === undefined) continue;
    used.add(solving);
    for (const row of rows) {
      if (row === solving || !row.has(key)) continue;
      const times = row.get(key)! / solving.get(key)!;
      for (const [other, n] of solving) {
        const left = (row.get(other) ?? 0) - times * n;
        if (Math.abs(left) < 1e-9) row.delete(other);
        else row.set(other, left);
      }
    }
  }
  return rows.filter(({ size }) => size === 1).flatMap((row) => [...row.keys()]);
}
