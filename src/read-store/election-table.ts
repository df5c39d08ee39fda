import type { Database, Statement } from 'better-sqlite3';
import { ALWAYS, difference, type Difference, type KnownRow } from '../projecting/known-rows.ts';
import type { Election, Value } from '../projecting/projection.ts';
import { winners } from '../projecting/winners.ts';
import { quoted, RowTable, type TableRow } from './row-table.ts';

const CANDIDATES_AT_ONCE = 5_000;

/** The winners of an election among the rows of one table. */
export class ElectionTable {
  readonly from: RowTable;
  readonly table: RowTable;
  private readonly perPlace: number;
  private readonly orderBy: readonly number[];
  private readonly candidates: Statement<Value[], Value[]>;
  private readonly firstCandidates: Statement<Value[], Value[]>;
  private readonly candidatesAfter: Statement<Value[], Value[]>;
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
    this.candidates = from.select(`${per} = ?`);
    this.firstCandidates = from.select(`${per} is not null order by ${per} limit ?`);
    this.candidatesAfter = from.select(`${per} > ? order by ${per} limit ?`);
    this.present = this.table.select(`${per} = ?`);
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

  /** Holds all elections anew, a batch at every step; each step is a transaction of its own to the caller's taste. */
  *refill(): Generator<void> {
    this.clear.run();
    let after: Value = null;
    let limit = CANDIDATES_AT_ONCE;
    for (;;) {
      const rows: Value[][] = after === null ? this.firstCandidates.all(limit) : this.candidatesAfter.all(after, limit);
      const groups = [...Map.groupBy(rows, (row) => row[2 + this.perPlace]!)];
      if (rows.length === limit) {
        // The last group may go on after the limit: it waits for the next step, or for a larger limit if it fills this one.
        groups.pop();
        if (groups.length === 0) {
          limit *= 2;
          continue;
        }
      }
      for (const [, group] of groups) for (const row of this.elected(group)) this.table.load(row.key, row);
      this.table.flush();
      yield;
      if (rows.length < limit) return;
      after = groups.at(-1)![0];
      limit = CANDIDATES_AT_ONCE;
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
