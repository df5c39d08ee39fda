import type { Database, Statement } from 'better-sqlite3';
import { ALWAYS, difference, type Difference, type KnownRow } from '../projecting/known-rows.ts';
import type { Election, Value } from '../projecting/projection.ts';
import { winners } from '../projecting/winners.ts';
import { list, quoted, RowTable, type TableRow } from './row-table.ts';

const ELECTIONS_AT_ONCE = 1_000;

/** The winners of an election among the rows of one table. */
export class ElectionTable {
  readonly from: RowTable;
  readonly table: RowTable;
  private readonly perPlace: number;
  private readonly orderBy: readonly number[];
  private readonly candidates: Statement<Value[], Value[]>;
  private readonly fillUncontested: Statement<[]>;
  private readonly firstContested: Statement<[], Value>;
  private readonly contestedAfter: Statement<[Value], Value>;
  private readonly present: Statement<Value[], Value[]>;
  private readonly clear: Statement<[]>;
  private readonly changed = new Set<Value>();

  constructor(db: Database, name: string, election: Election, from: RowTable) {
    this.from = from;
    this.table = new RowTable(db, { ...from.shape, name }, (stream) => stream);
    const { columns } = from.shape;
    this.perPlace = columns.indexOf(election.per);
    this.orderBy = election.orderBy.map((column) => columns.indexOf(column));
    const per = quoted(election.per);
    this.candidates = from.select(`${per} = +?`);
    const [source, own] = [quoted(from.shape.name), list(this.table.columns)];
    this.fillUncontested = db.prepare(
      `insert into ${quoted(name)} (${own}) select ${own} from ${source} one where ${per} is not null and not exists
       (select 1 from ${source} other where other.${per} = one.${per} and other.rowid <> one.rowid)`,
    );
    const contested = (condition: string): string =>
      `select ${per} from ${source} where ${per} ${condition} group by ${per} having count(*) > 1
       order by ${per} limit ${ELECTIONS_AT_ONCE}`;
    this.firstContested = db.prepare<[], Value>(contested('is not null')).pluck();
    this.contestedAfter = db.prepare<[Value], Value>(contested('> +?')).pluck();
    this.present = this.table.select(`${per} = +?`);
    this.clear = db.prepare(`delete from ${quoted(name)}`);
  }

  /** Notes that a candidate came or went. */
  move(row: KnownRow): void {
    const per = row.values[this.perPlace]!;
    if (per !== null) this.changed.add(per);
  }

  /** Holds the elections whose candidates changed anew; `moved` is told of every row that comes or goes. */
  apply(moved: (stream: string, row: KnownRow, sign: 1 | -1) => void): void {
    for (const per of this.changed) {
      const present = this.present.all(per).map((row) => this.table.tableRow(row));
      const changes: Difference<TableRow> = difference(present, this.elected(this.candidates.all(per)), ALWAYS);
      this.table.apply(changes, ({ key }) => key);
      for (const row of changes.removed) moved(row.stream, row, -1);
      for (const row of changes.added) moved(row.key, row, 1);
    }
    this.changed.clear();
  }

  /** Forgets what was noted: the transaction was rolled back. */
  forget(): void {
    this.changed.clear();
  }

  /**
   * Holds all elections anew, some at every step; each step is a transaction of its own to the caller's taste. Where there
   * is but one candidate, as nearly everywhere, there is nothing to be worked out.
   */
  *refill(): Generator<void> {
    this.clear.run();
    this.fillUncontested.run();
    yield;
    let after: Value = null;
    for (;;) {
      const contested: Value[] = after === null ? this.firstContested.all() : this.contestedAfter.all(after);
      for (const per of contested) {
        for (const row of this.elected(this.candidates.all(per))) this.table.load(row.key, row);
      }
      this.table.flush();
      if (contested.length < ELECTIONS_AT_ONCE) return;
      yield;
      after = contested.at(-1)!;
    }
  }

  private elected(candidates: readonly (readonly Value[])[]): readonly KnownRow[] {
    return winners(
      candidates.map((row) => this.from.tableRow(row)),
      this.orderBy,
      this.from.shape.daily,
    );
  }
}
