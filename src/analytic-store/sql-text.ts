/** A text as SQL writes it. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The first arguments of the engine's `read_csv`, for a file of just this name that is not packed. By itself the engine takes `[1]`
 * and `*` in a name for a pattern, `year=2017` in a folder for a column, and `.gz` for a packing.
 */
export function csvAt(path: string): string {
  return `${sqlText(path.replaceAll(/[*?[]/g, '[$&]'))}, hive_partitioning = false, compression = 'none'`;
}
