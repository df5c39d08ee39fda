import type { ColumnType, Projection, Table, ViewDefinition } from './projection.ts';

const NAME = /^[A-Za-z][A-Za-z0-9]*$/;
const VIEW_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** Columns the engine adds; no table may have its own of these names. */
const ENGINE_COLUMNS: readonly string[] = ['stream', 'knownFrom', 'knownUntil', 'knownOn', 'rows'];

/** Columns one can group, elect and index by: the table's own and the engine's. */
export function columnsOf(table: Table): Readonly<Record<string, ColumnType>> {
  const known: Record<string, ColumnType> = table.keeps === 'daily' ? { knownFrom: 'text', knownUntil: 'text' } : {};
  return { stream: 'text', ...table.columns, ...known };
}

/** The table an election or a sum looks at, an election standing for a table with the winners. */
export function sourceOf(definition: ViewDefinition, name: string): Table | undefined {
  return definition.tables[name] ?? definition.tables[definition.elections?.[name]?.from ?? ''];
}

/** @throws TypeError that names the first mistake in the declaration of a view */
export function checkDefinition(definition: ViewDefinition & Pick<Projection<never, never>, 'subjects'>): void {
  const { name, version, tables, elections = {}, sums = {} } = definition;
  const wrong = (what: string): never => {
    throw new TypeError(`view ${name}: ${what}`);
  };
  const known = (where: string, columns: readonly string[], table: Table): void => {
    for (const column of columns)
      if (!(column in columnsOf(table))) wrong(`${where} names no column of its table: ${column}`);
  };

  if (!VIEW_NAME.test(name)) wrong('a name is kebab-case');
  if (!Number.isSafeInteger(version) || version < 1) wrong('a version is 1 or more');
  const names = [...Object.keys(tables), ...Object.keys(elections), ...Object.keys(sums)];
  for (const table of names) if (!NAME.test(table)) wrong(`${table} is no name of a table`);
  if (new Set(names.map((table) => table.toLowerCase())).size < names.length) wrong('two tables have one name');

  for (const [table, { columns, key, indexes = [], keeps }] of Object.entries(tables)) {
    for (const column in columns) {
      if (!NAME.test(column) || ENGINE_COLUMNS.includes(column)) wrong(`${table}.${column} is no name of a column`);
    }
    for (const column of key) if (!(column in columns)) wrong(`the key of ${table} names no column: ${column}`);
    for (const index of indexes) known(`an index of ${table}`, index, tables[table]!);
    if (definition.subjects && keeps === 'daily')
      wrong(`${table} would keep on earlier days what a destroyed key hides`);
  }
  for (const [election, { from, per, orderBy, indexes = [] }] of Object.entries(elections)) {
    const table = tables[from] ?? wrong(`${election} is from no table: ${from}`);
    if (!(per in table.columns)) wrong(`${election} is per no column: ${per}`);
    for (const column of orderBy) if (!(column in table.columns)) wrong(`${election} orders by no column: ${column}`);
    for (const index of indexes) known(`an index of ${election}`, index, table);
  }
  for (const [sum, { from, groupBy, measures = [] }] of Object.entries(sums)) {
    const table = sourceOf(definition, from) ?? wrong(`${sum} is from no table or election: ${from}`);
    for (const column of groupBy) {
      if (column !== 'stream' && !(column in table.columns)) wrong(`${sum} groups by no column: ${column}`);
    }
    // Fractions would not cancel out to zero, and a rebuilt sum would differ from one that was moved.
    for (const column of measures) {
      if (table.columns[column] !== 'integer') wrong(`${sum} can only add up integer columns, not ${column}`);
    }
  }
}
