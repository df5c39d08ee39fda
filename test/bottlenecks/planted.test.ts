import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Delay } from '../../src/bottlenecks/delay.ts';
import { IMPEDIMENT_PATTERNS, PARAMETERS as P, type ImpedimentPattern } from '../../src/simulation/parameters.ts';
import { OwnCases, simulatedLog } from './own-cases.ts';

jest.setTimeout(300_000);

/** Of a thousand households, about so many a pattern concerns. */
function concerned({ sizes, only }: ImpedimentPattern): number {
  if (sizes !== undefined) return P.householdSizes.slice(sizes[0] - 1, sizes[1]).reduce((sum, share) => sum + share, 0);
  if (only === 'ADAPTED') return P.adaptedHome;
  return only === 'SPONSOR' ? P.sponsors : 1_000;
}

/** Days that a pattern holds up a thousand households, if nothing ends before it does; once they are housed none waits. */
const planted = IMPEDIMENT_PATTERNS.filter(({ phase }) => phase !== 'SETTLING').map((pattern) => ({
  code: pattern.code as string,
  owner: pattern.owner as string,
  days: ((pattern.perMille / 1_000) * concerned(pattern) * pattern.lastsDays) / 2,
}));

function mostFirst(all: Iterable<readonly [string, number]>): string[] {
  return [...all].toSorted(([, one], [, other]) => other - one).map(([name]) => name);
}

describe('The delay statement of a simulated country', () => {
  let delay: Delay;
  let cases: OwnCases;
  beforeAll(async () => {
    const log = await simulatedLog({ seed: 2017, from: '2016-01-01', until: '2017-02-23', scale: 0.03 });
    cases = await OwnCases.inLog(log);
    await log.close();
    delay = await cases.asked('delay', { now: '2017-02-23' });
  });
  afterAll(() => cases[Symbol.asyncDispose]());

  it('finds the wait for a home on its three worst edges: homes found are the scarce thing', () => {
    const worst = delay.edges.slice(0, 3);
    expect(worst.map(({ to }) => to)).toEqual(['HomeOffered', 'HomeOffered', 'HomeOffered']);
    expect(worst.reduce((sum, { share }) => sum + share, 0)).toBeGreaterThan(0.4);
  });

  it('names the three impediments that were planted most, and the worst of them first', () => {
    const named = delay.impediments.flatMap(({ code }) => (code === null ? [] : [code])).slice(0, 3);
    const most = mostFirst(planted.map(({ code, days }) => [code, days])).slice(0, 3);
    expect(named[0]).toBe(most[0]);
    // A link ends what held it up, so that the order of the other two is one of chance.
    expect(named.toSorted()).toEqual(most.toSorted());
  });

  it('names the party with whom most was planted', () => {
    const byOwner = new Map<string, number>();
    for (const { owner, days } of planted) byOwner.set(owner, (byOwner.get(owner) ?? 0) + days);
    const named = delay.owners.flatMap(({ owner }) => (owner === null ? [] : [owner]));
    expect(named[0]).toBe(mostFirst(byOwner)[0]);
  });
});
