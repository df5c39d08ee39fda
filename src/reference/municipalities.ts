import type { Municipality } from './reference.events.ts';
import { MUNICIPALITIES_2017, MUNICIPALITIES_2023, REORGANISED_2017 } from './municipality-tables.ts';

const SOURCE = 'CBS, CC BY 4.0';
type Inhabitants = Readonly<Record<string, number>>;

/** What the tables say, as facts: who existed from when on, who came in whose place, and how many lived there. */
export function municipalityFacts() {
  const of2017 = linesOf(MUNICIPALITIES_2017);
  const of2023 = linesOf(MUNICIPALITIES_2023);
  const predecessors = linesOf(REORGANISED_2017);
  const successors = Object.fromEntries(predecessors.map(([code, , , , successor]) => [code!, successor!]));
  const formed = new Set(Object.values(successors));
  const of2016 = [...of2017.filter(([code]) => !formed.has(code!)), ...predecessors].sort(byCode);
  return {
    lists: [
      { validFrom: '2016-01-01', source: SOURCE, municipalities: of2016.map(municipality) },
      { validFrom: '2017-01-01', source: SOURCE, municipalities: of2017.map(municipality) },
      { validFrom: '2023-01-01', source: SOURCE, municipalities: of2023.map(municipality) },
    ],
    reorganisations: [{ effectiveOn: '2017-01-01', successors }],
    inhabitants: [
      // Those of the predecessors too: who existed decides whose figures count.
      {
        referenceDate: '2016-01-01',
        source: SOURCE,
        inhabitants: figures([...of2017, ...predecessors].sort(byCode), 3),
      },
      { referenceDate: '2017-01-01', source: SOURCE, inhabitants: figures(of2017, 4) },
      { referenceDate: '2022-01-01', source: SOURCE, inhabitants: figures(of2023, 3) },
    ],
  };
}

function linesOf(table: string): readonly (readonly string[])[] {
  return table
    .trim()
    .split('\n')
    .map((line) => line.split('|'));
}

function municipality([code, name, province]: readonly string[]): Municipality {
  return { code: code!, name: name!, province: `PV${province!}` };
}

function figures(lines: readonly (readonly string[])[], column: number): Inhabitants {
  return Object.fromEntries(lines.map((line) => [line[0]!, Number(line[column])]));
}

function byCode([a]: readonly string[], [b]: readonly string[]): number {
  return a! < b! ? -1 : 1;
}
