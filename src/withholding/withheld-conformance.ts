import type { Conformance, RuleConformance, Verdicts } from '../bottlenecks/conformance.ts';
import { apart, isNoneOrEnough, total, withheldCells, type Cell } from './withheld-cells.ts';
import type { ShownResult, Support } from './support.ts';
import { toldEndings } from './withheld-standings.ts';

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
