import type { Delay, DelayPart } from '../bottlenecks/delay.ts';
import {
  adding,
  isNoneOrEnough,
  leastWithheld,
  sumOf,
  total,
  withheldCells,
  type Cell,
  type Sum,
} from './withheld-cells.ts';
import type { ShownResult, Support } from './support.ts';

/** Edges, codes and owners divide the same days; owners are also the sums of their codes. */
export function delay(result: Delay, least: number, support: Support): ShownResult {
  const { total: all, edges, impediments, owners } = result;
  const suspended = support.cases.get('suspended') ?? 0;
  // With and without suspended time, it would tell how long few stood still.
  if (all.cases < least || (result.withoutSuspended && !isNoneOrEnough(suspended, least))) return null;
  const cellsOf = <P extends DelayPart>(kind: string, parts: readonly P[], name: (part: P) => string): Cell[] =>
    parts.map((part) => ({ key: `${kind}\n${name(part)}`, cases: part.cases, value: part.caseDays }));
  const ofEdges = cellsOf('edge', edges, ({ from, to }) => `${from}\n${to}`);
  const ofCodes = cellsOf('code', impediments, ({ code }) => String(code));
  const ofOwners = cellsOf('owner', owners, ({ owner }) => String(owner));
  const ownerOf = (code: string | null): string | null => (code === null ? null : (support.owners?.get(code) ?? ''));
  const sumsOfOwners = owners.map(({ owner }): Sum => {
    const own = impediments.filter(({ code }) => ownerOf(code) === owner);
    return adding(
      'TOGETHER',
      own.map(({ code }) => `code\n${code}`),
      `owner\n${owner}`,
    );
  });
  const totals = [ofEdges, ofCodes, ofOwners].map((cells) => total('TOGETHER', cells));
  const [edgeTotal, ...others] = [...totals, ...sumsOfOwners.filter(({ of }) => of.length > 0)];
  const hiddenEdges = withheldCells(ofEdges, [edgeTotal!], least);
  const hiddenHolders = leastWithheld([...ofCodes, ...ofOwners], others, least);
  if (hiddenEdges === 'ALL' || hiddenHolders === 'ALL') return null;
  const withheld = new Set([...hiddenEdges, ...hiddenHolders]);
  const shown = <P extends DelayPart>(parts: readonly P[], cells: readonly Cell[]): object => {
    const hidden = cells.filter(({ key }) => withheld.has(key));
    const caseDays = sumOf(hidden);
    // Days are split into fractions, whose sum may be more than the whole by what was rounded.
    const share = Math.min(caseDays / all.caseDays, 1);
    return {
      parts: parts.filter((_, at) => !withheld.has(cells[at]!.key)),
      other: hidden.length === 0 ? null : { parts: hidden.length, caseDays, share },
    };
  };
  const ofKind = (kind: string, parts: readonly DelayPart[], cells: readonly Cell[]) => {
    const { parts: left, other } = shown(parts, cells) as { parts: unknown; other: unknown };
    return { [kind]: left, [`other${kind[0]!.toUpperCase()}${kind.slice(1)}`]: other };
  };
  return {
    ...result,
    ...ofKind('edges', edges, ofEdges),
    ...ofKind('impediments', impediments, ofCodes),
    ...ofKind('owners', owners, ofOwners),
    suspendedCaseDays: isNoneOrEnough(suspended, least) ? result.suspendedCaseDays : null,
  };
}
