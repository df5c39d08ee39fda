import type { Conformance, RuleConformance, Verdicts } from '../bottlenecks/conformance.ts';
import type { Delay, DelayPart } from '../bottlenecks/delay.ts';
import {
  apart,
  isNoneOrEnough,
  leastWithheld,
  sumOf,
  total,
  withheldCells,
  type Cell,
  type Sum,
} from './withheld-cells.ts';
import type { ShownResult, Support } from './support.ts';
import { toldEndings } from './withheld-standings.ts';

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
    return { tells: 'TOGETHER', total: `owner\n${owner}`, of: own.map(({ code }) => [`code\n${code}`, 1]) };
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

/** Of each rule, what becomes of the cases to which it applies, and of the others; medians are of those that ended. */
export function conformance(
  { cases, earlier, models, ...verdicts }: Conformance,
  least: number,
  { endings }: Support,
): ShownResult {
  const areEndsTold = endings === undefined || toldEndings(endings, least).ended !== null;
  const whole = apart({ ...verdictsOf(verdicts), earlier }, least);
  if (cases < least || whole === null) return null;
  return {
    cases: whole.earlier === null ? null : cases,
    ...whole,
    models: models
      .filter((model) => model.cases >= least)
      .map(({ rules, ...model }) => ({
        ...model,
        ...(apart(verdictsOf(model), least) ?? NO_VERDICTS),
        rules: rulesOf(rules, model.cases, least, areEndsTold),
      })),
  };
}

/** Rules of one activity can be about the same cases, all that have it: each adds up to all cases with those that don't. */
function rulesOf(
  rules: readonly RuleConformance[],
  cases: number,
  least: number,
  areEndsTold: boolean,
): readonly object[] {
  const appliesTo = ({ ok, violated, pending }: Verdicts): number => ok + violated + pending;
  const alike = Map.groupBy(rules, (rule) => `${rule.activity} ${appliesTo(rule)}`);
  const told = new Map(
    [...alike.values()].flatMap((those) => toldVerdicts(those, cases - appliesTo(those[0]!), least)),
  );
  return rules.map((rule) => {
    const verdicts = told.get(rule)!;
    const ended = apart(rule.ended, least);
    // Who broke it and has not ended is told by both numbers as well.
    const isRest = isNoneOrEnough(Math.max(rule.violated - rule.ended.with, 0), least);
    const areTold =
      verdicts.violated !== null && isRest && ended !== null && ended.with !== null && ended.without !== null;
    return {
      ...rule,
      ...verdicts,
      ended: areTold && areEndsTold ? ended : null,
      seconds: areTold ? rule.seconds : null,
    };
  });
}

/** Of rules that apply to the same cases, and to others not. */
function toldVerdicts(
  rules: readonly RuleConformance[],
  others: number,
  least: number,
): readonly (readonly [RuleConformance, { readonly [V in keyof Verdicts]: number | null }])[] {
  const rest: Cell = { key: 'others', cases: others, value: others };
  const tables = rules.map((rule, at) =>
    VERDICTS.map((verdict): Cell => ({ key: `${at} ${verdict}`, cases: rule[verdict], value: rule[verdict] })),
  );
  const withheld = withheldCells(
    [...tables.flat(), rest],
    tables.map((cells) => total('APART', [...cells, rest])),
    least,
  );
  return rules.map((rule, at) => {
    const isShown = (verdict: keyof Verdicts): boolean => withheld !== 'ALL' && !withheld.has(`${at} ${verdict}`);
    const told = VERDICTS.map((verdict) => [verdict, isShown(verdict) ? rule[verdict] : null]);
    return [rule, Object.fromEntries(told) as Record<keyof Verdicts, number | null>];
  });
}

const VERDICTS = ['ok', 'violated', 'pending'] as const;
const NO_VERDICTS = { ok: null, violated: null, pending: null };

function verdictsOf({ ok, violated, pending }: Verdicts): Verdicts {
  return { ok, violated, pending };
}
