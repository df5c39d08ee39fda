import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { householdsProcess } from '../../src/casework/households.process.ts';
import { amsterdamDay } from '../../src/event-sourcing/days.ts';
import { CASE_COLUMNS, ROW_FORMS } from '../../src/exchange/case-columns.ts';
import type { CaseHistory } from '../../src/journey/case-history.ts';
import { ImportingLog, IMPORT_DAY, IMPORTER, NO_MUNICIPALITY } from './given.ts';

let into: ImportingLog;

type Row = Readonly<Record<string, string | number | object>>;

/** A file of these rows, with the columns they name. */
function csv(...rows: readonly Row[]): string {
  const columns = CASE_COLUMNS.filter((name) => rows.some((row) => name in row));
  const cell = (value: string | number | object = ''): string =>
    `"${(typeof value === 'object' ? JSON.stringify(value) : String(value)).replaceAll('"', '""')}"`;
  return `${[columns.join(), ...rows.map((row) => columns.map((name) => cell(row[name])).join())].join('\n')}\n`;
}

const AN_ID = '0c5d4a52-8e0f-4b6e-9d7a-1f2e3d4c5b6a';
const AMINA = { persons: 'amina', role: 'HOLDER', birthYear: 1980, name: 'Amina Example' };
const permit = (of: string, more: Row = {}): Row => ({
  case: of,
  fact: 'PermitGranted',
  occurredOn: '2017-01-02',
  permitType: 'ASYLUM_TEMPORARY',
  channel: 'ASYLUM',
  ...AMINA,
  ...more,
});
const linked = (of: string, more: Row = {}): Row => ({
  case: of,
  fact: 'MunicipalityLinked',
  occurredOn: '2017-01-11',
  municipality: 'GM0344',
  ...more,
});
const offered = (of: string, more: Row = {}): Row => ({
  case: of,
  fact: 'HomeOffered',
  occurredOn: '2017-03-01',
  subject: 'home',
  municipality: 'GM0344',
  kind: 'APARTMENT',
  rooms: 3,
  rentCents: 60_000,
  availableFrom: '2017-04-01',
  ...more,
});
const about = (of: string, fact: string, occurredOn: string, more: Row = {}): Row => ({
  case: of,
  fact,
  occurredOn,
  subject: 'home',
  ...more,
});
const housed = (of: string): readonly Row[] => [
  permit(of),
  linked(of),
  offered(of),
  about(of, 'OfferAccepted', '2017-03-04'),
  about(of, 'TenancySigned', '2017-03-10', { tenancyStartOn: '2017-04-01' }),
  about(of, 'MovedIn', '2017-04-05', { persons: 'amina', housingKind: 'REGULAR', municipality: 'GM0344' }),
];

beforeEach(() => {
  into = new ImportingLog();
});
afterEach(() => into.close());

describe('Importing cases', () => {
  it('records what rows state, in their order, known from the day of the import, and says who brought it', async () => {
    expect(await into.import(csv(...housed('A'), ...housed('B')))).toMatchObject({ cases: 2, facts: 12, faults: [] });
    const [history] = await into.histories();
    expect(history!.state).toMatchObject({ kind: 'open', stage: 'MOVED_IN', link: { municipality: 'GM0344' } });
    for (const { metadata } of history!.events) {
      expect(metadata).toMatchObject({ ...IMPORTER, command: 'importCases' });
      expect(amsterdamDay(metadata.recordedAt)).toBe(IMPORT_DAY);
    }
  });

  it('takes the example of its documentation', async () => {
    const [, example] = /```csv\n([\s\S]*?)```/.exec(readFileSync('docs/import.md', 'utf8'))!;
    expect(await into.import(example)).toMatchObject({ cases: 1, facts: 7, faults: [] });
    const [history] = await into.histories();
    expect(history!.state).toMatchObject({ stage: 'MOVED_IN' });
  });

  it('has every column in its documentation', () => {
    const documentation = readFileSync('docs/import.md', 'utf8');
    for (const column of [...CASE_COLUMNS, ...Object.keys(ROW_FORMS)]) expect(documentation).toContain(`\`${column}\``);
  });

  it('writes a case in one go', async () => {
    await into.import(csv(...housed('A')));
    const [history] = await into.histories();
    const positions = history!.events.map(({ position }) => Number(position));
    expect(positions.at(-1)! - positions[0]!).toBe(5);
  });

  it('writes nothing when a file comes again, in whatever order of columns', async () => {
    await into.import(csv(...housed('A')));
    const before = await into.events();
    expect(await into.import()).toMatchObject({ cases: 0, facts: 0, known: 6, faults: [] });
    const [header, ...rows] = csv(permit('A')).trim().split('\n');
    const reversed = [header!.split(','), ...rows.map((row) => row.split(','))].map((cells) =>
      cells.toReversed().join(),
    );
    expect(await into.import(`${reversed.join('\n')}\n`)).toMatchObject({ facts: 0, known: 1 });
    expect(await into.events()).toBe(before);
  });

  it('adds what a file states besides what is known already', async () => {
    await into.import(csv(permit('A'), linked('A')));
    expect(await into.import(csv(...housed('A'), ...housed('B')))).toMatchObject({ cases: 2, facts: 10, known: 2 });
  });

  it('takes an id in capitals and in small letters for the same case', async () => {
    const file = csv(permit(AN_ID.toUpperCase()), linked(AN_ID));
    expect(await into.import(file)).toMatchObject({ cases: 1, facts: 2, faults: [] });
    expect(Object.keys(await into.told())).toEqual([AN_ID]);
  });

  it('keeps apart what two organisations call by the same name', async () => {
    await into.import(csv(permit('A')), 'GM0344');
    expect(await into.import(csv(permit('A')), 'GM0363')).toMatchObject({ facts: 1, faults: [] });
    expect(await into.histories()).toHaveLength(2);
  });

  it('takes a reference in the form of an id for the id', async () => {
    await into.import(csv(permit('A')));
    const [{ caseId }] = (await into.histories()) as readonly [CaseHistory];
    expect(await into.import(csv(linked(caseId)), 'COA')).toMatchObject({ facts: 1, faults: [] });
    expect((await into.histories()).map((one) => one.caseId)).toEqual([caseId]);
  });

  it('knows persons of one case from those of another, also by the same reference', async () => {
    await into.import(csv(permit('A'), permit('B')));
    const persons = (await into.told()) as Record<string, readonly { members: { personId: string }[] }[]>;
    const ids = Object.values(persons).map(([granted]) => granted!.members[0]!.personId);
    expect(new Set(ids).size).toBe(2);
  });

  it('seals names and texts before they are written', async () => {
    await into.import(
      csv(permit('A'), { case: 'A', fact: 'NoteAdded', occurredOn: '2017-01-03', data: { text: 'Canary' } }),
    );
    for await (const batch of into.log.readAll()) expect(JSON.stringify(batch)).not.toMatch(/Canary|Amina/);
    expect(JSON.stringify(await into.told())).toMatch(/Amina Example.*Canary/);
  });

  it('brings nobody back whose key was destroyed', async () => {
    const file = csv(permit('A'));
    await into.import(file);
    const [history] = await into.histories();
    const [{ members }] = (await into.told())[history!.caseId] as [{ members: { personId: string }[] }];
    await into.keyring.destroy(members[0]!.personId);
    const back = permit('B', { persons: members[0]!.personId });
    expect(await into.import(csv(back))).toMatchObject({ facts: 1, faults: [] });
    expect(JSON.stringify(await into.told())).not.toContain('Amina');
  });

  it('puts right and takes back what rows have named', async () => {
    const rows = [
      permit('A', { id: 'granted' }),
      linked('A', { id: 'link' }),
      linked('A', { id: 'other', eventId: 'link', why: 'It was the twelfth.', occurredOn: '2017-01-12' }),
      { case: 'A', fact: 'SearchStarted', occurredOn: '2017-01-20', id: 'search' },
      { case: 'A', fact: 'FactRetracted', eventId: 'search', why: 'Not yet.' },
    ];
    expect(await into.import(csv(...rows))).toMatchObject({ facts: 5, faults: [] });
    const [history] = await into.histories();
    expect(history!.facts.map(({ fact }) => `${fact.type} ${fact.data.occurredOn}`)).toEqual([
      'PermitGranted 2017-01-02',
      'MunicipalityLinked 2017-01-12',
    ]);
    expect(await into.import()).toMatchObject({ facts: 0, known: 5, faults: [] });
  });

  describe('leaves out a case', () => {
    const faultsOf = async (...rows: readonly Row[]) => {
      const { faults, facts } = await into.import(csv(...rows, ...housed('Good')));
      expect(facts).toBe(6);
      expect(await into.histories()).toHaveLength(1);
      return faults;
    };

    it('with a fact before its predecessor, and keeps all others', async () => {
      const faults = await faultsOf(permit('A'), linked('A'), {
        ...about('A', 'MovedIn', '2017-04-05', { persons: 'amina', housingKind: 'REGULAR', municipality: 'GM0344' }),
      });
      expect(faults).toMatchObject([
        {
          case: 'A',
          line: 4,
          column: 'fact',
          code: 'TENANCY_MISSING',
          reason: expect.stringContaining('TenancySigned'),
        },
      ]);
    });

    it('with a municipality that does not exist', async () => {
      expect(await faultsOf(permit('A'), linked('A', { municipality: NO_MUNICIPALITY }))).toMatchObject([
        { line: 3, column: 'municipality', code: 'MUNICIPALITY_UNKNOWN' },
      ]);
    });

    it('that does not begin with a permit, or lies in the future', async () => {
      expect(await faultsOf(linked('A'))).toMatchObject([{ line: 2, column: 'fact', code: 'CASE_UNKNOWN' }]);
      const late = permit('B', { occurredOn: '2018-05-02' });
      expect((await into.import(csv(late))).faults).toMatchObject([{ column: 'occurredOn', code: 'IN_THE_FUTURE' }]);
    });

    it('and says everything that is wrong with the form of its rows', async () => {
      const faults = await faultsOf(
        permit('A', { birthYear: '19x0', name: '' }),
        linked('A', { municipality: 'Utrecht', occurredOn: '11-01-2017' }),
        { case: 'A', fact: 'Moved', occurredOn: '2017-04-05' },
        { case: 'A', fact: 'OfferAccepted', occurredOn: '2017-04-05' },
        offered('A', { rooms: 'three', data: '{"rooms": 3}' }),
        offered('A', { data: '[1]' }),
      );
      expect(faults.map(({ line, column }) => `${line} ${column}`).sort()).toEqual([
        '2 birthYear',
        '2 name',
        '3 municipality',
        '3 occurredOn',
        '4 fact',
        '5 subject',
        '6 data',
        '7 data',
      ]);
    });

    it('with a column that says nothing about its fact', async () => {
      expect(await faultsOf(permit('A'), linked('A', { rooms: 3, persons: 'amina' }))).toMatchObject([
        { line: 3, column: 'persons', code: 'unknown' },
      ]);
      expect((await into.import(csv(permit('A'), linked('A', { rooms: 3 })))).faults).toMatchObject([
        { line: 3, column: 'rooms', code: 'unknown' },
      ]);
    });

    it('where a fact that has been recorded is told otherwise', async () => {
      await into.import(csv(permit('A', { id: '1' }), linked('A', { id: '2' })));
      const { faults, facts } = await into.import(
        csv(permit('A', { id: '1' }), linked('A', { id: '2', municipality: 'GM0363' })),
      );
      expect(facts).toBe(0);
      expect(faults).toMatchObject([{ line: 3, column: 'id', code: 'FACT_DIFFERS' }]);
    });

    it('with a row that takes back and states at once, or gives a reason for nothing', async () => {
      const rows = [
        permit('A', { id: '1' }),
        { case: 'A', fact: 'FactRetracted', eventId: '1', why: 'Wrong.', persons: 'amina' },
      ];
      expect(await faultsOf(...rows)).toMatchObject([{ line: 3, column: 'persons', code: 'unknown' }]);
      expect((await into.import(csv(permit('A', { why: 'Because.' })))).faults).toMatchObject([{ column: 'why' }]);
    });

    it('that other rows lead to by another name, and keeps those that came first', async () => {
      await into.import(csv(permit('A')));
      const { caseId } = (await into.histories())[0]!;
      const note = (of: string): Row => ({ case: of, fact: 'NoteAdded', occurredOn: '2017-01-20', data: { text: of } });
      const { cases, refused, faults } = await into.import(csv(note('A'), note(caseId), ...housed('Good')));
      expect({ cases, refused }).toEqual({ cases: 2, refused: 1 });
      const reason = expect.stringContaining('in one way');
      expect(faults).toEqual([{ case: caseId, line: 3, column: 'case', code: 'WRONG_EXPECTED_HEAD', reason }]);
      const { events } = (await into.histories()).find((history) => history.caseId === caseId)!;
      expect(events.map(({ type }) => type)).toEqual(['PermitGranted', 'NoteAdded']);
    });

    it('with more rows than anyone would wait for', async () => {
      const rows = Array.from({ length: 1_001 }, (_, at) => ({
        case: 'A',
        fact: 'NoteAdded',
        occurredOn: '2017-01-03',
        data: { text: `${at}` },
      }));
      expect(await faultsOf(...rows)).toMatchObject([{ line: 2, code: 'TOO_MANY_ROWS' }]);
    });
  });

  describe('imports nothing of a file', () => {
    const none = async (text: string, fault: RegExp) => {
      await expect(into.import(text)).rejects.toThrow(fault);
      expect(await into.events()).toBe(0);
    };

    it('whose rows of a case do not stand together', () =>
      none(csv(permit('A'), permit('B'), linked('A')), /^line 4, column case: .*sort the file/));
    it('whose rows of a case stand apart under two spellings of its id', () =>
      none(csv(permit(AN_ID), permit('B'), linked(AN_ID.toUpperCase())), /^line 4, column case: .*sort the file/));
    it('with a row that names no case', () => none(csv(permit('A'), permit('')), /^line 3, column case: /));
    it('with an unknown column', () =>
      none(csv(permit('A')).replace('birthYear', 'born'), /^line 1, column \d: "born"/));
    it('without a column that is needed', () => none('case,fact\nA,PermitGranted\n', /no column occurredOn/));
    it('that is cut off', () => none(csv(...housed('A')).slice(0, -20), /cut off/));
    it('with semicolons', () => none('case;fact;occurredOn\nA;PermitGranted;2017-01-02\n', /semicolons/));
  });

  describe('with persons who go from one case to another', () => {
    const TWO = {
      data: {
        members: [
          { personId: 'amina', role: 'HOLDER', birthYear: 1980, personal: { name: 'Amina Example' } },
          { personId: 'omar', role: 'CHILD', birthYear: 1998, personal: { name: 'Omar Example' } },
        ],
      },
    };
    const { persons: _, role: __, birthYear: ___, name: ____, ...permitOfTwo } = permit('A', TWO);
    const split = {
      case: 'A',
      fact: 'HouseholdSplit',
      occurredOn: '2017-02-01',
      persons: 'omar',
      otherCase: 'B',
      id: 'split',
    };

    const react = async (on: ImportingLog) => {
      const process = householdsProcess(on);
      for await (const batch of on.log.readAll({ categories: ['case'] })) {
        for (const event of batch) if (process.types.includes(event.type)) await process.react(event, event.id);
      }
    };

    it('leaves the handing over to the process that does it', async () => {
      expect(await into.import(csv(permitOfTwo, split))).toMatchObject({ facts: 2, faults: [] });
      await react(into);
      const [, target] = await into.histories();
      expect(target!.facts).toMatchObject([{ fact: { type: 'MembersReceived' } }]);
    });

    it('gives the process nothing to do where the file tells of it', async () => {
      await into.import(csv(permitOfTwo, split));
      await react(into);
      const other = new ImportingLog();
      expect(await other.import(await into.export())).toMatchObject({ cases: 2, facts: 3, faults: [] });
      const before = await other.events();
      await react(other);
      expect(await other.events()).toBe(before);
      await other.close();
    });
  });
});
