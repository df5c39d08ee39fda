import type { Cohort, Cohorts } from '../bottlenecks/cohorts.ts';
import type { Endings, ShownResult, Support } from './support.ts';
import { apart, isNoneOrEnough, sumOf, total, withheldCells } from './withheld-cells.ts';
import { toldEndings } from './withheld-standings.ts';

/** A share of a cohort that is still open tells how many are not. */
export function cohorts({ mode, cohorts: all, without }: Cohorts, least: number, support: Support): ShownResult {
  const { endings } = support;
  const cells = all.map(({ month, cases }) => ({ key: month, cases, value: cases }));
  const none = { key: '', cases: without, value: without };
  const besides = new Set(isWithoutTold(mode, least, support) ? [] : ['']);
  const withheld = withheldCells([...cells, none], [total('APART', [...cells, none])], least, besides);
  if (withheld === 'ALL') return null;
  const hidden = cells.filter(({ key }) => withheld.has(key));
  const shown = all.filter(({ month }) => !withheld.has(month));
  const unended = endings === undefined ? NO_MONTHS : withheldEnds(all, shown, without, endings, least);
  return {
    mode,
    cohorts: shown.map((one) => cohort(one, least, unended.has(one.month))),
    other: hidden.length === 0 ? null : { cohorts: hidden.length, cases: withheld.has('') ? null : sumOf(hidden) },
    without: withheld.has('') ? null : without,
  };
}

/** Who stands in no cohort has not been linked, or has not moved: other measures may withhold how many those are. */
function isWithoutTold(mode: Cohorts['mode'], least: number, { endings, phases: told }: Support): boolean {
  if (mode === 'MOVE_IN') return endings === undefined || toldEndings(endings, least).notEnded !== null;
  if (mode !== 'LINK' || told === undefined) return true;
  return told.some(({ phase, reached }) => phase === 'LINK' && reached !== null);
}

const NO_MONTHS: ReadonlySet<string> = new Set();

/** Cohorts of which it is not told how many ended, so that it is not told of all of them either where no other measure does. */
function withheldEnds(
  all: readonly Cohort[],
  shown: readonly Cohort[],
  without: number,
  endings: Endings,
  least: number,
): ReadonlySet<string> {
  if (toldEndings(endings, least).ended !== null || without > 0 || shown.length < all.length) return NO_MONTHS;
  const cells = shown.map(({ month, ended, censored }) => ({
    key: month,
    value: ended,
    cases: Math.min(ended, censored),
  }));
  const whole = { key: ALL, value: endings.ended, cases: endings.ended };
  const withheld = withheldCells(
    [...cells, whole],
    [{ ...total('BALANCE', cells), total: ALL }],
    least,
    new Set([ALL]),
  );
  return withheld === 'ALL' ? new Set(shown.map(({ month }) => month)) : withheld;
}

const ALL = 'all';

function cohort(
  { month, cases, ended, censored, seconds, open }: Cohort,
  least: number,
  isEndWithheld: boolean,
): object {
  const counts = (isEndWithheld ? null : apart({ ended, censored }, least)) ?? { ended: null, censored: null };
  let before = 1;
  const shares = Object.entries(open).map(([weeks, share]) => {
    const isShown =
      share !== null &&
      counts.ended !== null &&
      [before - share, share].every((part) => isNoneOrEnough(Math.round(part * cases), least));
    if (isShown) before = share;
    return [weeks, isShown ? share : null];
  });
  return {
    month,
    cases,
    ...counts,
    seconds: counts.ended === null ? null : seconds,
    open: Object.fromEntries(shares) as object,
  };
}
